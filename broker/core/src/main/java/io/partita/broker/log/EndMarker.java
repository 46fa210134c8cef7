package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.partita.broker.record.RecordBatch;

/** The record of a control batch that ends a transaction: key (version int16, type int16), value (version int16, coordinator epoch int32). */
record EndMarker(boolean commit, int coordinatorEpoch) {

    private static final int ABORT = 0;
    private static final int COMMIT = 1;
    /** Records' bytes before their key in a batch of one record: length, attributes, timestamp delta, offset delta, each at most 10 bytes. */
    private static final int KEY_BYTES = 4;
    private static final int VALUE_BYTES = 6;

    /** The marker of the control batch at {@code at}; {@code null} when it holds none (emptied by compaction, or of another type). */
    static EndMarker read(ByteBuf buffer, int at) {
        int limit = at + RecordBatch.sizeInBytes(buffer, at);
        if (RecordBatch.recordCount(buffer, at) < 1 || RecordBatch.isCompressed(buffer, at)) {
            return null;
        }
        ByteBuf record = buffer.slice(at + RecordBatch.HEADER_BYTES, limit - at - RecordBatch.HEADER_BYTES);
        try {
            varint(record); // length
            record.skipBytes(1); // attributes
            varint(record); // timestamp delta
            varint(record); // offset delta
            if (varint(record) < KEY_BYTES) {
                return null;
            }
            record.skipBytes(2);
            int type = record.readShort();
            if (type != ABORT && type != COMMIT || varint(record) < VALUE_BYTES) {
                return null;
            }
            record.skipBytes(2);
            return new EndMarker(type == COMMIT, record.readInt());
        } catch (IndexOutOfBoundsException e) {
            return null; // shorter than its own lengths say: not a marker the broker wrote
        }
    }

    private static long varint(ByteBuf in) {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            byte next = in.readByte();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                break;
            }
        }
        return value >>> 1 ^ -(value & 1);
    }
}
