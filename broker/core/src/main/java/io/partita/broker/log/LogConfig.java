package io.partita.broker.log;

import io.partita.broker.record.Compression;
import io.partita.broker.record.TimestampType;
import java.util.function.UnaryOperator;

/**
 * What a topic's settings mean to its logs. Immutable; a change of settings gives the log a new one. Times are milliseconds, sizes bytes;
 * {@link #UNLIMITED} stands for "no limit" where Kafka writes -1.
 *
 * @param segmentBytes a segment is rolled before it would grow beyond this
 * @param segmentMillis a segment is rolled once its first record is older than this
 * @param segmentJitterMillis at most this much is subtracted from {@code segmentMillis}, so that many logs do not roll at one instant
 * @param indexIntervalBytes bytes of batches between two entries of the offset index
 * @param segmentIndexBytes a segment is rolled when one of its indexes has this size
 * @param retentionMillis records older than this are deleted, {@link #UNLIMITED} for never
 * @param retentionBytes the oldest segments are deleted while the log without them is still this large, {@link #UNLIMITED} for never
 * @param expireExactly records older than {@code retentionMillis} become invisible at once, batch by batch, not when their segment goes
 * @param maxMessageBytes largest batch accepted
 * @param flushMessages records that may be unflushed, {@link #UNLIMITED} to leave it to the operating system and the background flush
 * @param flushMillis how long a record may be unflushed, {@link #UNLIMITED} likewise
 * @param fsyncBeforeAck whether a record is acknowledged only once it is flushed
 * @param compact whether {@code cleanup.policy} contains compact
 * @param delete whether {@code cleanup.policy} contains delete
 * @param minCompactionLagMillis records younger than this are not compacted away
 * @param maxCompactionLagMillis records older than this make the log due for compaction
 * @param deleteRetentionMillis how long a tombstone survives compaction
 * @param minCleanableDirtyRatio share of not yet compacted bytes that makes the log due for compaction
 * @param timestampType whose clock the timestamps are of
 * @param timestampBeforeMaxMillis how far in the past a record's own timestamp may lie
 * @param timestampAfterMaxMillis how far in the future a record's own timestamp may lie
 * @param compression the codec batches are stored with, {@code null} for the producer's choice
 * @param fileDeleteDelayMillis has no effect: removed files go at once, whoever is sending from one keeps it open
 * @param opensBatches whether the records of compressed batches are checked before they are stored; those of compacted topics always are
 * @param maxRecordBytes largest record in a compressed batch
 * @param gzipLevel level with which the broker itself packs, {@link Compression#DEFAULT_LEVEL} for the codec's own default
 * @param lz4Level likewise
 * @param zstdLevel likewise
 * @param producerExpirationMillis how long the state of a silent idempotent producer is kept
 * @param queue what share groups and delayed records are about
 */
