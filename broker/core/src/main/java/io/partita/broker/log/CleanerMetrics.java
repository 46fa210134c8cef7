package io.partita.broker.log;

/**
 * What compaction has done since the start of the broker.
 *
 * @param rounds rounds over a log that ended well
 * @param bytesRead bytes of batches read, twice for what was new in a round
 * @param bytesWritten bytes of batches written
 * @param recordsRemoved records not written again
 * @param failures rounds that failed
 * @param logsSetAside logs that are left alone for a while because their last round failed
 * @param lastRoundMillis how long the last round took that ended well, -1 before the first
 * @param lastFailure what the last failure was, {@code null} when there was none
 */
public record CleanerMetrics(
        long rounds,
        long bytesRead,
        long bytesWritten,
        long recordsRemoved,
        long failures,
        int logsSetAside,
        long lastRoundMillis,
        String lastFailure) {}
