package io.partita.broker.record;

import static io.partita.broker.record.RecordBatch.HEADER_BYTES;
import static io.partita.broker.record.RecordBatch.NO_TIMESTAMP;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.Invariant;
import java.util.List;

/**
 * Writes one batch of format v2 behind the writer index of a buffer: header settings first, then the records, then {@link #finish}. For what the
 * broker itself writes: the coordinators' records, control batches, compacted and converted batches.
 *
 * <p>Uncompressed records go straight into the target; with a codec they are collected aside and packed at the end. One thread; one batch.
 */
public final class BatchBuilder implements AutoCloseable {
    private final ByteBuf out;
    private final int start;
    /** Where the plain records go: the target itself, or a buffer of our own until they are packed. */
    private ByteBuf records;

    private Compression compression = Compression.NONE;
    private int compressionLevel = Compression.DEFAULT_LEVEL;
    private int flags;
    private long baseOffset;
    private int leaderEpoch = RecordBatch.NO_LEADER_EPOCH;
    private long producerId = RecordBatch.NO_PRODUCER_ID;
    private short producerEpoch = RecordBatch.NO_PRODUCER_EPOCH;
    private int baseSequence = RecordBatch.NO_SEQUENCE;
    private long logAppendTime = NO_TIMESTAMP;

    private long baseTimestamp = NO_TIMESTAMP;
    private long maxTimestamp = NO_TIMESTAMP;
    private long nextOffset;
    private long lastOffset = -1;
    private int recordCount;
    private boolean finished;

    /** Starts a batch at the target's writer index. The target must be able to grow. */
    public BatchBuilder(ByteBuf out) {
        this.out = out;
        start = out.writerIndex();
    }

    /** Offset of the first record, 0 unless said. Before the first record. */
    public BatchBuilder baseOffset(long offset) {
        requireEmpty();
        baseOffset = offset;
        nextOffset = offset;
        return this;
    }

    /** The codec, with its default level. Before the first record. */
    public BatchBuilder compression(Compression codec) {
        return compression(codec, Compression.DEFAULT_LEVEL);
    }

    /** The codec and its level ({@code compression.gzip.level} and its like). Before the first record. */
    public BatchBuilder compression(Compression codec, int level) {
        requireEmpty();
        compression = codec;
        compressionLevel = level;
        return this;
    }

    /** The idempotent or transactional producer the batch belongs to. */
    public BatchBuilder producer(long id, short epoch, int firstSequence) {
        producerId = id;
        producerEpoch = epoch;
        baseSequence = firstSequence;
        return this;
    }

    /** Makes the batch part of its producer's open transaction. */
    public BatchBuilder transactional() {
        flags |= RecordBatch.TRANSACTIONAL_FLAG;
        return this;
    }

    /** Makes the records markers of the broker. */
    public BatchBuilder control() {
        flags |= RecordBatch.CONTROL_FLAG;
        return this;
    }

    public BatchBuilder leaderEpoch(int epoch) {
        leaderEpoch = epoch;
        return this;
    }

    /** Gives all records this timestamp and the type LogAppendTime. Before the first record. */
    public BatchBuilder logAppendTime(long millis) {
        requireEmpty();
        flags |= RecordBatch.LOG_APPEND_TIME_FLAG;
        logAppendTime = millis;
        return this;
    }

    /** When compaction may drop tombstones and markers (KIP-534); the records' timestamps then count from it. Before the first record. */
    public BatchBuilder deleteHorizon(long millis) {
        requireEmpty();
        flags |= RecordBatch.DELETE_HORIZON_FLAG;
        baseTimestamp = millis;
        return this;
    }

    /** Appends a record at the next offset; {@code key} and {@code value} may be null. Their bytes are copied, their indexes stay. */
    public BatchBuilder append(long timestamp, ByteBuf key, ByteBuf value) {
        return append(timestamp, key, value, List.of());
    }

    public BatchBuilder append(long timestamp, ByteBuf key, ByteBuf value, List<RecordHeader> headers) {
        return appendAt(nextOffset, timestamp, key, value, headers);
    }

