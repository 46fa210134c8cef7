package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.record.BatchCheck;
import io.partita.broker.record.BatchValidation;
import io.partita.broker.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Walks over the batches of a segment's file in order, for recovery, verification and look-ups that may take a while. Reads large pieces;
 * batches whose bytes are not asked for are skipped without reading them. What does not look like a batch, or does not follow the one before,
 * ends the walk with a {@link #problem}.
 *
 * <p>Threads: one at a time.
 */
final class BatchScanner {

    /** Read at once: large enough that reading costs little more than copying, small enough to have one per worker. */
    private static final int PIECE_BYTES = 256 * 1024;

    /** Read at once when only headers are wanted: small batches lie close together, large ones are skipped. */
    private static final int HEADERS_BYTES = 32 * 1024;

    private final LogFile.Handle file;
    private final int end;
    private final boolean whole;

    /** Bytes [loadedFrom, loadedFrom + loaded) of the file. */
    private byte[] piece;
    private ByteBuf buffer;
    private int loadedFrom;
    private int loaded;

    private int position;
    private int next;
    /** The smallest offset the next batch may have. The checksum does not cover a batch's offset, so its place must vouch for it. */
    private long nextOffset;
    private String problem;

    private BatchScanner(LogFile.Handle file, int position, int end, long minOffset, boolean whole) {
        this.file = file;
        this.end = end;
        this.whole = whole;
        this.next = position;
        this.nextOffset = minOffset;
        this.piece = new byte[Math.clamp(end - position, RecordBatch.HEADER_BYTES, whole ? PIECE_BYTES : HEADERS_BYTES)];
        this.buffer = Unpooled.wrappedBuffer(piece);
    }

    /** Walks over headers from {@code position} to {@code end}; no batch has an offset below {@code minOffset}. */
    static BatchScanner headers(LogFile.Handle file, int position, int end, long minOffset) {
        return new BatchScanner(file, position, end, minOffset, false);
    }

    /** As {@link #headers}, with every batch whole in {@link #buffer} and its checksum verified. */
    static BatchScanner verifying(LogFile.Handle file, int position, int end, long minOffset) {
        return new BatchScanner(file, position, end, minOffset, true);
    }

    /** Moves to the next batch. False at the end, and before anything that is not a whole good batch: {@link #problem} then says what it is. */
    boolean next() throws IOException {
        position = next;
        int remaining = end - position;
        if (remaining <= 0) {
            return false;
        }
        if (remaining < RecordBatch.HEADER_BYTES) {
            return bad("only " + remaining + " bytes follow, less than a batch's header");
        }
        load(RecordBatch.HEADER_BYTES);
        int at = at();
        long size = (long) RecordBatch.LENGTH_OVERHEAD + buffer.getInt(at + RecordBatch.LENGTH_POSITION);
        if (RecordBatch.magic(buffer, at) != RecordBatch.MAGIC_V2) {
            return bad("no batch begins there, its format would be " + RecordBatch.magic(buffer, at));
        }
        if (size < RecordBatch.HEADER_BYTES || size > remaining) {
            return bad("a batch of " + size + " bytes is announced where " + remaining + " are left");
        }
        if (whole) {
            load((int) size);
            at = at();
            if (BatchValidation.checkStored(buffer, at, at + (int) size) instanceof BatchCheck.Invalid invalid) {
                return bad(invalid.reason());
            }
        } else if (RecordBatch.lastOffsetDelta(buffer, at) < 0) {
            return bad("the batch has a negative number of offsets");
        }
        if (RecordBatch.baseOffset(buffer, at) < nextOffset) {
            return bad("the batch has offset " + RecordBatch.baseOffset(buffer, at) + " where " + nextOffset + " comes next");
        }
        nextOffset = RecordBatch.lastOffset(buffer, at) + 1;
        next = position + (int) size;
        return true;
    }

    private boolean bad(String what) {
        problem = what;
        return false;
    }

    /** Why the walk ended before the end, {@code null} when it did not. */
    String problem() {
        return problem;
    }

    /** Position in the file of the current batch, and after {@code next()} returned false of the first byte that is in no good batch. */
    int position() {
        return position;
    }

    int size() {
        return next - position;
    }

    /** The current batch's bytes begin at {@link #at} of this buffer; valid until {@link #next} is called. */
    ByteBuf buffer() {
        return buffer;
    }

    int at() {
        return position - loadedFrom;
    }

    long baseOffset() {
        return RecordBatch.baseOffset(buffer, at());
    }

    long lastOffset() {
        return RecordBatch.lastOffset(buffer, at());
    }

    long maxTimestamp() {
        return RecordBatch.maxTimestamp(buffer, at());
    }

    /** The timestamp of the newest record there is: of a batch that compaction has emptied, none. */
    long newestTimestamp() {
        return RecordBatch.recordCount(buffer, at()) == 0 ? RecordBatch.NO_TIMESTAMP : maxTimestamp();
    }

    int leaderEpoch() {
        return RecordBatch.leaderEpoch(buffer, at());
    }

    boolean hasProducerId() {
        return RecordBatch.hasProducerId(buffer, at());
    }

    /** Brings a control batch into the buffer whole: its one record says how the transaction ended. */
    void loadBodyOfControl() throws IOException {
        if (!whole && RecordBatch.isControl(buffer, at()) && !RecordBatch.isDelayed(buffer, at())) {
            load(size());
        }
    }

    /** Makes sure that {@code bytes} from the current position on are in the buffer. */
    private void load(int bytes) throws IOException {
        if (position >= loadedFrom && position + bytes <= loadedFrom + loaded) {
            return;
        }
        if (bytes > piece.length) {
            piece = new byte[bytes];
            buffer = Unpooled.wrappedBuffer(piece);
        }
        int wanted = Math.min(piece.length, end - position);
        int count = file.file.read(ByteBuffer.wrap(piece, 0, wanted), position);
        loadedFrom = position;
        loaded = count;
        if (count < bytes) {
            throw new IOException("The file ends at " + (position + count) + ", before the bytes it should have up to " + (position + bytes));
        }
    }
}
