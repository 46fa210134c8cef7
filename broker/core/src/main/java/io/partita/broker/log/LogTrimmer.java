package io.partita.broker.log;

import io.partita.broker.Invariant;
import io.partita.broker.env.Failures;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes away what a log no longer has to keep: by retention, by exact expiry, by DeleteRecords. Works from the start of the log on.
 *
 * <p>Threads: the log's owner, files are deleted on workers; records expire on any thread.
 */
final class LogTrimmer {

    private static final Logger LOG = LoggerFactory.getLogger(LogTrimmer.class);

    /** Batches that are looked at for expired ones at once, which takes well below a millisecond. What they leave is left to the next read. */
    private static final int BATCHES_AT_ONCE = 1_000;

    private final LogState log;
    private final LogAppender appender;
    private final LogReplacement replacement;

    LogTrimmer(LogState log, LogAppender appender, LogReplacement replacement) {
        this.log = log;
        this.appender = appender;
        this.replacement = replacement;
    }

    /**
     * Hides records that have expired, where the topic asks for exactly that; costs a comparison while none has. Reads do this by
     * themselves. Any thread.
     *
     * @param upperOffset the high watermark: nothing at or after it is hidden
     */
    void expireRecords(long upperOffset) {
        LogConfig current = log.config;
        if (current.hidesExpired() && log.environment.clock().wallMillis() >= log.nextExpiryMillis) {
            expireRecords(upperOffset, current, BATCHES_AT_ONCE);
        }
    }

    /** As {@link #expireRecords}, however long that takes. Not on an event loop. */
    void expireAllRecords(long upperOffset) {
        LogConfig current = log.config;
        if (current.hidesExpired()) {
            expireRecords(upperOffset, current, Integer.MAX_VALUE);
        }
    }

    private void expireRecords(long upperOffset, LogConfig current, int batchesMax) {
        long now = log.environment.clock().wallMillis();
        try {
            SegmentList segments = log.loaded();
            long end = log.logEndOffset;
            Retention.Expiry expiry = Retention.expiry(segments, current, log.logStartOffset, Math.min(upperOffset, end), now, batchesMax);
            log.raiseStart(expiry.startOffset());
            log.nextExpiryMillis = expiry.nextMillis();
            if (log.logEndOffset != end || log.config != current) {
                log.nextExpiryMillis = Long.MIN_VALUE; // what was appended or set meanwhile was not looked at
            }
        } catch (IOException e) {
            LOG.warn("Expired records of {} could not be looked for: {}.", log.directory, Failures.said(e));
        }
    }

    /** When {@link #expireRecords} will have something to do, in wall-clock milliseconds; {@link Long#MAX_VALUE} for not before an append. */
    long nextExpiryMillis() {
        return log.config.expireExactly() ? log.nextExpiryMillis : Long.MAX_VALUE;
    }

    /**
     * Retention: removes the oldest segments that have outlived the topic's settings, and producers that have been silent for too long. Owner.
     * A log that was not used since the start is looked at without keeping it in memory, and what is to go of it goes the next time.
     *
     * @param highWatermark nothing at or after it is removed
     * @return what remains to be done on a worker thread (deleting files, looking at the log), or {@code null}
     */
    Runnable expire(long highWatermark) {
        if (log.closed) {
            return null;
        }
        if (log.segments == null) {
            return this::loadForExpiry;
        }
        try {
            expireRecords(highWatermark);
            log.producers.expire(log.environment.clock().wallMillis(), log.config.producerExpirationMillis());
            Runnable work = removeOldest(highWatermark);
            if (work == null) {
                log.forgetIfUnused();
            }
            return work;
        } catch (IOException e) {
            log.environment.health().failed(log.directory, e);
            LOG.warn("Old segments of {} could not be removed: {}.", log.directory, Failures.said(e));
            return null;
        }
    }

    /** See {@link PartitionLog#expiryIsDue}. */
    boolean expiryIsDue() {
        if (log.closed) {
            return false;
        }
        SegmentList current = log.segments;
        if (current == null) {
            loadForExpiry();
            return log.segments != null;
        }
        try {
            for (int index = 0; index < current.count() - 1; index++) {
                if (!isRead(current.get(index))) {
                    break; // what is younger than one that stays stays as well
                }
            }
        } catch (IOException e) {
            if (log.segments == current) {
                LOG.warn("{} could not be looked at: {}.", log.directory, Failures.said(e));
            }
        }
        return true;
    }