    /** Appends a record at the next offset; {@code key} and {@code value} may be null. */
    public BatchBuilder append(long timestamp, byte[] key, byte[] value) {
        return append(timestamp, key, value, List.of());
    }

    public BatchBuilder append(long timestamp, byte[] key, byte[] value, List<RecordHeader> headers) {
        var keyBytes = key == null ? -1 : key.length;
        var valueBytes = value == null ? -1 : value.length;
        startRecord(nextOffset, timestamp, keyBytes, valueBytes, headersSize(headers));
        Varint.write(records, keyBytes);
        if (key != null) {
            records.writeBytes(key);
        }
        Varint.write(records, valueBytes);
        if (value != null) {
            records.writeBytes(value);
        }
        writeHeaders(headers);
        return this;
    }

    /** Appends a record at an offset of its own, above all before it: batches with gaps. */
    public BatchBuilder appendAt(long offset, long timestamp, ByteBuf key, ByteBuf value, List<RecordHeader> headers) {
        var keyBytes = key == null ? -1 : key.readableBytes();
        var valueBytes = value == null ? -1 : value.readableBytes();
        startRecord(offset, timestamp, keyBytes, valueBytes, headersSize(headers));
        writeNullable(key, keyBytes);
        writeNullable(value, valueBytes);
        writeHeaders(headers);
        return this;
    }

    /** Appends the record a reader stands at, with its own offset; nothing of it is decoded. */
    public BatchBuilder append(RecordReader record) {
        startRecord(record.offset(), record.timestamp(), record.keyBytes(), record.valueBytes(), record.headersBytes());
        Varint.write(records, record.keyBytes());
        record.copyKey(records);
        Varint.write(records, record.valueBytes());
        record.copyValue(records);
        record.copyHeaders(records);
        return this;
    }

    /** Records so far. */
    public int recordCount() {
        return recordCount;
    }

    /** Bytes of the batch so far, header included, before compression. */
    public int sizeInBytes() {
        return HEADER_BYTES + (records == null ? 0 : records.writerIndex() - (records == out ? start + HEADER_BYTES : 0));
    }

    /** The most a record without headers can add to {@link #sizeInBytes}; a negative length stands for null. */
    public static int recordBytesAtMost(int keyBytes, int valueBytes) {
        return Varint.MAX_BYTES * 5 + 1 + Varint.MAX_LONG_BYTES + Math.max(0, keyBytes) + Math.max(0, valueBytes);
    }

    /** The max timestamp of a batch that stays without records. */
    BatchBuilder emptyMaxTimestamp(long millis) {
        requireEmpty();
        maxTimestamp = millis;
        return this;
    }

    /** Sets the batch's last offset, at or above that of the last record: a batch whose last records are gone keeps its place in the log. */
    public BatchBuilder lastOffset(long offset) {
        Invariant.check(offset >= lastOffset && offset >= baseOffset, "last offset %d is below a record's or the base %d", offset, baseOffset);
        lastOffset = offset;
        return this;
    }

    /** Completes the batch and returns its size in bytes. A batch without records must have been given its {@link #lastOffset}. */
    public int finish() {
        Invariant.check(!finished, "a batch is finished once");
        Invariant.check(lastOffset >= baseOffset, "an empty batch needs a last offset, it has %d", lastOffset);
        Invariant.check(lastOffset - baseOffset <= Integer.MAX_VALUE, "a batch cannot reach from offset %d to %d", baseOffset, lastOffset);
        if (records == null) {
            reserveHeader();
        } else if (records != out) {
            reserveHeader();
            compression.compress(records, compressionLevel, out);
        }
        var size = out.writerIndex() - start;
        var codec = recordCount == 0 ? Compression.NONE : compression;
        out.setLong(start + RecordBatch.BASE_OFFSET_POSITION, baseOffset);
        out.setInt(start + RecordBatch.LENGTH_POSITION, size - RecordBatch.LENGTH_OVERHEAD);
        out.setInt(start + RecordBatch.LEADER_EPOCH_POSITION, leaderEpoch);
        out.setByte(start + RecordBatch.MAGIC_POSITION, RecordBatch.MAGIC_V2);
        out.setShort(start + RecordBatch.ATTRIBUTES_POSITION, flags | codec.id());
        out.setInt(start + RecordBatch.LAST_OFFSET_DELTA_POSITION, (int) (lastOffset - baseOffset));
        out.setLong(start + RecordBatch.BASE_TIMESTAMP_POSITION, baseTimestamp);
        out.setLong(start + RecordBatch.MAX_TIMESTAMP_POSITION, logAppendTime != NO_TIMESTAMP ? logAppendTime : maxTimestamp);
        out.setLong(start + RecordBatch.PRODUCER_ID_POSITION, producerId);
        out.setShort(start + RecordBatch.PRODUCER_EPOCH_POSITION, producerEpoch);
        out.setInt(start + RecordBatch.BASE_SEQUENCE_POSITION, baseSequence);
        out.setInt(start + RecordBatch.RECORD_COUNT_POSITION, recordCount);
        RecordBatch.writeCrc(out, start);
        finished = true;
        return size;
    }

