package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.partita.broker.env.Failures;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.log.AppendResult.Refused;
import io.partita.broker.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of one partition: batches in the order of their offsets, in segment files of Kafka's layout.
 *
 * <p>Threads: one owner at a time appends and changes ({@link #append}, {@link #roll}, {@link #expire}, {@link #advanceLogStartOffset},
 * {@link #truncateTo}, {@link #highWatermarkMoved}, {@link #prepareFlush}, producers); that it is one is the caller's business. Any
 * thread reads. {@link #flush} belongs on a worker thread, and so does {@link #close}.
 *
 * <p>Life: made by {@link LogDirectory}. The files are looked at when the log is first appended to or read; until then its offsets are known
 * from the checkpoints. An append publishes size before end offset, so who has seen an end offset finds all bytes below it.
 *
 * <p>Failure: bad input and failing disks are values ({@link Refused}, {@link LogSlice#error}). A write that fails leaves no trace.
 */
public final class PartitionLog {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionLog.class);

    private final LogState state;
    private final LogFlusher flusher;
    private final LogAppender appender;
    private final LogTrimmer trimmer;
    private final LogReplacement replacement;
    private final LiveBatches live;

    /** Bytes of the segments of a log that was not loaded yet, -1 until they were counted. */
    private volatile long sizeWhileUnused = -1;

    /** Makes the log known; reads nothing. */
    PartitionLog(LogId id, Path directory, LogEnvironment environment, LogConfig config,
            long startOffset, long recoveryPoint, LogLoader.Trust trust) {
        this.state = new LogState(id, directory, environment, config, startOffset, recoveryPoint, trust);
        this.flusher = new LogFlusher(state);
        this.appender = new LogAppender(state, flusher);
        this.replacement = new LogReplacement(state, flusher);
        this.trimmer = new LogTrimmer(state, appender, replacement);
        this.live = new LiveBatches(environment.clock(), this::readAll);
    }

    /** The partition the log is of. */
    public LogId id() {
        return state.id;
    }

    /** The directory of the log's files. */
    public Path directory() {
        return state.directory;
    }

    public LogConfig config() {
        return state.config;
    }

    /** Takes new settings; they hold from the next append, roll or retention step on. Any thread. */
    public void reconfigure(LogConfig newConfig) {
        state.config = newConfig;
        state.admission = new BatchAdmission(newConfig);
        state.nextExpiryMillis = Long.MIN_VALUE;
    }

    /** The first offset that may be read. */
    public long logStartOffset() {
        return state.logStartOffset;
    }

    /** The offset the next record will have. */
    public long logEndOffset() {
        return state.logEndOffset;
    }

    /** Everything below has been flushed to the disk. */
    public long flushedEndOffset() {
        return state.flushedEndOffset;
    }

    /**
     * Where a read_committed consumer must stop as far as this log alone knows: the first offset of an undecided transaction, else the end.
     * The caller bounds it by the high watermark.
     */
    public long lastStableOffset() {
        long unstable = state.firstUnstableOffset;
        return unstable < 0 ? state.logEndOffset : unstable;
    }

    /**
     * The latest epoch in which the log was led, {@link EpochCache#UNDEFINED_EPOCH} for none. Does not bring the log into memory: a small file is
     * read at most. Not on an event loop.
     */
    public int latestEpoch() throws IOException {
        return state.latestKnownEpoch();
    }

    /** Which leader epoch wrote which offsets. */
    public EpochCache leaderEpochs() throws IOException {
        state.loaded();
        return state.epochs;
    }

    /**
     * Says that the log is led in {@code epoch} from its end on, so that the epoch is known before it has a record: clients are told of it by
     * ListOffsets, and ask where it ends. Owner.
     */
    public void beginEpoch(int epoch) {
        state.beginEpoch(epoch);
    }

    /** Bytes of all segments' batches. May read the directory if the log was not used yet. */
    public long sizeInBytes() throws IOException {
        return state.loaded().sizeInBytes();
    }

    /**
     * As {@link #sizeInBytes}, for looking on: does not bring the log into memory. The directory of a log that was not used yet is listed once.
     */
    public long sizeOnDisk() throws IOException {
        SegmentList current = state.segments;
        if (current != null) {
            return current.sizeInBytes();
        }
        long size = sizeWhileUnused;
        if (size < 0) {
            size = 0;
            for (String name : state.environment.disk().list(state.directory)) {
                if (FileNames.offset(name) >= 0 && FileNames.suffix(name).equals(FileNames.LOG)) {
                    size += state.environment.disk().size(state.directory.resolve(name));
                }
            }
            sizeWhileUnused = size;
        }
        return size;
    }

    /** Whether an append finds the log in memory, or can bring it there by making a few files: it has no record. */
    public boolean opensAtOnce() {
        return state.segments != null || state.logStartOffset == state.logEndOffset;
    }

    /** Brings the log into memory now, recovering it if the broker had crashed. Blocks. */
    public void open() throws IOException {
        state.loaded();
    }

    /** Says that the log is known to have no undecided transaction. */
    void hasNoTransactions() {
        state.transactionsUnknown = false;
    }

    /**
     * Whether a transaction is undecided, or that is not known because the log is not in memory: then {@link #lastStableOffset} is not known
     * either, and the log must be {@linkplain #open opened} before it is led. Any thread.
     */
    public boolean mayHaveUndecidedTransactions() {
        return state.transactionsUnknown || hasUndecidedTransactions();
    }

    /** Says that the log was just made. */
    void isNew() {
        state.isNew();
    }

    /** See {@link LogState#recover}. Blocks. */
    void recover() throws IOException {
        state.recover();
    }

    /** Whether the log is in memory, so that nothing has to be read to know its epochs, or to append. Any thread. */
    public boolean isLoaded() {
        return state.segments != null;
    }

    // ---- appending ----

    /**
     * Appends the readable bytes: one or more whole batches of format v2. Offsets, leader epoch and (if the topic says so) timestamps are
     * patched in the buffer, then it is written in one piece. The buffer's indexes and reference count stay.
     *
     * @param leaderEpoch the epoch to write into the batches; ignored for {@link AppendOrigin#REPLICA}
     */
    public AppendResult append(ByteBuf batches, AppendOrigin origin, int leaderEpoch) {
        return appender.append(batches, origin, leaderEpoch);
    }

    /** Begins a new segment at the end of the log, unless the last one is empty. What was written goes to the disk on a worker thread. */
    public void roll() throws IOException {
        appender.roll();
    }

    // ---- flushing ----

    /**
     * Whether the topic's flush policy, or the bound on what recovery may have to check, asks for a {@link #flush} now. A comparison of two
     * numbers: may be called after every append.
     */
    public boolean flushIsDue() {
        return flusher.flushIsDue();
    }

    /**
     * To be called every second or so: decides whether it is time to flush, by bytes, by the topic's {@code flush.ms}, or since nothing was
     * flushed for a minute. Returns what is to be run on a worker thread, or {@code null}. Owner.
     */
    public Runnable prepareFlush() {
        return flusher.prepareFlush();
    }

    /**
     * Makes everything appended before the call durable and returns the end offset that is. Blocks; on a worker thread. Throws when the disk
     * fails; the directory is offline then.
     */
    public long flush() throws IOException {
        return flusher.flush();
    }

    // ---- reading ----

    /**
     * Batches from the one that holds {@code offset} on, at most {@code maxBytes} (but a first batch that is larger comes whole when
     * {@code atLeastOneBatch}), none of them at or after {@code upperOffset}. Reads no batch, a few bytes of index or header at most; where that is
     * not enough, the slice is one that has to be {@linkplain LogSlice#verify verified}. The result must be released. Any thread.
     */
    public LogSlice read(long offset, int maxBytes, long upperOffset, boolean atLeastOneBatch) {
        long end = state.logEndOffset;
        long upper = Math.min(upperOffset, end);
        trimmer.expireRecords(upper);
        if (offset < state.logStartOffset || offset > end) {
            return LogSlice.outOfRange();
        }
        if (offset >= upper) {
            return LogSlice.empty();
        }
        LogConfig config = state.config;
        return config.hidesExpired()
                ? live.read(config, offset, maxBytes, upper, end, atLeastOneBatch)
                : readAll(offset, maxBytes, upper, end, atLeastOneBatch, false);
    }

    /** As {@link #read}, up to the end of the log, for another replica: with what has expired but is still there, so that the two logs have the same batches. */
    public LogSlice readForReplica(long offset, int maxBytes) {
        long end = state.logEndOffset;
        if (offset < state.logStartOffset || offset > end) {
            return LogSlice.outOfRange();
        }
        return offset == end ? LogSlice.empty() : readAll(offset, maxBytes, end, end, true, false);
    }

    /** Without regard to time. When it takes longer than a few small reads, and the caller is not patient, what is there is yet to be looked for. */
    private LogSlice readAll(long offset, int maxBytes, long upper, long end, boolean atLeastOneBatch, boolean patient) {
        while (true) {
            SegmentList current = state.segments;
            try {
                if (current == null && !patient) {
                    throw TakesTimeException.INSTANCE;
                }
                SegmentList segments = current != null ? current : state.loaded();
                return LogReader.read(segments, state.epochs, offset, maxBytes, upper, end, atLeastOneBatch, patient);
            } catch (TakesTimeException e) {
                return LogSlice.sought(maxBytes, () -> readAll(offset, maxBytes, upper, end, atLeastOneBatch, true));
            } catch (IOException e) {
                ErrorCode error = LogReader.errorOf(e);
                if (error == null) {
                    if (offset < state.logStartOffset) {
                        return LogSlice.outOfRange();
                    }
                    if (state.segments != current) {
                        continue; // the segment was compacted meanwhile
                    }
                    error = ErrorCode.KAFKA_STORAGE_ERROR;
                }
                if (error == ErrorCode.KAFKA_STORAGE_ERROR) {
                    LOG.error("Reading {} at offset {} failed: {}.", state.directory, offset, Failures.said(e));
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
        long oldest = Math.max(timestamp, LiveBatches.oldestLive(state.config, state.environment.clock().wallMillis()));
        return lookUp(current -> LogReader.firstAtOrAfter(current, oldest, state.logStartOffset, Math.min(endOffset, state.logEndOffset)));
    }

    /** The first record with the largest timestamp, or {@link TimestampOffset#NONE}. Reads a batch: on a worker thread. */
    public TimestampOffset maxTimestampOffset() throws IOException {
        TimestampOffset largest = lookUp(current -> LogReader.largest(current, state.logStartOffset, state.logEndOffset));
        boolean live = largest.timestamp() >= LiveBatches.oldestLive(state.config, state.environment.clock().wallMillis());
        return live ? largest : TimestampOffset.NONE;
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
            SegmentList current = state.loaded();
            try {
                return search.in(current);
            } catch (NoSuchFileException e) {
                if (state.segments == current) {
                    throw e;
                }
            }
        }
    }

    // ---- what goes: retention, DeleteRecords, truncation ----

    /**
     * Hides records that have expired, where the topic asks for exactly that; costs a comparison while none has. Reads do this by
     * themselves. Any thread.
     *
     * @param upperOffset the high watermark: nothing at or after it is hidden
     */
    public void expireRecords(long upperOffset) {
        trimmer.expireRecords(upperOffset);
    }

    /** As {@link #expireRecords}, however many there are: on a worker thread. */
    public void expireAllRecords(long upperOffset) {
        trimmer.expireAllRecords(upperOffset);
    }

    /** When {@link #expireRecords} will have something to do, in wall-clock milliseconds; {@link Long#MAX_VALUE} for not before an append. */
    public long nextExpiryMillis() {
        return trimmer.nextExpiryMillis();
    }

    /**
     * Whether {@link #expire} may have something to do. Reads what that will take, so that the owner need not; a log that was not used since the
     * start is looked at without keeping it in memory, and not again before something of it can have expired. On a worker thread.
     */
    public boolean expiryIsDue() {
        return trimmer.expiryIsDue();
    }

    /**
     * Retention: removes the oldest segments that have outlived the topic's settings, and producers that have been silent for too long. Owner.
     * A log that was not used since the start is looked at without keeping it in memory, and what is to go of it goes the next time.
     *
     * @param highWatermark nothing at or after it is removed
     * @return what remains to be done on a worker thread (deleting files, looking at the log), or {@code null}
     */
    public Runnable expire(long highWatermark) {
        return trimmer.expire(highWatermark);
    }

    /**
     * Makes {@code offset} the first offset that may be read (DeleteRecords); segments before it are removed. It must not be above the high
     * watermark. Owner.
     *
     * @return what remains to be done on a worker thread, or {@code null}
     */
    public Runnable advanceLogStartOffset(long offset) throws IOException {
        return trimmer.advanceLogStartOffset(offset);
    }

    /**
     * Cuts the log so that it ends at {@code offset}, or at the beginning of the batch that holds it. Owner, with nobody appending; waits for a
     * flush that is under way.
     *
     * @return the new end offset
     */
    public long truncateTo(long offset) throws IOException {
        return new LogTruncation(state, replacement).truncateTo(offset);
    }

    /** Drops everything; the log goes on at {@code offset}. Owner, with nobody appending. */
    public void truncateFullyTo(long offset) throws IOException {
        new LogTruncation(state, replacement).truncateFullyTo(offset);
    }

    /** Says that retention takes nothing from {@code offset} on, whatever its age: something waits there. {@link Long#MAX_VALUE}: nothing does. Owner. */
    public void keepFrom(long offset) {
        state.keptFrom = offset;
    }

    /** Says that it is not known, or not here, what waits: where records may, retention takes nothing. Owner. */
    public void keepAllThatMayWait() {
        state.keptFrom = LogState.UNKNOWN;
    }

    /** Memory for what waits until it is due, of all logs of the data directory. Any thread. */
    public MemoryPool delayed() {
        return state.environment.delayed();
    }

    /** The time by which records are dated. Any thread. */
    public long wallMillis() {
        return state.environment.clock().wallMillis();
    }

    // ---- producers ----

    /** Whether sequences of this producer are known, so that {@link #append} holds its next batch against them. Owner. */
    public boolean knowsProducer(long producerId) throws IOException {
        state.loaded();
        return state.producers.entry(producerId) != null;
    }

    /** The producers known, for DescribeProducers. Owner. */
    public List<ProducerDescription> producers() throws IOException {
        state.loaded();
        List<ProducerDescription> all = new ArrayList<>(state.producers.size());
        for (ProducerEntry entry : state.producers.all()) {
            all.add(describe(entry));
        }
        return all;
    }

    /** What is known of a producer, {@code null} when nothing is. Owner. */
    public ProducerDescription producer(long producerId) throws IOException {
        state.loaded();
        ProducerEntry entry = state.producers.entry(producerId);
        return entry == null ? null : describe(entry);
    }

    private static ProducerDescription describe(ProducerEntry entry) {
        return new ProducerDescription(entry.producerId, entry.epoch, entry.lastSequence(), entry.lastTimestamp, entry.coordinatorEpoch,
                entry.transactionFirstOffset, entry.lastMarkerOffset);
    }

    /**
     * Says how far the log is replicated: a transaction whose end marker lies below counts as decided from now on. Owner; to be called when
     * the log is led, and when the high watermark moves while {@link #hasUndecidedTransactions}.
     */
    public void highWatermarkMoved(long highWatermark) {
        state.replicatedOffset = highWatermark;
        if (state.segments != null && state.producers.highWatermarkMoved(highWatermark)) {
            state.firstUnstableOffset = state.producers.firstUnstableOffset();
        }
    }

    /** Whether a transaction is open, or ended above the high watermark. Any thread. */
    public boolean hasUndecidedTransactions() {
        return state.firstUnstableOffset >= 0;
    }

    // ---- compaction ----

    /** The segments as they are now, for a look at what can be compacted. Any thread. */
    SegmentList segments() throws IOException {
        return state.loaded();
    }

    /** Whether anything can be appended, as far as is known of the disk; asks a full one whether it has space again, once a second at most. Any thread. */
    public boolean isWritable() {
        return state.environment.health().writable();
    }

    /** Whether clients are refused because little space is left. Any thread. */
    public boolean isShortOfSpace() {
        return state.environment.reserve().isUsed();
    }

    LogEnvironment environment() {
        return state.environment;
    }

    /** Changes whenever the log is cut: what was prepared for compaction before is void then. */
    int history() {
        return state.truncations;
    }

    boolean isClosed() {
        return state.closed;
    }

    /** The producers as they are now, each with what must outlive compaction: to be made by another thread. Owner. */
    Supplier<ProducerTails> producerTails() throws IOException {
        state.loaded();
        state.asItWasClosed = false; // stays in memory: its segments are going to be replaced
        ProducerTable.Frozen now = state.producers.freeze();
        return () -> ProducerTails.of(now.entries());
    }

    /**
     * Makes all below {@code endOffset} durable, and the checkpoint say so: recovery after a crash takes offsets that are missing above its
     * checkpoint for loss. To be called before compaction makes any go. On a worker thread.
     */
    void settle(long endOffset) throws IOException {
        replacement.settle(endOffset);
    }

    /**
     * Shows {@code cleaned} in the place of {@code sources}, unless the log was cut since {@code history} or some of the sources are gone;
     * returns whether it does. {@link #completeSwap} is to follow on a worker thread. Owner.
     */
    boolean replace(Segment[] sources, Segment cleaned, int history) {
        return replacement.replace(sources, cleaned, history);
    }

    /** Makes the files what the list of segments is since {@link #replace}, if that has not happened. Not on an event loop. */
    void completeSwap() throws IOException {
        replacement.complete();
    }

    // ---- trust in old data ----

    /** To be called every few minutes: what was appended long ago counts as cold from now on and is verified before it is served. Any thread. */
    void age() {
        SegmentList current = state.segments;
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
        OptionalLong unused = state.closeIfUnused();
        if (unused.isPresent()) {
            return unused.getAsLong();
        }
        long end = -1;
        try {
            state.segments.last().indexes.close();
            state.epochsDirty |= state.epochNoted;
            if (state.epochsDirty || state.snapshotOffset != state.logEndOffset) {
                flusher.writeSnapshot(state.logEndOffset, state.producers.snapshot().get(), state.truncations);
            }
            flusher.flushTo(state.logEndOffset);
            end = state.logEndOffset;
        } catch (IOException e) {
            LOG.warn("{} could not be closed properly and will be checked at the next start: {}.", state.directory, Failures.said(e));
        }
        synchronized (state.flushLock) {
            try {
                replacement.complete();
            } catch (IOException e) {
                LOG.warn("A compacted segment of {} could not be put in place ({}); the next start does it, or compacts again.",
                        state.directory, Failures.said(e));
            }
            state.closed = true;
            state.segments.close();
            state.forgetProducers();
        }
        return end;
    }

    /** Says that the log is about to be deleted, or to be taken from its files again: it takes no more appends, reads find nothing, and its files are let go of. */
    void markDeleted() {
        state.refuse();
        synchronized (state.flushLock) {
            if (state.segments != null) {
                state.segments.close();
                state.forgetProducers();
            }
        }
    }
}
