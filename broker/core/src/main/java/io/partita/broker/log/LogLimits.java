package io.partita.broker.log;

import io.partita.broker.env.Descriptors;

/**
 * What the logs of one data directory may use.
 *
 * @param openFiles files kept open at most, besides those that are being sent from
 * @param producers producers remembered at most; see {@link ProducerBudget}
 * @param delayedBytes memory for records that wait until they are due
 */
public record LogLimits(int openFiles, int producers, long delayedBytes) {

    /** Log files of a process open at once: more make nothing faster. */
    private static final int OPEN_FILES_MAX = 512;

    /** The part of the process's descriptors that logs get at most; connections need the rest. */
    private static final int DESCRIPTORS_PART = 4;

    /** The part of the heap that producers have at most. */
    private static final int HEAP_PART = 16;

    /** The part of the heap that records have at most that wait until they are due. */
    private static final int DELAYED_PART = 4;

    /** With all of the memory that one process has for records that wait. */
    public LogLimits(int openFiles, int producers) {
        this(openFiles, producers, Runtime.getRuntime().maxMemory() / DELAYED_PART);
    }

    /** The share of one of {@code directories} in what this process has. */
    public static LogLimits ofProcess(int directories) {
        long files = Math.min(OPEN_FILES_MAX, Descriptors.limit() / DESCRIPTORS_PART) / directories;
        long producers = Runtime.getRuntime().maxMemory() / HEAP_PART / directories / ProducerBudget.ENTRY_BYTES;
        return new LogLimits((int) Math.max(1, files), (int) Math.clamp(producers, 1, Integer.MAX_VALUE / 2),
                Runtime.getRuntime().maxMemory() / DELAYED_PART / directories);
    }
}
