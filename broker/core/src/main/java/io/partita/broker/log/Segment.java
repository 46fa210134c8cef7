package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.partita.broker.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
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

    /** How long what was appended or verified counts as being good without looking again. */
    static final long TRUST_MILLIS = 10 * 60 * 1000L;

    /** A range keeps its age when its neighbour was verified at most this much later. */
    private static final long SAME_MILLIS = 60_000;

    private static final BatchLocation INDEX_IS_WRONG = new BatchLocation(-1, 0, -1);

    private static final ThreadLocal<ByteBuffer> LOOKUP_BUFFER = ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(LOOKUP_BYTES));

    private final LogEnvironment environment;
    final long baseOffset;
    final LogFile log;
    final LogFile offsetIndexFile;
    final LogFile timeIndexFile;
    final TransactionIndex transactionIndex;

    /** Bytes of good batches; what lies behind in the file is not there. */
    private volatile int size;

    /** The last segment has its newest batches' positions in memory. */
    private volatile TailPositions tail;

    private volatile OffsetIndex offsetIndex;
    private volatile TimeIndex timeIndex;

    /** The largest timestamp and the last offset of the batch that has it. Known from the start for the segment written to. */
    private volatile TimestampOffset maxTimestamp = TimestampOffset.NONE;
    private volatile boolean maxTimestampKnown;

    /** Bytes from here on were appended by this process and counted as good for {@link #TRUST_MILLIS}. */
    private volatile int trustedFrom;
    private int trustedFromNext;
    private volatile VerifiedRanges verified = VerifiedRanges.NONE;
    private volatile int reportedCorruption = -1;

    /** Owner only: what decides about the next index entry and about rolling by time. */
    private int bytesSinceIndexEntry;
    private long firstTimestamp = RecordBatch.NO_TIMESTAMP;
    /** When this process first saw the segment: stands in for timestamps where records have none. */
    private final long createdMillis;

    private Segment(LogEnvironment environment, Path directory, long baseOffset, int size, boolean fresh) {
        this.environment = environment;
        this.baseOffset = baseOffset;
        this.size = size;
        this.log = file(directory, FileNames.LOG);
        this.offsetIndexFile = file(directory, FileNames.OFFSET_INDEX);
        this.timeIndexFile = file(directory, FileNames.TIME_INDEX);
        this.transactionIndex = new TransactionIndex(file(directory, FileNames.TRANSACTION_INDEX), fresh);
        this.trustedFrom = size;
        this.trustedFromNext = size;
        this.createdMillis = environment.clock().wallMillis();
    }

    private LogFile file(Path directory, String suffix) {
        return new LogFile(environment.disk(), environment.openFiles(), directory.resolve(FileNames.of(baseOffset, suffix)));
    }

    /** A new, empty segment; its files are created. */
    static Segment create(LogEnvironment environment, Path directory, long baseOffset) throws IOException {
        Segment segment = new Segment(environment, directory, baseOffset, 0, true);
        for (LogFile file : new LogFile[] {segment.offsetIndexFile, segment.timeIndexFile, segment.log}) {
            LogFile.Handle created = file.acquire(true);
            try {
                if (created.file.size() > 0) {
                    created.file.truncate(0); // left behind by a log that was cut or crashed here
                }
            } finally {
                created.release();
            }
        }
        segment.transactionIndex.file.delete();
        segment.offsetIndexFile.close();
        segment.timeIndexFile.close();
        segment.offsetIndex = new OffsetIndex(segment.offsetIndexFile, baseOffset, 0);
        segment.timeIndex = new TimeIndex(segment.timeIndexFile, baseOffset, 0);
        segment.maxTimestampKnown = true;
        segment.becomeActive(baseOffset);
        return segment;
    }

    /** A segment that is there. Nothing is read before it is needed. */
    static Segment existing(LogEnvironment environment, Path directory, long baseOffset, int size) {
        return new Segment(environment, directory, baseOffset, size, false);
    }

    int size() {
        return size;
    }

    Path directory() {
        return log.path().getParent();
    }

    // ---- writing: the log's owner ----

    /**
     * Writes {@code source} at the end in one write. Nothing is visible before {@link #appended} and {@link #publish} were called. When it
     * throws, the file may hold part of the bytes behind {@link #size}; the next write goes over them.
     */
    void write(ByteBuf source) throws IOException {
        int from = source.readerIndex();
        int length = source.readableBytes();
        LogFile.Handle open = log.acquire(true);
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
        if (batchMaxTimestamp > maxTimestamp.timestamp()) {
            maxTimestamp = new TimestampOffset(batchMaxTimestamp, lastOffset);
        }
        if (firstTimestamp == RecordBatch.NO_TIMESTAMP) {
            firstTimestamp = batchMaxTimestamp;
        }
        if (bytesSinceIndexEntry > indexIntervalBytes) {
            offsetIndex.add(lastOffset, position);
            TimestampOffset max = maxTimestamp;
            timeIndex.add(max.timestamp(), max.offset());
            bytesSinceIndexEntry = 0;
        }
        bytesSinceIndexEntry += bytes;
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
        if ((long) current + bytes > config.segmentBytes() || lastOffset - baseOffset > Integer.MAX_VALUE) {
            return true;
        }
        // One entry of the time index is kept for the last timestamp, which closes it.
        if (offsetIndex.entries() >= config.segmentIndexBytes() / OffsetIndex.ENTRY_BYTES
                || timeIndex.entries() >= config.segmentIndexBytes() / TimeIndex.ENTRY_BYTES - 1) {
            return true;
        }
        return isOld(maxTimestampOfBatches, config.segmentMillis() - jitterMillis);
    }

    /** Whether the first record is older than {@code millis}, by the timestamps when there are some, else by the clock. */
    private boolean isOld(long newestTimestamp, long millis) {
        if (firstTimestamp >= 0 && newestTimestamp >= 0) {
            return newestTimestamp - firstTimestamp > millis;
        }
        return environment.clock().wallMillis() - createdMillis > millis;
    }

    /** Closes the time index with the largest timestamp, as Kafka does when a segment is rolled or closed. */
    void closeTimeIndex() {
        TimestampOffset max = maxTimestamp;
        if (timeIndex != null && max.timestamp() >= 0) {
            timeIndex.add(max.timestamp(), max.offset());
        }
    }

    /** Says that the segment is no longer the last one. */
    void becomeSealed() {
        tail = null;
        bytesSinceIndexEntry = 0;
    }

    /** Begins to remember where batches begin; {@code endOffset} is the offset the next batch will have. */
    void becomeActive(long endOffset) {
        TailPositions positions = new TailPositions();
        positions.add(endOffset, size);
        tail = positions;
    }

    // ---- flushing: any thread ----

    /** Makes everything below the current size durable, the log before the indexes. */
    void flush(boolean sealed) throws IOException {
        if (offsetIndex != null) {
            if (sealed) {
                offsetIndex.seal();
                timeIndex.seal();
            } else {
                offsetIndex.writeBehind();
                timeIndex.writeBehind();
            }
        }
        log.force();
        transactionIndex.force();
        if (sealed) {
            offsetIndexFile.force();
            timeIndexFile.force();
        }
    }

    /** Removes all files, the log first: what is left without one is removed at the next start. */
    void delete() throws IOException {
        log.delete();
        offsetIndexFile.delete();
        timeIndexFile.delete();
        transactionIndex.file.delete();
    }

    void close() {
        log.close();
        offsetIndexFile.close();
        timeIndexFile.close();
        transactionIndex.file.close();
    }

    // ---- indexes and looking up: any thread ----

    OffsetIndex offsetIndex() throws IOException {
        OffsetIndex index = offsetIndex;
        if (index == null) {
            loadIndexes();
            index = offsetIndex;
        }
        return index;
    }

    TimeIndex timeIndex() throws IOException {
        TimeIndex index = timeIndex;
        if (index == null) {
            loadIndexes();
            index = timeIndex;
        }
        return index;
    }

    /** Takes the indexes as they are in the files, or builds them anew when there are none or they cannot be right. */
    private synchronized void loadIndexes() throws IOException {
        if (offsetIndex != null && timeIndex != null) {
            return;
        }
        OffsetIndex offsets = existingOffsetIndex();
        TimeIndex times = offsets == null ? null : existingTimeIndex();
        if (times == null) {
            LOG.warn("The index of {} is missing or damaged and is built anew.", log.path());
            rebuildIndexes(IndexDefaults.INTERVAL_BYTES);
            return;
        }
        timeIndex = times;
        offsetIndex = offsets;
    }

    private OffsetIndex existingOffsetIndex() throws IOException {
        long bytes = offsetIndexFile.exists() ? offsetIndexFile.size() : -1;
        if (bytes < 0 || bytes % OffsetIndex.ENTRY_BYTES != 0 || bytes > Integer.MAX_VALUE) {
            return null;
        }
        OffsetIndex index = new OffsetIndex(offsetIndexFile, baseOffset, (int) (bytes / OffsetIndex.ENTRY_BYTES));
        boolean sound = index.entries() == 0 || index.lastOffset() >= baseOffset && index.lastPosition() > 0 && index.lastPosition() < size;
        return sound ? index : null;
    }

    private TimeIndex existingTimeIndex() throws IOException {
        long bytes = timeIndexFile.exists() ? timeIndexFile.size() : -1;
        if (bytes < 0 || bytes % TimeIndex.ENTRY_BYTES != 0 || bytes > Integer.MAX_VALUE) {
            return null;
        }
        TimeIndex index = new TimeIndex(timeIndexFile, baseOffset, (int) (bytes / TimeIndex.ENTRY_BYTES));
        boolean sound = index.entries() == 0 || index.lastEntry().offset() >= baseOffset && index.lastEntry().timestamp() >= 0;
        return sound ? index : null;
    }

    /** Replaces both indexes by what the headers in the file say, and learns the largest timestamp on the way. */
    synchronized void rebuildIndexes(int indexIntervalBytes) throws IOException {
        IndexBuild build = startIndexes();
        LogFile.Handle open = log.acquire();
        try {
            BatchScanner batches = new BatchScanner(open, 0, size, false, false);
            while (batches.next()) {
                build.add(batches.position(), batches.size(), batches.lastOffset(), batches.maxTimestamp(), indexIntervalBytes);
            }
        } finally {
            open.release();
        }
        build.finish();
    }

    /** Empties both indexes, to be filled by a scan from the start. */
    IndexBuild startIndexes() throws IOException {
        OffsetIndex offsets = new OffsetIndex(offsetIndexFile, baseOffset, 0);
        TimeIndex times = new TimeIndex(timeIndexFile, baseOffset, 0);
        offsets.replaceFile();
        times.replaceFile();
        return new IndexBuild(offsets, times, TimestampOffset.NONE, 0);
    }

    /**
     * Keeps the entries of batches that end before {@code offset}, which begins a batch, to be continued by a scan from there;
     * {@code bytesSinceEntry} have gone by since the last entry.
     */
    IndexBuild continueIndexes(long offset, int bytesSinceEntry) throws IOException {
        OffsetIndex offsets = offsetIndex();
        TimeIndex times = timeIndex();
        offsets.truncateTo(offset);
        times.truncateTo(offset);
        return new IndexBuild(offsets, times, times.lastEntry(), bytesSinceEntry);
    }

    /** Collects index entries during a scan. */
    final class IndexBuild {
        private final OffsetIndex offsets;
        private final TimeIndex times;
        private TimestampOffset max;
        private int bytesSinceEntry;

        private IndexBuild(OffsetIndex offsets, TimeIndex times, TimestampOffset max, int bytesSinceEntry) {
            this.offsets = offsets;
            this.times = times;
            this.max = max;
            this.bytesSinceEntry = bytesSinceEntry;
        }

        void add(int position, int bytes, long lastOffset, long batchMaxTimestamp, int indexIntervalBytes) {
            if (batchMaxTimestamp > max.timestamp()) {
                max = new TimestampOffset(batchMaxTimestamp, lastOffset);
            }
            if (bytesSinceEntry > indexIntervalBytes) {
                offsets.add(lastOffset, position);
                times.add(max.timestamp(), max.offset());
                bytesSinceEntry = 0;
            }
            bytesSinceEntry += bytes;
        }

        void finish() {
            if (max.timestamp() >= 0) {
                times.add(max.timestamp(), max.offset());
            }
            try {
                offsets.writeBehind();
                times.writeBehind();
            } catch (IOException e) {
                LOG.warn("The index of {} could not be written ({}); it is used from memory.", log.path(), e.toString());
            }
            timeIndex = times;
            offsetIndex = offsets;
            maxTimestamp = max;
            maxTimestampKnown = true;
            bytesSinceIndexEntry = bytesSinceEntry;
        }
    }

    /** The largest timestamp of the segment with the last offset of its batch, {@link TimestampOffset#NONE} when no record has one. */
    TimestampOffset maxTimestamp() throws IOException {
        if (!maxTimestampKnown) {
            // A sealed segment's time index ends with it.
            maxTimestamp = timeIndex().lastEntry();
            maxTimestampKnown = true;
        }
        return maxTimestamp;
    }

    /** When the newest record is from; where records have no timestamps, since when the segment is known. */
    long newestMillis() throws IOException {
        long newest = maxTimestamp().timestamp();
        return newest >= 0 ? newest : createdMillis;
    }

    /** Reads the timestamp of the first batch, which decides when the segment is rolled. */
    void resumeFromFile() throws IOException {
        firstTimestamp = RecordBatch.NO_TIMESTAMP;
        if (size > 0) {
            LogFile.Handle open = log.acquire();
            try {
                BatchScanner batches = new BatchScanner(open, 0, size, false, false);
                if (batches.next()) {
                    firstTimestamp = batches.maxTimestamp();
                }
            } finally {
                open.release();
            }
        }
    }

    /** What memory knows of the batch that holds {@code offset}; see {@link TailPositions#find}. */
    long findInTail(long offset) {
        TailPositions current = tail;
        return current == null ? -1 : current.find(offset);
    }

    /**
     * The first batch whose last offset is ≥ {@code offset}, from the index and with one small read as a rule; {@code null} when there is
     * none below {@code end}. Throws {@link CorruptLogException} when what is there is no batch.
     */
    BatchLocation locate(long offset, int end) throws IOException {
        int position = offset <= baseOffset ? 0 : offsetIndex().positionBefore(offset);
        LogFile.Handle open = log.acquire();
        try {
            BatchLocation found = walk(open, position, end, offset, position != 0);
            if (found == INDEX_IS_WRONG) {
                found = walk(open, mistrustIndex() ? offsetIndex().positionBefore(offset) : 0, end, offset, false);
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
        LOG.warn("The index of {} is damaged{}.", log.path(), tail == null ? " and is built anew" : "; look-ups are slow until the segment is rolled");
        if (tail != null) {
            return false;
        }
        rebuildIndexes(IndexDefaults.INTERVAL_BYTES);
        return true;
    }

    private BatchLocation walk(LogFile.Handle open, int from, int end, long offset, boolean mayBeWrong) throws IOException {
        ByteBuffer buffer = LOOKUP_BUFFER.get();
        int loadedFrom = 0;
        int loaded = 0;
        int position = from;
        if (mayBeWrong && (position < 0 || position >= end)) {
            return INDEX_IS_WRONG;
        }
        while (position < end) {
            int at = position - loadedFrom;
            if (at + RecordBatch.HEADER_BYTES > loaded) {
                buffer.clear().limit(Math.min(LOOKUP_BYTES, end - position));
                loadedFrom = position;
                loaded = open.file.read(buffer, position);
                at = 0;
            }
            long batchOffset = loaded - at < RecordBatch.HEADER_BYTES ? -1 : buffer.getLong(at);
            long bytes = batchOffset < 0 ? -1 : (long) RecordBatch.LENGTH_OVERHEAD + buffer.getInt(at + RecordBatch.LENGTH_POSITION);
            int lastDelta = batchOffset < 0 ? -1 : buffer.getInt(at + RecordBatch.LAST_OFFSET_DELTA_POSITION);
            if (batchOffset < baseOffset || bytes < RecordBatch.HEADER_BYTES || bytes > end - position || lastDelta < 0
                    || buffer.get(at + RecordBatch.MAGIC_POSITION) != RecordBatch.MAGIC_V2) {
                if (mayBeWrong && position == from) {
                    return INDEX_IS_WRONG;
                }
                throw corrupt(position, "no batch begins there");
            }
            if (mayBeWrong && position == from && batchOffset > offset) {
                return INDEX_IS_WRONG;
            }
            if (batchOffset + lastDelta >= offset) {
                return new BatchLocation(position, (int) bytes, batchOffset);
            }
            position += (int) bytes;
        }
        return null;
    }

    // ---- trust in what the disk gives back: any thread ----

    /** Whether [position, position + bytes) may be served without reading it first. */
    boolean isTrusted(int position, int bytes) {
        return position >= trustedFrom || verified.covers(position, position + bytes, environment.clock().monotonicMillis() - TRUST_MILLIS);
    }

    /** Whether the bytes were appended so recently that they are in memory for all we know. */
    boolean isRecent(int position) {
        return position >= trustedFrom;
    }

    /** Called every {@link #TRUST_MILLIS} / 2: what was appended before the call before this one must be verified from now on. */
    void age() {
        trustedFrom = Math.max(trustedFrom, trustedFromNext);
        trustedFromNext = size;
    }

    synchronized void markVerified(int position, int end) {
        verified = verified.with(position, end, environment.clock().monotonicMillis(), SAME_MILLIS);
    }

    /** Whether the bytes from {@code from} on begin a batch that ends behind {@code end}, but within the segment. */
    boolean batchGoesBeyond(LogFile.Handle open, int from, int end) throws IOException {
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

    /** Says once per place that a segment holds bytes that are no good batch. */
    CorruptLogException corrupt(int position, String what) {
        if (reportedCorruption != position) {
            reportedCorruption = position;
            LOG.error("Corrupt data in {} at position {}: {}. It is not served; restore the file or delete the records up to there.",
                    log.path(), position, what);
        }
        return new CorruptLogException("Corrupt data in " + log.path() + " at position " + position + ": " + what);
    }

    /** Cuts the file to {@code newSize}, where the batch of {@code offset} began, and the indexes with it. Nobody may append meanwhile. */
    void truncate(int newSize, long offset) throws IOException {
        size = newSize;
        log.truncate(newSize);
        log.force(); // what was cut must not come back after a crash behind what is written next
        OffsetIndex offsets = offsetIndex();
        TimeIndex times = timeIndex();
        offsets.truncateTo(offset);
        times.truncateTo(offset);
        transactionIndex.truncateTo(offset);
        trustedFrom = Math.min(trustedFrom, newSize);
        trustedFromNext = Math.min(trustedFromNext, newSize);
        verified = VerifiedRanges.NONE;
        learnTail(times.lastEntry());
    }

    /** After a cut or a lazy start: the largest timestamp and the distance to the last index entry, from the batches behind that entry. */
    void learnTail(TimestampOffset known) throws IOException {
        TimestampOffset max = known;
        int from = offsetIndex().lastPosition();
        int position = from;
        if (size > from) {
            LogFile.Handle open = log.acquire();
            try {
                BatchScanner batches = new BatchScanner(open, from, size, false, false);
                while (batches.next()) {
                    if (batches.maxTimestamp() > max.timestamp()) {
                        max = new TimestampOffset(batches.maxTimestamp(), batches.lastOffset());
                    }
                    position = batches.position() + batches.size();
                }
            } finally {
                open.release();
            }
        }
        maxTimestamp = max;
        maxTimestampKnown = true;
        bytesSinceIndexEntry = position - from;
    }

    /** The batch found by {@link #locate}. */
    record BatchLocation(int position, int size, long baseOffset) {}
}
