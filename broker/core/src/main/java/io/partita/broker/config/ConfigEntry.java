package io.partita.broker.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * One setting as DescribeConfigs tells it.
 *
 * @param value the value in force, {@code null} when there is none or it is secret
 * @param source where that value comes from
 * @param readOnly whether it can only be changed by a restart
 * @param synonyms all places that give a value, the one in force first
 */
public record ConfigEntry(ConfigDefinition definition, String value, ConfigSource source, boolean readOnly, List<Synonym> synonyms) {

    /** A value and where it is set; {@code value} is {@code null} when it is secret. */
    public record Synonym(String name, String value, ConfigSource source) {}

    /**
     * The settings of a topic.
     *
     * @param names which ones; {@code null} for all that are not internal. Unknown names are left out.
     */
    public static List<ConfigEntry> ofTopic(Map<String, String> overrides, BrokerConfig broker, Collection<String> names) {
        List<ConfigEntry> entries = new ArrayList<>();
        for (ConfigDefinition definition : selected(TopicSettings.definitions(), names)) {
            entries.add(topicEntry(definition, overrides, broker));
        }
        return entries;
    }

    private static ConfigEntry topicEntry(ConfigDefinition definition, Map<String, String> overrides, BrokerConfig broker) {
        List<Synonym> synonyms = new ArrayList<>(3);
        String own = overrides.get(definition.name());
        if (own != null) {
            synonyms.add(new Synonym(definition.name(), definition.canonical(own), ConfigSource.DYNAMIC_TOPIC_CONFIG));
        }
        for (ConfigDefinition.Synonym synonym : definition.synonyms()) {
            broker.addLayers(BrokerSettings.definitions().find(synonym.name()), synonyms);
        }
        ConfigSource source = synonyms.isEmpty() ? ConfigSource.DEFAULT_CONFIG : synonyms.getFirst().source();
        return new ConfigEntry(definition, TopicSettings.effective(definition, overrides, broker), source, false, synonyms);
    }

    /**
     * The settings of a group.
     *
     * @param names which ones; {@code null} for all. Unknown names are left out.
     */
    public static List<ConfigEntry> ofGroup(Map<String, String> overrides, BrokerConfig broker, Collection<String> names) {
        List<ConfigEntry> entries = new ArrayList<>();
        for (ConfigDefinition definition : selected(GroupSettings.definitions(), names)) {
            List<Synonym> synonyms = new ArrayList<>(2);
            String own = overrides.get(definition.name());
            if (own != null) {
                synonyms.add(new Synonym(definition.name(), definition.canonical(own), ConfigSource.DYNAMIC_GROUP_CONFIG));
            }
            for (ConfigDefinition.Synonym synonym : definition.synonyms()) {
                broker.addLayers(BrokerSettings.definitions().find(synonym.name()), synonyms);
            }
            ConfigSource source = synonyms.isEmpty() ? ConfigSource.DEFAULT_CONFIG : synonyms.getFirst().source();
            entries.add(new ConfigEntry(definition, GroupSettings.effective(definition, overrides, broker), source, false, synonyms));
        }
        return entries;
    }

    /**
     * The settings in force on a broker.
     *
     * @param names which ones; {@code null} for all that are not internal. Unknown names are left out.
     */
    public static List<ConfigEntry> ofBroker(BrokerConfig broker, Collection<String> names) {
        List<ConfigEntry> entries = new ArrayList<>();
        for (ConfigDefinition definition : selected(BrokerSettings.definitions(), names)) {
            List<Synonym> synonyms = new ArrayList<>(2);
            broker.addLayers(definition, synonyms);
            for (ConfigDefinition.Synonym synonym : definition.synonyms()) {
                broker.addLayers(BrokerSettings.definitions().find(synonym.name()), synonyms);
            }
            ConfigSource source = synonyms.isEmpty() ? ConfigSource.DEFAULT_CONFIG : synonyms.getFirst().source();
            String value = definition.sensitive() ? null : broker.value(definition.name());
            entries.add(new ConfigEntry(definition, value, source, definition.update() == ConfigDefinition.Update.RESTART, synonyms));
        }
        return entries;
    }

    /** The values set for all brokers at once, which is what a describe of the default broker (empty name) shows. */
    public static List<ConfigEntry> ofAllBrokers(Map<String, String> forAll, Collection<String> names) {
        List<ConfigEntry> entries = new ArrayList<>();
        for (ConfigDefinition definition : selected(BrokerSettings.definitions(), names == null ? forAll.keySet() : names)) {
            String value = forAll.get(definition.name());
            if (value != null) {
                String shown = definition.sensitive() ? null : definition.canonical(value);
                Synonym itself = new Synonym(definition.name(), shown, ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
                entries.add(new ConfigEntry(definition, shown, itself.source(), false, List.of(itself)));
            }
        }
        return entries;
    }

    private static List<ConfigDefinition> selected(ConfigDefinitions definitions, Collection<String> names) {
        List<ConfigDefinition> selected = new ArrayList<>();
        if (names == null) {
            for (ConfigDefinition definition : definitions.all()) {
                if (!definition.internal()) {
                    selected.add(definition);
                }
            }
        } else {
            for (String name : names) {
                ConfigDefinition definition = definitions.find(name);
                if (definition != null) {
                    selected.add(definition);
                }
            }
        }
        return selected;
    }
}
