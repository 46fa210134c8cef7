package io.partita.broker.log;

import io.partita.broker.env.DiskWriteException;
import java.io.IOException;

/**
 * Cuts a log at its end, for a replica whose history is not its leader's.
 *
 * <p>Threads: the log's owner, with nobody appending.
 */
final class LogTruncation {

    private final LogState log;
    private final LogReplacement replacement;

    LogTruncation(LogState log, LogReplacement replacement) {
        this.log = log;
        this.replacement = replacement;
    }

    /**
     * Cuts the log so that it ends at {@code offset}, or at the beginning of the batch that holds it. Owner, with nobody appending; waits for a
     * flush that is under way.
     *
     * @return the new end offset
     */
    long truncateTo(long offset) throws IOException {
        log.loaded();
        if (offset >= log.logEndOffset) {
            // What began at the end without a record is not the new leader's history (as in Kafka).
            log.epochs.truncateFromEnd(log.logEndOffset);
            log.latestEpoch = log.epochs.latestEpoch();
            log.epochsDirty = true;
            return log.logEndOffset;
        }
        if (offset <= log.segments.first().baseOffset) {
            truncateFullyTo(Math.max(offset, 0));
            return log.logEndOffset;
        }
        synchronized (log.flushLock) {
            replacement.complete();
            SegmentList current = log.segments;
            int index = current.floor(offset);
            Segment last = current.get(index);
            Segment.BatchLocation cut = last.size() == 0 ? null : last.locate(offset, last.size());
            long end = cut == null ? Math.min(offset, current.endOffset(index, log.logEndOffset)) : Math.min(offset, cut.baseOffset());
            Segment[] removed = current.slice(index + 1, current.count());
            lowerRecoveryPoint(end, Math.min(log.logStartOffset, end)); // the start may lie within the batch that goes
            setEnd(end);
            log.segments = current.upTo(index + 1);
            try {
                for (int i = removed.length - 1; i >= 0; i--) {
                    removed[i].delete();
                }
                if (cut != null) {
                    last.truncate(cut.position(), end);
                }
                last.becomeActive(end);
                last.resumeFromFile();
                rebuildProducers(end);
            } catch (IOException e) {
                throw halfDone(e);
            }
            return end;
        }
    }

    /** Drops everything; the log goes on at {@code offset}. Owner, with nobody appending. */
    void truncateFullyTo(long offset) throws IOException {
        log.loaded();
        synchronized (log.flushLock) {
            replacement.complete();
            SegmentList current = log.segments;
            int latestEpoch = log.epochs.latestEpoch();
            lowerRecoveryPoint(Math.min(offset, log.logEndOffset), log.logStartOffset);
            setEnd(Math.min(offset, log.logEndOffset));
            try {
                for (int i = current.count() - 1; i >= 0; i--) {
                    current.get(i).delete();
                }
                log.segments = new SegmentList(Segment.create(log.environment, log.directory, offset));
                log.setStart(offset);
                setEnd(offset);
                log.epochs.clear();
                // The log remembers up to which epoch it has been; whose records come next says their first batch.
                log.epochs.assign(latestEpoch, offset);
                log.latestEpoch = log.epochs.latestEpoch();
                rebuildProducers(offset);
            } catch (IOException e) {
                throw halfDone(e);
            }
        }
    }

    /**
     * What is written at the new end must not pass for flushed after a crash, so the recovery point falls on disk before the files are cut. Where that fails, on a full disk above all,
     * nothing is cut and the log is as it was: whoever saw it end there would write behind what should be gone.
     */
    private void lowerRecoveryPoint(long end, long start) throws IOException {
        long startBefore = log.logStartOffset;
        log.environment.cleaned().truncated(log.id, end);
        log.flushedEndOffset = Math.min(log.flushedEndOffset, end);
        log.directoryDirty = true;
        log.setStart(start);
        try {
            log.environment.checkpoints().write();
        } catch (IOException e) {
            log.setStart(startBefore);
            throw e;
        }
    }

    /** Part of the log is cut: nothing may be written to it until a start has looked at what there is. */
    private IOException halfDone(IOException cause) {
        DiskWriteException failure = new DiskWriteException("A log was cut in part only", cause);
        log.environment.health().failed(log.directory, failure);
        return failure;
    }

    private void setEnd(long end) {
        log.truncations++;
        log.logEndOffset = end;
        log.flushedEndOffset = Math.min(log.flushedEndOffset, end);
        log.epochs.truncateFromEnd(end);
        log.latestEpoch = log.epochs.latestEpoch();
        log.epochsDirty = true;
        log.directoryDirty = true;
    }

    private void rebuildProducers(long end) throws IOException {
        log.producers.discard();
        log.producers = new LogLoader(log.environment, log.directory, log.config, log.epochs).producersAt(log.segments, end);
        log.snapshotOffset = -1;
        log.firstUnstableOffset = log.producers.firstUnstableOffset();
    }
}
