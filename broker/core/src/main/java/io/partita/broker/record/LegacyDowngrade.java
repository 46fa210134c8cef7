package io.partita.broker.record;

import io.netty.buffer.ByteBuf;

/** One conversion of batches to a message set v0 or v1. */
final class LegacyDowngrade {
    private static final int LOG_APPEND_TIME = 0x08;

    private final byte magic;
    private final long firstOffset;
    private final int maxBytes;
    private final ByteBuf out;
    private final int start;
    private final RecordReader reader;
    private int messageCount;
    private long nextOffset;

    LegacyDowngrade(byte magic, long firstOffset, int maxBytes, int maxUncompressedBytes, ByteBuf out) {
        this.magic = magic;
        this.firstOffset = firstOffset;
        this.maxBytes = maxBytes;
        this.out = out;
        start = out.writerIndex();
        reader = new RecordReader(maxUncompressedBytes);
        nextOffset = firstOffset;
    }

    LegacyMessages.Downgraded write(ByteBuf batches, int from, int to) {
        var at = from;
        while (BatchValidation.checkFrame(batches, at, to) == null) {
            try {
                if (!writeBatch(batches, at)) {
                    break;
                }
            } catch (BatchFormatException e) {
                if (messageCount == 0) {
                    throw e;
                }
                break;
            }
            at += RecordBatch.sizeInBytes(batches, at);
        }
        return new LegacyMessages.Downgraded(messageCount, nextOffset);
    }

    /** Writes the records of one batch; false when there was no room for all. */
    private boolean writeBatch(ByteBuf batches, int at) {
        var endOffset = RecordBatch.lastOffset(batches, at) + 1;
        if (!RecordBatch.isControl(batches, at) && endOffset > firstOffset) {
            var attributes = RecordBatch.timestampType(batches, at) == TimestampType.LOG_APPEND_TIME ? LOG_APPEND_TIME : 0;
            reader.open(batches, at);
            while (reader.next()) {
                if (reader.offset() >= firstOffset && !writeMessage(attributes)) {
                    return false;
                }
            }
        }
        nextOffset = Math.max(nextOffset, endOffset);
        return true;
    }

    /** Writes the record the reader stands at; false when there was no room for it. */
    private boolean writeMessage(int timestampAttributes) {
        var keyBytes = reader.keyBytes();
        var valueBytes = reader.valueBytes();
        var size = (long) (magic == LegacyCursor.MAGIC_V0 ? LegacyCursor.MESSAGE_BYTES_MIN_V0 : LegacyCursor.MESSAGE_BYTES_MIN_V1)
                + Math.max(0, keyBytes)
                + Math.max(0, valueBytes);
        if (messageCount > 0 && out.writerIndex() - start + LegacyCursor.OVERHEAD + size > maxBytes) {
            return false;
        }
        out.writeLong(reader.offset()).writeInt((int) size);
        var message = out.writerIndex();
        out.writeInt(0).writeByte(magic).writeByte(magic == LegacyCursor.MAGIC_V0 ? 0 : timestampAttributes);
        if (magic != LegacyCursor.MAGIC_V0) {
            out.writeLong(reader.timestamp());
        }
        out.writeInt(keyBytes);
        reader.copyKey(out);
        out.writeInt(valueBytes);
        reader.copyValue(out);
        out.setInt(message, (int) LegacyCursor.crc(out, message + Integer.BYTES, (int) size - Integer.BYTES));
        messageCount++;
        nextOffset = reader.offset() + 1;
        return true;
    }
}
