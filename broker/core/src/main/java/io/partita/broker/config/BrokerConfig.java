package io.partita.broker.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The settings in force on one broker: what it was started with, over which lie the values set for all brokers, over which lie those set for
 * this one (KIP-226). Immutable; {@link #overlaid} gives the view after a change.
 */
public final class BrokerConfig {

    private static final ConfigDefinitions DEFINITIONS = BrokerSettings.definitions();

    private final Map<String, String> fromStart;
    private final Map<String, String> forAll;
    private final Map<String, String> forThis;
    private final List<String> warnings;

    private BrokerConfig(Map<String, String> fromStart, Map<String, String> forAll, Map<String, String> forThis, List<String> warnings) {
        this.fromStart = fromStart;
        this.forAll = forAll;
        this.forThis = forThis;
        this.warnings = warnings;
    }

    /**
     * Settings as a user wrote them. Names that mean nothing here are left out and named in {@link #warnings}.
     *
     * @throws InvalidConfigException when a value cannot be used; the message names all of them
     */
    public static BrokerConfig of(Map<String, String> properties) {
        Map<String, String> known = new TreeMap<>();
        List<String> warnings = new ArrayList<>();
        StringBuilder problems = new StringBuilder();
        for (Map.Entry<String, String> property : properties.entrySet()) {
            String name = property.getKey();
            ConfigDefinition definition = ListenerSettings.isScoped(name) ? ListenerSettings.find(name, DEFINITIONS) : DEFINITIONS.find(name);
            if (definition == null) {
                warnings.add(warning(name));
                continue;
            }
            String problem = definition.problem(property.getValue());
            if (problem == null) {
                known.put(name, property.getValue());
            } else {
                problems.append(problems.isEmpty() ? "" : " ").append(problem);
            }
        }
        if (!problems.isEmpty()) {
            throw new InvalidConfigException(problems.toString());
        }
        BrokerConfig config = new BrokerConfig(known, Map.of(), Map.of(), warnings);
        config.checkListeners(properties.getOrDefault("controller.listener.names", ""));
        return new BrokerConfig(known, Map.of(), Map.of(), List.copyOf(warnings));
    }

    private static String warning(String name) {
        String reason = BrokerSettings.whyWithoutEffect(ListenerSettings.isScoped(name) ? ListenerSettings.settingOf(name) : name);
        return reason != null
                ? "The setting " + name + " has no effect, because " + reason + "."
                : "The setting " + name + " is unknown and has no effect." + DEFINITIONS.suggestion(name);
    }

    private void checkListeners(String controllerNames) {
        Set<String> controllers = new HashSet<>(ConfigType.elements(controllerNames));
        dropListeners(BrokerSettings.LISTENERS, controllers);
        dropListeners(BrokerSettings.ADVERTISED_LISTENERS, controllers);
        List<ListenerConfig> listeners = listeners();
        if (listeners.isEmpty()) {
            throw new InvalidConfigException("listeners names no listener for clients: write for example listeners=PLAINTEXT://:9092.");
        }
        Map<String, SecurityProtocol> protocols = securityProtocols();
        Set<String> names = new HashSet<>();
        for (ListenerConfig listener : listeners) {
            names.add(listener.name());
            if (!protocols.containsKey(listener.name())) {
                throw new InvalidConfigException("The listener " + listener.name() + " has no security protocol: add " + listener.name()
                        + ":PLAINTEXT to " + BrokerSettings.LISTENER_SECURITY_PROTOCOL_MAP + ", or another protocol.");
            }
            listenerSettings(listener.name()).check();
        }
        if (names.contains(BrokerSettings.REPLICATION)) {
            throw new InvalidConfigException("No listener for clients can be named " + BrokerSettings.REPLICATION + ", which is that of other brokers ("
                    + BrokerSettings.REPLICATION_LISTENER + "): give it another name.");
        }
        checkReplication();
        checkPorts(listeners, replicationListener());
        if (advertisedReplicationListener() != null && advertisedReplicationListener().isAnyHost()) {
            throw new InvalidConfigException(BrokerSettings.REPLICATION_ADVERTISED_LISTENER
                    + " names no host that one can connect to: name the machine as the other brokers know it.");
        }
        for (String name : fromStart.keySet()) {
            String listener = ListenerSettings.isScoped(name) ? ListenerSettings.listenerOf(name) : null;
            if (listener != null && !names.contains(listener.toUpperCase(Locale.ROOT)) && !listener.equalsIgnoreCase(BrokerSettings.REPLICATION)) {
                warnings.add("The setting " + name + " has no effect, because there is no listener " + listener.toUpperCase(Locale.ROOT) + " in "
                        + BrokerSettings.LISTENERS + ".");
            }
        }
        for (ListenerConfig advertised : advertisedListeners()) {
            if (advertised.host().equals("0.0.0.0") || advertised.host().equals("::")) {
                throw new InvalidConfigException("advertised.listeners tells clients of " + advertised.name() + " to connect to " + advertised.host()
                        + ", which is no address that one can connect to: name the machine as clients know it.");
            }
            if (!names.contains(advertised.name())) {
                throw new InvalidConfigException(
                        "advertised.listeners names " + advertised.name() + ", which is not in listeners: add it there or remove it here.");
            }
        }
    }

    /** A mistake there would leave open what somebody wanted to protect. */
    private void checkReplication() {
        SecurityProtocol protocol = listenerSettings(BrokerSettings.REPLICATION).protocol();
        if (protocol.hasSasl()) {
            throw new InvalidConfigException("The listener " + BrokerSettings.REPLICATION + " cannot be " + protocol
                    + ": brokers know each other by their certificates. Write " + BrokerSettings.REPLICATION + ":SSL in "
                    + BrokerSettings.LISTENER_SECURITY_PROTOCOL_MAP + ".");
        }
        for (String name : fromStart.keySet()) {
            boolean isOfReplication = ListenerSettings.isScoped(name) && BrokerSettings.REPLICATION.equalsIgnoreCase(ListenerSettings.listenerOf(name));
            if (isOfReplication && !protocol.hasTls()) {
                throw new InvalidConfigException("The setting " + name + " is given, and the listener between brokers does not encrypt: add "
                        + BrokerSettings.REPLICATION + ":SSL to " + BrokerSettings.LISTENER_SECURITY_PROTOCOL_MAP + ", or take the setting away.");
            }
        }
    }

    /** Each listener has a port of its own, but for one on an address of IPv4 and one on IPv6. */
    private static void checkPorts(List<ListenerConfig> forClients, ListenerConfig forBrokers) {
        List<ListenerConfig> listeners = new ArrayList<>(forClients);
        listeners.add(forBrokers);
        for (int i = 0; i < listeners.size(); i++) {
            for (int j = 0; j < i; j++) {
                ListenerConfig one = listeners.get(j);
                ListenerConfig other = listeners.get(i);
                boolean samePort = one.port() != 0 && one.port() == other.port();
                if (samePort && (one.host().equals(other.host()) || one.isAnyHost() || other.isAnyHost())) {
                    throw new InvalidConfigException("The listeners " + one.name() + " and " + other.name() + " have the same port, " + one.port()
                            + ": give each its own.");
                }
            }
        }
    }

    /** Takes the listeners of Kafka's controllers out, which a Kafka server.properties names among the others. */
    private void dropListeners(String setting, Set<String> names) {
        String value = fromStart.get(setting);
        if (value != null && !names.isEmpty()) {
            List<String> kept = new ArrayList<>();
            for (String element : ConfigType.elements(value)) {
                if (!names.contains(element.substring(0, Math.max(0, element.indexOf("://"))))) {
                    kept.add(element);
                }
            }
            fromStart.put(setting, String.join(",", kept));
        }
    }

    /** The settings after a change: {@code forAll} are those set for all brokers, {@code forThis} those set for this one. */
    public BrokerConfig overlaid(Map<String, String> forAll, Map<String, String> forThis) {
        return new BrokerConfig(fromStart, forAll, forThis, warnings);
    }

    /** Sentences about settings that were given but have no effect, for the log. */
    public List<String> warnings() {
        return warnings;
    }

    // ---- values by name

    /** The value in force, in normal form; {@code null} for a setting that has none. The name must be a known one. */
    public String value(String name) {
        ConfigDefinition definition = DEFINITIONS.find(name);
        String explicit = explicit(name);
        return explicit != null ? definition.canonical(explicit) : definition.defaultValue();
    }

    /** The value in force of a setting that has a default. */
    public int intValue(String name) {
        return Integer.parseInt(value(name));
    }

    /** The value in force of a setting that has a default. */
    public long longValue(String name) {
        return Long.parseLong(value(name));
    }

    /** The value in force of a setting that has a default. */
    public double doubleValue(String name) {
        return Double.parseDouble(value(name));
    }

    /** The value in force of a setting that has a default. */
    public boolean booleanValue(String name) {
        return Boolean.parseBoolean(value(name));
    }

    /** The value in force of a setting that is a list; empty when there is none. */
    public List<String> listValue(String name) {
        String value = value(name);
        return value == null ? List.of() : ConfigType.elements(value);
    }

    /** Whether somebody has set it, so that it is not the default which is in force. */
    public boolean isSet(String name) {
        return explicit(name) != null;
    }

    /** The value set anywhere, as it was written, or {@code null} when only the default is left. */
    String explicit(String name) {
        String own = forThis.get(name);
        if (own != null) {
            return own;
        }
        String all = forAll.get(name);
        return all != null ? all : fromStart.get(name);
    }

    /** The default a topic takes for one of its settings, in normal form; {@code null} when there is none. */
    public String topicDefault(ConfigDefinition topicSetting) {
        for (ConfigDefinition.Synonym synonym : topicSetting.synonyms()) {
            String value = value(synonym.name());
            if (value != null) {
                return synonym.convert(value);
            }
        }
        return topicSetting.defaultValue();
    }

    /** Adds the values {@code name} has in the layers of this broker, those in force first: what DescribeConfigs calls synonyms. */
    void addLayers(ConfigDefinition definition, List<ConfigEntry.Synonym> layers) {
        addLayer(definition, forThis.get(definition.name()), ConfigSource.DYNAMIC_BROKER_CONFIG, layers);
        addLayer(definition, forAll.get(definition.name()), ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, layers);
        addLayer(definition, fromStart.get(definition.name()), ConfigSource.STATIC_BROKER_CONFIG, layers);
        addLayer(definition, definition.defaultValue(), ConfigSource.DEFAULT_CONFIG, layers);
    }

    private static void addLayer(ConfigDefinition definition, String value, ConfigSource source, List<ConfigEntry.Synonym> layers) {
        if (value != null) {
            layers.add(new ConfigEntry.Synonym(definition.name(), definition.sensitive() ? null : definition.canonical(value), source));
        }
    }

    // ---- values with a meaning of their own

    /** The broker's number ({@code node.id}, or {@code broker.id} of older files). */
    public int nodeId() {
        String node = explicit(BrokerSettings.NODE_ID);
        String broker = value("broker.id");
        if (node == null && broker != null && !broker.equals("-1")) {
            return Integer.parseInt(broker);
        }
        return intValue(BrokerSettings.NODE_ID);
    }

    /** The data directories ({@code log.dirs}, else {@code log.dir}). */
    public List<String> dataDirectories() {
        String several = value("log.dirs");
        return ConfigType.elements(several == null || several.isEmpty() ? value("log.dir") : several);
    }

    /** Where to listen for clients, in the order given; at least one. */
    public List<ListenerConfig> listeners() {
        return ListenerConfig.parse(BrokerSettings.LISTENERS, value(BrokerSettings.LISTENERS));
    }

    /** What to tell clients, for the listeners that say something different from what they listen on. */
    public List<ListenerConfig> advertisedListeners() {
        String value = value(BrokerSettings.ADVERTISED_LISTENERS);
        return value == null ? List.of() : ListenerConfig.parse(BrokerSettings.ADVERTISED_LISTENERS, value);
    }

    /** The settings about security of one of the listeners, or of {@link BrokerSettings#REPLICATION}. */
    public ListenerSettings listenerSettings(String listener) {
        SecurityProtocol unnamed = listener.equals(BrokerSettings.REPLICATION) ? SecurityProtocol.PLAINTEXT : null;
        return new ListenerSettings(this, listener, securityProtocols().getOrDefault(listener, unnamed));
    }

    /** Where to listen for other brokers. */
    public ListenerConfig replicationListener() {
        String value = value(BrokerSettings.REPLICATION_LISTENER);
        return value == null
                ? new ListenerConfig(BrokerSettings.REPLICATION, listeners().getFirst().host(), 0)
                : ListenerConfig.address(BrokerSettings.REPLICATION_LISTENER, BrokerSettings.REPLICATION, value);
    }

    /** What to tell other brokers, {@code null} where that is what is listened on. */
    public ListenerConfig advertisedReplicationListener() {
        String value = value(BrokerSettings.REPLICATION_ADVERTISED_LISTENER);
        return value == null ? null : ListenerConfig.address(BrokerSettings.REPLICATION_ADVERTISED_LISTENER, BrokerSettings.REPLICATION, value);
    }

    private Map<String, SecurityProtocol> securityProtocols() {
        Map<String, SecurityProtocol> protocols = new LinkedHashMap<>();
        for (String pair : ConfigType.elements(value(BrokerSettings.LISTENER_SECURITY_PROTOCOL_MAP))) {
            int colon = pair.indexOf(':');
            if (colon < 1) {
                throw new InvalidConfigException("Cannot read '" + pair + "' in " + BrokerSettings.LISTENER_SECURITY_PROTOCOL_MAP
                        + ": write NAME:PROTOCOL, for example PLAINTEXT:PLAINTEXT.");
            }
            SecurityProtocol protocol = SecurityProtocol.find(pair.substring(colon + 1).trim());
            if (protocol == null) {
                throw new InvalidConfigException("There is no security protocol '" + pair.substring(colon + 1).trim() + "' for the listener "
                        + pair.substring(0, colon).trim() + ": it is PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.");
            }
            protocols.put(pair.substring(0, colon).trim().toUpperCase(Locale.ROOT), protocol);
        }
        return protocols;
    }
}
