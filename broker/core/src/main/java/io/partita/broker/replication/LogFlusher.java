package io.partita.broker.replication;

import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.log.PartitionLog;

/**
 * Flushes the log of a replica: as its topic's policy asks, or, where acknowledgements mean fsync, whenever something is not flushed. Flushes are shared: while one
 * runs, later appends gather behind it and the next flush serves them all (group commit).
 *
 * <p>Threads: the partition's owner, {@link #flushIfTimely} any.
 */
final class LogFlusher {

    /** Told how flushes end, on the owner. */
    interface Listener {

        /** More of the log is on the disk than before. */
        void flushed();

        /** @param isFirst whether the flush before this one did not fail */
        void failed(Throwable failure, boolean isFirst);
    }

    private final PartitionLog log;
    private final EventLoop owner;
    private final Workers workers;
    private final Listener listener;
    private boolean flushing;
    /** The last flush failed, and it was said. */
    private boolean failed;
    private boolean ended;

    LogFlusher(PartitionLog log, EventLoop owner, Workers workers, Listener listener) {
        this.log = log;
        this.owner = owner;
        this.workers = workers;
        this.listener = listener;
    }

    /** Starts a flush where the topic's policy asks for one now and none is under way. */
    void flushIfNeeded() {
        if (flushing || ended) {
            return;
        }
        if (!log.config().fsyncBeforeAck()) {
            if (log.flushIsDue()) {
                flushInBackground();
            }
        } else if (log.flushedEndOffset() < log.logEndOffset()) {
            flushing = true;
            long flushedBefore = log.flushedEndOffset();
            workers.call(log::flush, owner, (flushedEnd, failure) -> flushed(failure, flushedBefore));
        }
    }

    /** To be called every second or so: flushes what has waited long enough, and what a disk did not take before. Any thread. */
    void flushIfTimely() {
        if (log.flushedEndOffset() < log.logEndOffset()) {
            owner.run(() -> {
                if (log.config().fsyncBeforeAck()) {
                    flushIfNeeded();
                } else if (!flushing && !ended) {
                    flushInBackground();
                }
            });
        }
    }

    private void flushInBackground() {
        Runnable flush = log.prepareFlush();
        if (flush != null) {
            flushing = true;
            long flushedBefore = log.flushedEndOffset();
            workers.of(Workers.Kind.BACKGROUND_FLUSH).call(() -> {
                flush.run();
                return null;
            }, owner, (ignored, failure) -> flushed(failure, flushedBefore));
        }
    }

    private void flushed(Throwable failure, long flushedBefore) {
        flushing = false;
        if (ended) {
            return;
        }
        if (failure != null) {
            boolean isFirst = !failed;
            failed = true;
            listener.failed(failure, isFirst);
            return;
        }
        failed = false;
        listener.flushed();
        // One that came to nothing (the disk is full) is not tried again at once: the next append does, or flushIfTimely.
        if (log.flushedEndOffset() > flushedBefore) {
            flushIfNeeded();
        }
    }

    /** Begins no flush any more, and tells nobody of one under way. */
    void end() {
        ended = true;
    }
}
