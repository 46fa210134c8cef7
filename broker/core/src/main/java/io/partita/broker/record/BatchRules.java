package io.partita.broker.record;

/**
 * What a topic asks of a produced batch. Immutable; built once per topic configuration.
 *
 * @param maxBatchBytes largest batch with its header ({@code max.message.bytes})
 * @param keysRequired every record must have a key (a compacted topic); compressed batches are then opened
 * @param timestampType CREATE_TIME: the two bounds below apply; LOG_APPEND_TIME: the producer's timestamps do not matter
 * @param beforeMaxMillis how far in the past a timestamp may lie ({@code message.timestamp.before.max.ms}), {@link Long#MAX_VALUE} for no bound
 * @param afterMaxMillis how far in the future ({@code message.timestamp.after.max.ms}), {@link Long#MAX_VALUE} for no bound
 * @param openCompressed read the records of compressed batches too ({@code record.validation}); those of compacted topics always are
 * @param maxUncompressedBytes bound on what a compressed batch may open to
 * @param maxRecordBytes largest record in a compressed batch, opened ({@code max.decompressed.message.bytes})
 */
public record BatchRules(
        int maxBatchBytes,
        boolean keysRequired,
        TimestampType timestampType,
        long beforeMaxMillis,
        long afterMaxMillis,
        boolean openCompressed,
        int maxUncompressedBytes,
        int maxRecordBytes) {

    /**
     * Bound on an opened batch where no other is given: an eighth of the heap, between 8 and 128 MB. Legitimate batches stay far below, as
     * producers bound a batch before compression ({@code batch.size}, 16 KB to 1 MB); a hostile one must not take the heap with it.
     */
    public static final int DEFAULT_MAX_UNCOMPRESSED_BYTES = (int) Math.clamp(Runtime.getRuntime().maxMemory() / 8, 8L << 20, 128L << 20);

    /** Any batch up to {@code maxBatchBytes}, with whatever keys and timestamps. */
    public static BatchRules lenient(int maxBatchBytes) {
        return new BatchRules(
                maxBatchBytes, false, TimestampType.CREATE_TIME, Long.MAX_VALUE, Long.MAX_VALUE, false, DEFAULT_MAX_UNCOMPRESSED_BYTES,
                Integer.MAX_VALUE);
    }

    boolean opensCompressed() {
        return openCompressed || keysRequired;
    }

    /** Whether a producer's timestamp is outside of the topic's bounds at {@code nowMillis}; −1 stands for no timestamp and always passes. */
    boolean refusesTimestamp(long timestamp, long nowMillis) {
        if (timestampType != TimestampType.CREATE_TIME || timestamp == RecordBatch.NO_TIMESTAMP) {
            return false;
        }
        // Saturating, as a hostile timestamp makes a plain difference overflow.
        return timestamp < nowMillis
                ? beforeMaxMillis != Long.MAX_VALUE && timestamp < saturatingSubtract(nowMillis, beforeMaxMillis)
                : afterMaxMillis != Long.MAX_VALUE && timestamp > saturatingAdd(nowMillis, afterMaxMillis);
    }

    private static long saturatingAdd(long a, long b) {
        var sum = a + b;
        return ((a ^ sum) & (b ^ sum)) < 0 ? (a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : sum;
    }

    private static long saturatingSubtract(long a, long b) {
        var difference = a - b;
        return ((a ^ b) & (a ^ difference)) < 0 ? (a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : difference;
    }
}
