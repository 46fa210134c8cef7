package io.partita.broker.log;

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
            setEnd(end);
            log.setStart(Math.min(log.logStartOffset, end)); // it may lie within the batch that goes
            log.environment.checkpoints().write();
            log.segments = current.upTo(index + 1);
            for (int i = removed.length - 1; i >= 0; i--) {
                removed[i].delete();
            }
            if (cut != null) {
                last.truncate(cut.position(), end);
            }
            last.becomeActive(end);
            last.resumeFromFile();
            rebuildProducers(end);
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
            setEnd(Math.min(offset, log.logEndOffset));
            log.environment.checkpoints().write();
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
        }
    }

    /** What is written at the new end must not pass for flushed after a crash, so the recovery point falls on disk before the files are cut. */
    private void setEnd(long end) throws IOException {
        log.truncations++;
        log.environment.cleaned().truncated(log.id, end);
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
