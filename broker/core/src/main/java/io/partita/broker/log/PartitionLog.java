package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.partita.broker.Invariant;
import io.partita.broker.log.AppendResult.Appended;
import io.partita.broker.log.AppendResult.Duplicate;
import io.partita.broker.log.AppendResult.Refused;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.TimestampType;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of one partition: batches in the order of their offsets, in segment files of Kafka's layout.
 *
 * <p>Threads: one owner at a time appends and changes ({@link #append}, {@link #roll}, {@link #expire}, {@link #advanceLogStartOffset},
 * {@link #truncateTo}, {@link #highWatermarkMoved}, {@link #prepareCheckpoint}, producers); that it is one is the caller's business. Any
 * thread reads. {@link #flush} belongs on a worker thread, and so does {@link #close}.
 *
 * <p>Life: made by {@link LogDirectory}. The files are looked at when the log is first appended to or read; until then its offsets are known
 * from the checkpoints. An append publishes size before end offset, so who has seen an end offset finds all bytes below it.
 *
 * <p>Failure: bad input and failing disks are values ({@link Refused}, {@link LogSlice#error}). A write that fails leaves no trace.
 */
public final class PartitionLog {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionLog.class);

    /**
     * Unflushed bytes of one log at most, so that a start after a crash has little to check: 256 MB are read and checked in about 0.1 s of
     * CPU, and flushing that much at once keeps the cost of the flushes below what the kernel's own write-back costs.
     */
    private static final long UNFLUSHED_BYTES_MAX = 256L << 20;

    /** As {@link #UNFLUSHED_BYTES_MAX}, in time: the kernel has written pages back after 30 s by itself, so there is little left to do then. */
    private static final long UNFLUSHED_MILLIS_MAX = 60_000;

    private final LogId id;
    private final LogEnvironment environment;
    private final EpochCache epochs = new EpochCache();
    private final long jitterSeed;

    /** Wall-clock time at which the first batch expires where records expire exactly; a guess that is too early does no harm. */
    private volatile long nextExpiryMillis = Long.MIN_VALUE;

    /** Held for the moment in which the start is raised. */
    private final Object startLock = new Object();

    /** Held while files are flushed, so that a truncation or deletion does not change what is being flushed. */
    private final Object flushLock = new Object();

    private volatile Path directory;
    private volatile LogConfig config;
    private volatile BatchAdmission admission;

    private volatile SegmentList segments;
    private volatile long logStartOffset;
    private volatile long logEndOffset;
    private volatile long flushedEndOffset;
    private volatile long firstUnstableOffset = -1;
    private volatile boolean closed;
    /** Bytes of the segments of a log that was not loaded yet, -1 until they were counted. */
    private volatile long sizeWhileUnused = -1;

    private final LogLoader.Trust trustAtStart;
    private volatile boolean directoryDirty;
    /** Whether segments were removed that the directory's checkpoint still takes for part of the log. */
    private volatile boolean startUnwritten;
    /** Counts truncations, for tasks on workers that were prepared before one. */
    private volatile int truncations;

    /** A cleaned segment that is in the list but not in place on the disk yet. Set by the owner, taken with the flush lock held. */
    private volatile SegmentSwap swap;

    /** Bytes appended and flushed by this process, to tell how much is unflushed. */
    private volatile long appendedBytes;
    private volatile long flushedBytes;

    /** Owner only. */
    private ProducerStates producers;
    private long snapshotOffset = -1;
    private long dirtySinceMillis = -1;
    private boolean asItWasClosed;
    private int latestEpoch = EpochCache.UNDEFINED_EPOCH;
    private volatile boolean epochsDirty;

    /** Makes the log known; reads nothing. */
    PartitionLog(LogId id, Path directory, LogEnvironment environment, LogConfig config,
            long startOffset, long recoveryPoint, LogLoader.Trust trust) {
        this.id = id;
        this.directory = directory;
        this.environment = environment;
        this.config = config;
        this.admission = new BatchAdmission(config);
        this.logStartOffset = startOffset;
        this.logEndOffset = Math.max(startOffset, recoveryPoint);
        this.flushedEndOffset = logEndOffset;
        this.trustAtStart = trust;
        this.jitterSeed = directory.toString().hashCode() & Integer.MAX_VALUE;
    }

    /** The partition the log is of. */
    public LogId id() {
        return id;
    }

    /** The directory of the log's files. */
    public Path directory() {
        return directory;
    }

    public LogConfig config() {
        return config;
    }

    /** Takes new settings; they hold from the next append, roll or retention step on. Any thread. */
    public void reconfigure(LogConfig newConfig) {
        config = newConfig;
        admission = new BatchAdmission(newConfig);
    }

    /** The first offset that may be read. */
    public long logStartOffset() {
        return logStartOffset;
    }

    /** The offset the next record will have. */
    public long logEndOffset() {
        return logEndOffset;
    }

    /** Everything below has been flushed to the disk. */
    public long flushedEndOffset() {
        return flushedEndOffset;
    }

    /**
     * Where a read_committed consumer must stop as far as this log alone knows: the first offset of an undecided transaction, else the end.
     * The caller bounds it by the high watermark.
     */
    public long lastStableOffset() {
        long unstable = firstUnstableOffset;
        return unstable < 0 ? logEndOffset : unstable;
    }

    /** Which leader epoch wrote which offsets. */
    public EpochCache leaderEpochs() throws IOException {
        loaded();
        return epochs;
    }

    /** Bytes of all segments' batches. May read the directory if the log was not used yet. */
    public long sizeInBytes() throws IOException {
        return loaded().sizeInBytes();
    }

    /**
     * As {@link #sizeInBytes}, for looking on: does not bring the log into memory. The directory of a log that was not used yet is listed once.
     */
    public long sizeOnDisk() throws IOException {
        SegmentList current = segments;
        if (current != null) {
            return current.sizeInBytes();
        }
        long size = sizeWhileUnused;
        if (size < 0) {
            size = 0;
            for (String name : environment.disk().list(directory)) {
                if (FileNames.offset(name) >= 0 && FileNames.suffix(name).equals(FileNames.LOG)) {
                    size += environment.disk().size(directory.resolve(name));
                }
            }
            sizeWhileUnused = size;
        }
        return size;
    }

    // ---- loading ----

    /** The segments, after bringing them into memory if that has not happened. */
    private SegmentList loaded() throws IOException {
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
        LogLoader.Loaded loaded = new LogLoader(environment, directory, config, epochs).load(logStartOffset, logEndOffset, trustAtStart);
        producers = loaded.producers();
        snapshotOffset = loaded.asItWasClosed() ? loaded.logEndOffset() : -1;
        latestEpoch = epochs.latestEpoch();
        firstUnstableOffset = producers.firstUnstableOffset();
        logStartOffset = loaded.logStartOffset();
        flushedEndOffset = Math.min(flushedEndOffset, loaded.logEndOffset());
        logEndOffset = loaded.logEndOffset();
        directoryDirty = !loaded.asItWasClosed();
        epochsDirty = directoryDirty;
        asItWasClosed = loaded.asItWasClosed();
        environment.cleaned().truncated(id, logEndOffset);
        segments = loaded.segments();
        return segments;
    }

    /** Brings the log into memory now, recovering it if the broker had crashed. Blocks. */
    void ensureLoaded() throws IOException {
        loaded();
    }

    boolean isLoaded() {
        return segments != null;
    }

    // ---- appending ----

    /**
     * Appends the readable bytes: one or more whole batches of format v2. Offsets, leader epoch and (if the topic says so) timestamps are
     * patched in the buffer, then it is written in one piece. The buffer's indexes and reference count stay.
     *
     * @param leaderEpoch the epoch to write into the batches; ignored for {@link AppendOrigin#REPLICA}
     */
    public AppendResult append(ByteBuf batches, AppendOrigin origin, int leaderEpoch) {
        if (closed || !environment.health().writable()) {
            return new Refused(ErrorCode.KAFKA_STORAGE_ERROR, closed ? "The log is closed" : environment.health().reason());
        }
        try {
            loaded();
            return switch (origin) {
                case CLIENT -> appendProduced(batches, leaderEpoch);
                case INTERNAL -> appendInternal(batches, leaderEpoch);
                case REPLICA -> appendReplicated(batches);
            };
        } catch (CorruptLogException e) {
            return new Refused(ErrorCode.KAFKA_STORAGE_ERROR, e.getMessage());
        } catch (IOException e) {
            environment.health().failed(directory, e);
            return new Refused(ErrorCode.KAFKA_STORAGE_ERROR, "The log could not be written: " + e.getMessage());
        }
    }

    private AppendResult appendProduced(ByteBuf batches, int leaderEpoch) throws IOException {
        long now = environment.clock().wallMillis();
        Refused refused = admission.checkProduced(batches, now);
        if (refused != null) {
            return refused;
        }
        AppendResult producerSays = checkProducer(batches, batches.readerIndex(), true);
        if (producerSays != null) {
            return producerSays;
        }
        return assignAndWrite(batches, leaderEpoch, config.timestampType() == TimestampType.LOG_APPEND_TIME ? now : -1);
    }

    private AppendResult appendInternal(ByteBuf batches, int leaderEpoch) throws IOException {
        Refused refused = admission.checkTotal(batches);
        if (refused != null) {
            return refused;
        }
        int limit = batches.writerIndex();
        for (int at = batches.readerIndex(); at < limit; at += RecordBatch.sizeInBytes(batches, at)) {
            AppendResult producerSays = RecordBatch.isControl(batches, at) ? checkMarker(batches, at) : checkProducer(batches, at, false);
            if (producerSays != null) {
                return producerSays;
            }
        }
        return assignAndWrite(batches, leaderEpoch, -1);
    }

    private AppendResult appendReplicated(ByteBuf batches) throws IOException {
        Refused refused = admission.checkReplicated(batches, logEndOffset);
        if (refused != null) {
            return refused;
        }
        int from = batches.readerIndex();
        long baseOffset = RecordBatch.baseOffset(batches, from);
        write(batches);
        return new Appended(baseOffset, logEndOffset - 1, -1, logStartOffset);
    }

    /** Null when the batch comes next, else what the producer is answered. */
    private AppendResult checkProducer(ByteBuf batches, int at, boolean sequences) {
        if (!RecordBatch.hasProducerId(batches, at)) {
            return null;
        }
        boolean emptyLog = logEndOffset == 0;
        return switch (producers.check(RecordBatch.producerId(batches, at), RecordBatch.producerEpoch(batches, at),
                RecordBatch.baseSequence(batches, at), RecordBatch.lastSequence(batches, at), RecordBatch.isTransactional(batches, at),
                sequences, emptyLog)) {
            case ProducerStates.Verdict.InOrder inOrder -> null;
            case ProducerStates.Verdict.Repeated repeated -> new Duplicate(repeated.baseOffset(), repeated.lastOffset(),
                    config.timestampType() == TimestampType.LOG_APPEND_TIME ? repeated.timestamp() : -1, logStartOffset);
            case ProducerStates.Verdict.Wrong wrong -> new Refused(wrong.code(), wrong.reason());
        };
    }

    private AppendResult checkMarker(ByteBuf batches, int at) {
        ProducerEntry entry = producers.entry(RecordBatch.producerId(batches, at));
        if (entry == null) {
            return null;
        }
        if (RecordBatch.producerEpoch(batches, at) < entry.epoch) {
            return new Refused(ErrorCode.INVALID_PRODUCER_EPOCH, "The marker has producer epoch " + RecordBatch.producerEpoch(batches, at)
                    + ", the log has seen " + entry.epoch);
        }
        EndMarker marker = EndMarker.read(batches, at);
        if (marker != null && marker.coordinatorEpoch() < entry.coordinatorEpoch) {
            return new Refused(ErrorCode.TRANSACTION_COORDINATOR_FENCED, "The marker is of coordinator epoch " + marker.coordinatorEpoch()
                    + ", the log has seen " + entry.coordinatorEpoch);
        }
        return null;
    }

    private AppendResult assignAndWrite(ByteBuf batches, int leaderEpoch, long logAppendTimeMillis) throws IOException {
        long baseOffset = logEndOffset;
        long offset = baseOffset;
        int limit = batches.writerIndex();
        for (int at = batches.readerIndex(); at < limit; at += RecordBatch.sizeInBytes(batches, at)) {
            RecordBatch.setBaseOffset(batches, at, offset);
            RecordBatch.setLeaderEpoch(batches, at, leaderEpoch);
            offset += RecordBatch.lastOffsetDelta(batches, at) + 1L;
        }
        write(batches);
        return new Appended(baseOffset, offset - 1, logAppendTimeMillis, logStartOffset);
    }

    /** Writes batches that have their offsets, then takes them into the indexes and states, then shows them. */
    private void write(ByteBuf batches) throws IOException {
        int from = batches.readerIndex();
        int limit = batches.writerIndex();
        long lastOffset = -1;
        long maxTimestamp = RecordBatch.NO_TIMESTAMP;
        for (int at = from; at < limit; at += RecordBatch.sizeInBytes(batches, at)) {
            Invariant.check(RecordBatch.baseOffset(batches, at) > lastOffset, "batch at %d after offset %d",
                    RecordBatch.baseOffset(batches, at), lastOffset);
            lastOffset = RecordBatch.lastOffset(batches, at);
            maxTimestamp = Math.max(maxTimestamp, RecordBatch.maxTimestamp(batches, at));
        }
        LogConfig current = config;
        Segment active = segments.last();
        if (active.mustRollFor(limit - from, lastOffset, maxTimestamp, current, jitterMillis(current))) {
            active = rollFor(RecordBatch.baseOffset(batches, from), lastOffset);
        }
        active.write(batches);
        int start = active.size();
        boolean transactions = false;
        for (int at = from; at < limit; at += RecordBatch.sizeInBytes(batches, at)) {
            active.appended(start + at - from, RecordBatch.sizeInBytes(batches, at), RecordBatch.lastOffset(batches, at),
                    RecordBatch.maxTimestamp(batches, at), current.indexIntervalBytes());
            noteEpoch(RecordBatch.leaderEpoch(batches, at), RecordBatch.baseOffset(batches, at));
            if (RecordBatch.hasProducerId(batches, at)) {
                noteProducer(active, batches, at);
                transactions |= RecordBatch.isTransactional(batches, at);
            }
        }
        active.publish(start + limit - from);
        appendedBytes += limit - from;
        if (transactions) {
            firstUnstableOffset = producers.firstUnstableOffset();
        }
        if (nextExpiryMillis == Long.MAX_VALUE) {
            nextExpiryMillis = Long.MIN_VALUE;
        }
        logEndOffset = lastOffset + 1;
    }

    private void noteEpoch(int epoch, long baseOffset) {
        if (epoch == latestEpoch) {
            return;
        }
        if (epoch < latestEpoch) {
            LOG.warn("{} had leader epoch {}, though its leader is of epoch {} only: a damaged checkpoint or batch header said so.",
                    directory, latestEpoch, epoch);
            epochs.dropAbove(epoch);
        }
        epochs.assign(epoch, baseOffset);
        latestEpoch = epochs.latestEpoch();
        epochsDirty = true;
    }

    private void noteProducer(Segment active, ByteBuf batches, int at) {
        ProducerStates.Completed completed = producers.appended(batches, at);
        if (completed != null && completed.aborted()) {
            try {
                active.transactionIndex.add(completed.toAborted(producers.lastStableOffsetAfter(completed)));
            } catch (IOException e) {
                // The marker is in the log, so the transaction has ended. Without its entry consumers would be shown aborted records:
                // nothing more is written here, and recovery makes the entry from the marker.
                environment.health().failed(active.transactionIndex.file.path(), new IOException("The transaction index lost an entry", e));
            }
        }
    }

    private long jitterMillis(LogConfig current) {
        long jitter = Math.min(current.segmentJitterMillis(), current.segmentMillis());
        return jitter <= 0 ? 0 : jitterSeed % jitter;
    }

    // ---- rolling ----

    /** Begins a new segment at the end of the log, unless the last one is empty. What was written goes to the disk on a worker thread. */
    public void roll() throws IOException {
        if (loaded().last().size() > 0) {
            rollTo(logEndOffset);
        }
    }

    /**
     * The segment for batches of the offsets given. It begins where the last one ended, so that recovery can tell a lost segment from offsets
     * that compaction removed; unless these are too far away for a segment's indexes.
     */
    private Segment rollFor(long baseOffset, long lastOffset) throws IOException {
        long begin = lastOffset - logEndOffset > Integer.MAX_VALUE ? baseOffset : logEndOffset;
        SegmentList current = segments;
        Segment last = current.last();
        if (last.size() > 0) {
            return rollTo(begin);
        }
        Segment replacement = Segment.create(environment, directory, begin);
        segments = current.replaced(current.count() - 1, current.count(), replacement);
        last.delete();
        return replacement;
    }

    private Segment rollTo(long baseOffset) throws IOException {
        SegmentList current = segments;
        Segment full = current.last();
        Segment next = Segment.create(environment, directory, baseOffset);
        byte[] snapshot = producers.snapshot();
        long replaced = snapshotOffset;
        snapshotOffset = baseOffset;
        directoryDirty = true;
        segments = current.with(next);
        full.becomeSealed();
        int history = truncations;
        environment.workers().execute(() -> sealOnDisk(full, baseOffset, snapshot, replaced, history));
        return next;
    }

    private void sealOnDisk(Segment full, long endOffset, byte[] snapshot, long replaced, int history) {
        try {
            writeSnapshot(endOffset, snapshot, history);
            deleteSnapshot(replaced);
            flushTo(endOffset);
        } catch (IOException e) {
            if (!closed) {
                environment.health().failed(full.log.path(), e);
            }
        }
    }

    /** Writes the producers' state at {@code offset}, unless the log was truncated since it was taken. */
    private void writeSnapshot(long offset, byte[] content, int history) throws IOException {
        synchronized (flushLock) {
            if (!closed && history == truncations) {
                environment.disk().writeAtomically(directory.resolve(FileNames.of(offset, FileNames.PRODUCER_SNAPSHOT)), content);
            }
        }
    }

    // ---- flushing ----

    /**
     * Whether the topic's flush policy, or the bound on what recovery may have to check, asks for a {@link #flush} now. A comparison of two
     * numbers: may be called after every append.
     */
    public boolean flushIsDue() {
        long unflushed = logEndOffset - flushedEndOffset;
        return unflushed > 0 && (unflushed >= config.flushMessages() || appendedBytes - flushedBytes >= UNFLUSHED_BYTES_MAX);
    }

    /**
     * To be called every second or so: decides whether it is time to flush, by bytes, by the topic's {@code flush.ms}, or since nothing was
     * flushed for {@link #UNFLUSHED_MILLIS_MAX}. Returns what is to be run on a worker thread, or {@code null}. Owner.
     */
    public Runnable prepareFlush() {
        long end = logEndOffset;
        if (segments == null || closed || end <= flushedEndOffset) {
            dirtySinceMillis = -1;
            return null;
        }
        long now = environment.clock().monotonicMillis();
        if (dirtySinceMillis < 0) {
            dirtySinceMillis = now;
        }
        if (!flushIsDue() && now - dirtySinceMillis < Math.min(config.flushMillis(), UNFLUSHED_MILLIS_MAX)) {
            return null;
        }
        dirtySinceMillis = -1;
        byte[] snapshot = snapshotOffset == end ? null : producers.snapshot();
        long replaced = snapshotOffset;
        snapshotOffset = end;
        int history = truncations;
        return () -> flushWithSnapshot(end, snapshot, replaced, history);
    }

    /** The snapshot goes with the recovery point, so that after a crash producers are made from what is checked anyway. */
    private void flushWithSnapshot(long end, byte[] snapshot, long replaced, int history) {
        try {
            flush();
            if (snapshot != null) {
                writeSnapshot(end, snapshot, history);
                deleteSnapshot(replaced);
            }
        } catch (IOException e) {
            LOG.warn("{} was not flushed up to offset {}: {}.", directory, end, e.toString());
        }
    }

    /** Removes a snapshot that a newer one has replaced. Those where segments begin stay: what is truncated later is made from them. */
    private void deleteSnapshot(long offset) throws IOException {
        synchronized (flushLock) {
            SegmentList current = segments;
            if (offset < 0 || closed || current == null || current.get(Math.max(0, current.floor(offset))).baseOffset == offset) {
                return;
            }
            environment.disk().delete(directory.resolve(FileNames.of(offset, FileNames.PRODUCER_SNAPSHOT)));
        }
    }

    /**
     * Makes everything appended before the call durable and returns the end offset that is. Blocks; on a worker thread. Throws when the disk
     * fails; the directory is offline then.
     */
    public long flush() throws IOException {
        // Taken before the offset: what is appended in between counts as flushed though it is not, or as unflushed, and neither matters.
        long bytes = appendedBytes;
        long end = logEndOffset;
        try {
            flushTo(end);
            flushedBytes = Math.max(flushedBytes, bytes);
        } catch (IOException e) {
            environment.health().failed(directory, e);
            throw e;
        }
        return flushedEndOffset;
    }

    private void flushTo(long wantedOffset) throws IOException {
        synchronized (flushLock) {
            // The log may have been truncated since the flush was asked for.
            long endOffset = Math.min(wantedOffset, logEndOffset);
            SegmentList current = segments;
            if (current == null || closed || endOffset <= flushedEndOffset && !directoryDirty && !epochsDirty) {
                return;
            }
            long from = flushedEndOffset;
            for (int index = Math.max(0, current.floor(from)); index < current.count(); index++) {
                Segment segment = current.get(index);
                if (segment.baseOffset >= endOffset) {
                    break;
                }
                segment.flush(index < current.count() - 1);
            }
            if (startUnwritten) {
                // Removed segments are not flushed any more: after a crash nobody must look at what is left of them.
                startUnwritten = false;
                environment.checkpoints().write();
            }
            flushNames();
            flushedEndOffset = Math.max(flushedEndOffset, endOffset);
        }
    }

    /** Makes durable which files there are, and the epochs. What changes meanwhile sets the flags again. */
    private void flushNames() throws IOException {
        boolean sync = directoryDirty;
        boolean write = epochsDirty;
        directoryDirty = false;
        epochsDirty = false;
        try {
            if (sync) {
                environment.disk().syncDirectory(directory);
                environment.disk().syncDirectory(directory.getParent());
            }
            if (write) {
                environment.disk().writeAtomically(directory.resolve(FileNames.LEADER_EPOCHS), epochs.format());
            }
        } catch (IOException e) {
            directoryDirty |= sync;
            epochsDirty |= write;
            throw e;
        }
    }

    // ---- reading ----

    /**
     * Batches from the one that holds {@code offset} on, at most {@code maxBytes} (but a first batch that is larger comes whole when
     * {@code atLeastOneBatch}), none of them at or after {@code upperOffset}. Reads no batch, a few bytes of index or header at most. The
     * result must be released. Any thread.
     */
    public LogSlice read(long offset, int maxBytes, long upperOffset, boolean atLeastOneBatch) {
        long end = logEndOffset;
        long upper = Math.min(upperOffset, end);
        expireRecords(upper);
        if (offset < logStartOffset || offset > end) {
            return LogSlice.outOfRange();
        }
        if (offset >= upper) {
            return LogSlice.empty();
        }
        while (true) {
            SegmentList current = segments;
            try {
                return LogReader.read(current != null ? current : loaded(), epochs, offset, maxBytes, upper, end, atLeastOneBatch);
            } catch (IOException e) {
                ErrorCode error = LogReader.errorOf(e);
                if (error == null) {
                    if (offset < logStartOffset) {
                        return LogSlice.outOfRange();
                    }
                    if (segments != current) {
                        continue; // the segment was compacted meanwhile
                    }
                    error = ErrorCode.KAFKA_STORAGE_ERROR;
                }
                if (error == ErrorCode.KAFKA_STORAGE_ERROR) {
                    LOG.error("Reading {} at offset {} failed: {}.", directory, offset, e.toString());
                }
                return LogSlice.failed(error);
            }
        }
    }

    /**
     * The first record at or after the log's start and below {@code endOffset} whose timestamp is ≥ {@code timestamp}, or
     * {@link TimestampOffset#NONE}. Reads index and batches: on a worker thread.
     */
    public TimestampOffset lookupByTimestamp(long timestamp, long endOffset) throws IOException {
        return lookUp(current -> LogReader.firstAtOrAfter(current, timestamp, logStartOffset, Math.min(endOffset, logEndOffset)));
    }

    /** The first record with the largest timestamp, or {@link TimestampOffset#NONE}. Reads a batch: on a worker thread. */
    public TimestampOffset maxTimestampOffset() throws IOException {
        return lookUp(current -> LogReader.largest(current, logStartOffset, logEndOffset));
    }

    /** The aborted transactions a read_committed consumer needs for records of [{@code fromOffset}, {@code upperOffset}). */
    public List<AbortedTransaction> abortedTransactions(long fromOffset, long upperOffset) throws IOException {
        return lookUp(current -> LogReader.abortedTransactions(current, fromOffset, upperOffset));
    }

    private interface LookUp<T> {
        T in(SegmentList segments) throws IOException;
    }

    /** Looks again where segments were compacted or removed during the search. */
    private <T> T lookUp(LookUp<T> search) throws IOException {
        while (true) {
            SegmentList current = loaded();
            try {
                return search.in(current);
            } catch (NoSuchFileException e) {
                if (segments == current) {
                    throw e;
                }
            }
        }
    }

    // ---- what goes: retention, DeleteRecords ----

    /**
     * Hides records that have expired, where the topic asks for exactly that; costs a comparison while none has. Reads do this by
     * themselves. Any thread.
     *
     * @param upperOffset the high watermark: nothing at or after it is hidden
     */
    public void expireRecords(long upperOffset) {
        LogConfig current = config;
        if (!current.expireExactly() || !current.delete() || current.retentionMillis() == LogConfig.UNLIMITED) {
            return;
        }
        long now = environment.clock().wallMillis();
        if (now < nextExpiryMillis) {
            return;
        }
        try {
            Retention.Expiry expiry = Retention.expiry(loaded(), current, logStartOffset, Math.min(upperOffset, logEndOffset), now);
            raiseLogStartOffset(expiry.startOffset());
            nextExpiryMillis = expiry.nextMillis();
        } catch (IOException e) {
            LOG.warn("Expired records of {} could not be looked for: {}.", directory, e.toString());
        }
    }

    /** When {@link #expireRecords} will have something to do, in wall-clock milliseconds; {@link Long#MAX_VALUE} for not before an append. */
    public long nextExpiryMillis() {
        return config.expireExactly() ? nextExpiryMillis : Long.MAX_VALUE;
    }

    /**
     * Retention: removes the oldest segments that have outlived the topic's settings, and producers that have been silent for too long. Owner.
     * A log that was not used since the start is looked at without keeping it in memory, and what is to go of it goes the next time.
     *
     * @param highWatermark nothing at or after it is removed
     * @return what remains to be done on a worker thread (deleting files, looking at the log), or {@code null}
     */
    public Runnable expire(long highWatermark) {
        if (closed) {
            return null;
        }
        if (segments == null) {
            return this::loadForExpiry;
        }
        try {
            expireRecords(highWatermark);
            producers.expire(environment.clock().wallMillis(), config.producerExpirationMillis());
            Runnable work = removeOldest(highWatermark);
            if (work == null) {
                forgetIfUnused();
            }
            return work;
        } catch (IOException e) {
            environment.health().failed(directory, e);
            LOG.warn("Old segments of {} could not be removed: {}.", directory, e.toString());
            return null;
        }
    }

    /** Takes a log that is as it was when the broker stopped out of memory again: it can be loaded as easily as the first time. */
    private synchronized void forgetIfUnused() {
        synchronized (flushLock) {
            if (asItWasClosed && appendedBytes == 0 && truncations == 0 && !epochsDirty && swap == null) {
                SegmentList unused = segments;
                segments = null;
                for (int index = 0; index < unused.count(); index++) {
                    unused.get(index).close();
                }
            }
        }
    }

    /** Loads the log for the next {@link #expire} if that will find something to remove; looks at it without keeping it otherwise. */
    private void loadForExpiry() {
        try {
            SegmentList closedSegments = new LogLoader(environment, directory, config, epochs).peek();
            boolean nothing = closedSegments == null || Retention.segmentsToDelete(
                    closedSegments, config, logStartOffset, logEndOffset, logEndOffset, environment.clock().wallMillis()) == 0;
            if (closedSegments != null) {
                closedSegments.close();
            }
            if (!nothing) {
                ensureLoaded();
            }
        } catch (IOException e) {
            LOG.warn("{} could not be looked at: {}.", directory, e.toString());
        }
    }

    /**
     * Makes {@code offset} the first offset that may be read (DeleteRecords); segments before it are removed. It must not be above the high
     * watermark. Owner.
     *
     * @return what remains to be done on a worker thread, or {@code null}
     */
    public Runnable advanceLogStartOffset(long offset) throws IOException {
        loaded();
        Invariant.check(offset <= logEndOffset, "log start offset %d beyond the end %d", offset, logEndOffset);
        raiseLogStartOffset(offset);
        return removeOldest(offset);
    }

    /** The start may be raised by the owner and by whoever finds expired records; it never falls. */
    private void raiseLogStartOffset(long offset) {
        if (offset > logStartOffset) {
            synchronized (startLock) {
                logStartOffset = Math.max(logStartOffset, offset);
            }
        }
    }

    private Runnable removeOldest(long upperOffset) throws IOException {
        SegmentList current = segments;
        int count = Retention.segmentsToDelete(current, config, logStartOffset, logEndOffset, upperOffset, environment.clock().wallMillis());
        if (count == 0) {
            return null;
        }
        if (count == current.count()) {
            rollTo(logEndOffset);
            current = segments;
        }
        Segment[] removed = current.slice(0, count);
        SegmentList kept = current.from(count);
        // First out of sight, then out of the list, then off the disk: whoever still finds a removed segment has not been told of its records.
        raiseLogStartOffset(kept.first().baseOffset);
        startUnwritten = true;
        segments = kept;
        epochs.truncateFromStart(logStartOffset);
        epochsDirty = true;
        return () -> deleteFiles(removed);
    }

    /** Oldest first: should this be interrupted, what is left has no hole. A fetch that is sending from a file finishes. */
    private void deleteFiles(Segment[] removed) {
        try {
            // First the decision, then the deed: after a crash in between the rest of it is done at the next start.
            environment.checkpoints().write();
            for (Segment segment : removed) {
                synchronized (flushLock) {
                    completeSwap();
                    segment.delete();
                }
            }
            deleteSnapshotsBefore(removed[removed.length - 1].baseOffset + 1);
            LOG.info("Removed {} old segments of {}; it begins at offset {}.", removed.length, directory, logStartOffset);
        } catch (IOException e) {
            LOG.warn("Old segments of {} could not be removed and will be at the next start: {}.", directory, e.toString());
        }
    }

    private void deleteSnapshotsBefore(long offset) throws IOException {
        synchronized (flushLock) {
            for (String name : environment.disk().list(directory)) {
                if (FileNames.offset(name) >= 0 && FileNames.offset(name) < offset && FileNames.suffix(name).equals(FileNames.PRODUCER_SNAPSHOT)) {
                    environment.disk().delete(directory.resolve(name));
                }
            }
        }
    }

    // ---- truncation ----

    /**
     * Cuts the log so that it ends at {@code offset}, or at the beginning of the batch that holds it. Owner, with nobody appending; waits for a
     * flush that is under way.
     *
     * @return the new end offset
     */
    public long truncateTo(long offset) throws IOException {
        loaded();
        if (offset >= logEndOffset) {
            return logEndOffset;
        }
        if (offset <= segments.first().baseOffset) {
            truncateFullyTo(Math.max(offset, 0));
            return logEndOffset;
        }
        synchronized (flushLock) {
            completeSwap();
            SegmentList current = segments;
            int index = current.floor(offset);
            Segment last = current.get(index);
            Segment.BatchLocation cut = last.size() == 0 ? null : last.locate(offset, last.size());
            long end = cut == null ? Math.min(offset, current.endOffset(index, logEndOffset)) : Math.min(offset, cut.baseOffset());
            Segment[] removed = current.slice(index + 1, current.count());
            setEnd(end);
            synchronized (startLock) {
                logStartOffset = Math.min(logStartOffset, end); // it may lie within the batch that goes
            }
            environment.checkpoints().write();
            segments = current.upTo(index + 1);
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
    public void truncateFullyTo(long offset) throws IOException {
        loaded();
        synchronized (flushLock) {
            completeSwap();
            SegmentList current = segments;
            setEnd(Math.min(offset, logEndOffset));
            environment.checkpoints().write();
            for (int i = current.count() - 1; i >= 0; i--) {
                current.get(i).delete();
            }
            segments = new SegmentList(Segment.create(environment, directory, offset));
            synchronized (startLock) {
                logStartOffset = offset;
            }
            setEnd(offset);
            epochs.clear();
            rebuildProducers(offset);
        }
    }

    /** What is written at the new end must not pass for flushed after a crash, so the recovery point falls on disk before the files are cut. */
    private void setEnd(long end) throws IOException {
        truncations++;
        environment.cleaned().truncated(id, end);
        logEndOffset = end;
        flushedEndOffset = Math.min(flushedEndOffset, end);
        epochs.truncateFromEnd(end);
        latestEpoch = epochs.latestEpoch();
        epochsDirty = true;
        directoryDirty = true;
    }

    private void rebuildProducers(long end) throws IOException {
        producers = new LogLoader(environment, directory, config, epochs).producersAt(segments, end);
        snapshotOffset = -1;
        firstUnstableOffset = producers.firstUnstableOffset();
    }

    // ---- producers ----

    /** The producers known, for DescribeProducers. Owner. */
    public List<ProducerDescription> producers() throws IOException {
        loaded();
        List<ProducerDescription> all = new ArrayList<>(producers.size());
        for (ProducerEntry entry : producers.all()) {
            all.add(new ProducerDescription(entry.producerId, entry.epoch, entry.lastSequence(), entry.lastTimestamp, entry.coordinatorEpoch,
                    entry.transactionFirstOffset));
        }
        return all;
    }

    /**
     * Says how far the log is replicated: a transaction whose end marker lies below counts as decided from now on. Owner; to be called when
     * the high watermark moves while {@link #hasUndecidedTransactions}.
     */
    public void highWatermarkMoved(long highWatermark) {
        if (segments != null && producers.highWatermarkMoved(highWatermark)) {
            firstUnstableOffset = producers.firstUnstableOffset();
        }
    }

    /** Whether a transaction is open, or ended above the high watermark. Any thread. */
    public boolean hasUndecidedTransactions() {
        return firstUnstableOffset >= 0;
    }

    // ---- compaction ----

    /** The segments as they are now, for a look at what can be compacted. Any thread. */
    SegmentList segments() throws IOException {
        return loaded();
    }

    LogEnvironment environment() {
        return environment;
    }

    /** Changes whenever the log is cut: what was prepared for compaction before is void then. */
    int history() {
        return truncations;
    }

    boolean isClosed() {
        return closed;
    }

    /** The producers as they are now, each with what must outlive compaction. Owner. */
    ProducerTails producerTails() throws IOException {
        loaded();
        asItWasClosed = false; // stays in memory: its segments are going to be replaced
        return ProducerTails.of(producers.all());
    }

    /**
     * Makes all below {@code endOffset} durable, and the checkpoint say so: recovery after a crash takes offsets that are missing above its
     * checkpoint for loss. To be called before compaction makes any go. On a worker thread.
     */
    void settle(long endOffset) throws IOException {
        flushTo(endOffset);
        if (flushedEndOffset < endOffset) {
            throw new IOException("The log is flushed up to offset " + flushedEndOffset + " only, " + endOffset + " was asked for");
        }
        environment.checkpoints().write();
    }

    /**
     * Shows {@code cleaned} in the place of {@code sources}, unless the log was cut since {@code history} or some of the sources are gone;
     * returns whether it does. {@link #completeSwap} is to follow on a worker thread. Owner.
     */
    boolean replace(Segment[] sources, Segment cleaned, int history) {
        SegmentList current = segments;
        int index = current == null || closed || history != truncations || swap != null ? -1 : current.indexOf(sources);
        if (index < 0) {
            return false;
        }
        long end = current.get(index + sources.length).baseOffset;
        // First the list: from when the swap is known, another thread may carry it out.
        segments = current.replaced(index, index + sources.length, cleaned);
        swap = new SegmentSwap(environment.disk(), directory, sources, cleaned, end);
        return true;
    }

    /** Makes the files what the list of segments is since {@link #replace}, if that has not happened. Not on an event loop. */
    void completeSwap() throws IOException {
        synchronized (flushLock) {
            SegmentSwap pending = swap;
            if (pending == null || closed) {
                return;
            }
            pending.complete();
            swap = null;
            for (String name : environment.disk().list(directory)) {
                if (pending.swallowed(FileNames.offset(name)) && FileNames.suffix(name).equals(FileNames.PRODUCER_SNAPSHOT)) {
                    environment.disk().delete(directory.resolve(name));
                }
            }
        }
    }

    // ---- trust in old data ----

    /** To be called every few minutes: what was appended long ago counts as cold from now on and is verified before it is served. Any thread. */
    void age() {
        SegmentList current = segments;
        for (int index = 0; current != null && index < current.count(); index++) {
            current.get(index).age();
        }
    }

    // ---- closing ----

    /**
     * Flushes everything, writes what a quick start needs, and closes the files. The log takes no more appends. Returns the end offset it can
     * be opened at without looking, or -1 when something could not be written. Blocks; the owner must have stopped appending.
     */
    long close() {
        synchronized (this) {
            if (closed || segments == null) {
                boolean untouched = !closed && trustAtStart == LogLoader.Trust.CLOSED;
                closed = true;
                return untouched ? logEndOffset : -1;
            }
        }
        long end = -1;
        try {
            segments.last().indexes.close();
            flushTo(logEndOffset);
            if (epochsDirty || snapshotOffset != logEndOffset) {
                writeSnapshot(logEndOffset, producers.snapshot(), truncations);
            }
            end = logEndOffset;
        } catch (IOException e) {
            LOG.warn("{} could not be closed properly and will be checked at the next start: {}.", directory, e.toString());
        }
        synchronized (flushLock) {
            try {
                completeSwap();
            } catch (IOException e) {
                LOG.warn("A compacted segment of {} could not be put in place ({}); the next start does it, or compacts again.", directory, e.toString());
            }
            closed = true;
            segments.close();
        }
        return end;
    }

    /** Says that the log is about to be deleted: it takes no more appends, reads find nothing, and its files are let go of. */
    void markDeleted() {
        synchronized (this) {
            synchronized (flushLock) {
                closed = true;
                if (segments != null) {
                    segments.close();
                }
            }
        }
    }
}
