package io.partita.broker.config;

import static io.partita.broker.config.ConfigDefinition.of;
import static io.partita.broker.config.ConfigType.BOOLEAN;
import static io.partita.broker.config.ConfigType.DOUBLE;
import static io.partita.broker.config.ConfigType.INT;
import static io.partita.broker.config.ConfigType.LIST;
import static io.partita.broker.config.ConfigType.LONG;
import static io.partita.broker.config.ConfigType.STRING;
import static io.partita.broker.config.Constraint.ANY;
import static io.partita.broker.config.Constraint.atLeast;
import static io.partita.broker.config.Constraint.between;
import static io.partita.broker.config.Constraint.listOf;
import static io.partita.broker.config.Constraint.oneOf;

/** The definitions behind {@link TopicSettings}: names, types and defaults are Kafka 4.4's, the words are ours. */
final class TopicDefinitions {

    private static final String MAX = Long.toString(Long.MAX_VALUE);
    private static final long MINUTE = 60_000;
    private static final long HOUR = 60 * MINUTE;
    private static final String TIERED = " Kept for Kafka's tools: there is no tiered storage here, so it has no effect.";

    private TopicDefinitions() {}

    static final ConfigDefinition[] ALL = {
        of(TopicSettings.CLEANUP_POLICY, LIST, "delete", listOf("compact", "delete"),
                "What happens to old records: delete removes whole segments by retention.ms and retention.bytes, compact keeps the newest record of"
                        + " each key, both together do both. An empty list keeps everything.")
                .or("log.cleanup.policy"),
        of(TopicSettings.COMPRESSION_GZIP_LEVEL, INT, "-1", new Constraint.RangeOr(1, 9, -1),
                "Level used when the broker itself compresses with gzip, which it does when compression.type is gzip and a batch arrives in another"
                        + " form. -1 is the codec's own default.")
                .or("compression.gzip.level"),
        of(TopicSettings.COMPRESSION_LZ4_LEVEL, INT, "9", between(1, 17),
                "Level used when the broker itself compresses with lz4.").or("compression.lz4.level"),
        of(TopicSettings.COMPRESSION_TYPE, STRING, "producer", oneOf("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"),
                "How batches are stored: producer keeps them as they arrive, uncompressed and the codecs rewrite a batch that arrives in another form.")
                .or("compression.type"),
        of(TopicSettings.COMPRESSION_ZSTD_LEVEL, INT, "3", between(-131072, 22),
                "Level used when the broker itself compresses with zstd.").or("compression.zstd.level"),
        of(TopicSettings.DELETE_RETENTION_MS, LONG, "86400000", atLeast(0),
                "Milliseconds for which compaction keeps a tombstone (a key with a null value) after it first compacted it, so that a reader that"
                        + " started at offset 0 before can still see the deletion.")
                .or("log.cleaner.delete.retention.ms"),
        of(TopicSettings.ERRORS_DEADLETTERQUEUE_GROUP_ENABLE, BOOLEAN, "false", ANY,
                "Whether share groups may write records they could not deliver to this topic."),
        of(TopicSettings.FILE_DELETE_DELAY_MS, LONG, "60000", atLeast(0),
                "Milliseconds between taking a file out of a log and deleting it, so that reads under way can end.").or("log.segment.delete.delay.ms"),
        of(TopicSettings.FLUSH_MESSAGES, LONG, MAX, atLeast(1),
                "Forces a log to disk (fsync) once so many records were appended since the last time. 1 is the strongest promise: no record is"
                        + " acknowledged before it is on disk; producers waiting together share one fsync (group commit). The default leaves it to the operating"
                        + " system: records survive the broker process, not the machine.")
                .or("log.flush.interval.messages"),
        of(TopicSettings.FLUSH_MS, LONG, MAX, atLeast(0),
                "Forces a log to disk (fsync) at latest so many milliseconds after a record was appended, which bounds what a crash of the machine can"
                        + " lose. Acknowledgements do not wait for it.")
                .or("log.flush.interval.ms").or("log.flush.scheduler.interval.ms"),
        of(TopicSettings.FOLLOWER_REPLICATION_THROTTLED_REPLICAS, LIST, "", new Constraint.ThrottledReplicas(),
                "Replicas that take no more than follower.replication.throttled.rate while they catch up, as partition:broker pairs, or * for all. kafka-reassign-partitions.sh"
                        + " --throttle sets it, and takes it away with --verify."),
        of(TopicSettings.INDEX_INTERVAL_BYTES, INT, "4096", atLeast(0),
                "An entry is added to a segment's offset and time index after about so many bytes of records.").or("log.index.interval.bytes"),
        of(TopicSettings.INTERNAL_SEGMENT_BYTES, INT, null, Constraint.atLeast(14),
                "As segment.bytes and before it, without its lower bound. For tests that roll segments quickly.").hidden(),
        of(TopicSettings.LEADER_REPLICATION_THROTTLED_REPLICAS, LIST, "", new Constraint.ThrottledReplicas(),
                "Replicas that, while they lead, send no more than leader.replication.throttled.rate to others that catch up, as partition:broker pairs, or * for all."
                        + " kafka-reassign-partitions.sh --throttle sets it, and takes it away with --verify."),
        of(TopicSettings.LOCAL_RETENTION_BYTES, LONG, "-2", atLeast(-2),
                "Bytes of a partition kept locally before older segments are read from tiered storage; -2 takes retention.bytes." + TIERED)
                .or("log.local.retention.bytes"),
        of(TopicSettings.LOCAL_RETENTION_MS, LONG, "-2", atLeast(-2),
                "Milliseconds a segment is kept locally before it is read from tiered storage; -2 takes retention.ms." + TIERED)
                .or("log.local.retention.ms"),
        of(TopicSettings.MAX_COMPACTION_LAG_MS, LONG, MAX, atLeast(1),
                "Milliseconds after which a record becomes subject to compaction at latest, even when little of the log has changed.")
                .or("log.cleaner.max.compaction.lag.ms"),
        of(TopicSettings.MAX_DECOMPRESSED_MESSAGE_BYTES, INT, "2147483639", between(1, 2147483639),
                "Largest decompressed size in bytes of one record in a compressed batch that is produced; a larger one is refused with INVALID_RECORD."
                        + " Looked at where the broker opens batches: see record.validation. What is stored already stays readable. All records of a"
                        + " batch together may in any case open to an eighth of the heap, but no less than 8 and no more than 128 MB.")
                .or("max.decompressed.message.bytes"),
        of(TopicSettings.MAX_MESSAGE_BYTES, INT, "1048588", atLeast(0),
                "Largest batch of records in bytes, as stored (compressed). A larger one is refused with MESSAGE_TOO_LARGE.").or("message.max.bytes"),
        of(TopicSettings.MESSAGE_TIMESTAMP_AFTER_MAX_MS, LONG, "3600000", atLeast(0),
                "How many milliseconds a record's timestamp may be ahead of the broker's clock. A record further ahead is refused with INVALID_TIMESTAMP."
                        + " Only for message.timestamp.type=CreateTime.")
                .or("log.message.timestamp.after.max.ms"),
        of(TopicSettings.MESSAGE_TIMESTAMP_BEFORE_MAX_MS, LONG, MAX, atLeast(0),
                "How many milliseconds a record's timestamp may be behind the broker's clock. A record further behind is refused with INVALID_TIMESTAMP."
                        + " Only for message.timestamp.type=CreateTime.")
                .or("log.message.timestamp.before.max.ms"),
        of(TopicSettings.MESSAGE_TIMESTAMP_TYPE, STRING, "CreateTime", oneOf("CreateTime", "LogAppendTime"),
                "Which timestamp records carry: the producer's (CreateTime) or the broker's at the append (LogAppendTime).").or("log.message.timestamp.type"),
        of(TopicSettings.MIN_CLEANABLE_DIRTY_RATIO, DOUBLE, "0.5", new Constraint.Fraction(),
                "A log is compacted once so large a part of it was written since the last time. Lower means less space for old values and more work.")
                .or("log.cleaner.min.cleanable.ratio"),
        of(TopicSettings.MIN_COMPACTION_LAG_MS, LONG, "0", atLeast(0),
                "Milliseconds for which a record stays as it was written before compaction may remove it for a newer one of its key.")
                .or("log.cleaner.min.compaction.lag.ms"),
        of(TopicSettings.MIN_INSYNC_REPLICAS, INT, "1", atLeast(1),
                "How many replicas must have a record before it is acknowledged to acks=all and shown to consumers; no more than the partition has.")
                .or("min.insync.replicas"),
        of(TopicSettings.PREALLOCATE, BOOLEAN, "false", ANY,
                "Whether Kafka reserves the whole file when it opens a segment. Kept for Kafka's tools: files grow as they are written here.")
                .or("log.preallocate"),
        of(TopicSettings.QUEUE_DELAY_ENABLE, BOOLEAN, "false", ANY,
                "Whether a record with the header partita.deliver.at (milliseconds since 1970) or partita.deliver.after (milliseconds from when the broker gets"
                        + " it) is kept back until then. Not for compacted topics, nor together with retention.exact. Partita's own setting; see docs/QUEUES.md."),
        of(TopicSettings.QUEUE_DELAY_MAX_RECORDS, INT, "1000000", atLeast(1),
                "Records of a partition that may wait until they are due, of which the broker that leads it holds 44 bytes each in memory; more are refused with"
                        + " POLICY_VIOLATION. Partita's own setting."),
        of(TopicSettings.QUEUE_EXPIRY_ENABLE, BOOLEAN, "false", ANY,
                "Whether share groups do not give out records past their time: that of the record's header partita.expire.at (milliseconds since 1970) or"
                        + " partita.expire.after (milliseconds from the record's timestamp), else queue.expiry.ms. Such records are archived and counted."
                        + " Other consumers read them as before. Partita's own setting; see docs/QUEUES.md."),
        of(TopicSettings.QUEUE_EXPIRY_MS, LONG, "-1", atLeast(-1),
                "Milliseconds from its timestamp for which a record without such a header is given out by share groups, where queue.expiry.enable is true; -1"
                        + " for ever. Partita's own setting."),
        of(TopicSettings.QUEUE_PRIORITY_ENABLE, BOOLEAN, "false", ANY,
                "Whether share groups give out records of a higher class first: that of the record's header partita.priority, from 0 to 9, else 4. One of eight"
                        + " fetches is given the oldest records, whatever their class. Other consumers read them as before. Partita's own setting; see"
                        + " docs/QUEUES.md."),
        of(TopicSettings.QUEUE_PRIORITY_LOOKAHEAD_RECORDS, INT, "10000", between(1, 20_000),
                "Records of a partition that nobody was given, of which a share group chooses the next one, where queue.priority.enable is true. Of those"
                        + " behind them it is not known yet which class they are. Partita's own setting."),
        of(TopicSettings.QUEUE_RETRY_BACKOFF_MAX_MS, LONG, "60000", atLeast(0),
                "Milliseconds to which queue.retry.backoff.ms grows at most. Partita's own setting."),
        of(TopicSettings.QUEUE_RETRY_BACKOFF_MS, LONG, "0", atLeast(0),
                "Milliseconds after which share groups give out a record again that a consumer released, or whose lock ran out; twice as long after each further"
                        + " time, up to queue.retry.backoff.max.ms. 0: at once. How often it is given out is the group's share.delivery.count.limit, where it goes then"
                        + " errors.deadletterqueue.topic.name. Partita's own setting; see docs/QUEUES.md."),
        of(TopicSettings.RECORD_VALIDATION, BOOLEAN, "false", ANY,
                "Whether compressed batches are opened and their records checked before they are stored, as Kafka does: a batch that consumers could not"
                        + " read, or that is not what it says of itself, is refused with INVALID_RECORD. This takes several times the processor time that"
                        + " storing does. With false only checksum, header and the frame of the compressed data are checked, so that a faulty producer can"
                        + " stop the consumers of its topic; batches of compacted topics, and those that are not compressed, are always checked."
                        + " Partita's own setting.")
                .or("record.validation"),
        of(TopicSettings.REMOTE_COPY_LAG_BYTES, LONG, "-1", atLeast(-1),
                "Size by which a segment may wait for its copy to tiered storage." + TIERED).or("log.remote.copy.lag.bytes"),
        of(TopicSettings.REMOTE_COPY_LAG_MS, LONG, "0", atLeast(-1),
                "Milliseconds by which a segment may wait for its copy to tiered storage." + TIERED).or("log.remote.copy.lag.ms"),
        of(TopicSettings.REMOTE_LOG_COPY_DISABLE, BOOLEAN, "false", ANY,
                "Whether segments are no longer copied to tiered storage." + TIERED),
        of(TopicSettings.REMOTE_LOG_DELETE_ON_DISABLE, BOOLEAN, "false", ANY,
                "Whether tiered data goes away when tiered storage is switched off." + TIERED),
        of(TopicSettings.REMOTE_STORAGE_ENABLE, BOOLEAN, "false", ANY,
                "Whether old segments move to tiered storage. There is none here, so true is refused."),
        of(TopicSettings.RETENTION_BYTES, LONG, "-1", ANY,
                "Size in bytes a partition may grow to before its oldest segments are deleted; -1 sets no limit. The segment being written always stays.")
                .or("log.retention.bytes"),
        of(TopicSettings.RETENTION_EXACT, BOOLEAN, "false", ANY,
                "Makes retention.ms exact: a batch of records becomes invisible as soon as its newest record is older than retention.ms, not only when a"
                        + " whole segment is. This is message expiry (TTL). Disk space is still freed by segment. Partita's own setting: kafka-configs"
                        + " --add-config sets it, while kafka-topics --config refuses names that Kafka does not know before it asks the broker.")
                .or("log.retention.exact"),
        of(TopicSettings.RETENTION_MS, LONG, "604800000", atLeast(-1),
                "Milliseconds after which records are deleted, counted from the newest timestamp of their segment; -1 keeps them for ever. See"
                        + " retention.exact for records that must not be seen any longer.")
                .or("log.retention.ms").or("log.retention.minutes", MINUTE).or("log.retention.hours", HOUR),
        of(TopicSettings.SEGMENT_BYTES, INT, "1073741824", atLeast(1024 * 1024),
                "Size in bytes of a segment file. Deletion and compaction work on whole segments that are no longer written.").or("log.segment.bytes"),
        of(TopicSettings.SEGMENT_INDEX_BYTES, INT, "10485760", atLeast(4),
                "Largest size in bytes of a segment's index files; a full index makes the log begin a new segment.").or("log.index.size.max.bytes"),
        of(TopicSettings.SEGMENT_JITTER_MS, LONG, "0", atLeast(0),
                "Up to so many milliseconds are taken from segment.ms at random, so that not all partitions begin a new segment at once.")
                .or("log.roll.jitter.ms").or("log.roll.jitter.hours", HOUR),
        of(TopicSettings.SEGMENT_MS, LONG, "604800000", atLeast(1),
                "Milliseconds after which a new segment is begun even when the current one is not full, so that old records can be deleted or compacted.")
                .or("log.roll.ms").or("log.roll.hours", HOUR),
        of(TopicSettings.UNCLEAN_LEADER_ELECTION_ENABLE, BOOLEAN, "false", ANY,
                "Whether a replica that may lack acknowledged records may lead when no other is left, which loses them. On Kubernetes that is"
                        + " also a broker whose disk was replaced; a broker without Kubernetes always leads with what it has.")
                .or("unclean.leader.election.enable"),
    };
}
