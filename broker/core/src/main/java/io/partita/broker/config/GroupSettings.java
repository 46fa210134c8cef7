package io.partita.broker.config;

import static io.partita.broker.config.ConfigDefinition.of;
import static io.partita.broker.config.ConfigType.BOOLEAN;
import static io.partita.broker.config.ConfigType.INT;
import static io.partita.broker.config.ConfigType.LONG;
import static io.partita.broker.config.ConfigType.STRING;

import java.util.Map;

/** The settings that a single group can have, in place of those that brokers have for all groups. */
public final class GroupSettings {

    public static final String CONSUMER_SESSION_TIMEOUT_MS = "consumer.session.timeout.ms";
    public static final String CONSUMER_HEARTBEAT_INTERVAL_MS = "consumer.heartbeat.interval.ms";

    public static final String SHARE_SESSION_TIMEOUT_MS = "share.session.timeout.ms";
    public static final String SHARE_HEARTBEAT_INTERVAL_MS = "share.heartbeat.interval.ms";
    public static final String SHARE_AUTO_OFFSET_RESET = "share.auto.offset.reset";
    public static final String SHARE_ISOLATION_LEVEL = "share.isolation.level";
    public static final String SHARE_RECORD_LOCK_DURATION_MS = "share.record.lock.duration.ms";
    public static final String SHARE_DELIVERY_COUNT_LIMIT = "share.delivery.count.limit";
    public static final String SHARE_PARTITION_MAX_RECORD_LOCKS = "share.partition.max.record.locks";
    public static final String SHARE_RENEW_ACKNOWLEDGE_ENABLE = "share.renew.acknowledge.enable";
    public static final String STREAMS_SESSION_TIMEOUT_MS = "streams.session.timeout.ms";
    public static final String STREAMS_HEARTBEAT_INTERVAL_MS = "streams.heartbeat.interval.ms";
    public static final String STREAMS_INITIAL_REBALANCE_DELAY_MS = "streams.initial.rebalance.delay.ms";
    public static final String STREAMS_NUM_STANDBY_REPLICAS = "streams.num.standby.replicas";
    public static final String STREAMS_NUM_WARMUP_REPLICAS = "streams.num.warmup.replicas";
    public static final String STREAMS_ACCEPTABLE_RECOVERY_LAG = "streams.acceptable.recovery.lag";
    public static final String STREAMS_TASK_OFFSET_INTERVAL_MS = "streams.task.offset.interval.ms";
    public static final String DEAD_LETTER_TOPIC_NAME = "errors.deadletterqueue.topic.name";
    public static final String DEAD_LETTER_COPY_RECORD = "errors.deadletterqueue.copy.record.enable";

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
        of(SHARE_SESSION_TIMEOUT_MS, INT, "45000", Constraint.atLeast(1),
                "Milliseconds of silence after which a member of a share group is out of it. Within group.share.min.session.timeout.ms and"
                        + " group.share.max.session.timeout.ms.")
                .or("group.share.session.timeout.ms"),
        of(SHARE_HEARTBEAT_INTERVAL_MS, INT, "5000", Constraint.atLeast(1),
                "Milliseconds between two heartbeats of a member of a share group. Within group.share.min.heartbeat.interval.ms and"
                        + " group.share.max.heartbeat.interval.ms. Members of a group that has it set are asked for exactly that; otherwise those of"
                        + " small groups are asked for one a second, by which they learn of changes sooner.")
                .or("group.share.heartbeat.interval.ms"),
        of(SHARE_AUTO_OFFSET_RESET, STRING, "latest", new Constraint.Reset(),
                "Where a share group begins with a partition: earliest, with its first record; latest, with those that come after a member subscribed;"
                        + " by_duration:PnDTnHnMn.nS, with those that are no older. Partitions that come to be later are read from their beginning."),
        of(SHARE_ISOLATION_LEVEL, STRING, "read_uncommitted", Constraint.oneOf("read_committed", "read_uncommitted"),
                "Whether a share group is given records of transactions only once they are committed (read_committed), or all records."),
        of(SHARE_RECORD_LOCK_DURATION_MS, INT, "30000", Constraint.atLeast(1_000),
                "Milliseconds for which a member of a share group has a record to itself; then it is given to others. Within"
                        + " group.share.min.record.lock.duration.ms and group.share.max.record.lock.duration.ms.")
                .or("group.share.record.lock.duration.ms"),
        of(SHARE_DELIVERY_COUNT_LIMIT, INT, "5", Constraint.atLeast(2),
                "How often a record is given to members of a share group until it is given up. Within group.share.min.delivery.count.limit and"
                        + " group.share.max.delivery.count.limit.")
                .or("group.share.delivery.count.limit"),
        of(SHARE_PARTITION_MAX_RECORD_LOCKS, INT, "2000", Constraint.atLeast(100),
                "Records of a partition that members of a share group may have, or that wait to be given out again; while there are more no new ones are given"
                        + " out. Within group.share.min.partition.max.record.locks and group.share.max.partition.max.record.locks.")
                .or("group.share.partition.max.record.locks"),
        of(SHARE_RENEW_ACKNOWLEDGE_ENABLE, BOOLEAN, "true", Constraint.ANY,
                "Whether members of a share group may ask for more time for a record (KIP-1222)."),
        of(STREAMS_SESSION_TIMEOUT_MS, INT, "45000", Constraint.atLeast(1),
                "Milliseconds of silence after which a member of a streams group is out of it. Within group.streams.min.session.timeout.ms and"
                        + " group.streams.max.session.timeout.ms.")
                .or("group.streams.session.timeout.ms"),
        of(STREAMS_HEARTBEAT_INTERVAL_MS, INT, "5000", Constraint.atLeast(1),
                "Milliseconds between two heartbeats of a member of a streams group. Within group.streams.min.heartbeat.interval.ms and"
                        + " group.streams.max.heartbeat.interval.ms. Members of a group that has it set are asked for exactly that; otherwise those of"
                        + " small groups are asked for one a second, by which they learn of changes sooner.")
                .or("group.streams.heartbeat.interval.ms"),
        of(STREAMS_INITIAL_REBALANCE_DELAY_MS, INT, "3000", Constraint.atLeast(0),
                "Milliseconds a streams group that begins waits for more members before it gives tasks to the first.")
                .or("group.streams.initial.rebalance.delay.ms"),
        of(STREAMS_NUM_STANDBY_REPLICAS, INT, "0", Constraint.atLeast(0),
                "Copies of the state of each task that other processes of a streams group keep. At most group.streams.max.standby.replicas.")
                .or("group.streams.num.standby.replicas"),
        of(STREAMS_NUM_WARMUP_REPLICAS, INT, "2", Constraint.atLeast(0),
                "Tasks with state that a streams group prepares elsewhere at a time before they move there; with 0 they move at once. At most"
                        + " group.streams.max.warmup.replicas.")
                .or("group.streams.num.warmup.replicas"),
        of(STREAMS_ACCEPTABLE_RECOVERY_LAG, LONG, "10000", Constraint.atLeast(0),
                "Records that may be missing in the state that a task of a streams group moves to.")
                .or("group.streams.acceptable.recovery.lag"),
        of(STREAMS_TASK_OFFSET_INTERVAL_MS, INT, "60000", Constraint.atLeast(1),
                "Milliseconds after which members of a streams group say anew how far their copies of state are. At least"
                        + " group.streams.min.task.offset.interval.ms.")
                .or("group.streams.task.offset.interval.ms"),
        of(DEAD_LETTER_TOPIC_NAME, STRING, "", Constraint.ANY,
                "The topic that records are written to that a share group rejects or was given too often (KIP-1191); empty for none. Its name begins with"
                        + " errors.deadletterqueue.topic.name.prefix of the broker, and its setting errors.deadletterqueue.group.enable is true."),
        of(DEAD_LETTER_COPY_RECORD, BOOLEAN, "false", Constraint.ANY,
                "Whether key, value and headers of a record are copied to the dead-letter topic, or only headers written that say which record it was."),
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
        problem = shareProblem(overrides, broker);
        if (problem != null) {
            return problem;
        }
        problem = streamsProblem(overrides, broker);
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

