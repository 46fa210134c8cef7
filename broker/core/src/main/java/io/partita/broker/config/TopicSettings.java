package io.partita.broker.config;

import java.util.Map;
import java.util.TreeMap;

/** The settings of a topic: their names, what values they take, and how they get their defaults from the broker's settings. */
public final class TopicSettings {

    public static final String CLEANUP_POLICY = "cleanup.policy";
    public static final String COMPRESSION_GZIP_LEVEL = "compression.gzip.level";
    public static final String COMPRESSION_LZ4_LEVEL = "compression.lz4.level";
    public static final String COMPRESSION_TYPE = "compression.type";
    public static final String COMPRESSION_ZSTD_LEVEL = "compression.zstd.level";
    public static final String DELETE_RETENTION_MS = "delete.retention.ms";
    public static final String ERRORS_DEADLETTERQUEUE_GROUP_ENABLE = "errors.deadletterqueue.group.enable";
    public static final String FILE_DELETE_DELAY_MS = "file.delete.delay.ms";
    public static final String FLUSH_MESSAGES = "flush.messages";
    public static final String FLUSH_MS = "flush.ms";
    public static final String FOLLOWER_REPLICATION_THROTTLED_REPLICAS = "follower.replication.throttled.replicas";
    public static final String INDEX_INTERVAL_BYTES = "index.interval.bytes";
    public static final String INTERNAL_SEGMENT_BYTES = "internal.segment.bytes";
    public static final String LEADER_REPLICATION_THROTTLED_REPLICAS = "leader.replication.throttled.replicas";
    public static final String LOCAL_RETENTION_BYTES = "local.retention.bytes";
    public static final String LOCAL_RETENTION_MS = "local.retention.ms";
    public static final String MAX_COMPACTION_LAG_MS = "max.compaction.lag.ms";
    public static final String MAX_DECOMPRESSED_MESSAGE_BYTES = "max.decompressed.message.bytes";
    public static final String MAX_MESSAGE_BYTES = "max.message.bytes";
    public static final String MESSAGE_TIMESTAMP_AFTER_MAX_MS = "message.timestamp.after.max.ms";
    public static final String MESSAGE_TIMESTAMP_BEFORE_MAX_MS = "message.timestamp.before.max.ms";
    public static final String MESSAGE_TIMESTAMP_TYPE = "message.timestamp.type";
    public static final String MIN_CLEANABLE_DIRTY_RATIO = "min.cleanable.dirty.ratio";
    public static final String MIN_COMPACTION_LAG_MS = "min.compaction.lag.ms";
    public static final String MIN_INSYNC_REPLICAS = "min.insync.replicas";
    public static final String PREALLOCATE = "preallocate";
    /** Ours, as all of {@code queue.}: records may ask to be kept back until they are due. */
    public static final String QUEUE_DELAY_ENABLE = "queue.delay.enable";
    public static final String QUEUE_DELAY_MAX_RECORDS = "queue.delay.max.records";
    /** Share groups do not give out records past their time. */
    public static final String QUEUE_EXPIRY_ENABLE = "queue.expiry.enable";
    public static final String QUEUE_EXPIRY_MS = "queue.expiry.ms";
    /** Share groups give out records of a higher class first. */
    public static final String QUEUE_PRIORITY_ENABLE = "queue.priority.enable";
    public static final String QUEUE_PRIORITY_LOOKAHEAD_RECORDS = "queue.priority.lookahead.records";
    /** How long share groups keep a record back that was not accepted. */
    public static final String QUEUE_RETRY_BACKOFF_MAX_MS = "queue.retry.backoff.max.ms";
    public static final String QUEUE_RETRY_BACKOFF_MS = "queue.retry.backoff.ms";
    public static final String REMOTE_COPY_LAG_BYTES = "remote.copy.lag.bytes";
    public static final String REMOTE_COPY_LAG_MS = "remote.copy.lag.ms";
    public static final String REMOTE_LOG_COPY_DISABLE = "remote.log.copy.disable";
    public static final String REMOTE_LOG_DELETE_ON_DISABLE = "remote.log.delete.on.disable";
    public static final String REMOTE_STORAGE_ENABLE = "remote.storage.enable";
    public static final String RETENTION_BYTES = "retention.bytes";
    /** Ours: records older than retention.ms become invisible at once, not only when their whole segment is old. */
    public static final String RECORD_VALIDATION = "record.validation";
    public static final String RETENTION_EXACT = "retention.exact";
    public static final String RETENTION_MS = "retention.ms";
    public static final String SEGMENT_BYTES = "segment.bytes";
    public static final String SEGMENT_INDEX_BYTES = "segment.index.bytes";
    public static final String SEGMENT_JITTER_MS = "segment.jitter.ms";
    public static final String SEGMENT_MS = "segment.ms";
    public static final String UNCLEAN_LEADER_ELECTION_ENABLE = "unclean.leader.election.enable";

