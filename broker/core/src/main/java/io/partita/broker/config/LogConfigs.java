package io.partita.broker.config;

import io.partita.broker.log.CleanerConfig;
import io.partita.broker.log.LogConfig;
import io.partita.broker.record.Compression;
import io.partita.broker.record.TimestampType;
import java.util.List;
import java.util.Map;

/** What the settings of topics mean to their logs, on a broker with given settings. Immutable; topics without settings of their own share one result. */
public final class LogConfigs {

    private final LogConfig defaults;

    public LogConfigs(BrokerConfig broker) {
        LogConfig.Builder builder = new LogConfig.Builder();
        builder.producerExpirationMillis(broker.longValue("producer.id.expiration.ms"));
        for (ConfigDefinition definition : TopicSettings.definitions().all()) {
            String value = broker.topicDefault(definition);
            if (value != null) {
                set(builder, definition.name(), value);
            }
        }
        defaults = builder.build();
    }

    /** How a broker with these settings compacts logs; no threads when it does not. */
    public static CleanerConfig cleaner(BrokerConfig broker) {
        return new CleanerConfig(
                broker.booleanValue("log.cleaner.enable") ? broker.intValue("log.cleaner.threads") : 0,
                broker.longValue("log.cleaner.dedupe.buffer.size"),
                broker.doubleValue("log.cleaner.io.buffer.load.factor"),
                broker.intValue("log.cleaner.io.buffer.size"),
                broker.doubleValue("log.cleaner.io.max.bytes.per.second"));
    }

    /** The configuration of the logs of a topic with these settings of its own, in normal form. */
    public LogConfig of(Map<String, String> overrides) {
        if (overrides.isEmpty()) {
            return defaults;
        }
        LogConfig.Builder builder = defaults.toBuilder();
        for (Map.Entry<String, String> override : overrides.entrySet()) {
            set(builder, override.getKey(), override.getValue());
        }
        String segmentBytes = overrides.get(TopicSettings.INTERNAL_SEGMENT_BYTES);
        if (segmentBytes != null) {
            builder.segmentBytes(Integer.parseInt(segmentBytes));
        }
        return builder.build();
    }

    /** Sets what a setting means to logs; most do not mean anything to them. */
    private static void set(LogConfig.Builder log, String name, String value) {
        switch (name) {
            case TopicSettings.CLEANUP_POLICY -> {
                List<String> policies = ConfigType.elements(value);
                log.compact(policies.contains("compact")).delete(policies.contains("delete"));
            }
            case TopicSettings.COMPRESSION_TYPE -> log.compression(switch (value) {
                case "producer" -> null;
                case "uncompressed" -> Compression.NONE;
                default -> Compression.forConfigName(value);
            });
            case TopicSettings.COMPRESSION_GZIP_LEVEL -> log.gzipLevel(value.equals("-1") ? Compression.DEFAULT_LEVEL : Integer.parseInt(value));
            case TopicSettings.COMPRESSION_LZ4_LEVEL -> log.lz4Level(Integer.parseInt(value));
            case TopicSettings.COMPRESSION_ZSTD_LEVEL -> log.zstdLevel(Integer.parseInt(value));
            case TopicSettings.DELETE_RETENTION_MS -> log.deleteRetentionMillis(Long.parseLong(value));
            case TopicSettings.FILE_DELETE_DELAY_MS -> log.fileDeleteDelayMillis(Long.parseLong(value));
            case TopicSettings.FLUSH_MESSAGES -> log.flushMessages(Long.parseLong(value)).fsyncBeforeAck(value.equals("1"));
            case TopicSettings.FLUSH_MS -> log.flushMillis(Long.parseLong(value));
            case TopicSettings.INDEX_INTERVAL_BYTES -> log.indexIntervalBytes(Integer.parseInt(value));
            case TopicSettings.MAX_COMPACTION_LAG_MS -> log.maxCompactionLagMillis(Long.parseLong(value));
            case TopicSettings.MAX_DECOMPRESSED_MESSAGE_BYTES -> log.maxRecordBytes(Integer.parseInt(value));
            case TopicSettings.MAX_MESSAGE_BYTES -> log.maxMessageBytes(Integer.parseInt(value));
            case TopicSettings.MESSAGE_TIMESTAMP_AFTER_MAX_MS -> log.timestampAfterMaxMillis(Long.parseLong(value));
            case TopicSettings.MESSAGE_TIMESTAMP_BEFORE_MAX_MS -> log.timestampBeforeMaxMillis(Long.parseLong(value));
            case TopicSettings.MESSAGE_TIMESTAMP_TYPE -> log.timestampType(
                    value.equals(TimestampType.LOG_APPEND_TIME.configName()) ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME);
            case TopicSettings.MIN_CLEANABLE_DIRTY_RATIO -> log.minCleanableDirtyRatio(Double.parseDouble(value));
            case TopicSettings.MIN_COMPACTION_LAG_MS -> log.minCompactionLagMillis(Long.parseLong(value));
            case TopicSettings.QUEUE_DELAY_ENABLE -> log.queue(queue -> queue.withDelays(Boolean.parseBoolean(value)));
            case TopicSettings.QUEUE_DELAY_MAX_RECORDS -> log.queue(queue -> queue.withDelayedMax(Integer.parseInt(value)));
            case TopicSettings.QUEUE_EXPIRY_ENABLE -> log.queue(queue -> queue.withExpires(Boolean.parseBoolean(value)));
            case TopicSettings.QUEUE_EXPIRY_MS -> log.queue(queue -> queue.withExpiryMillis(Long.parseLong(value)));
            case TopicSettings.QUEUE_PRIORITY_ENABLE -> log.queue(queue -> queue.withPrioritises(Boolean.parseBoolean(value)));
            case TopicSettings.QUEUE_PRIORITY_LOOKAHEAD_RECORDS -> log.queue(queue -> queue.withLookAheadMax(Integer.parseInt(value)));
            case TopicSettings.QUEUE_RETRY_BACKOFF_MS -> log.queue(queue -> queue.withBackoffMillis(Long.parseLong(value)));
            case TopicSettings.QUEUE_RETRY_BACKOFF_MAX_MS -> log.queue(queue -> queue.withBackoffMaxMillis(Long.parseLong(value)));
            case TopicSettings.RECORD_VALIDATION -> log.opensBatches(Boolean.parseBoolean(value));
            case TopicSettings.RETENTION_BYTES -> log.retentionBytes(Long.parseLong(value));
            case TopicSettings.RETENTION_EXACT -> log.expireExactly(Boolean.parseBoolean(value));
            case TopicSettings.RETENTION_MS -> log.retentionMillis(Long.parseLong(value));
            case TopicSettings.SEGMENT_BYTES -> log.segmentBytes(Integer.parseInt(value));
            case TopicSettings.SEGMENT_INDEX_BYTES -> log.segmentIndexBytes(Integer.parseInt(value));
            case TopicSettings.SEGMENT_JITTER_MS -> log.segmentJitterMillis(Long.parseLong(value));
            case TopicSettings.SEGMENT_MS -> log.segmentMillis(Long.parseLong(value));
            default -> {}
        }
    }
}
