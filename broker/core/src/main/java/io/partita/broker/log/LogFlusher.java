package io.partita.broker.log;

import io.partita.broker.env.Disk;
import io.partita.broker.env.Failures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a log durable: files, names of files, epochs, producer snapshots. Decides when it is time to.
 *
 * <p>Threads: the owner decides, workers flush.
 */
final class LogFlusher {

    private static final Logger LOG = LoggerFactory.getLogger(LogFlusher.class);

    /**
     * Unflushed bytes of one log at most, so that a start after a crash has little to check: 256 MB are read and checked in about 0.1 s of
     * CPU, and flushing that much at once keeps the cost of the flushes below what the kernel's own write-back costs.
     */
    private static final long UNFLUSHED_BYTES_MAX = 256L << 20;

    /** As {@link #UNFLUSHED_BYTES_MAX}, in time: the kernel has written pages back after 30 s by itself, so there is little left to do then. */
    private static final long UNFLUSHED_MILLIS_MAX = 60_000;

    private final LogState log;

    /** Owner only: since when something is unflushed, -1 when nothing is. */
    private long dirtySinceMillis = -1;

    LogFlusher(LogState log) {
        this.log = log;
    }

    /**
     * Whether the topic's flush policy, or the bound on what recovery may have to check, asks for a {@link #flush} now. A comparison of two
     * numbers: may be called after every append.
     */
    boolean flushIsDue() {
        long unflushed = log.logEndOffset - log.flushedEndOffset;
        return unflushed > 0 && (unflushed >= log.config.flushMessages() || log.appendedBytes - log.flushedBytes >= UNFLUSHED_BYTES_MAX);
    }

    /**
     * To be called every second or so: decides whether it is time to flush, by bytes, by the topic's {@code flush.ms}, or since nothing was
     * flushed for {@link #UNFLUSHED_MILLIS_MAX}. Returns what is to be run on a worker thread, or {@code null}. Owner.
     */
    Runnable prepareFlush() {
        long end = log.logEndOffset;
        if (log.segments == null || log.closed || end <= log.flushedEndOffset) {
            dirtySinceMillis = -1;
            return null;
        }
        long now = log.environment.clock().monotonicMillis();
        if (dirtySinceMillis < 0) {
            dirtySinceMillis = now;
        }
        if (!flushIsDue() && now - dirtySinceMillis < Math.min(log.config.flushMillis(), UNFLUSHED_MILLIS_MAX)) {
            return null;
        }
        dirtySinceMillis = -1;
        Supplier<byte[]> snapshot = log.snapshotOffset == end ? null : log.producers.snapshot();
        long replaced = log.snapshotOffset;
        log.snapshotOffset = end;
        int history = log.truncations;
        return () -> flushWithSnapshot(end, snapshot, replaced, history);
    }

    /** The snapshot goes with the recovery point, so that after a crash producers are made from what is checked anyway. */
    private void flushWithSnapshot(long end, Supplier<byte[]> snapshot, long replaced, int history) {
        try {
            if (snapshot != null) {
                writeSnapshot(end, snapshot.get(), history);
            }
            flush();
            if (snapshot != null) {
                deleteSnapshot(replaced);
            }
        } catch (IOException e) {
            LOG.warn("{} was not flushed up to offset {}: {}.", log.directory, end, Failures.said(e));
        }
    }

    /** Removes a snapshot that a newer one has replaced. Those where segments begin stay: what is truncated later is made from them. */
    void deleteSnapshot(long offset) throws IOException {
        synchronized (log.flushLock) {
            SegmentList current = log.segments;
            if (offset < 0 || log.closed || current == null || current.get(Math.max(0, current.floor(offset))).baseOffset == offset) {
                return;
            }
            log.environment.disk().delete(log.directory.resolve(FileNames.of(offset, FileNames.PRODUCER_SNAPSHOT)));
        }
    }

    /**
     * Makes everything appended before the call durable and returns the end offset that is. Blocks; on a worker thread. Throws when the disk
     * fails; the directory is offline then.
     */
    long flush() throws IOException {
        // Taken before the offset: what is appended in between counts as flushed though it is not, or as unflushed, and neither matters.
        long bytes = log.appendedBytes;
        long end = log.logEndOffset;
        try {
            flushTo(end);
            log.flushedBytes = Math.max(log.flushedBytes, bytes);
        } catch (IOException e) {
            log.environment.health().failed(log.directory, e);
            throw e;
        }
        return log.flushedEndOffset;
    }

    void flushTo(long wantedOffset) throws IOException {
        synchronized (log.flushLock) {
            // The log may have been truncated since the flush was asked for.
            long endOffset = Math.min(wantedOffset, log.logEndOffset);
            SegmentList current = log.segments;
            if (current == null || log.closed || endOffset <= log.flushedEndOffset && !log.directoryDirty && !log.epochsDirty) {
                return;
            }
            long from = log.flushedEndOffset;
            // With the segment that ends there: it may have been sealed since, which adds to its indexes.
            for (int index = Math.max(0, current.floor(from - 1)); index < current.count(); index++) {
                Segment segment = current.get(index);
                if (segment.baseOffset >= endOffset) {
                    break;
                }
                segment.flush(index < current.count() - 1);
            }
            if (log.startUnwritten) {
                // Removed segments are not flushed any more: after a crash nobody must look at what is left of them.
                log.startUnwritten = false;
                log.environment.checkpoints().write();
            }
            flushNames();
            log.flushedEndOffset = Math.max(log.flushedEndOffset, endOffset);
        }
    }

    /** Makes durable which files there are, and the epochs. What changes meanwhile sets the flags again. */
    private void flushNames() throws IOException {
        boolean sync = log.directoryDirty;
        boolean syncParent = log.nameDirty;
        boolean write = log.epochsDirty;
        log.directoryDirty = false;
        log.nameDirty = false;
        log.epochsDirty = false;
        try {
            if (write) {
                log.environment.disk().writeAtomically(log.directory.resolve(FileNames.LEADER_EPOCHS), log.epochs.format());
            } else if (sync) {
                log.environment.disk().syncDirectory(log.directory); // replacing the epochs does it too
            }
            if (syncParent) {
                flushIdentity();
                log.environment.disk().syncDirectory(log.directory.getParent());
            }
        } catch (IOException e) {
            log.directoryDirty |= sync;
            log.nameDirty |= syncParent;
            log.epochsDirty |= write;
            throw e;
        }
    }

    /** With the first flush: which topic the log is of. */
    private void flushIdentity() throws IOException {
        Path file = log.directory.resolve(FileNames.PARTITION_METADATA);
        if (log.environment.disk().exists(file)) {
            try (Disk.DiskFile identity = log.environment.disk().open(file, false)) {
                identity.force(true);
            }
        }
    }

    /**
     * Writes the producers' state at {@code offset}, unless the log was truncated since it was taken. A snapshot that a crash leaves incomplete
     * is noticed by its checksum; that its name is durable is left to the next flush.
     */
    void writeSnapshot(long offset, byte[] content, int history) throws IOException {
        synchronized (log.flushLock) {
            if (log.closed || history != log.truncations) {
                return;
            }
            Disk.DiskFile file = log.environment.disk().open(log.directory.resolve(FileNames.of(offset, FileNames.PRODUCER_SNAPSHOT)), true);
            try (file) {
                if (file.size() > content.length) {
                    file.truncate(content.length);
                }
                file.write(ByteBuffer.wrap(content), 0);
                file.force(true);
            }
            log.directoryDirty = true;
        }
    }
}
