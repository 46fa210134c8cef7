package io.partita.broker.log;

import java.io.IOException;

/**
 * What of a log may be compacted now: whole segments, none of which is written to, or holds a record that is not committed everywhere, or in an
 * undecided transaction, or younger than {@code min.compaction.lag.ms}.
 *
 * @param segments the log's segments at the time
 * @param history the log's {@link PartitionLog#history} at the time
 * @param firstDirtyOffset below it a key occurs once
 * @param endOffset where the compactable segments end
 * @param decidedOffset the markers that decided the transactions in the range are below it: they must not be lost once others relied on them
 * @param cleanBytes bytes of the segments before the first dirty offset
 * @param dirtyBytes bytes of the compactable segments from there on
 * @param overdue whether a dirty record is older than {@code max.compaction.lag.ms}
 */
record CleanableRange(SegmentList segments, int history, long firstDirtyOffset, long endOffset, long decidedOffset,
        long cleanBytes, long dirtyBytes, boolean overdue) {

    /** Looks at a log. Reads a few headers at most; on a worker thread. */
    static CleanableRange of(PartitionLog log, long highWatermark, long nowMillis) throws IOException {
        int history = log.history();
        SegmentList segments = log.segments();
        LogConfig config = log.config();
        long start = Math.max(log.logStartOffset(), segments.first().baseOffset);
        long cleaned = log.environment().cleaned().offsetOf(log.id());
        long firstDirty = cleaned > log.logEndOffset() ? start : Math.max(start, cleaned);
        long limit = Math.min(highWatermark, log.lastStableOffset());
        long decided = log.logEndOffset();
        long cleanBytes = 0;
        long dirtyBytes = 0;
        long end = segments.first().baseOffset;
        boolean overdue = false;
        for (int index = 0; index + 1 < segments.count(); index++) {
            Segment segment = segments.get(index);
            long segmentEnd = segments.get(index + 1).baseOffset;
            if (segmentEnd > limit) {
                break;
            }
            if (segmentEnd <= firstDirty) {
                cleanBytes += segment.size();
            } else {
                if (config.minCompactionLagMillis() > 0 && segment.newestMillis() > nowMillis - config.minCompactionLagMillis()) {
                    break;
                }
                dirtyBytes += segment.size();
                overdue = overdue || isOverdue(segment, config, nowMillis);
            }
            end = segmentEnd;
        }
        return new CleanableRange(segments, history, firstDirty, end, decided, cleanBytes, dirtyBytes, overdue);
    }

    /** Whether the segment written to keeps a record from compaction that should have been compacted by now. Reads a header. */
    static boolean rollIsOverdue(PartitionLog log, long nowMillis) throws IOException {
        return isOverdue(log.segments().last(), log.config(), nowMillis);
    }

    private static boolean isOverdue(Segment segment, LogConfig config, long nowMillis) throws IOException {
        if (config.maxCompactionLagMillis() == LogConfig.UNLIMITED) {
            return false;
        }
        long first = segment.firstBatchTimestamp();
        return first >= 0 && first < nowMillis - config.maxCompactionLagMillis();
    }

    /** Whether it is worth a round, by the topic's settings. */
    boolean isDue(LogConfig config) {
        return dirtyBytes > 0 && (overdue || dirtyRatio() > config.minCleanableDirtyRatio());
    }

    double dirtyRatio() {
        return dirtyBytes == 0 ? 0 : (double) dirtyBytes / (cleanBytes + dirtyBytes);
    }
}
