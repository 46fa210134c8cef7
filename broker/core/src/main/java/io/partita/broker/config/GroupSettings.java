package io.partita.broker.config;

import static io.partita.broker.config.ConfigDefinition.of;
import static io.partita.broker.config.ConfigType.INT;

import java.util.Map;

/** The settings that a single group can have, in place of those that brokers have for all groups. */
public final class GroupSettings {

    public static final String CONSUMER_SESSION_TIMEOUT_MS = "consumer.session.timeout.ms";
    public static final String CONSUMER_HEARTBEAT_INTERVAL_MS = "consumer.heartbeat.interval.ms";

    private static final ConfigDefinitions DEFINITIONS = new ConfigDefinitions(new ConfigDefinition[] {
        of(CONSUMER_HEARTBEAT_INTERVAL_MS, INT, "5000", Constraint.atLeast(1),
                "Milliseconds between two heartbeats of a member of the consumer protocol. Within group.consumer.min.heartbeat.interval.ms and"
                        + " group.consumer.max.heartbeat.interval.ms. Members of a group that has it set are asked for exactly that; otherwise those of"
                        + " small groups are asked for one a second, by which they learn of changes sooner.")
                .or("group.consumer.heartbeat.interval.ms"),
        of(CONSUMER_SESSION_TIMEOUT_MS, INT, "45000", Constraint.atLeast(1),
                "Milliseconds of silence after which a member of the consumer protocol is out of its group. Within"
                        + " group.consumer.min.session.timeout.ms and group.consumer.max.session.timeout.ms.")
                .or("group.consumer.session.timeout.ms"),
    });

    private GroupSettings() {}

    /** All definitions by name. */
    public static ConfigDefinitions definitions() {
        return DEFINITIONS;
    }

    /** What is wrong with settings of a group that are right each in itself, {@code null} when nothing is. */
    static String problem(Map<String, String> overrides, BrokerConfig broker) {
        String problem = outside(CONSUMER_HEARTBEAT_INTERVAL_MS, overrides, "group.consumer.min.heartbeat.interval.ms",
                "group.consumer.max.heartbeat.interval.ms", broker);
        if (problem == null) {
            problem = outside(CONSUMER_SESSION_TIMEOUT_MS, overrides, "group.consumer.min.session.timeout.ms", "group.consumer.max.session.timeout.ms", broker);
        }
        if (problem != null) {
            return problem;
        }
        int session = intValue(CONSUMER_SESSION_TIMEOUT_MS, overrides, broker);
        int heartbeat = intValue(CONSUMER_HEARTBEAT_INTERVAL_MS, overrides, broker);
        return session > heartbeat
                ? null
                : CONSUMER_SESSION_TIMEOUT_MS + " is " + session + ", no more than " + CONSUMER_HEARTBEAT_INTERVAL_MS + ", which is " + heartbeat
                        + ": every member would be out before its next heartbeat. Raise the one or lower the other.";
    }

    private static String outside(String name, Map<String, String> overrides, String min, String max, BrokerConfig broker) {
        String own = overrides.get(name);
        if (own == null) {
            return null;
        }
        int value = Integer.parseInt(own.trim());
        return value >= broker.intValue(min) && value <= broker.intValue(max)
                ? null
                : name + " is " + value + ", but must be from " + min + " (" + broker.intValue(min) + ") to " + max + " (" + broker.intValue(max) + ").";
    }

    /** The value in force for a group that has these settings of its own. */
    public static int intValue(String name, Map<String, String> overrides, BrokerConfig broker) {
        return Integer.parseInt(effective(DEFINITIONS.find(name), overrides, broker));
    }

    static String effective(ConfigDefinition definition, Map<String, String> overrides, BrokerConfig broker) {
        String own = overrides.get(definition.name());
        return own != null ? definition.canonical(own) : broker.value(definition.synonyms().getFirst().name());
    }
}
