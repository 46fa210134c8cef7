package io.partita.broker.log;

import java.util.OptionalLong;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What the parts of a {@link PartitionLog} share: offsets, segments, producers. Fields that other threads than the owner read are volatile and
 * are written by the owner alone, unless they say otherwise.
 */
final class LogState {

    private static final int EPOCH_UNREAD = -2;

    final LogId id;
    final LogEnvironment environment;
    final EpochCache epochs = new EpochCache();
    private LogLoader.Trust trustAtStart;

    /** Held while files are flushed, so that a truncation or deletion does not change what is being flushed. */
    final Object flushLock = new Object();

    /** Held for the moment in which the start is raised. */
    private final Object startLock = new Object();

    volatile Path directory;
    volatile LogConfig config;
    volatile BatchAdmission admission;

    /** {@code null} until the log is used. */
    volatile SegmentList segments;
    volatile long logStartOffset;

    /** Whoever knows what waits in the log says from where on retention takes nothing. */
    static final long UNKNOWN = -1;
    volatile long keptFrom = UNKNOWN;
    volatile long logEndOffset;
    volatile long flushedEndOffset;
    volatile long firstUnstableOffset = -1;
    /** As far as the log was told to be replicated, also before it was in memory. Set by the owner. */
    volatile long replicatedOffset = -1;
    /** Whether {@link #firstUnstableOffset} is not known, because the log has not been in memory since the start. */
    volatile boolean transactionsUnknown = true;
    volatile boolean closed;

    /** Whether files were made or removed since the directory was last synced. Set by the owner, cleared by who flushes. */
    volatile boolean directoryDirty;
    /** Whether the directory itself may not be in its parent after a crash. Set by who loads the log, cleared by who flushes. */
    volatile boolean nameDirty;
    /** Whether there are epochs that are not in the checkpoint. Set by the owner, cleared by who flushes. */
    volatile boolean epochsDirty;
    /** Whether segments were removed that the directory's checkpoint still takes for part of the log. */
    volatile boolean startUnwritten;
    /** Counts truncations, for tasks on workers that were prepared before one. */
    volatile int truncations;

    /** A cleaned segment that is in the list but not in place on the disk yet. Set by the owner, taken with the flush lock held. */
    volatile SegmentSwap swap;

    /** Bytes appended and flushed by this process, to tell how much is unflushed. */
    volatile long appendedBytes;
    volatile long flushedBytes;

    /** Wall-clock time at which the first batch expires where records expire exactly; a guess that is too early does no harm. */
    volatile long nextExpiryMillis = Long.MIN_VALUE;

    /** Until when nothing of a log that is not in memory can have expired, under these settings. Whoever looks sets it. */
    volatile Unused unusedUntil = new Unused(null, 0);

    record Unused(LogConfig config, long millis) {}

    /** Owner only, as all that follows. */
    ProducerStates producers;
    /** The offset of the last producer snapshot, -1 when there may be none. */
    long snapshotOffset = -1;
    int latestEpoch = EpochCache.UNDEFINED_EPOCH;
    /** Whether {@link #latestEpoch} has no record and is not in the checkpoint; nothing depends on it while that is so. */
    boolean epochNoted;
    /** The latest epoch of a log that is not in memory. Guarded by this. */
    private int epochWhileUnused = EPOCH_UNREAD;
    /** The epoch in which the log is led, {@link EpochCache#UNDEFINED_EPOCH} when it is not. Guarded by this. */
    private int ledEpoch = EpochCache.UNDEFINED_EPOCH;
    /** Whether the log was found as it had been left, and so can be loaded again at any time while nothing is appended. */
    boolean asItWasClosed;

    LogState(LogId id, Path directory, LogEnvironment environment, LogConfig config, long startOffset, long recoveryPoint,
            LogLoader.Trust trust) {
        this.id = id;
        this.directory = directory;
        this.environment = environment;
        this.config = config;
        this.admission = new BatchAdmission(config);
        this.logStartOffset = startOffset;
        this.logEndOffset = Math.max(startOffset, recoveryPoint);
        this.flushedEndOffset = logEndOffset;
        this.trustAtStart = trust;
    }

    /** The segments, after bringing them into memory if that has not happened. Any thread. */
    SegmentList loaded() throws IOException {
        SegmentList current = segments;
        return current != null ? current : load();
    }

