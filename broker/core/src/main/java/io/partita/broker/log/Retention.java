package io.partita.broker.log;

import java.io.IOException;

/** Decides what of a log has outlived its settings. Stateless. */
final class Retention {

    private Retention() {}

    /**
     * How many of the oldest segments are to go: those before the log's start, those whose newest record is older than the topic allows, and
     * those without which the log still has the size it may have. Segments with records at or after {@code upperOffset} (not committed
     * everywhere yet) stay, and so do those that end behind {@code keptFrom}, unless they are before the log's start.
     */
    static int segmentsToDelete(SegmentList segments, LogConfig config, long logStartOffset, long logEndOffset, long upperOffset, long keptFrom,
            long nowMillis) throws IOException {
        long bytes = segments.sizeInBytes();
        int count = 0;
        while (count < segments.count()) {
            Segment segment = segments.get(count);
            boolean last = count == segments.count() - 1;
            long end = segments.endOffset(count, logEndOffset);
            if (end > upperOffset || last && segment.size() == 0) {
                break;
            }
            boolean beforeStart = end <= logStartOffset && !last;
            boolean outlived = config.delete() && end <= keptFrom
                    && (isOld(segment, config, nowMillis) || bytes - segment.size() >= config.retentionBytes());
            if (!beforeStart && !outlived) {
                break;
            }
            bytes -= segment.size();
            count++;
        }
        return count;
    }

    private static boolean isOld(Segment segment, LogConfig config, long nowMillis) throws IOException {
        return config.retentionMillis() != LogConfig.UNLIMITED && nowMillis - segment.newestMillis() > config.retentionMillis();
    }

    /** When the oldest segment will have outlived its time, in wall-clock milliseconds. Size lets nothing go of a log that does not grow. */
    static long oldestGoesAt(SegmentList segments, LogConfig config) throws IOException {
        Segment oldest = segments.first();
        return !config.delete() || oldest.size() == 0 ? Long.MAX_VALUE : expiresAt(oldest.newestMillis(), config);
    }

    /**
     * Where a log begins whose records expire exactly: the first batch at or after {@code logStartOffset} that has not expired, at most
     * {@code upperOffset}. Records without a timestamp do not expire. What has expired behind a batch that has not, {@link LiveBatches} hides.
     *
     * @param batchesMax how many batches are looked at; where these are not enough, {@link Expiry#nextMillis} is now
     */
    static Expiry expiry(SegmentList segments, LogConfig config, long logStartOffset, long upperOffset, long nowMillis, int batchesMax)
            throws IOException {
        long start = logStartOffset;
        int left = batchesMax;
        for (int index = Math.max(0, segments.floor(start)); index < segments.count(); index++) {
            Segment segment = segments.get(index);
            int size = segment.size();
            long end = segments.endOffset(index, Long.MAX_VALUE);
            if (size == 0) {
                continue;
            }
            if (end <= upperOffset && isExpired(segment.indexes.maxTimestamp().timestamp(), config, nowMillis)) {
                start = Math.max(start, end); // all of it at once
                continue;
            }
            Segment.BatchLocation first = segment.locate(start, size);
            if (first == null) {
                continue;
            }
            LogFile.Handle open = segment.log.acquire();
            try {
                BatchScanner batches = BatchScanner.headers(open, first.position(), size, segment.baseOffset);
                while (batches.next()) {
                    if (left-- == 0) {
                        return new Expiry(start, nowMillis);
                    }
                    if (batches.lastOffset() >= upperOffset || !isExpired(batches.maxTimestamp(), config, nowMillis)) {
                        return new Expiry(start, batches.lastOffset() >= upperOffset ? nowMillis : expiresAt(batches.maxTimestamp(), config));
                    }
                    start = batches.lastOffset() + 1;
                }
            } finally {
                open.release();
            }
        }
        return new Expiry(start, Long.MAX_VALUE);
    }

    /** When a record of this timestamp expires. */
    static long expiresAt(long timestamp, LogConfig config) {
        boolean never = timestamp < 0 || config.retentionMillis() >= Long.MAX_VALUE - timestamp;
        return never ? Long.MAX_VALUE : timestamp + config.retentionMillis();
    }

    static boolean isExpired(long timestamp, LogConfig config, long nowMillis) {
        return expiresAt(timestamp, config) <= nowMillis;
    }

    /**
     * What {@link #expiry} found.
     *
     * @param startOffset where the log begins now
     * @param nextMillis wall-clock time at which the batch there expires, {@link Long#MAX_VALUE} when there is none that will
     */
    record Expiry(long startOffset, long nextMillis) {}
}
