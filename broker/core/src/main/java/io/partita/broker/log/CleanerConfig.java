package io.partita.broker.log;

/**
 * How a broker compacts logs. Immutable.
 *
 * @param threads logs compacted at the same time at most ({@code log.cleaner.threads})
 * @param keyTableBytes memory for the keys of a round, for all threads together ({@code log.cleaner.dedupe.buffer.size})
 * @param keyTableLoadFactor how full the table of keys may get ({@code log.cleaner.io.buffer.load.factor})
 * @param bufferBytes what is collected before it is written ({@code log.cleaner.io.buffer.size})
 * @param bytesPerSecondMax bytes read and written per second at most ({@code log.cleaner.io.max.bytes.per.second})
 */
public record CleanerConfig(int threads, long keyTableBytes, double keyTableLoadFactor, int bufferBytes, double bytesPerSecondMax) {

    private static final int BUFFER_BYTES_MIN = 4096;

    /**
     * Kafka's defaults, but for the table of keys: at most an eighth of the heap, and taken only as far as the keys need it. When it is too small
     * for all of them, another round follows.
     */
    public static final CleanerConfig DEFAULTS = new CleanerConfig(1, 128L << 20, 0.9, 512 << 10, Double.MAX_VALUE);

    public CleanerConfig {
        keyTableBytes = Math.max(1, Math.min(keyTableBytes, Runtime.getRuntime().maxMemory() / 8));
        bufferBytes = Math.max(BUFFER_BYTES_MIN, bufferBytes);
    }
}