    /** Brings the newest timestamp of a segment into memory. Whether it is one that goes. */
    private boolean isRead(Segment segment) throws IOException {
        LogConfig config = log.config;
        return config.retentionMillis() == LogConfig.UNLIMITED
                || log.environment.clock().wallMillis() - segment.newestMillis() > config.retentionMillis();
    }

    /** Loads the log for the next {@link #expire} if that will find something to remove; looks at it without keeping it otherwise. */
    private void loadForExpiry() {
        LogConfig config = log.config;
        long now = log.environment.clock().wallMillis();
        if (log.unusedUntil.config() == config && now < log.unusedUntil.millis()) {
            return;
        }
        try {
            SegmentList closedSegments = new LogLoader(log.environment, log.directory, config, log.epochs).peek();
            boolean nothing = closedSegments == null || Retention.segmentsToDelete(
                    closedSegments, config, log.logStartOffset, log.logEndOffset, log.logEndOffset, log.keptFrom(), now) == 0;
            if (nothing) {
                log.unusedUntil = new LogState.Unused(config, closedSegments == null ? Long.MAX_VALUE : Retention.oldestGoesAt(closedSegments, config));
            }
            if (closedSegments != null) {
                closedSegments.close();
            }
            if (!nothing) {
                log.loaded();
            }
        } catch (IOException e) {
            LOG.warn("{} could not be looked at: {}.", log.directory, Failures.said(e));
        }
    }

    /**
     * Makes {@code offset} the first offset that may be read (DeleteRecords); segments before it are removed. It must not be above the high
     * watermark. Owner.
     *
     * @return what remains to be done on a worker thread, or {@code null}
     */
    Runnable advanceLogStartOffset(long offset) throws IOException {
        log.loaded();
        Invariant.check(offset <= log.logEndOffset, "log start offset %d beyond the end %d", offset, log.logEndOffset);
        log.raiseStart(offset);
        return removeOldest(offset);
    }

    private Runnable removeOldest(long upperOffset) throws IOException {
        SegmentList current = log.segments;
        int count = Retention.segmentsToDelete(
                current, log.config, log.logStartOffset, log.logEndOffset, upperOffset, log.keptFrom(), log.environment.clock().wallMillis());
        if (count == 0) {
            return null;
        }
        if (count == current.count()) {
            appender.rollTo(log.logEndOffset);
            current = log.segments;
        }
        Segment[] removed = current.slice(0, count);
        SegmentList kept = current.from(count);
        // First out of sight, then out of the list, then off the disk: whoever still finds a removed segment has not been told of its records.
        log.raiseStart(kept.first().baseOffset);
        log.startUnwritten = true;
        log.segments = kept;
        log.epochs.truncateFromStart(log.logStartOffset);
        log.epochsDirty = true;
        return () -> deleteFiles(removed);
    }

    /** Oldest first: should this be interrupted, what is left has no hole. A fetch that is sending from a file finishes. */
    private void deleteFiles(Segment[] removed) {
        try {
            // First the decision, then the deed: after a crash in between the rest of it is done at the next start.
            log.environment.checkpoints().write();
            for (Segment segment : removed) {
                synchronized (log.flushLock) {
                    replacement.complete();
                    segment.delete();
                }
            }
            deleteSnapshotsBefore(removed[removed.length - 1].baseOffset + 1);
            LOG.info("Removed {} old segments of {}; it begins at offset {}.", removed.length, log.directory, log.logStartOffset);
        } catch (IOException e) {
            LOG.warn("Old segments of {} could not be removed and will be at the next start: {}.", log.directory, Failures.said(e));
        }
    }

    private void deleteSnapshotsBefore(long offset) throws IOException {
        synchronized (log.flushLock) {
            for (String name : log.environment.disk().list(log.directory)) {
                if (FileNames.offset(name) >= 0 && FileNames.offset(name) < offset && FileNames.suffix(name).equals(FileNames.PRODUCER_SNAPSHOT)) {
                    log.environment.disk().delete(log.directory.resolve(name));
                }
            }
        }
    }
}