    private synchronized SegmentList load() throws IOException {
        if (segments != null) {
            return segments;
        }
        if (closed) {
            throw new IOException("The log " + directory.getFileName() + " is closed");
        }
        LogLoader loader = new LogLoader(environment, directory, config, epochs);
        LogLoader.Loaded loaded;
        try {
            loaded = loader.load(logStartOffset, logEndOffset, trustAtStart);
        } catch (IOException | RuntimeException e) {
            loader.discard();
            throw e;
        }
        producers = loaded.producers();
        snapshotOffset = loaded.asItWasClosed() ? loaded.logEndOffset() : -1;
        latestEpoch = epochs.latestEpoch();
        noteLed(loaded.logEndOffset());
        producers.highWatermarkMoved(replicatedOffset);
        firstUnstableOffset = producers.firstUnstableOffset();
        transactionsUnknown = false;
        logStartOffset = loaded.logStartOffset();
        flushedEndOffset = Math.min(flushedEndOffset, loaded.logEndOffset());
        logEndOffset = loaded.logEndOffset();
        asItWasClosed = loaded.asItWasClosed();
        unusedUntil = new Unused(null, 0);
        // An empty segment at the end may be one that nothing was flushed after: its name need not be durable.
        directoryDirty = !asItWasClosed || loaded.segments().last().size() == 0;
        nameDirty = !asItWasClosed;
        epochsDirty = !asItWasClosed;
        environment.cleaned().truncated(id, logEndOffset);
        segments = loaded.segments();
        return segments;
    }

    /** Notes that the log is led in {@code epoch} from its end on; when it is not in memory, with the next load. Owner. */
    synchronized void beginEpoch(int epoch) {
        ledEpoch = epoch;
        if (segments != null) {
            noteLed(logEndOffset);
        }
    }

    private void noteLed(long endOffset) {
        if (epochs.assign(ledEpoch, endOffset)) {
            latestEpoch = ledEpoch;
            epochNoted = true;
        }
    }

    /**
     * Says what is known of the log without keeping it in memory: nothing is read when it has no segment; what a crash left is checked, and
     * forgotten again if that was nothing new. Before the log has an owner.
     */
    void recover() throws IOException {
        if (hasSegments()) {
            loaded();
            forgetIfUnused();
        } else {
            // Whatever was below the recovery point is gone by retention, or by somebody's hand: its offsets are not used again.
            logStartOffset = logEndOffset;
            trustAtStart = LogLoader.Trust.CLOSED;
            transactionsUnknown = false;
        }
    }

    private boolean hasSegments() throws IOException {
        for (String name : environment.disk().list(directory)) {
            if (FileNames.offset(name) >= 0 && (name.endsWith(FileNames.LOG) || name.endsWith(FileNames.SWAP))) {
                return true;
            }
        }
        return false;
    }

    /** See {@link PartitionLog#latestEpoch}. */
    synchronized int latestKnownEpoch() throws IOException {
        if (segments != null) {
            return epochs.latestEpoch();
        }
        if (epochWhileUnused == EPOCH_UNREAD) {
            byte[] content = environment.disk().readAll(directory.resolve(FileNames.LEADER_EPOCHS));
            EpochCache written = new EpochCache();
            if (content == null && logEndOffset == 0) {
                epochWhileUnused = EpochCache.UNDEFINED_EPOCH;
            } else if (content != null && written.parse(content)) {
                epochWhileUnused = written.latestEpoch();
            } else {
                load();
                return epochs.latestEpoch(); // only the batches tell
            }
        }
        return epochWhileUnused;
    }

    /** Says that the log was just made, and so was never led. */
    void isNew() {
        epochWhileUnused = EpochCache.UNDEFINED_EPOCH;
    }

    /** Takes a log that is as it was when the broker stopped out of memory again: it can be loaded as easily as the first time. Owner. */
    void forgetIfUnused() {
        if (!asItWasClosed || firstUnstableOffset >= 0 || appendedBytes > 0 || truncations > 0 || epochsDirty || swap != null) {
            return;
        }
        synchronized (this) {
            synchronized (flushLock) {
                segments.close();
                segments = null;
                epochWhileUnused = epochs.latestEpoch();
                forgetProducers();
                trustAtStart = LogLoader.Trust.CLOSED;
            }
        }
    }

    /** Gives back what producers take. Owner, or after it. */
    void forgetProducers() {
        if (producers != null) {
            producers.discard();
        }
    }

    /** The start may be raised by the owner and by whoever finds expired records; it falls in a truncation only. */
    void raiseStart(long offset) {
        if (offset > logStartOffset) {
            synchronized (startLock) {
                logStartOffset = Math.max(logStartOffset, offset);
            }
        }
    }

    void setStart(long offset) {
        synchronized (startLock) {
            logStartOffset = offset;
        }
    }

    /** Ends the log: it takes no more appends, and is not brought into memory any more. Waits for a load that is under way. */
    synchronized void refuse() {
        closed = true;
    }

    /**
     * Ends the log if it is not in memory, also when that was about to change: waits for a load that is under way.
     *
     * @return the end offset it can be opened at without looking, or -1; empty when {@link #segments} are to be closed first
     */
    synchronized OptionalLong closeIfUnused() {
        if (closed) {
            return OptionalLong.of(-1);
        }
        if (segments != null) {
            return OptionalLong.empty();
        }
        closed = true;
        return OptionalLong.of(trustAtStart == LogLoader.Trust.CLOSED ? logEndOffset : -1);
    }

    /** From where on retention takes nothing. A replica that does not lead takes nothing by itself where records may wait, but follows its leader's start. */
    long keptFrom() {
        long told = keptFrom;
        return told != UNKNOWN ? told : config.queue().delays() ? 0 : Long.MAX_VALUE;
    }
}