public record LogConfig(
        int segmentBytes,
        long segmentMillis,
        long segmentJitterMillis,
        int indexIntervalBytes,
        int segmentIndexBytes,
        long retentionMillis,
        long retentionBytes,
        boolean expireExactly,
        int maxMessageBytes,
        long flushMessages,
        long flushMillis,
        boolean fsyncBeforeAck,
        boolean compact,
        boolean delete,
        long minCompactionLagMillis,
        long maxCompactionLagMillis,
        long deleteRetentionMillis,
        double minCleanableDirtyRatio,
        TimestampType timestampType,
        long timestampBeforeMaxMillis,
        long timestampAfterMaxMillis,
        Compression compression,
        long fileDeleteDelayMillis,
        boolean opensBatches,
        int maxRecordBytes,
        int gzipLevel,
        int lz4Level,
        int zstdLevel,
        long producerExpirationMillis,
        QueueConfig queue) {

    public static final long UNLIMITED = Long.MAX_VALUE;

    private static final long HOUR_MILLIS = 60 * 60 * 1000L;
    private static final long DAY_MILLIS = 24 * HOUR_MILLIS;

    /** Kafka's defaults. */
    public static final LogConfig DEFAULTS = new Builder().build();

    /** How old the first record of the segment written to may become: only what is in a sealed segment can be compacted in time. */
    long rollMillis() {
        return compact ? Math.min(segmentMillis, maxCompactionLagMillis) : segmentMillis;
    }

    /** Whether records that have outlived {@code retentionMillis} are invisible at once. */
    boolean hidesExpired() {
        return expireExactly && delete && retentionMillis != UNLIMITED && !queue.delays();
    }

    /** Whether records are looked at before they are stored although their batch is compressed. */
    public boolean checksCompressed() {
        return opensBatches || compact;
    }

    /** The level with which the broker packs batches of {@code codec}. */
    public int compressionLevel(Compression codec) {
        return switch (codec) {
            case GZIP -> gzipLevel;
            case LZ4 -> lz4Level;
            case ZSTD -> zstdLevel;
            case NONE, SNAPPY -> Compression.DEFAULT_LEVEL;
        };
    }

    /** A builder that starts with these values. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Collects the values of a {@link LogConfig}, beginning with Kafka's defaults. */
    public static final class Builder {
        private int segmentBytes = 1 << 30;
        private long segmentMillis = 7 * DAY_MILLIS;
        private long segmentJitterMillis;
        private int indexIntervalBytes = 4096;
        private int segmentIndexBytes = 10 << 20;
        private long retentionMillis = 7 * DAY_MILLIS;
        private long retentionBytes = UNLIMITED;
        private boolean expireExactly;
        private int maxMessageBytes = (1 << 20) + 12;
        private long flushMessages = UNLIMITED;
        private long flushMillis = UNLIMITED;
        private boolean fsyncBeforeAck;
        private boolean compact;
        private boolean delete = true;
        private long minCompactionLagMillis;
        private long maxCompactionLagMillis = UNLIMITED;
        private long deleteRetentionMillis = DAY_MILLIS;
        private double minCleanableDirtyRatio = 0.5;
        private TimestampType timestampType = TimestampType.CREATE_TIME;
        private long timestampBeforeMaxMillis = UNLIMITED;
        private long timestampAfterMaxMillis = HOUR_MILLIS;
        private Compression compression;
        private long fileDeleteDelayMillis = 60_000;
        private boolean opensBatches;
        private int maxRecordBytes = Integer.MAX_VALUE - 8;
        private int gzipLevel = Compression.DEFAULT_LEVEL;
        private int lz4Level = 9;
        private int zstdLevel = 3;
        private long producerExpirationMillis = DAY_MILLIS;
        private QueueConfig queue = QueueConfig.NONE;

        public Builder() {}

        private Builder(LogConfig from) {
            segmentBytes = from.segmentBytes;
            segmentMillis = from.segmentMillis;
            segmentJitterMillis = from.segmentJitterMillis;
            indexIntervalBytes = from.indexIntervalBytes;
            segmentIndexBytes = from.segmentIndexBytes;
            retentionMillis = from.retentionMillis;
            retentionBytes = from.retentionBytes;
            expireExactly = from.expireExactly;
            maxMessageBytes = from.maxMessageBytes;
            flushMessages = from.flushMessages;
            flushMillis = from.flushMillis;
            fsyncBeforeAck = from.fsyncBeforeAck;
            compact = from.compact;
            delete = from.delete;
            minCompactionLagMillis = from.minCompactionLagMillis;
            maxCompactionLagMillis = from.maxCompactionLagMillis;
            deleteRetentionMillis = from.deleteRetentionMillis;
            minCleanableDirtyRatio = from.minCleanableDirtyRatio;
            timestampType = from.timestampType;
            timestampBeforeMaxMillis = from.timestampBeforeMaxMillis;
            timestampAfterMaxMillis = from.timestampAfterMaxMillis;
            compression = from.compression;
            fileDeleteDelayMillis = from.fileDeleteDelayMillis;
            opensBatches = from.opensBatches;
            maxRecordBytes = from.maxRecordBytes;
            gzipLevel = from.gzipLevel;
            lz4Level = from.lz4Level;
            zstdLevel = from.zstdLevel;
            producerExpirationMillis = from.producerExpirationMillis;
            queue = from.queue;
        }

        public Builder segmentBytes(int value) {
            segmentBytes = value;
            return this;
        }

        public Builder segmentMillis(long value) {
            segmentMillis = value;
            return this;
        }

        public Builder segmentJitterMillis(long value) {
            segmentJitterMillis = value;
            return this;
        }

        public Builder indexIntervalBytes(int value) {
            indexIntervalBytes = value;
            return this;
        }

        public Builder segmentIndexBytes(int value) {
            segmentIndexBytes = value;
            return this;
        }

        /** Negative values mean {@link #UNLIMITED}, as in Kafka. */
        public Builder retentionMillis(long value) {
            retentionMillis = value < 0 ? UNLIMITED : value;
            return this;
        }

        /** Negative values mean {@link #UNLIMITED}, as in Kafka. */
        public Builder retentionBytes(long value) {
            retentionBytes = value < 0 ? UNLIMITED : value;
            return this;
        }

        public Builder expireExactly(boolean value) {
            expireExactly = value;
            return this;
        }

        public Builder maxMessageBytes(int value) {
            maxMessageBytes = value;
            return this;
        }

        public Builder flushMessages(long value) {
            flushMessages = value;
            return this;
        }

        public Builder flushMillis(long value) {
            flushMillis = value;
            return this;
        }

        public Builder fsyncBeforeAck(boolean value) {
            fsyncBeforeAck = value;
            return this;
        }

        public Builder compact(boolean value) {
            compact = value;
            return this;
        }

        public Builder delete(boolean value) {
            delete = value;
            return this;
        }

        public Builder minCompactionLagMillis(long value) {
            minCompactionLagMillis = value;
            return this;
        }

        public Builder maxCompactionLagMillis(long value) {
            maxCompactionLagMillis = value;
            return this;
        }

        public Builder deleteRetentionMillis(long value) {
            deleteRetentionMillis = value;
            return this;
        }

        public Builder minCleanableDirtyRatio(double value) {
            minCleanableDirtyRatio = value;
            return this;
        }

        public Builder timestampType(TimestampType value) {
            timestampType = value;
            return this;
        }

        public Builder timestampBeforeMaxMillis(long value) {
            timestampBeforeMaxMillis = value;
            return this;
        }

        public Builder timestampAfterMaxMillis(long value) {
            timestampAfterMaxMillis = value;
            return this;
        }

        /** {@code null} keeps the producer's codec. */
        public Builder compression(Compression value) {
            compression = value;
            return this;
        }

        public Builder fileDeleteDelayMillis(long value) {
            fileDeleteDelayMillis = value;
            return this;
        }

        public Builder opensBatches(boolean value) {
            opensBatches = value;
            return this;
        }

        public Builder maxRecordBytes(int value) {
            maxRecordBytes = value;
            return this;
        }

        public Builder gzipLevel(int value) {
            gzipLevel = value;
            return this;
        }

        public Builder lz4Level(int value) {
            lz4Level = value;
            return this;
        }

        public Builder zstdLevel(int value) {
            zstdLevel = value;
            return this;
        }

        public Builder producerExpirationMillis(long value) {
            producerExpirationMillis = value;
            return this;
        }

        /** Changes what is set of it so far. */
        public Builder queue(UnaryOperator<QueueConfig> change) {
            queue = change.apply(queue);
            return this;
        }

        public LogConfig build() {
            return new LogConfig(segmentBytes, segmentMillis, segmentJitterMillis, indexIntervalBytes, segmentIndexBytes, retentionMillis,
                    retentionBytes, expireExactly, maxMessageBytes, flushMessages, flushMillis, fsyncBeforeAck, compact, delete,
                    minCompactionLagMillis, maxCompactionLagMillis, deleteRetentionMillis, minCleanableDirtyRatio, timestampType,
                    timestampBeforeMaxMillis, timestampAfterMaxMillis, compression, fileDeleteDelayMillis, opensBatches, maxRecordBytes,
                    gzipLevel, lz4Level, zstdLevel, producerExpirationMillis, queue);
        }
    }
}
