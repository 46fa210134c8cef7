package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Records;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.function.Supplier;

/**
 * Batches of a log as a piece of a file: nothing of it was read. It begins with a batch and may end anywhere within one; clients ignore an
 * incomplete batch. The file stays open, and its bytes in place, until {@link #release}, which must be called exactly once, whatever the
 * outcome.
 *
 * <p>A slice that is not {@link #likelyCached} must be {@linkplain #verify verified} on a worker thread before it is sent.
 *
 * <p>Threads: one at a time.
 */
public final class LogSlice implements Records {

    private static final LogSlice EMPTY = new LogSlice(ErrorCode.NONE);
    private static final LogSlice OUT_OF_RANGE = new LogSlice(ErrorCode.OFFSET_OUT_OF_RANGE);

    private Segment segment;
    private LogFile.Handle file;
    private int position;
    private long firstBatchOffset;
    /** Batches of the slice end at or before this offset, and have the epochs the log says. */
    private long endOffset;
    private EpochCache epochs;
    private int size;
    private ErrorCode error;
    /** Finds what the slice is, where that may take long; {@code null} when it is known. */
    private Supplier<LogSlice> search;

    LogSlice(Segment segment, LogFile.Handle file, int position, int size, long firstBatchOffset, long endOffset, EpochCache epochs) {
        this.endOffset = endOffset;
        this.epochs = epochs;
        this.segment = segment;
        this.file = file;
        this.position = position;
        this.size = size;
        this.firstBatchOffset = firstBatchOffset;
        this.error = ErrorCode.NONE;
    }

    private LogSlice(ErrorCode error) {
        this(null, null, 0, 0, -1, -1, null);
        this.error = error;
    }

    static LogSlice empty() {
        return EMPTY;
    }

    static LogSlice outOfRange() {
        return OUT_OF_RANGE;
    }

    static LogSlice failed(ErrorCode error) {
        return new LogSlice(error);
    }

    /**
     * A slice that is yet to be looked for: that may take long, and is done by {@link #verify}, on a worker.
     *
     * @param bytes what is expected, at least 1: what there is may be less, or nothing
     */
    static LogSlice sought(int bytes, Supplier<LogSlice> search) {
        LogSlice slice = new LogSlice(ErrorCode.NONE);
        slice.size = Math.max(1, bytes);
        slice.search = search;
        return slice;
    }

    private void find() {
        LogSlice found = search.get();
        search = null;
        segment = found.segment;
        file = found.file;
        position = found.position;
        firstBatchOffset = found.firstBatchOffset;
        endOffset = found.endOffset;
        epochs = found.epochs;
        size = found.size;
        error = found.error;
    }

    /** Told of whole batches of a slice. */
    @FunctionalInterface
    public interface BatchVisitor {

        /**
         * Looks at one batch, whose header lies in {@code buffer} at {@code at} during the call.
         *
         * @param endPosition where in the slice it ends
         * @return whether to go on
         */
        boolean visit(ByteBuf buffer, int at, int endPosition);
    }

    /** Shows the headers of the whole batches in it, one by one. Of a slice that is {@link #likelyCached}, or verified. Reads from the page cache. */
    public void forEachBatch(BatchVisitor visitor) throws IOException {
        if (size == 0) {
            return;
        }
        BatchScanner batches = headers();
        while (batches.next()) {
            if (!visitor.visit(batches.buffer(), batches.at(), batches.position() + batches.size() - position)) {
                return;
            }
        }
    }

    /** Ends it after {@code bytes}. */
    public void endAt(int bytes) {
        size = Math.min(size, bytes);
    }

    /** The part of {@code bytes} from {@code from} on, whose first batch has this offset. The file goes with it. */
    LogSlice part(int from, int bytes, long firstOffset) {
        return new LogSlice(segment, file, from, bytes, firstOffset, endOffset, epochs);
    }

    /** The headers of the batches of the slice; the last one may be cut off. */
    BatchScanner headers() {
        return BatchScanner.headers(file, position, position + size, segment.baseOffset);
    }

    /**
     * NONE, or why there is nothing: OFFSET_OUT_OF_RANGE, CORRUPT_MESSAGE for bytes that are no good batch, KAFKA_STORAGE_ERROR for a disk
     * that cannot be read.
     */
    public ErrorCode error() {
        return error;
    }

    @Override
    public int sizeInBytes() {
        return size;
    }

    /** Whether there is not a byte in it. */
    public boolean isEmpty() {
        return size == 0;
    }

    /** Base offset of the first batch, -1 when there is none; ≤ the offset asked for, which may lie within the batch. */
    public long firstBatchOffset() {
        return firstBatchOffset;
    }

    /** The file to send from, {@code null} on a disk in memory: then {@link #read} serves. */
    public FileChannel channel() {
        return file == null ? null : file.channel();
    }

