package io.partita.broker.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One step of an incremental alteration (KIP-339).
 *
 * @param name the setting
 * @param kind what to do with it
 * @param value the value, or for a list the elements to add or take away; unused by {@link Kind#DELETE}
 */
public record ConfigChange(String name, Kind kind, String value) {

    /** What to do, with the ids of IncrementalAlterConfigs. */
    public enum Kind {
        SET,
        /** Of what is not set, or not even known, there is nothing to take away, and nothing wrong with that: tools delete what older brokers had. */
        DELETE,
        APPEND,
        SUBTRACT;

        private static final Kind[] KINDS = values();

        /** The kind of an id on the wire, or {@code null} when there is none. */
        public static Kind forId(byte id) {
            return id >= 0 && id < KINDS.length ? KINDS[id] : null;
        }
    }

    /** The outcome: new overrides, or the sentence that says why there are none. Exactly one is {@code null}. */
    public record Outcome(Map<String, String> overrides, String problem) {}

    /** Applies changes to the overrides of a topic. The outcome is checked as a whole. */
    public static Outcome ofTopic(Map<String, String> overrides, List<ConfigChange> changes, BrokerConfig broker) {
        Map<String, String> result = new TreeMap<>(overrides);
        for (ConfigChange change : changes) {
            if (change.kind == Kind.DELETE) {
                result.remove(change.name);
                continue;
            }
            ConfigDefinition definition = TopicSettings.definitions().find(change.name);
            if (definition == null) {
                return new Outcome(null, "Unknown topic config name: " + change.name + "." + TopicSettings.definitions().suggestion(change.name));
            }
            String problem = change.apply(definition, result, TopicSettings.effective(definition, result, broker));
            if (problem != null) {
                return new Outcome(null, problem);
            }
        }
        String problem = TopicSettings.problem(result);
        return problem == null ? new Outcome(result, null) : new Outcome(null, problem);
    }

    /**
     * Applies changes to the values set for one broker or for all.
     *
     * @param broker the settings in force, from which lists are appended to
     */
    public static Outcome ofBroker(Map<String, String> overrides, List<ConfigChange> changes, BrokerConfig broker) {
        Map<String, String> result = new TreeMap<>(overrides);
        for (ConfigChange change : changes) {
            if (change.kind == Kind.DELETE) {
                result.remove(change.name);
                continue;
            }
            ConfigDefinition definition = BrokerSettings.definitions().find(change.name);
            String problem = refusal(change.name, definition);
            if (problem == null) {
                String current = result.containsKey(change.name) ? result.get(change.name) : broker.value(change.name);
                problem = change.apply(definition, result, current);
            }
            if (problem != null) {
                return new Outcome(null, problem);
            }
        }
        return new Outcome(result, null);
    }

    /**
     * Applies changes to the values set for one group.
     *
     * @param broker the settings in force on brokers, which stand where a group has none
     */
    public static Outcome ofGroup(Map<String, String> overrides, List<ConfigChange> changes, BrokerConfig broker) {
        Map<String, String> result = new TreeMap<>(overrides);
        for (ConfigChange change : changes) {
            if (change.kind == Kind.DELETE) {
                result.remove(change.name);
                continue;
            }
            ConfigDefinition definition = GroupSettings.definitions().find(change.name);
            if (definition == null) {
                return new Outcome(null, "Unknown group config name: " + change.name + "." + GroupSettings.definitions().suggestion(change.name));
            }
            String problem = change.apply(definition, result, GroupSettings.effective(definition, result, broker));
            if (problem != null) {
                return new Outcome(null, problem);
            }
        }
        String problem = GroupSettings.problem(result, broker);
        return problem == null ? new Outcome(result, null) : new Outcome(null, problem);
    }

    private static String refusal(String name, ConfigDefinition definition) {
        if (definition == null) {
            String reason = BrokerSettings.whyWithoutEffect(name);
            return reason != null
                    ? "Cannot set " + name + ": it has no effect here, because " + reason + "."
                    : "Unknown broker config name: " + name + "." + BrokerSettings.definitions().suggestion(name);
        }
        if (definition.update() == ConfigDefinition.Update.RESTART) {
            return "Cannot update " + name + " while the broker runs: put it into the broker's properties and restart it.";
        }
        return null;
    }

    /** Applies this change of a known setting and returns what is wrong with it, or {@code null}. */
    private String apply(ConfigDefinition definition, Map<String, String> result, String current) {
        if (value == null) {
            return "The configuration " + name + " has no value: give one, or delete the setting to take the default.";
        }
        String next = value;
        if (kind != Kind.SET) {
            if (definition.type() != ConfigType.LIST) {
                return "Cannot " + (kind == Kind.APPEND ? "append to " : "subtract from ") + name + ", which is no list but "
                        + definition.type().wanted() + ": set it instead.";
            }
            List<String> elements = new ArrayList<>(ConfigType.elements(current == null ? "" : current));
            for (String element : ConfigType.elements(value)) {
                if (kind == Kind.SUBTRACT) {
                    elements.remove(element);
                } else if (!elements.contains(element)) {
                    elements.add(element);
                }
            }
            next = String.join(",", elements);
        }
        String problem = definition.problem(next);
        if (problem == null) {
            result.put(name, definition.canonical(next));
        }
        return problem;
    }
}