    private static String shareProblem(Map<String, String> overrides, BrokerConfig broker) {
        String[][] bounds = {
            {SHARE_SESSION_TIMEOUT_MS, "group.share.min.session.timeout.ms", "group.share.max.session.timeout.ms"},
            {SHARE_HEARTBEAT_INTERVAL_MS, "group.share.min.heartbeat.interval.ms", "group.share.max.heartbeat.interval.ms"},
            {SHARE_RECORD_LOCK_DURATION_MS, "group.share.min.record.lock.duration.ms", "group.share.max.record.lock.duration.ms"},
            {SHARE_DELIVERY_COUNT_LIMIT, "group.share.min.delivery.count.limit", "group.share.max.delivery.count.limit"},
            {SHARE_PARTITION_MAX_RECORD_LOCKS, "group.share.min.partition.max.record.locks", "group.share.max.partition.max.record.locks"},
        };
        for (String[] bound : bounds) {
            String problem = outside(bound[0], overrides, bound[1], bound[2], broker);
            if (problem != null) {
                return problem;
            }
        }
        String topic = overrides.getOrDefault(DEAD_LETTER_TOPIC_NAME, "");
        String prefix = broker.value("errors.deadletterqueue.topic.name.prefix");
        if (!topic.isEmpty() && !topic.startsWith(prefix)) {
            return DEAD_LETTER_TOPIC_NAME + " is " + topic + ", but such topics have names that begin with " + prefix
                    + " (errors.deadletterqueue.topic.name.prefix of the broker).";
        }
        if (topic.startsWith("__")) {
            return DEAD_LETTER_TOPIC_NAME + " is " + topic + ": topics whose names begin with __ are the cluster's own.";
        }
        int session = intValue(SHARE_SESSION_TIMEOUT_MS, overrides, broker);
        int heartbeat = intValue(SHARE_HEARTBEAT_INTERVAL_MS, overrides, broker);
        return session > heartbeat
                ? null
                : SHARE_SESSION_TIMEOUT_MS + " is " + session + ", no more than " + SHARE_HEARTBEAT_INTERVAL_MS + ", which is " + heartbeat
                        + ": every member would be out before its next heartbeat. Raise the one or lower the other.";
    }