    private static final ConfigDefinitions DEFINITIONS = new ConfigDefinitions(TopicDefinitions.ALL);

    private TopicSettings() {}

    /** Whether a setting is about what {@code docs/QUEUES.md} tells: Kafka has none of it. */
    public static boolean isOfQueue(String name) {
        return name.startsWith("queue.");
    }

    /** All definitions by name. */
    public static ConfigDefinitions definitions() {
        return DEFINITIONS;
    }

    /** Why these overrides cannot be a topic's settings, as a sentence with the remedy; {@code null} when they can. */
    public static String problem(Map<String, String> overrides) {
        for (Map.Entry<String, String> override : overrides.entrySet()) {
            String problem = problem(override.getKey(), override.getValue());
            if (problem != null) {
                return problem;
            }
        }
        return conflict(overrides);
    }

    private static String problem(String name, String value) {
        ConfigDefinition definition = DEFINITIONS.find(name);
        if (definition == null) {
            return "Unknown topic config name: " + name + "." + DEFINITIONS.suggestion(name);
        }
        if (value == null) {
            return "The configuration " + name + " has no value: give one, or leave it out to take the broker's default.";
        }
        return definition.problem(value);
    }

    private static String conflict(Map<String, String> overrides) {
        String enabled = overrides.get(REMOTE_STORAGE_ENABLE);
        if (enabled != null && Boolean.parseBoolean(enabled.trim())) {
            return REMOTE_STORAGE_ENABLE + " cannot be true: this broker has no tiered storage. Leave it out.";
        }
        if (Boolean.parseBoolean(overrides.getOrDefault(QUEUE_DELAY_ENABLE, "false").trim())) {
            if (ConfigType.elements(overrides.getOrDefault(CLEANUP_POLICY, "delete")).contains("compact")) {
                return QUEUE_DELAY_ENABLE
                        + " cannot be true of a compacted topic, which has no place for a record that waits beside the newest one of its key.";
            }
            if (Boolean.parseBoolean(overrides.getOrDefault(RETENTION_EXACT, "false").trim())) {
                return QUEUE_DELAY_ENABLE + " cannot be true together with " + RETENTION_EXACT
                        + ", which would hide records that wait. Records with a time of their"
                        + " own are what " + QUEUE_EXPIRY_ENABLE + " is for.";
            }
        }
        String min = overrides.get(MIN_COMPACTION_LAG_MS);
        String max = overrides.get(MAX_COMPACTION_LAG_MS);
        if (min != null && max != null && Long.parseLong(min.trim()) > Long.parseLong(max.trim())) {
            return MIN_COMPACTION_LAG_MS + " (" + min + ") is larger than " + MAX_COMPACTION_LAG_MS + " (" + max
                    + "), so that no record could ever be compacted in time: lower the first or raise the second.";
        }
        return null;
    }

    /** The same overrides with every value in its normal form. They must be without {@link #problem}. */
    public static Map<String, String> canonical(Map<String, String> overrides) {
        Map<String, String> canonical = new TreeMap<>();
        for (Map.Entry<String, String> override : overrides.entrySet()) {
            canonical.put(override.getKey(), DEFINITIONS.find(override.getKey()).canonical(override.getValue()));
        }
        return canonical;
    }

    /**
     * The value in force of one topic setting, in normal form: the topic's own, else the broker's under its synonyms, else the default.
     *
     * @return {@code null} only for a setting without default
     */
    public static String effective(ConfigDefinition definition, Map<String, String> overrides, BrokerConfig broker) {
        String own = overrides.get(definition.name());
        return own != null ? definition.canonical(own) : broker.topicDefault(definition);
    }
}
