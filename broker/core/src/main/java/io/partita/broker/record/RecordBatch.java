package io.partita.broker.record;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The header of a record batch (format v2) where it lies: every method takes a buffer and the index {@code at} of the batch's first byte, and
 * reads or patches absolute positions, so that a batch goes from the socket to the file without becoming objects.
 *
 * <pre>
 *   0 baseOffset       int64        27 baseTimestamp   int64
 *   8 batchLength      int32        35 maxTimestamp    int64
 *  12 leaderEpoch      int32        43 producerId      int64
 *  16 magic            int8         51 producerEpoch   int16
 *  17 crc              uint32       53 baseSequence    int32
 *  21 attributes       int16        57 recordCount     int32
 *  23 lastOffsetDelta  int32        61 records
 * </pre>
 *
 * The checksum covers everything from the attributes on; base offset and leader epoch can therefore be set by the broker without touching it.
 * The getters trust that {@link #HEADER_BYTES} bytes are there; {@link BatchValidation} is what establishes that.
 *
 * <p>Threads: as the buffer. Reading is safe from several threads at once, with one exception: {@link #computeCrc} and what uses it work on the
 * buffer's internal NIO view when the buffer is not derived from another one, which only one thread at a time may do. Slices are safe.
 */
public final class RecordBatch {
    public static final int BASE_OFFSET_POSITION = 0;
    public static final int LENGTH_POSITION = 8;
    public static final int LEADER_EPOCH_POSITION = 12;
    /** The same in all formats, so it tells a v2 batch from a v0 or v1 message. */
    public static final int MAGIC_POSITION = 16;
    public static final int CRC_POSITION = 17;
    public static final int ATTRIBUTES_POSITION = 21;
    public static final int LAST_OFFSET_DELTA_POSITION = 23;
    public static final int BASE_TIMESTAMP_POSITION = 27;
    public static final int MAX_TIMESTAMP_POSITION = 35;
    public static final int PRODUCER_ID_POSITION = 43;
    public static final int PRODUCER_EPOCH_POSITION = 51;
    public static final int BASE_SEQUENCE_POSITION = 53;
    public static final int RECORD_COUNT_POSITION = 57;

    /** Size of the whole header; the records follow. */
    public static final int HEADER_BYTES = 61;
    /** Base offset and length: what must be there to know how long the batch is (of any format). */
    public static final int LENGTH_OVERHEAD = 12;
    /** Up to and with the magic byte: what must be there to know the format. */
    public static final int MAGIC_OVERHEAD = 17;

    public static final byte MAGIC_V2 = 2;

    public static final long NO_TIMESTAMP = -1;
    public static final long NO_PRODUCER_ID = -1;
    public static final short NO_PRODUCER_EPOCH = -1;
    public static final int NO_SEQUENCE = -1;
    public static final int NO_LEADER_EPOCH = -1;

    static final int COMPRESSION_MASK = 0x07;
    static final int LOG_APPEND_TIME_FLAG = 0x08;
    static final int TRANSACTIONAL_FLAG = 0x10;
    static final int CONTROL_FLAG = 0x20;
    static final int DELETE_HORIZON_FLAG = 0x40;

    private RecordBatch() {}

    public static long baseOffset(ByteBuf buffer, int at) {
        return buffer.getLong(at + BASE_OFFSET_POSITION);
    }

    /** Size of the whole batch in bytes. Only {@link #LENGTH_OVERHEAD} bytes need to be there; nonsense for hostile bytes until validated. */
    public static int sizeInBytes(ByteBuf buffer, int at) {
        return LENGTH_OVERHEAD + buffer.getInt(at + LENGTH_POSITION);
    }

    public static int leaderEpoch(ByteBuf buffer, int at) {
        return buffer.getInt(at + LEADER_EPOCH_POSITION);
    }

    public static byte magic(ByteBuf buffer, int at) {
        return buffer.getByte(at + MAGIC_POSITION);
    }

    /** The stored CRC32C, 0 … 2³²−1. */
    public static long crc(ByteBuf buffer, int at) {
        return buffer.getUnsignedInt(at + CRC_POSITION);
    }

    public static int attributes(ByteBuf buffer, int at) {
        return buffer.getShort(at + ATTRIBUTES_POSITION);
    }

    public static int lastOffsetDelta(ByteBuf buffer, int at) {
        return buffer.getInt(at + LAST_OFFSET_DELTA_POSITION);
    }

    /** Offset of the last record the batch was written with; compaction keeps it even when that record is gone. */
    public static long lastOffset(ByteBuf buffer, int at) {
        return baseOffset(buffer, at) + lastOffsetDelta(buffer, at);
    }

    /** What the records' timestamp deltas count from: the first record's timestamp, or the {@link #deleteHorizon delete horizon}. */
    public static long baseTimestamp(ByteBuf buffer, int at) {
        return buffer.getLong(at + BASE_TIMESTAMP_POSITION);
    }

    public static long maxTimestamp(ByteBuf buffer, int at) {
        return buffer.getLong(at + MAX_TIMESTAMP_POSITION);
    }

    public static long producerId(ByteBuf buffer, int at) {
        return buffer.getLong(at + PRODUCER_ID_POSITION);
    }

    public static boolean hasProducerId(ByteBuf buffer, int at) {
        return producerId(buffer, at) > NO_PRODUCER_ID;
    }

    public static short producerEpoch(ByteBuf buffer, int at) {
        return buffer.getShort(at + PRODUCER_EPOCH_POSITION);
    }

    public static int baseSequence(ByteBuf buffer, int at) {
        return buffer.getInt(at + BASE_SEQUENCE_POSITION);
    }

    /** Sequence of the last record, {@link #NO_SEQUENCE} when the batch has none. */
    public static int lastSequence(ByteBuf buffer, int at) {
        var base = baseSequence(buffer, at);
        return base == NO_SEQUENCE ? NO_SEQUENCE : sequenceAfter(base, lastOffsetDelta(buffer, at));
    }

    /** The sequence {@code increment} records after {@code sequence}; sequences wrap from 2³¹−1 to 0. */
    public static int sequenceAfter(int sequence, int increment) {
        return (int) (((long) sequence + increment) & Integer.MAX_VALUE);
    }

    /** Records in the batch; fewer than the offsets it spans after compaction, possibly none. */
    public static int recordCount(ByteBuf buffer, int at) {
        return buffer.getInt(at + RECORD_COUNT_POSITION);
    }

    public static boolean isTransactional(ByteBuf buffer, int at) {
        return (attributes(buffer, at) & TRANSACTIONAL_FLAG) != 0;
    }

    /** Whether the records are markers of the broker (commit, abort) and not for applications. */
    public static boolean isControl(ByteBuf buffer, int at) {
        return (attributes(buffer, at) & CONTROL_FLAG) != 0;
    }

    /** Whether the records are kept back until they are due ({@link DelayedBatch}): control records to clients, but no marker, which is always transactional. */
    public static boolean isDelayed(ByteBuf buffer, int at) {
        return (attributes(buffer, at) & (CONTROL_FLAG | TRANSACTIONAL_FLAG)) == CONTROL_FLAG;
    }

    /** The codec's id, 0 … 7; see {@link Compression#forId}. */
    public static int compressionId(ByteBuf buffer, int at) {
        return attributes(buffer, at) & COMPRESSION_MASK;
    }

    public static boolean isCompressed(ByteBuf buffer, int at) {
        return compressionId(buffer, at) != 0;
    }

    /** The batch's codec. Throws {@link BatchFormatException} when there is no codec of that id; a validated batch has one. */
    public static Compression compression(ByteBuf buffer, int at) {
        var id = compressionId(buffer, at);
        var compression = Compression.forId(id);
        if (compression == null) {
            throw new BatchFormatException(BatchDefect.UNSUPPORTED_COMPRESSION, "The batch names codec " + id + ", which does not exist.");
        }
        return compression;
    }

    public static TimestampType timestampType(ByteBuf buffer, int at) {
        return (attributes(buffer, at) & LOG_APPEND_TIME_FLAG) != 0 ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME;
    }

    public static boolean hasDeleteHorizon(ByteBuf buffer, int at) {
        return (attributes(buffer, at) & DELETE_HORIZON_FLAG) != 0;
    }

    /** When compaction may drop the batch's tombstones and markers (KIP-534), in milliseconds; {@link #NO_TIMESTAMP} when not decided yet. */
    public static long deleteHorizon(ByteBuf buffer, int at) {
        return hasDeleteHorizon(buffer, at) ? baseTimestamp(buffer, at) : NO_TIMESTAMP;
    }

    /** Gives the batch its place in the log. Not covered by the checksum. */
    public static void setBaseOffset(ByteBuf buffer, int at, long baseOffset) {
        buffer.setLong(at + BASE_OFFSET_POSITION, baseOffset);
    }

    /** Not covered by the checksum. */
    public static void setLeaderEpoch(ByteBuf buffer, int at, int leaderEpoch) {
        buffer.setInt(at + LEADER_EPOCH_POSITION, leaderEpoch);
    }

    /** Puts the header's max timestamp right and computes the checksum anew, which reads the whole batch. */
    public static void setMaxTimestamp(ByteBuf buffer, int at, long maxTimestamp) {
        buffer.setLong(at + MAX_TIMESTAMP_POSITION, maxTimestamp);
        writeCrc(buffer, at);
    }

    /** Makes {@code millis} the timestamp of all records (LogAppendTime), compressed or not, and computes the checksum anew. */
    public static void setLogAppendTime(ByteBuf buffer, int at, long millis) {
        buffer.setShort(at + ATTRIBUTES_POSITION, attributes(buffer, at) | LOG_APPEND_TIME_FLAG);
        setMaxTimestamp(buffer, at, millis);
    }

    /** The CRC32C the batch's bytes have now, 0 … 2³²−1. The whole batch must be in the buffer. */
    public static long computeCrc(ByteBuf buffer, int at) {
        var crc = new CRC32C();
        var from = at + ATTRIBUTES_POSITION;
        var length = sizeInBytes(buffer, at) - ATTRIBUTES_POSITION;
        if (buffer.hasArray()) {
            crc.update(buffer.array(), buffer.arrayOffset() + from, length);
        } else {
            crc.update(view(buffer, from, length));
        }
        return crc.getValue();
    }

    /** Whether the stored checksum is that of the bytes. The whole batch must be in the buffer. */
    public static boolean crcMatches(ByteBuf buffer, int at) {
        return crc(buffer, at) == computeCrc(buffer, at);
    }

    /** Computes and stores the checksum. */
    public static void writeCrc(ByteBuf buffer, int at) {
        buffer.setInt(at + CRC_POSITION, (int) computeCrc(buffer, at));
    }

    /**
     * An NIO view whose position is the first and limit the end of the asked bytes. A buffer that is not derived from another lends its internal
     * view without allocating; a derived one may share its parent with other threads, so it gets a view of its own.
     */
    static ByteBuffer view(ByteBuf buffer, int from, int length) {
        if (buffer.hasArray()) {
            return ByteBuffer.wrap(buffer.array(), buffer.arrayOffset() + from, length);
        }
        return buffer.unwrap() == null && buffer.nioBufferCount() == 1
                ? buffer.internalNioBuffer(from, length)
                : buffer.nioBuffer(from, length);
    }
}
