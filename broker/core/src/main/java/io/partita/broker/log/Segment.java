package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.partita.broker.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A piece of a log: a file of batches from {@link #baseOffset} on, with its indexes. Only the last segment of a log is written to.
 *
 * <p>Threads: appended to and truncated by the log's owner; read by any thread, which sees what lies below {@link #size}.
 */
final class Segment {

    private static final Logger LOG = LoggerFactory.getLogger(Segment.class);

    /** Read at once when looking for a batch: the distance between two index entries, so mostly one read finds it. */
    private static final int LOOKUP_BYTES = 4096;

    private static final BatchLocation INDEX_IS_WRONG = new BatchLocation(-1, 0, -1);

    private static final ThreadLocal<ByteBuffer> LOOKUP_BUFFER = ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(LOOKUP_BYTES));

    private final LogEnvironment environment;
    final long baseOffset;
    final LogFile log;
    final SegmentIndexes indexes;
    final TransactionIndex transactionIndex;
    private final SegmentTrust trust;

    /** Bytes of good batches; what lies behind in the file is not there. */
    private volatile int size;

    /** The last segment has its newest batches' positions in memory. */
    private volatile TailPositions tail;

    private volatile int reportedCorruption = -1;

    /** Whether {@link AbortedSegments} knows already that there are aborted transactions; on a worker thread. */
    private volatile boolean abortedNoted;

    /** Owner only: the first batch's timestamp, which decides when the segment is rolled. */
    private long firstTimestamp = RecordBatch.NO_TIMESTAMP;
    /** When this process first saw the segment: stands in for timestamps where records have none. */
    private final long createdMillis;

    private Segment(LogEnvironment environment, Path directory, long baseOffset, int size, boolean fresh, String temporary, long createdMillis) {
        this.environment = environment;
        this.baseOffset = baseOffset;
        this.size = size;
        this.log = file(directory, FileNames.LOG + temporary);
        this.indexes = new SegmentIndexes(
                this, file(directory, FileNames.OFFSET_INDEX + temporary), file(directory, FileNames.TIME_INDEX + temporary));
        this.transactionIndex = new TransactionIndex(file(directory, FileNames.TRANSACTION_INDEX + temporary), fresh);
        this.trust = new SegmentTrust(environment.clock(), size);
        this.createdMillis = createdMillis;
    }

    private LogFile file(Path directory, String suffix) {
        return new LogFile(environment.disk(), environment.openFiles(), directory.resolve(FileNames.of(baseOffset, suffix)));
    }

    private LogFile[] files() {
        return new LogFile[] {indexes.offsetFile, indexes.timeFile, transactionIndex.file, log};
    }

    /** A new, empty segment; its files are made. */
    static Segment create(LogEnvironment environment, Path directory, long baseOffset) throws IOException {
        Segment segment = new Segment(environment, directory, baseOffset, 0, true, "", environment.clock().wallMillis());
        segment.indexes.create();
        segment.transactionIndex.file.delete();
        makeEmpty(segment.log);
        segment.becomeActive(baseOffset);
        return segment;
    }

    /** Makes a file, or empties one that was left behind by a log that was cut or crashed here. */
    static void makeEmpty(LogFile file) throws IOException {
        LogFile.Handle open = file.acquire(true);
        try {
            if (open.file.size() > 0) {
                open.file.truncate(0);
            }
        } finally {
            open.release();
        }
    }

    /** A segment that is there. Nothing is read before it is needed. */
    static Segment existing(LogEnvironment environment, Path directory, long baseOffset, int size) {
        return new Segment(environment, directory, baseOffset, size, false, "", environment.clock().wallMillis());
    }

    /**
     * A segment for what compaction leaves of {@code sources}. Its files have names of their own until {@link #moveInPlace}; leftovers of these
     * names are removed.
     */
    static Segment cleaned(LogEnvironment environment, Segment[] sources) throws IOException {
        long newest = Long.MIN_VALUE;
        for (Segment source : sources) {
            newest = Math.max(newest, source.createdMillis);
        }
        Segment first = sources[0];
        Segment segment = new Segment(environment, first.log.path().getParent(), first.baseOffset, 0, true, FileNames.CLEANED, newest);
        for (LogFile file : segment.files()) {
            file.delete();
        }
        segment.log.acquire(true).release();
        return segment;
    }

    int size() {
        return size;
    }

    /** Whether this is the segment that is written to. */
    boolean isActive() {
        return tail != null;
    }

    // ---- writing: the log's owner ----

    /**
     * Writes {@code source} at the end in one write. Nothing is visible before {@link #appended} and {@link #publish} were called. When it
     * throws, the file may hold part of the bytes behind {@link #size}; the next write goes over them.
     */
    void write(ByteBuf source) throws IOException {
        int from = source.readerIndex();
        int length = source.readableBytes();
        LogFile.Handle open = log.acquire(); // made with the segment: where it is gone, somebody removed it, and an empty one would hide that
        try {
            if (source.nioBufferCount() == 1) {
                // A buffer derived from another one may share the inner view with other threads, so it gets a view of its own.
                ByteBuffer view = source.unwrap() == null ? source.internalNioBuffer(from, length) : source.nioBuffer(from, length);
                open.file.write(view, size);
            } else {
                long position = size;
                for (ByteBuffer part : source.nioBuffers(from, length)) {
                    int bytes = part.remaining();
                    open.file.write(part, position);
                    position += bytes;
                }
            }
        } catch (IOException e) {
            cutBack(open);
            throw e;
        } finally {
            open.release();
        }
    }

    private void cutBack(LogFile.Handle open) {
        try {
            if (open.file.size() > size) {
                open.file.truncate(size);
            }
        } catch (IOException e) {
            // What is behind the end is written over next time, and cut by recovery if there is none.
        }
    }

    /** Index and tail for one batch at {@code position} that was written. */
    void appended(int position, int bytes, long lastOffset, long batchMaxTimestamp, int indexIntervalBytes) {
        if (firstTimestamp == RecordBatch.NO_TIMESTAMP) {
            firstTimestamp = batchMaxTimestamp;
        }
        indexes.appended(position, bytes, lastOffset, batchMaxTimestamp, indexIntervalBytes);
        tail.add(lastOffset + 1, position + bytes);
    }

    /** Makes the bytes up to {@code newSize} visible. */
    void publish(int newSize) {
        size = newSize;
    }

    /** Whether a batch that ends with {@code lastOffset} must go to a new segment. */
    boolean mustRollFor(int bytes, long lastOffset, long maxTimestampOfBatches, LogConfig config, long jitterMillis) {
        int current = size;
        if (current == 0) {
            return lastOffset - baseOffset > Integer.MAX_VALUE;
        }
        return (long) current + bytes > config.segmentBytes()
                || lastOffset - baseOffset > Integer.MAX_VALUE
                || indexes.isFull(config.segmentIndexBytes())
                || isOld(maxTimestampOfBatches, config.rollMillis() - jitterMillis);
    }

    /** Whether the first record is older than {@code millis}, by the timestamps when there are some, else by the clock. */
    private boolean isOld(long newestTimestamp, long millis) {
        if (firstTimestamp >= 0 && newestTimestamp >= 0) {
            return newestTimestamp - firstTimestamp > millis;
        }
        return environment.clock().wallMillis() - createdMillis > millis;
    }

    /** Says that the segment is no longer the last one. */
    void becomeSealed() {
        indexes.close();
        tail = null;
    }

    /** Begins to remember where batches begin; {@code endOffset} is the offset the next batch will have. */
    void becomeActive(long endOffset) {
        TailPositions positions = new TailPositions();
        positions.add(endOffset, size);
        tail = positions;
    }

    /** Reads the timestamp of the first batch. */
    void resumeFromFile() throws IOException {
        firstTimestamp = firstBatchTimestamp();
    }

    /** Cuts the file to {@code newSize}, where the batch of {@code offset} began, and the indexes with it. Nobody may append meanwhile. */
    void truncate(int newSize, long offset) throws IOException {
        size = newSize;
        log.truncate(newSize);
        log.force(); // what was cut must not come back after a crash behind what is written next
        trust.cut(newSize);
        indexes.truncateTo(offset);
        transactionIndex.truncateTo(offset);
    }

    // ---- flushing and closing: any thread ----

    /** Makes everything below the current size durable, the log before the indexes. */
    void flush(boolean sealed) throws IOException {
        log.force();
        if (!log.isThere()) {
            throw new NoSuchFileException(log.path().toString(), null, "somebody removed it while it was written to");
        }
        transactionIndex.force();
        if (!abortedNoted && !transactionIndex.isEmpty()) {
            AbortedSegments.note(environment.disk(), log.path().getParent(), baseOffset);
            abortedNoted = true;
        }
        indexes.flush(sealed);
    }

    /** Removes all files, the log first: what is left without one is removed at the next start. */
    void delete() throws IOException {
        log.remove();
        indexes.delete();
        transactionIndex.file.remove();
    }

    /** Gives a {@link #cleaned} segment's files their names, over the files of the segment that had them. */
    void moveInPlace() throws IOException {
        for (LogFile file : files()) {
            String name = file.path().getFileName().toString();
            if (name.endsWith(FileNames.CLEANED)) {
                file.rename(file.path().resolveSibling(name.substring(0, name.length() - FileNames.CLEANED.length())));
            }
        }
    }

    /** Lets nobody open the files by name any more: the names are about to be those of a cleaned segment. */
    void letGo() {
        for (LogFile file : files()) {
            file.letGo();
        }
    }

    void close() {
        log.close();
        indexes.closeFiles();
        transactionIndex.file.close();
    }

    // ---- looking up: any thread ----

    /** The headers of the batches from {@code position} on, which begins one. */
    BatchScanner headers(LogFile.Handle open, int position) {
        return BatchScanner.headers(open, position, size, baseOffset);
    }

    /** The timestamp of the first batch's newest record, {@link RecordBatch#NO_TIMESTAMP} when it has none or there is no batch. */
    long firstBatchTimestamp() throws IOException {
        LogFile.Handle open = log.acquire();
        try {
            BatchScanner batches = headers(open, 0);
            return batches.next() ? batches.maxTimestamp() : RecordBatch.NO_TIMESTAMP;
        } finally {
            open.release();
        }
    }

    /** When the newest record is from; where records have no timestamps, since when the segment is known. */
    long newestMillis() throws IOException {
        long newest = indexes.maxTimestamp().timestamp();
        return newest >= 0 ? newest : createdMillis;
    }

    /** What memory knows of the batch that holds {@code offset}; see {@link TailPositions#find}. */
    long findInTail(long offset) {
        TailPositions current = tail;
        return current == null ? -1 : current.find(offset);
    }

    /** As {@link #locate(long, int, boolean)}, however long that takes. */
    BatchLocation locate(long offset, int end) throws IOException {
        return locate(offset, end, true);
    }

    /**
     * The first batch whose last offset is ≥ {@code offset}, from the index and with one small read as a rule; {@code null} when there is
     * none below {@code end}. Throws {@link CorruptLogException} when what is there is no batch.
     *
     * @param patient whether it may take longer than that, because the index has to be loaded or built; {@link TakesTimeException} if not
     */
    BatchLocation locate(long offset, int end, boolean patient) throws IOException {
        if (!patient && !indexes.areLoaded()) {
            throw TakesTimeException.INSTANCE;
        }
        OffsetIndex.Entry entry = offset <= baseOffset ? OffsetIndex.Entry.NONE : indexes.offsets().entryBefore(offset);
        LogFile.Handle open = log.acquire();
        try {
            BatchLocation found = walk(open, entry, end, offset);
            if (found == INDEX_IS_WRONG) {
                if (!patient) {
                    throw TakesTimeException.INSTANCE;
                }
                entry = mistrustIndex() ? indexes.offsets().entryBefore(offset) : OffsetIndex.Entry.NONE;
                found = walk(open, entry, end, offset);
                if (found == INDEX_IS_WRONG) {
                    throw corrupt(entry.position(), "the batch there is not the one the index was made from");
                }
            }
            return found;
        } finally {
            open.release();
        }
    }

    /**
     * The offset index points at places where no batch is. Builds a sealed segment's indexes anew and returns true; those of the segment being
     * written belong to its owner, so look-ups in it walk from the beginning meanwhile.
     */
    private boolean mistrustIndex() throws IOException {
        boolean active = tail != null;
        LOG.warn("The index of {} is damaged{}.", log.path(), active ? "; look-ups are slow until the segment is rolled" : " and is built anew");
        if (!active) {
            indexes.rebuild();
        }
        return !active;
    }

    private BatchLocation walk(LogFile.Handle open, OffsetIndex.Entry entry, int end, long offset) throws IOException {
        int from = entry.position();
        boolean indexed = entry != OffsetIndex.Entry.NONE;
        if (from < 0 || indexed && from >= end) {
            return INDEX_IS_WRONG;
        }
        ByteBuffer buffer = LOOKUP_BUFFER.get();
        int loadedFrom = 0;
        int loaded = 0;
        int position = from;
        long nextOffset = baseOffset;
        while (position < end) {
            int at = position - loadedFrom;
            if (at + RecordBatch.HEADER_BYTES > loaded) {
                buffer.clear().limit(Math.min(LOOKUP_BYTES, end - position));
                loadedFrom = position;
                loaded = open.file.read(buffer, position);
                at = 0;
            }
            boolean header = loaded - at >= RecordBatch.HEADER_BYTES && buffer.get(at + RecordBatch.MAGIC_POSITION) == RecordBatch.MAGIC_V2;
            long batchOffset = header ? buffer.getLong(at) : -1;
            long bytes = header ? (long) RecordBatch.LENGTH_OVERHEAD + buffer.getInt(at + RecordBatch.LENGTH_POSITION) : -1;
            int lastDelta = header ? buffer.getInt(at + RecordBatch.LAST_OFFSET_DELTA_POSITION) : -1;
            boolean bad = batchOffset < nextOffset || bytes < RecordBatch.HEADER_BYTES || bytes > end - position || lastDelta < 0;
            if (indexed && position == from && (bad || batchOffset + lastDelta != entry.offset())) {
                return INDEX_IS_WRONG;
            }
            if (bad) {
                throw corrupt(position, header ? "the batch there has offset " + batchOffset + " and " + bytes + " bytes" : "no batch begins there");
            }
            if (batchOffset + lastDelta >= offset) {
                return new BatchLocation(position, (int) bytes, batchOffset);
            }
            nextOffset = batchOffset + lastDelta + 1;
            position += (int) bytes;
        }
        return null;
    }

    /** Offset and leader epoch of the batch that begins at {@code position}; {@link Follower#NONE} at the end of the segment. */
    Follower followerAt(LogFile.Handle open, int position) throws IOException {
        if (position >= size) {
            return Follower.NONE;
        }
        ByteBuffer buffer = LOOKUP_BUFFER.get();
        buffer.clear().limit(RecordBatch.MAGIC_OVERHEAD);
        if (open.file.read(buffer, position) < RecordBatch.MAGIC_OVERHEAD) {
            return Follower.NONE;
        }
        return new Follower(buffer.getLong(RecordBatch.BASE_OFFSET_POSITION), buffer.getInt(RecordBatch.LEADER_EPOCH_POSITION));
    }

    /** What is asked of the batch behind another to tell whether that one is where it says. */
    record Follower(long baseOffset, int leaderEpoch) {
        static final Follower NONE = new Follower(Long.MAX_VALUE, -1);
    }

    /** Whether the bytes from {@code from} on begin a batch that ends behind {@code end}, but within the segment. */
    boolean batchGoesBeyond(LogFile.Handle open, int from, int end) throws IOException {
        if (end >= size) {
            return false;
        }
        if (end - from < RecordBatch.LENGTH_OVERHEAD) {
            return true;
        }
        ByteBuffer buffer = LOOKUP_BUFFER.get();
        buffer.clear().limit(RecordBatch.LENGTH_OVERHEAD);
        if (open.file.read(buffer, from) < RecordBatch.LENGTH_OVERHEAD) {
            return false;
        }
        long batchEnd = from + RecordBatch.LENGTH_OVERHEAD + (long) buffer.getInt(RecordBatch.LENGTH_POSITION);
        return batchEnd > end && batchEnd <= size;
    }

    // ---- trust in what the disk gives back: any thread ----

    SegmentTrust trust() {
        return trust;
    }

    /** See {@link SegmentTrust#age}. */
    void age() {
        trust.age(size);
    }

    /** Says once per place that a segment holds bytes that are no good batch. */
    CorruptLogException corrupt(int position, String what) {
        if (reportedCorruption != position) {
            reportedCorruption = position;
            LOG.error("Corrupt data in {} at position {}: {}. It is not served; restore the file or delete the records up to there.",
                    log.path(), position, what);
        }
        return new CorruptLogException("Corrupt data in " + log.path() + " at position " + position + ": " + what);
    }

    /** The batch found by {@link #locate}. */
    record BatchLocation(int position, int size, long baseOffset) {}
}
