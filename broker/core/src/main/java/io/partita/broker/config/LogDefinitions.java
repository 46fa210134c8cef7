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

/** Broker settings about logs: where they are, what topics take when they say nothing themselves, and the work done on them. */
final class LogDefinitions {

    private static final String MAX = Long.toString(Long.MAX_VALUE);

    private LogDefinitions() {}

    /** What a topic takes when it says nothing itself. Changing one changes every topic that takes it, at once. */
    static final ConfigDefinition[] TOPIC_DEFAULTS = {
        of("compression.gzip.level", INT, "-1", new Constraint.RangeOr(1, 9, -1), "Default of the topic setting compression.gzip.level.").atOnce(),
        of("compression.lz4.level", INT, "9", between(1, 17), "Default of the topic setting compression.lz4.level.").atOnce(),
        of("compression.type", STRING, "producer", oneOf("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"),
                "Default of the topic setting compression.type: how batches are stored.").atOnce(),
        of("compression.zstd.level", INT, "3", between(-131072, 22), "Default of the topic setting compression.zstd.level.").atOnce(),
        of("log.cleaner.delete.retention.ms", LONG, "86400000", atLeast(0),
                "Default of the topic setting delete.retention.ms: milliseconds for which compaction keeps tombstones.").atOnce(),
        of("log.cleaner.max.compaction.lag.ms", LONG, MAX, atLeast(1), "Default of the topic setting max.compaction.lag.ms.").atOnce(),
        of("log.cleaner.min.cleanable.ratio", DOUBLE, "0.5", new Constraint.Fraction(), "Default of the topic setting min.cleanable.dirty.ratio.").atOnce(),
        of("log.cleaner.min.compaction.lag.ms", LONG, "0", atLeast(0), "Default of the topic setting min.compaction.lag.ms.").atOnce(),
        of("log.cleanup.policy", LIST, "delete", listOf("compact", "delete"),
                "Default of the topic setting cleanup.policy: delete old segments, compact by key, or both.").atOnce(),
        of("log.flush.interval.messages", LONG, MAX, atLeast(1),
                "Default of the topic setting flush.messages: fsync after so many records; 1 is fsync before every acknowledgement, by group commit.")
                .atOnce(),
        of("log.flush.interval.ms", LONG, null, atLeast(0),
                "Default of the topic setting flush.ms: fsync at latest so many milliseconds after an append.").atOnce(),
        of("log.flush.scheduler.interval.ms", LONG, MAX, ANY, "What log.flush.interval.ms is when it is not set."),
        of("log.index.interval.bytes", INT, "4096", atLeast(0), "Default of the topic setting index.interval.bytes.").atOnce(),
        of("log.index.size.max.bytes", INT, "10485760", atLeast(4), "Default of the topic setting segment.index.bytes.").atOnce(),
        of("log.local.retention.bytes", LONG, "-2", atLeast(-2), "Default of the topic setting local.retention.bytes, which has no effect.").atOnce(),
        of("log.local.retention.ms", LONG, "-2", atLeast(-2), "Default of the topic setting local.retention.ms, which has no effect.").atOnce(),
        of("log.message.timestamp.after.max.ms", LONG, "3600000", atLeast(0),
                "Default of the topic setting message.timestamp.after.max.ms.").atOnce(),
        of("log.message.timestamp.before.max.ms", LONG, MAX, atLeast(0), "Default of the topic setting message.timestamp.before.max.ms.").atOnce(),
        of("log.message.timestamp.type", STRING, "CreateTime", oneOf("CreateTime", "LogAppendTime"),
                "Default of the topic setting message.timestamp.type.").atOnce(),
        of("log.preallocate", BOOLEAN, "false", ANY, "Default of the topic setting preallocate, which has no effect.").atOnce(),
        of("log.remote.copy.lag.bytes", LONG, "-1", atLeast(-1), "Default of the topic setting remote.copy.lag.bytes, which has no effect.").atOnce(),
        of("log.remote.copy.lag.ms", LONG, "0", atLeast(-1), "Default of the topic setting remote.copy.lag.ms, which has no effect.").atOnce(),
        of("log.retention.bytes", LONG, "-1", ANY, "Default of the topic setting retention.bytes: bytes per partition, -1 for no limit.").atOnce(),
        of("log.retention.exact", BOOLEAN, "false", ANY,
                "Default of the topic setting retention.exact: records older than retention.ms become invisible at once. Partita's own setting.").atOnce(),
        of("log.retention.hours", INT, "168", ANY, "Hours records are kept, where neither log.retention.ms nor log.retention.minutes is set; -1 for ever."),
        of("log.retention.minutes", INT, null, ANY, "Minutes records are kept, where log.retention.ms is not set; -1 for ever."),
        of("log.retention.ms", LONG, null, ANY, "Default of the topic setting retention.ms: milliseconds records are kept, -1 for ever.").atOnce(),
        of("log.roll.hours", INT, "168", atLeast(1), "Hours after which a new segment is begun, where log.roll.ms is not set."),
        of("log.roll.jitter.hours", INT, "0", atLeast(0), "Up to so many hours are taken from log.roll.hours, where log.roll.jitter.ms is not set."),
        of("log.roll.jitter.ms", LONG, null, atLeast(0), "Default of the topic setting segment.jitter.ms.").atOnce(),
        of("log.roll.ms", LONG, null, atLeast(1), "Default of the topic setting segment.ms: milliseconds after which a new segment is begun.").atOnce(),
        of("log.segment.bytes", INT, "1073741824", atLeast(1024 * 1024), "Default of the topic setting segment.bytes: size of a segment file.").atOnce(),
        of("log.segment.delete.delay.ms", LONG, "60000", atLeast(0), "Default of the topic setting file.delete.delay.ms.").atOnce(),
        of("max.decompressed.message.bytes", INT, "2147483639", between(1, 2147483639),
                "Default of the topic setting max.decompressed.message.bytes: largest record after decompression.").atOnce(),
        of("message.max.bytes", INT, "1048588", atLeast(0), "Default of the topic setting max.message.bytes: largest batch of records, compressed.")
                .atOnce(),
        of("min.insync.replicas", INT, "1", atLeast(1),
                "Default of the topic setting min.insync.replicas: replicas that must have a record before it counts.").atOnce(),
        of("record.validation", BOOLEAN, "false", ANY,
                "Default of the topic setting record.validation: whether compressed batches are opened and checked. Partita's own setting.").atOnce(),
        of("unclean.leader.election.enable", BOOLEAN, "false", ANY, "Default of the topic setting unclean.leader.election.enable.").atOnce(),
    };