    /** Gives up an unfinished batch: the target is as before. Does nothing after {@link #finish}. */
    @Override
    public void close() {
        if (!finished) {
            finished = true;
            out.writerIndex(start);
        }
    }

    private void requireEmpty() {
        Invariant.check(recordCount == 0, "the header of a batch with %d records cannot change any more", recordCount);
    }

    /** Writes a record up to its key: length, attributes, timestamp and offset. */
    private void startRecord(long offset, long timestamp, int keyBytes, int valueBytes, int headersBytes) {
        Invariant.check(!finished, "a finished batch takes no more records");
        Invariant.check(offset > lastOffset && offset >= baseOffset, "offset %d does not follow %d", offset, lastOffset);
        if (records == null) {
            openRecords();
        }
        var recordTimestamp = logAppendTime != NO_TIMESTAMP ? logAppendTime : timestamp;
        if (recordCount == 0 && (flags & RecordBatch.DELETE_HORIZON_FLAG) == 0) {
            baseTimestamp = recordTimestamp;
        }
        var timestampDelta = recordTimestamp - baseTimestamp;
        var offsetDelta = Math.toIntExact(offset - baseOffset);
        var size = 1 + Varint.sizeLong(timestampDelta) + Varint.size(offsetDelta)
                + Varint.size(keyBytes) + Math.max(0, keyBytes)
                + Varint.size(valueBytes) + Math.max(0, valueBytes)
                + headersBytes;
        Varint.write(records, size);
        records.writeByte(0);
        Varint.writeLong(records, timestampDelta);
        Varint.write(records, offsetDelta);
        maxTimestamp = Math.max(maxTimestamp, recordTimestamp);
        lastOffset = offset;
        nextOffset = offset + 1;
        recordCount++;
    }

    private void openRecords() {
        if (compression == Compression.NONE) {
            reserveHeader();
            records = out;
        } else {
            records = Unpooled.buffer(1024);
        }
    }

    private void reserveHeader() {
        out.writeZero(HEADER_BYTES);
    }

    private void writeNullable(ByteBuf bytes, int length) {
        Varint.write(records, length);
        if (bytes != null) {
            records.writeBytes(bytes, bytes.readerIndex(), length);
        }
    }

    private void writeHeaders(List<RecordHeader> headers) {
        Varint.write(records, headers.size());
        for (var i = 0; i < headers.size(); i++) {
            var header = headers.get(i);
            Varint.write(records, ByteBufUtil.utf8Bytes(header.key()));
            ByteBufUtil.writeUtf8(records, header.key());
            if (header.value() == null) {
                Varint.write(records, -1);
            } else {
                Varint.write(records, header.value().length);
                records.writeBytes(header.value());
            }
        }
    }

    private static int headersSize(List<RecordHeader> headers) {
        var size = Varint.size(headers.size());
        for (var i = 0; i < headers.size(); i++) {
            var header = headers.get(i);
            var keyBytes = ByteBufUtil.utf8Bytes(header.key());
            size += Varint.size(keyBytes) + keyBytes;
            size += header.value() == null ? 1 : Varint.size(header.value().length) + header.value().length;
        }
        return size;
    }
}
