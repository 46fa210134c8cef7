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
import java.nio.file.Path;
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

    private final LogId id;
    private final LogEnvironment environment;
    private final EpochCache epochs = new EpochCache();
    private final long jitterSeed;

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

    /** Whether the log was closed properly, and so ends at its recovery point. */
    private final boolean cleanAtStart;
    private boolean directoryDirty;

    /** Owner only. */
    private ProducerStates producers;
    private long snapshotOffset = -1;
    private int latestEpoch = EpochCache.UNDEFINED_EPOCH;
    private volatile boolean epochsDirty;

    /** Makes the log known; reads nothing. {@code recoveryPoint} is the end offset when {@code clean}. */
    PartitionLog(LogId id, Path directory, LogEnvironment environment, LogConfig config,
            long startOffset, long recoveryPoint, boolean clean) {
        this.id = id;
        this.directory = directory;
        this.environment = environment;
        this.config = config;
        this.admission = new BatchAdmission(config);
        this.logStartOffset = startOffset;
        this.logEndOffset = Math.max(startOffset, recoveryPoint);
        this.flushedEndOffset = logEndOffset;
        this.cleanAtStart = clean;
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
        LogLoader.Loaded loaded = new LogLoader(environment, directory, config, epochs).load(logStartOffset, logEndOffset, cleanAtStart);
        producers = loaded.producers();
        snapshotOffset = cleanAtStart ? loaded.logEndOffset() : -1;
        latestEpoch = epochs.latestEpoch();
        firstUnstableOffset = producers.firstUnstableOffset();
        logStartOffset = loaded.logStartOffset();
        flushedEndOffset = Math.min(flushedEndOffset, loaded.logEndOffset());
        logEndOffset = loaded.logEndOffset();
        directoryDirty = true;
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
            active = rollTo(RecordBatch.baseOffset(batches, from));
        }
        active.write(batches);
        int start = active.size();
        boolean transactions = false;
        for (int at = from; at < limit; at += RecordBatch.sizeInBytes(batches, at)) {
            active.appended(start + at - from, RecordBatch.sizeInBytes(batches, at), RecordBatch.lastOffset(batches, at),
                    RecordBatch.maxTimestamp(batches, at), current.indexIntervalBytes());
            int epoch = RecordBatch.leaderEpoch(batches, at);
            if (epoch > latestEpoch && epochs.assign(epoch, RecordBatch.baseOffset(batches, at))) {
                latestEpoch = epoch;
                epochsDirty = true;
            }
            if (RecordBatch.hasProducerId(batches, at)) {
                noteProducer(active, batches, at);
                transactions |= RecordBatch.isTransactional(batches, at);
            }
        }
        active.publish(start + limit - from);
        if (transactions) {
            firstUnstableOffset = producers.firstUnstableOffset();
        }
        logEndOffset = lastOffset + 1;
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

    private Segment rollTo(long baseOffset) throws IOException {
        SegmentList current = segments;
        Segment full = current.last();
        if (full.size() == 0) {
            // Offsets jumped: the empty segment gives way to one that begins where the batches do.
            Segment replacement = Segment.create(environment, directory, baseOffset);
            segments = current.replaced(current.count() - 1, current.count(), replacement);
            full.delete();
            return replacement;
        }
        Segment next = Segment.create(environment, directory, baseOffset);
        full.closeTimeIndex();
        byte[] snapshot = producers.snapshot();
        snapshotOffset = baseOffset;
        directoryDirty = true;
        segments = current.with(next);
        full.becomeSealed();
        environment.workers().execute(() -> sealOnDisk(full, baseOffset, snapshot));
        return next;
    }

    private void sealOnDisk(Segment full, long endOffset, byte[] snapshot) {
        try {
            writeSnapshot(endOffset, snapshot);
            flushTo(endOffset);
        } catch (IOException e) {
            if (!closed) {
                environment.health().failed(full.log.path(), e);
            }
        }
    }

    private void writeSnapshot(long offset, byte[] content) throws IOException {
        synchronized (flushLock) {
            if (!closed && offset <= logEndOffset) {
                environment.disk().writeAtomically(directory.resolve(FileNames.of(offset, FileNames.PRODUCER_SNAPSHOT)), content);
            }
        }
    }

    // ---- flushing ----

    /**
     * Makes everything appended before the call durable and returns the end offset that is. Blocks; on a worker thread. Throws when the disk
     * fails; the directory is offline then.
     */
    public long flush() throws IOException {
        long end = logEndOffset;
        try {
            flushTo(end);
        } catch (IOException e) {
            environment.health().failed(directory, e);
            throw e;
        }
        return flushedEndOffset;
    }

    private void flushTo(long endOffset) throws IOException {
        synchronized (flushLock) {
            SegmentList current = segments;
            if (current == null || closed || endOffset <= flushedEndOffset && !directoryDirty) {
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
            if (epochsDirty) {
                epochsDirty = false;
                environment.disk().writeAtomically(directory.resolve(FileNames.LEADER_EPOCHS), epochs.format());
            } else if (directoryDirty) {
                environment.disk().syncDirectory(directory);
            }
            directoryDirty = false;
            flushedEndOffset = Math.max(flushedEndOffset, endOffset);
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
        if (offset < logStartOffset || offset > end) {
            return LogSlice.outOfRange();
        }
        if (offset >= upper) {
            return LogSlice.empty();
        }
        while (true) {
            try {
                return LogReader.read(loaded(), offset, maxBytes, upper, end, atLeastOneBatch);
            } catch (IOException e) {
                ErrorCode error = LogReader.errorOf(e);
                if (error == null) {
                    if (offset < logStartOffset) {
                        return LogSlice.outOfRange();
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
        return LogReader.firstAtOrAfter(loaded(), timestamp, logStartOffset, Math.min(endOffset, logEndOffset));
    }

    /** The first record with the largest timestamp, or {@link TimestampOffset#NONE}. Reads a batch: on a worker thread. */
    public TimestampOffset maxTimestampOffset() throws IOException {
        return LogReader.largest(loaded(), logStartOffset, logEndOffset);
    }

    /** The aborted transactions a read_committed consumer needs for records of [{@code fromOffset}, {@code upperOffset}). */
    public List<AbortedTransaction> abortedTransactions(long fromOffset, long upperOffset) throws IOException {
        return LogReader.abortedTransactions(loaded(), fromOffset, upperOffset);
    }

    // ---- closing ----

    /**
     * Flushes everything, writes what a quick start needs, and closes the files. The log takes no more appends. Returns the end offset it can
     * be opened at without looking, or -1 when something could not be written. Blocks; the owner must have stopped appending.
     */
    long close() {
        synchronized (this) {
            if (closed || segments == null) {
                boolean untouched = !closed && cleanAtStart;
                closed = true;
                return untouched ? logEndOffset : -1;
            }
        }
        long end = -1;
        try {
            segments.last().closeTimeIndex();
            flushTo(logEndOffset);
            if (epochsDirty || snapshotOffset != logEndOffset) {
                writeSnapshot(logEndOffset, producers.snapshot());
            }
            end = logEndOffset;
        } catch (IOException e) {
            LOG.warn("{} could not be closed properly and will be checked at the next start: {}.", directory, e.toString());
        }
        synchronized (flushLock) {
            closed = true;
            for (int index = 0; index < segments.count(); index++) {
                segments.get(index).close();
            }
        }
        return end;
    }

    /** Says that the log is about to be deleted: it takes no more appends, reads find nothing, and its files are let go of. */
    void markDeleted() {
        synchronized (this) {
            synchronized (flushLock) {
                closed = true;
                SegmentList current = segments;
                for (int index = 0; current != null && index < current.count(); index++) {
                    current.get(index).close();
                }
            }
        }
    }
}