    /** Where in {@link #channel} the slice begins. */
    public long position() {
        return position;
    }

    /** Whether the bytes can be sent at once: appended, or read and verified, a short time ago. */
    public boolean likelyCached() {
        return search == null && (segment == null || size == 0 || segment.trust().covers(position, position + size));
    }

    /**
     * Reads the slice through and checks every whole batch in it, which also brings it into the page cache. Blocks. When a batch is bad the
     * slice ends before it; when the first one is, the slice becomes empty and {@link #error} CORRUPT_MESSAGE (or KAFKA_STORAGE_ERROR when
     * the disk cannot be read). The bad place is reported in the log once.
     */
    public void verify() {
        if (search != null) {
            find();
        }
        if (segment == null || size == 0) {
            return;
        }
        int end = position + size;
        int good = position;
        String problem;
        try {
            BatchScanner batches = BatchScanner.verifying(file, position, end, segment.baseOffset);
            Candidate candidate = new Candidate();
            while (candidate.problem == null && batches.next()) {
                good = candidate.confirmedBy(batches.baseOffset(), batches.leaderEpoch(), good);
                candidate.take(batches);
            }
            if (candidate.problem == null && candidate.end > good) {
                Segment.Follower next = segment.followerAt(file, candidate.end);
                good = candidate.confirmedBy(next.baseOffset(), next.leaderEpoch(), good);
            }
            problem = candidate.problem;
            if (problem == null && batches.problem() != null && !segment.batchGoesBeyond(file, good, end)) {
                problem = batches.problem();
            }
        } catch (IOException e) {
            error = good > position ? ErrorCode.NONE : ErrorCode.KAFKA_STORAGE_ERROR;
            problem = e.toString();
        }
        if (problem != null) {
            segment.corrupt(good, problem);
            end = good;
        }
        size = end - position;
        if (size > 0) {
            segment.trust().verified(position, end);
        } else if (error == ErrorCode.NONE) {
            error = ErrorCode.CORRUPT_MESSAGE;
        }
    }

    /**
     * A batch whose checksum is right, and whose offset and leader epoch, which no checksum covers, are to be confirmed by the batch that
     * follows, by where the segment ends, and by the epochs the log knows.
     */
    private final class Candidate {
        private int end = position;
        private long lastOffset = -1;
        private int leaderEpoch;
        private int knownEpoch;
        private String problem;

        void take(BatchScanner batch) {
            end = batch.position() + batch.size();
            lastOffset = batch.lastOffset();
            leaderEpoch = batch.leaderEpoch();
            knownEpoch = epochs.epochOf(batch.baseOffset());
        }

        /** Where the good batches end now that the next one, if there is one, begins with {@code nextOffset}. */
        int confirmedBy(long nextOffset, int nextEpoch, int goodBefore) {
            if (lastOffset >= Math.min(nextOffset, endOffset)) {
                problem = "the batch goes up to offset " + lastOffset + " where " + Math.min(nextOffset, endOffset) + " comes next";
                return goodBefore;
            }
            if (lastOffset >= 0 && knownEpoch != leaderEpoch && knownEpoch != EpochCache.UNDEFINED_EPOCH) {
                // Either the batch is wrong or the checkpoint of the epochs; if the next batch contradicts that too, the checkpoint is.
                boolean nextAgrees = nextOffset == Long.MAX_VALUE || epochs.epochOf(nextOffset) == nextEpoch;
                if (nextAgrees) {
                    problem = "the batch has leader epoch " + leaderEpoch + ", its offset is of epoch " + knownEpoch;
                    return goodBefore;
                }
            }
            return end;
        }
    }

    /** Copies bytes from {@code offset} within the slice to {@code target}, as many as both have; returns the count. May block. */
    public int read(ByteBuffer target, int offset) throws IOException {
        if (search != null) {
            find(); // who may block need not verify first
        }
        int wanted = Math.min(target.remaining(), size - offset);
        if (wanted <= 0) {
            return 0;
        }
        int limit = target.limit();
        target.limit(target.position() + wanted);
        try {
            return file.file.read(target, (long) position + offset);
        } finally {
            target.limit(limit);
        }
    }

    /** Appends the whole slice to {@code target}. May block. */
    public void copyTo(ByteBuf target) throws IOException {
        if (search != null) {
            find();
        }
        if (size == 0) {
            return;
        }
        target.ensureWritable(size);
        ByteBuffer view = target.nioBuffer(target.writerIndex(), size);
        int count = read(view, 0);
        if (count < size) {
            throw new IOException("The segment ends " + (size - count) + " bytes before the slice does");
        }
        target.writerIndex(target.writerIndex() + size);
    }

    /** Gives the file back. */
    public void release() {
        if (file != null) {
            file.release();
        }
    }
}
