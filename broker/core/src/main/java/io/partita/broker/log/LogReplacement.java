package io.partita.broker.log;

import java.io.IOException;

/**
 * Lets compaction put a segment in the place of others, in the list of segments first, on the disk afterwards. In between both are there, and
 * whoever is about to touch the files completes the replacement before.
 *
 * <p>Threads: the log's owner decides, workers do it.
 */
final class LogReplacement {

    private final LogState log;
    private final LogFlusher flusher;

    LogReplacement(LogState log, LogFlusher flusher) {
        this.log = log;
        this.flusher = flusher;
    }

    /**
     * Makes all below {@code endOffset} durable, and the checkpoint say so: recovery after a crash takes offsets that are missing above its
     * checkpoint for loss. To be called before compaction makes any go. On a worker thread.
     */
    void settle(long endOffset) throws IOException {
        flusher.flushTo(endOffset);
        if (log.flushedEndOffset < endOffset) {
            throw new IOException("The log is flushed up to offset " + log.flushedEndOffset + " only, " + endOffset + " was asked for");
        }
        log.environment.checkpoints().write();
    }

    /**
     * Shows {@code cleaned} in the place of {@code sources}, unless the log was cut since {@code history} or some of the sources are gone;
     * returns whether it does. {@link #complete} is to follow on a worker thread. Owner.
     */
    boolean replace(Segment[] sources, Segment cleaned, int history) {
        SegmentList current = log.segments;
        int index = current == null || log.closed || history != log.truncations || log.swap != null ? -1 : current.indexOf(sources);
        if (index < 0) {
            return false;
        }
        long end = current.get(index + sources.length).baseOffset;
        // First the list: from when the swap is known, another thread may carry it out.
        log.segments = current.replaced(index, index + sources.length, cleaned);
        log.swap = new SegmentSwap(log.environment.disk(), log.directory, sources, cleaned, end);
        return true;
    }

    /** Makes the files what the list of segments is since {@link #replace}, if that has not happened. Not on an event loop. */
    void complete() throws IOException {
        synchronized (log.flushLock) {
            SegmentSwap pending = log.swap;
            if (pending == null || log.closed) {
                return;
            }
            pending.complete();
            log.swap = null;
            for (String name : log.environment.disk().list(log.directory)) {
                if (pending.swallowed(FileNames.offset(name)) && FileNames.suffix(name).equals(FileNames.PRODUCER_SNAPSHOT)) {
                    log.environment.disk().delete(log.directory.resolve(name));
                }
            }
        }
    }
}