    /** Where logs are and the work done on all of them. */
    static final ConfigDefinition[] STORAGE = {
        of("log.dir", STRING, "./data", ANY, "The data directory, where log.dirs is not set."),
        of("log.dirs", LIST, null, ANY,
                "Data directories, separated by commas. Each partition lives in one of them: a new one where most space is free for each that is there."),
        of("log.dirs.missing", STRING, "refuse", oneOf("refuse", "offline"),
                "What a start does when a data directory that holds logs of this broker is not there: refuse ends it with a sentence that names the directory; offline"
                        + " serves the others, while partitions of the missing one are not served and not made anew elsewhere. Partita's own setting."),
        of("log.dirs.reserve.bytes", LONG, "67108864", atLeast(0),
                "Bytes of each data directory's disk (no more than a twentieth of it) that producers do not get, so that offsets, transactions and compaction go on: when"
                        + " less is free they are refused with KAFKA_STORAGE_ERROR, which they try again, until twice as much is. Reads go on. 0 is none."
                        + " Partita's own setting.")
                .atOnce(),
        of("log.dirs.forget", LIST, "", ANY,
                "Data directories given up for good, by their directory.id, separated by commas: what was in them begins anew, empty. Partita's own setting."),
        of("log.undelete.retention.ms", LONG, "604800000", atLeast(0),
                "On Kubernetes, milliseconds for which the records of a topic are kept whose Topic object is gone: they are served again when the object is there"
                        + " again with the uid it had. Of brokers that share an etcd, those of a topic that was deleted. A broker alone deletes records with their topic. Partita's own setting.")
                .atOnce(),
        of("log.retention.check.interval.ms", LONG, "300000", atLeast(1),
                "Every so many milliseconds logs are looked through for segments that retention.ms or retention.bytes let go. Exact expiry"
                        + " (retention.exact) does not wait for it."),
        of("log.cleaner.enable", BOOLEAN, "true", ANY, "Whether logs with cleanup.policy=compact are compacted."),
        of("log.cleaner.threads", INT, "1", atLeast(0), "Threads that compact logs."),
        of("log.cleaner.backoff.ms", LONG, "15000", atLeast(0), "Pause in milliseconds of a compaction thread that found nothing to do."),
        of("log.cleaner.dedupe.buffer.size", LONG, "134217728", ANY,
                "Bytes of memory for the keys of what is compacted, for all compaction threads together, an eighth of the heap at most. Taken only while there is"
                        + " something to compact. Where there are more keys, a file beside the log helps while the round lasts, of 24 bytes for each record."),
        of("log.cleaner.io.buffer.load.factor", DOUBLE, "0.9", ANY, "How full the table of keys may get before a round of compaction ends."),
        of("log.cleaner.io.buffer.size", INT, "524288", atLeast(0), "Bytes of the buffers compaction reads and writes through."),
        of("log.cleaner.io.max.bytes.per.second", DOUBLE, "1.7976931348623157E308", ANY,
                "Bytes per second that compaction reads and writes at most."),
        of("log.flush.offset.checkpoint.interval.ms", INT, "60000", atLeast(0),
                "Every so many milliseconds the offsets up to which logs are flushed are written down, from where a start after a crash checks them."),
        of("num.recovery.threads.per.data.dir", INT, "2", atLeast(1), "Threads per data directory that check logs after a crash."),
        of("producer.id.expiration.ms", INT, "86400000", atLeast(1),
                "A producer id that wrote nothing to a partition for so many milliseconds is forgotten there.").atOnce(),
    };
}
