package io.partita.broker.record;

import io.netty.buffer.ByteBuf;

/**
 * The record of a control batch that ends a transaction: key (version int16, type int16), value (version int16, coordinator epoch int32).
 *
 * @param commit whether the transaction's records count
 * @param coordinatorEpoch the epoch in which the transaction's coordinator leads its partition of the transaction log
 */
public record EndMarker(boolean commit, int coordinatorEpoch) {

    private static final short VERSION = 0;
    private static final int ABORT = 0;
    private static final int COMMIT = 1;
    private static final int KEY_BYTES = 4;
    private static final int VALUE_BYTES = 6;
    /** Markers are not compressed; one that claims to be opens to no more than this. */
    private static final int UNCOMPRESSED_BYTES_MAX = 1024;

    /** The marker of the control batch at {@code at}; {@code null} when it holds none (emptied by compaction, or of another type). */
    public static EndMarker read(ByteBuf buffer, int at) {
        if (RecordBatch.recordCount(buffer, at) < 1) {
            return null;
        }
        try {
            RecordReader record = new RecordReader(UNCOMPRESSED_BYTES_MAX).open(buffer, at);
            if (!record.next() || record.keyBytes() < KEY_BYTES || record.valueBytes() < VALUE_BYTES) {
                return null;
            }
            ByteBuf key = record.key();
            int type = key.getShort(key.readerIndex() + 2);
            ByteBuf value = record.value();
            int coordinatorEpoch = value.getInt(value.readerIndex() + 2);
            return type == ABORT || type == COMMIT ? new EndMarker(type == COMMIT, coordinatorEpoch) : null;
        } catch (BatchFormatException e) {
            return null; // not a marker the broker wrote
        }
    }

    /** Appends the control batch with this marker to {@code out}, as Kafka writes it: 78 bytes. */
    public void write(ByteBuf out, long producerId, short producerEpoch, long nowMillis) {
        byte[] key = {0, VERSION, 0, (byte) (commit ? COMMIT : ABORT)};
        byte[] value = {0, VERSION, (byte) (coordinatorEpoch >>> 24), (byte) (coordinatorEpoch >>> 16), (byte) (coordinatorEpoch >>> 8),
            (byte) coordinatorEpoch};
        try (var batch = new BatchBuilder(out)) {
            batch.producer(producerId, producerEpoch, RecordBatch.NO_SEQUENCE).transactional().control().append(nowMillis, key, value).finish();
        }
    }
}