    private static String streamsProblem(Map<String, String> overrides, BrokerConfig broker) {
        String[][] bounds = {
            {STREAMS_SESSION_TIMEOUT_MS, "group.streams.min.session.timeout.ms", "group.streams.max.session.timeout.ms"},
            {STREAMS_HEARTBEAT_INTERVAL_MS, "group.streams.min.heartbeat.interval.ms", "group.streams.max.heartbeat.interval.ms"},
        };
        for (String[] bound : bounds) {
            String problem = outside(bound[0], overrides, bound[1], bound[2], broker);
            if (problem != null) {
                return problem;
            }
        }
        String[][] maxima = {
            {STREAMS_NUM_STANDBY_REPLICAS, "group.streams.max.standby.replicas"},
            {STREAMS_NUM_WARMUP_REPLICAS, "group.streams.max.warmup.replicas"},
        };
        for (String[] max : maxima) {
            String own = overrides.get(max[0]);
            if (own != null && Integer.parseInt(own.trim()) > broker.intValue(max[1])) {
                return max[0] + " is " + own + ", but must be at most " + max[1] + " (" + broker.intValue(max[1]) + ").";
            }
        }
        String said = overrides.get(STREAMS_TASK_OFFSET_INTERVAL_MS);
        int shortest = broker.intValue("group.streams.min.task.offset.interval.ms");
        if (said != null && Integer.parseInt(said.trim()) < shortest) {
            return STREAMS_TASK_OFFSET_INTERVAL_MS + " is " + said + ", but must be at least group.streams.min.task.offset.interval.ms (" + shortest + ").";
        }
        int session = intValue(STREAMS_SESSION_TIMEOUT_MS, overrides, broker);
        int heartbeat = intValue(STREAMS_HEARTBEAT_INTERVAL_MS, overrides, broker);
        return session > heartbeat
                ? null
                : STREAMS_SESSION_TIMEOUT_MS + " is " + session + ", no more than " + STREAMS_HEARTBEAT_INTERVAL_MS + ", which is " + heartbeat
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

    /** As {@link #intValue}, as text. */
    public static String value(String name, Map<String, String> overrides, BrokerConfig broker) {
        return effective(DEFINITIONS.find(name), overrides, broker);
    }

    static String effective(ConfigDefinition definition, Map<String, String> overrides, BrokerConfig broker) {
        String own = overrides.get(definition.name());
        if (own != null) {
            return definition.canonical(own);
        }
        return definition.synonyms().isEmpty() ? definition.defaultValue() : broker.value(definition.synonyms().getFirst().name());
    }
}
