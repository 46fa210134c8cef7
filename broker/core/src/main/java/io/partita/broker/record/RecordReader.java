package io.partita.broker.record;

import static io.partita.broker.record.RecordBatch.HEADER_BYTES;

import io.netty.buffer.ByteBuf;
import io.partita.broker.Invariant;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the records of one batch after the other: {@link #open} a batch, then {@link #next} until it says no; the other methods speak of the
 * record last read. Keys and values are views of the batch's buffer, or of what it was opened to, and live as long as that: until the buffer is
 * released, and for a compressed batch as long as anything refers to them.
 *
 * <pre>{@code
 *   var records = new RecordReader(maxUncompressedBytes);
 *   records.open(buffer, at);
 *   while (records.next()) { … records.key() … }
 * }</pre>
 *
 * <p>Compressed batches are opened whole, up to a bound, at the first {@link #next}. The checksum is not looked at: that is for
 * {@link BatchValidation}. One thread at a time; reusable.
 */
public final class RecordReader {
    private final int maxUncompressedBytes;
    private final RecordCursor cursor = new RecordCursor();

    private ByteBuf batch;
    private int at;
    private long baseOffset;
    private long baseTimestamp;
    /** The timestamp of all records, or −1 when each has its own. */
    private long logAppendTime;
    private int recordCount;
    private int readCount;
    private boolean opened;
    /** Where the plain records are: the batch's own buffer, or what its compressed part was opened to. */
    private ByteBuf source;
    /** Index in {@link #source} of the cursor's position 0. */
    private int sourceIndex;
    private int plainBytes;

    /** {@code maxUncompressedBytes}: the most a compressed batch may open to. */
    public RecordReader(int maxUncompressedBytes) {
        this.maxUncompressedBytes = maxUncompressedBytes;
    }

    /**
     * Turns to the batch at index {@code at}.
     *
     * @throws BatchFormatException when no whole batch of format v2 is there
     */
    public RecordReader open(ByteBuf buffer, int at) {
        var broken = BatchValidation.checkFrame(buffer, at, buffer.capacity());
        if (broken != null) {
            throw new BatchFormatException(broken.defect(), broken.reason());
        }
        batch = buffer;
        this.at = at;
        baseOffset = RecordBatch.baseOffset(buffer, at);
        baseTimestamp = RecordBatch.baseTimestamp(buffer, at);
        logAppendTime = RecordBatch.timestampType(buffer, at) == TimestampType.LOG_APPEND_TIME
                ? RecordBatch.maxTimestamp(buffer, at)
                : RecordBatch.NO_TIMESTAMP;
        recordCount = RecordBatch.recordCount(buffer, at);
        readCount = 0;
        opened = false;
        source = null;
        return this;
    }

    /**
     * Reads the next record; false after the last.
     *
     * @throws BatchFormatException when the data cannot be opened or is not a record
     */
    public boolean next() {
        if (!opened) {
            openRecords();
        }
        if (readCount >= recordCount) {
            if (!cursor.atEnd()) {
                throw new BatchFormatException(BatchDefect.INVALID_RECORD, "There are bytes behind the last of " + recordCount + " records.");
            }
            return false;
        }
        if (!cursor.next()) {
            throw new BatchFormatException(BatchDefect.INVALID_RECORD, cursor.problem());
        }
        readCount++;
        return true;
    }

    /** Starts over at the batch's first record, without opening it again. */
    public void rewind() {
        readCount = 0;
        if (opened) {
            startRecords();
        }
    }

    private void openRecords() {
        Invariant.check(batch != null, "records are read after a batch is opened");
        var from = at + HEADER_BYTES;
        var length = RecordBatch.sizeInBytes(batch, at) - HEADER_BYTES;
        var compression = RecordBatch.compression(batch, at);
        if (compression == Compression.NONE || recordCount == 0) {
            source = batch;
            sourceIndex = from;
            plainBytes = length;
        } else {
            source = compression.decompress(batch, from, length, maxUncompressedBytes);
            sourceIndex = 0;
            plainBytes = source.readableBytes();
        }
        opened = true;
        startRecords();
    }

    private void startRecords() {
        // A view of its own: the records are visited over a longer time, in which others may use the buffer's internal view.
        cursor.reset(source.nioBuffer(sourceIndex, plainBytes), 0, plainBytes);
    }

    public long offset() {
        return baseOffset + cursor.offsetDelta;
    }

    /** Milliseconds: the record's own, or the broker's for the whole batch (LogAppendTime); −1 for none. */
    public long timestamp() {
        return logAppendTime != RecordBatch.NO_TIMESTAMP ? logAppendTime : baseTimestamp + cursor.timestampDelta;
    }

    /** Where the record begins, counted from the batch's first byte. Of a batch that is not compressed. */
    int position() {
        return HEADER_BYTES + cursor.recordStart;
    }

    /** Turns to the one record at {@code position} of the batch at index {@code at}, as {@link #position} told it; the batch may end with it. */
    void openAt(ByteBuf buffer, int at, int position, int limit) {
        batch = buffer;
        this.at = at;
        baseOffset = RecordBatch.baseOffset(buffer, at);
        baseTimestamp = RecordBatch.baseTimestamp(buffer, at);
        logAppendTime = RecordBatch.NO_TIMESTAMP;
        recordCount = 1;
        readCount = 0;
        opened = true;
        source = buffer;
        sourceIndex = position;
        plainBytes = limit - position;
        cursor.reset(buffer.nioBuffer(position, plainBytes), 0, plainBytes);
    }

    /** Length of the key, −1 when it is null. */
    public int keyBytes() {
        return cursor.keyBytes;
    }

    /** Length of the value, −1 when it is null. */
    public int valueBytes() {
        return cursor.valueBytes;
    }

    /** A view of the key, or null. */
    public ByteBuf key() {
        return cursor.keyBytes < 0 ? null : source.slice(sourceIndex + cursor.keyPosition, cursor.keyBytes);
    }

    /** A view of the value, or null (a tombstone, where the topic is compacted). */
    public ByteBuf value() {
        return cursor.valueBytes < 0 ? null : source.slice(sourceIndex + cursor.valuePosition, cursor.valueBytes);
    }

    public int headerCount() {
        return cursor.headerCount;
    }

    /** The headers, copied. */
    public List<RecordHeader> headers() {
        if (cursor.headerCount == 0) {
            return List.of();
        }
        // The count needs no bound of its own: the record was checked to have bytes for that many.
        var headers = new ArrayList<RecordHeader>(cursor.headerCount);
        cursor.startHeaders();
        for (var i = 0; i < cursor.headerCount; i++) {
            cursor.nextHeader();
            var key = source.toString(sourceIndex + cursor.headerKeyPosition, cursor.headerKeyBytes, StandardCharsets.UTF_8);
            byte[] value = null;
            if (cursor.headerValueBytes >= 0) {
                value = new byte[cursor.headerValueBytes];
                source.getBytes(sourceIndex + cursor.headerValuePosition, value);
            }
            headers.add(new RecordHeader(key, value));
        }
        return headers;
    }

    /** The value of the last header of this name, copied, empty when it is null; null when there is none. {@code name} in UTF-8. */
    public byte[] header(byte[] name) {
        byte[] value = null;
        if (cursor.headerCount > 0) {
            cursor.startHeaders();
        }
        for (var i = 0; i < cursor.headerCount; i++) {
            cursor.nextHeader();
            if (cursor.headerKeyBytes == name.length && isAt(cursor.headerKeyPosition, name)) {
                value = new byte[Math.max(0, cursor.headerValueBytes)];
                source.getBytes(sourceIndex + cursor.headerValuePosition, value);
            }
        }
        return value;
    }

    private boolean isAt(int position, byte[] bytes) {
        for (var i = 0; i < bytes.length; i++) {
            if (source.getByte(sourceIndex + position + i) != bytes[i]) {
                return false;
            }
        }
        return true;
    }

    /** Bytes of the headers with their count, as {@link #copyHeaders} writes them. */
    int headersBytes() {
        return Varint.size(cursor.headerCount) + cursor.recordEnd - cursor.headersPosition;
    }

    /** Writes the count of headers and the headers as they are. */
    void copyHeaders(ByteBuf out) {
        Varint.write(out, cursor.headerCount);
        out.writeBytes(source, sourceIndex + cursor.headersPosition, cursor.recordEnd - cursor.headersPosition);
    }

    void copyKey(ByteBuf out) {
        out.writeBytes(source, sourceIndex + cursor.keyPosition, Math.max(0, cursor.keyBytes));
    }

    void copyValue(ByteBuf out) {
        out.writeBytes(source, sourceIndex + cursor.valuePosition, Math.max(0, cursor.valueBytes));
    }
}
