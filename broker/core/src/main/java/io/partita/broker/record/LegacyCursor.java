package io.partita.broker.record;

import io.netty.buffer.ByteBuf;
import java.util.zip.CRC32;

/**
 * Walks over a message set of format v0 or v1. Says no, with a reason, at the first message that is not whole and sound.
 *
 * <pre>
 *   0 offset  int64 | 8 size  int32 | 12 crc  uint32 | 16 magic  int8 | 17 attributes  int8
 *   v1: 18 timestamp  int64
 *   then key and value, each a length (−1: null) and its bytes
 * </pre>
 */
final class LegacyCursor {
    static final int OVERHEAD = 12;
    /** Of the message after {@link #OVERHEAD}: checksum, magic, attributes and two lengths. */
    static final int MESSAGE_BYTES_MIN_V0 = 14;
    static final int MESSAGE_BYTES_MIN_V1 = MESSAGE_BYTES_MIN_V0 + Long.BYTES;

    static final byte MAGIC_V0 = 0;
    static final byte MAGIC_V1 = 1;

    private final ByteBuf bytes;
    private final int limit;
    private int position;
    private BatchDefect defect;
    private String problem;

    long offset;
    byte magic;
    int attributes;
    /** −1 for format v0, which has none. */
    long timestamp;
    int keyPosition;
    /** −1: null. */
    int keyBytes;
    int valuePosition;
    /** −1: null. */
    int valueBytes;

    LegacyCursor(ByteBuf bytes, int from, int to) {
        this.bytes = bytes;
        position = from;
        limit = to;
    }

    boolean atEnd() {
        return position == limit;
    }

    /** What was wrong when {@link #next} returned false. */
    BatchDefect defect() {
        return defect;
    }

    String problem() {
        return problem;
    }

    int compressionId() {
        return attributes & RecordBatch.COMPRESSION_MASK;
    }

    /** Reads the next message; false when there is no whole and sound one. */
    boolean next() {
        if (limit - position < RecordBatch.MAGIC_OVERHEAD) {
            return fail(BatchDefect.CORRUPT, "The data ends within the header of a message.");
        }
        magic = bytes.getByte(position + RecordBatch.MAGIC_POSITION);
        if (magic != MAGIC_V0 && magic != MAGIC_V1) {
            return fail(BatchDefect.UNSUPPORTED_MAGIC, "A message has format " + magic + " where only 0 and 1 are allowed.");
        }
        offset = bytes.getLong(position);
        var size = bytes.getInt(position + Long.BYTES);
        var start = position + OVERHEAD;
        if (size < (magic == MAGIC_V0 ? MESSAGE_BYTES_MIN_V0 : MESSAGE_BYTES_MIN_V1) || size > limit - start) {
            return fail(BatchDefect.CORRUPT, "A message claims " + size + " bytes, " + (limit - start) + " are there.");
        }
        var crc = crc(bytes, start + Integer.BYTES, size - Integer.BYTES);
        if (crc != bytes.getUnsignedInt(start)) {
            return fail(BatchDefect.CORRUPT, "A message's checksum is " + bytes.getUnsignedInt(start) + ", its bytes give " + crc + ".");
        }
        attributes = bytes.getByte(start + 5);
        timestamp = magic == MAGIC_V0 ? RecordBatch.NO_TIMESTAMP : bytes.getLong(start + 6);
        return readFields(start + (magic == MAGIC_V0 ? 6 : 14), start + size);
    }

    private boolean readFields(int from, int end) {
        keyBytes = bytes.getInt(from);
        keyPosition = from + Integer.BYTES;
        // The value's length must fit behind the key.
        if (keyBytes < -1 || keyBytes > end - keyPosition - Integer.BYTES) {
            return fail(BatchDefect.INVALID_RECORD, "A message's key goes beyond its end.");
        }
        var valueLengthPosition = keyPosition + Math.max(0, keyBytes);
        valueBytes = bytes.getInt(valueLengthPosition);
        valuePosition = valueLengthPosition + Integer.BYTES;
        if (valueBytes < -1 || Math.max(0, valueBytes) != end - valuePosition) {
            return fail(BatchDefect.INVALID_RECORD, "A message's value does not end where the message does.");
        }
        position = end;
        return true;
    }

    private boolean fail(BatchDefect defect, String reason) {
        this.defect = defect;
        problem = reason;
        return false;
    }

    /** The checksum of these formats: plain CRC-32. */
    static long crc(ByteBuf bytes, int from, int length) {
        var crc = new CRC32();
        if (bytes.hasArray()) {
            crc.update(bytes.array(), bytes.arrayOffset() + from, length);
        } else {
            crc.update(bytes.nioBuffer(from, length));
        }
        return crc.getValue();
    }
}
