package io.partita.broker.record;

import static io.partita.broker.record.RecordBatch.HEADER_BYTES;
import static io.partita.broker.record.RecordBatch.NO_TIMESTAMP;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Decides whether bytes are a batch that may enter the log. One pass for the checksum, one over the records of an uncompressed batch; a
 * compressed one is opened only where the rules ask for it or its header cannot be right.
 *
 * <p>Hostile bytes give {@link BatchCheck.Invalid}: nothing is thrown, no memory taken beyond {@link BatchRules#maxUncompressedBytes}, and time
 * is linear in the bytes. Stateless; the buffer's own threading rule is that of {@link RecordBatch}.
 */
public final class BatchValidation {

    private BatchValidation() {}

    /**
     * Checks a batch of format v2 that a client produced.
     *
     * @param at index of the batch's first byte
     * @param limit index behind the last byte that belongs to the produced data; the batch must end at or before it
     * @param nowMillis for the bounds on timestamps
     */
    public static BatchCheck checkProduced(ByteBuf buffer, int at, int limit, BatchRules rules, long nowMillis) {
        var broken = checkFrame(buffer, at, limit);
        if (broken != null) {
            return broken;
        }
        var size = RecordBatch.sizeInBytes(buffer, at);
        if (size > rules.maxBatchBytes()) {
            return invalid(BatchDefect.TOO_LARGE, "The batch has " + size + " bytes, the topic allows " + rules.maxBatchBytes() + ".");
        }
        var view = RecordBatch.view(buffer, at, size);
        var start = view.position();
        var crc = new CRC32C();
        view.position(start + RecordBatch.ATTRIBUTES_POSITION);
        crc.update(view);
        if (crc.getValue() != RecordBatch.crc(buffer, at)) {
            return wrongCrc(RecordBatch.crc(buffer, at), crc.getValue());
        }
        var badHeader = checkProducedHeader(buffer, at);
        if (badHeader != null) {
            return badHeader;
        }
        if (!RecordBatch.isCompressed(buffer, at)) {
            return checkRecords(view, start + HEADER_BYTES, start + size, buffer, at, rules, nowMillis);
        }
        try {
            RecordBatch.compression(buffer, at).checkFrame(buffer, at + HEADER_BYTES, size - HEADER_BYTES);
        } catch (BatchFormatException e) {
            return invalid(e.defect(), e.getMessage());
        }
        // A producer that leaves the max timestamp empty (sarama before 1.45) is served by looking inside, as Kafka does for every batch.
        if (rules.opensCompressed() || RecordBatch.maxTimestamp(buffer, at) < RecordBatch.baseTimestamp(buffer, at)) {
            return checkCompressed(buffer, at, size, rules, nowMillis);
        }
        return checkTimestamps(buffer, at, rules, nowMillis);
    }

    /**
     * Checks a batch that this or another broker stored: framing, format, checksum and a header that does not contradict itself. Compacted batches
     * (fewer records than offsets) and control batches pass. For recovery, and for what a follower gets.
     *
     * @return {@link BatchCheck.Valid} with the header's max timestamp, or what is wrong
     */
    public static BatchCheck checkStored(ByteBuf buffer, int at, int limit) {
        var broken = checkFrame(buffer, at, limit);
        if (broken != null) {
            return broken;
        }
        var crc = RecordBatch.computeCrc(buffer, at);
        if (crc != RecordBatch.crc(buffer, at)) {
            return wrongCrc(RecordBatch.crc(buffer, at), crc);
        }
        var lastOffsetDelta = RecordBatch.lastOffsetDelta(buffer, at);
        var baseOffset = RecordBatch.baseOffset(buffer, at);
        if (baseOffset < 0 || lastOffsetDelta < 0 || baseOffset + lastOffsetDelta < 0) {
            return invalid(
                    BatchDefect.INVALID_RECORD, "The batch claims base offset " + baseOffset + " and last offset delta " + lastOffsetDelta + ".");
        }
        var count = RecordBatch.recordCount(buffer, at);
        if (count < 0 || count > lastOffsetDelta + 1L) {
            return invalid(
                    BatchDefect.INVALID_RECORD, "The batch claims " + count + " records over a last offset delta of " + lastOffsetDelta + ".");
        }
        return new BatchCheck.Valid(RecordBatch.maxTimestamp(buffer, at));
    }

    /** Whether a whole batch of format v2 lies between {@code at} and {@code limit}, by its length and magic alone; null when it does. */
    static BatchCheck.Invalid checkFrame(ByteBuf buffer, int at, int limit) {
        if (at < 0 || limit > buffer.capacity() || limit - at < RecordBatch.MAGIC_OVERHEAD) {
            return invalid(BatchDefect.CORRUPT, "The data ends within the header of a batch.");
        }
        var magic = RecordBatch.magic(buffer, at);
        if (magic != RecordBatch.MAGIC_V2) {
            return invalid(BatchDefect.UNSUPPORTED_MAGIC, "The batch has record format " + magic + " where only 2 is allowed.");
        }
        // As long: a hostile length makes the sum with the overhead overflow.
        var size = (long) RecordBatch.LENGTH_OVERHEAD + buffer.getInt(at + RecordBatch.LENGTH_POSITION);
        if (size < HEADER_BYTES) {
            return invalid(BatchDefect.CORRUPT, "The batch claims " + size + " bytes, less than its header has.");
        }
        if (size > limit - at) {
            return invalid(BatchDefect.CORRUPT, "The batch claims " + size + " bytes, only " + (limit - at) + " are there.");
        }
        return null;
    }

    private static BatchCheck.Invalid checkProducedHeader(ByteBuf buffer, int at) {
        var count = RecordBatch.recordCount(buffer, at);
        var lastOffsetDelta = RecordBatch.lastOffsetDelta(buffer, at);
        if (count <= 0 || count != lastOffsetDelta + 1L) {
            return invalid(
                    BatchDefect.INVALID_RECORD, "The batch claims " + count + " records but a last offset delta of " + lastOffsetDelta + ".");
        }
        if (RecordBatch.baseOffset(buffer, at) != 0) {
            return invalid(
                    BatchDefect.INVALID_RECORD, "The base offset of a produced batch must be 0, it is " + RecordBatch.baseOffset(buffer, at) + ".");
        }
        var attributes = RecordBatch.attributes(buffer, at);
        if (Compression.forId(attributes & RecordBatch.COMPRESSION_MASK) == null) {
            return invalid(BatchDefect.UNSUPPORTED_COMPRESSION, "There is no codec " + (attributes & RecordBatch.COMPRESSION_MASK) + ".");
        }
        if ((attributes & RecordBatch.CONTROL_FLAG) != 0) {
            return invalid(BatchDefect.INVALID_RECORD, "Clients may not write control records.");
        }
        if ((attributes & RecordBatch.DELETE_HORIZON_FLAG) != 0) {
            return invalid(BatchDefect.INVALID_RECORD, "Clients may not set a delete horizon.");
        }
        if ((attributes & RecordBatch.LOG_APPEND_TIME_FLAG) != 0) {
            return invalid(BatchDefect.INVALID_TIMESTAMP, "Producers may not set the timestamp type LogAppendTime.");
        }
        return checkProducer(buffer, at, (attributes & RecordBatch.TRANSACTIONAL_FLAG) != 0);
    }

    private static BatchCheck.Invalid checkProducer(ByteBuf buffer, int at, boolean transactional) {
        var producerId = RecordBatch.producerId(buffer, at);
        var epoch = RecordBatch.producerEpoch(buffer, at);
        var sequence = RecordBatch.baseSequence(buffer, at);
        if (producerId > RecordBatch.NO_PRODUCER_ID) {
            if (epoch < 0 || sequence < 0) {
                return invalid(
                        BatchDefect.INVALID_RECORD,
                        "The batch of producer " + producerId + " has epoch " + epoch + " and base sequence " + sequence
                                + ", neither may be negative.");
            }
        } else if (transactional) {
            return invalid(BatchDefect.INVALID_RECORD, "A transactional batch must have a producer id, this one has " + producerId + ".");
        }
        return null;
    }

    /** The bounds on timestamps from what the header says of the first and the latest record. */
    private static BatchCheck checkTimestamps(ByteBuf buffer, int at, BatchRules rules, long nowMillis) {
        var first = RecordBatch.baseTimestamp(buffer, at);
        var latest = RecordBatch.maxTimestamp(buffer, at);
        if (rules.refusesTimestamp(first, nowMillis)) {
            return invalid(BatchDefect.INVALID_TIMESTAMP, refusedTimestamp(first, nowMillis));
        }
        if (rules.refusesTimestamp(latest, nowMillis)) {
            return invalid(BatchDefect.INVALID_TIMESTAMP, refusedTimestamp(latest, nowMillis));
        }
        return new BatchCheck.Valid(latest);
    }

    private static BatchCheck checkCompressed(ByteBuf buffer, int at, int size, BatchRules rules, long nowMillis) {
        ByteBuf records;
        try {
            records = RecordBatch.compression(buffer, at)
                    .decompressPortable(buffer, at + HEADER_BYTES, size - HEADER_BYTES, rules.maxUncompressedBytes());
        } catch (BatchFormatException e) {
            return invalid(e.defect(), e.getMessage());
        }
        return checkRecords(records.nioBuffer(), 0, records.readableBytes(), buffer, at, rules, nowMillis);
    }

    /** Reads the uncompressed records of {@code view}[from, to) and holds them against the header at {@code buffer}[at]. */
    private static BatchCheck checkRecords(ByteBuffer view, int from, int to, ByteBuf buffer, int at, BatchRules rules, long nowMillis) {
        view.clear();
        var count = RecordBatch.recordCount(buffer, at);
        var baseTimestamp = RecordBatch.baseTimestamp(buffer, at);
        var maxTimestamp = NO_TIMESTAMP;
        var compressed = RecordBatch.isCompressed(buffer, at);
        var start = from;
        RecordFaults faults = null;
        var cursor = new RecordCursor();
        cursor.reset(view, from, to);
        for (var i = 0; i < count; i++) {
            if (!cursor.next()) {
                return new BatchCheck.Invalid(BatchDefect.INVALID_RECORD, i, cursor.problem());
            }
            if (cursor.offsetDelta != i) {
                return new BatchCheck.Invalid(
                        BatchDefect.INVALID_RECORD, i, "Record " + i + " of the batch has offset delta " + cursor.offsetDelta + ".");
            }
            if (compressed && cursor.recordEnd - start > rules.maxRecordBytes()) {
                return new BatchCheck.Invalid(BatchDefect.INVALID_RECORD, i, "Record " + i + " opens to " + (cursor.recordEnd - start)
                        + " bytes, the topic allows " + rules.maxRecordBytes() + " (max.decompressed.message.bytes).");
            }
            start = cursor.recordEnd;
            var timestamp = baseTimestamp + cursor.timestampDelta;
            if (cursor.keyBytes < 0 && rules.keysRequired()) {
                faults = faults == null ? new RecordFaults() : faults;
                faults.add(BatchDefect.INVALID_RECORD, i, "A compacted topic does not accept a record without a key.");
            } else if (rules.refusesTimestamp(timestamp, nowMillis)) {
                faults = faults == null ? new RecordFaults() : faults;
                faults.add(BatchDefect.INVALID_TIMESTAMP, i, refusedTimestamp(timestamp, nowMillis));
            }
            if (timestamp > maxTimestamp) {
                maxTimestamp = timestamp;
            }
        }
        if (!cursor.atEnd()) {
            return invalid(BatchDefect.INVALID_RECORD, "There are bytes behind the last of the batch's " + count + " records.");
        }
        if (faults != null) {
            return faults.invalid();
        }
        return new BatchCheck.Valid(maxTimestamp);
    }

    private static String refusedTimestamp(long timestamp, long nowMillis) {
        return "Timestamp " + timestamp + " is outside of what the topic accepts at " + nowMillis
                + " (message.timestamp.before.max.ms, message.timestamp.after.max.ms).";
    }

    private static BatchCheck.Invalid wrongCrc(long stored, long computed) {
        return invalid(BatchDefect.CORRUPT, "The batch's checksum is " + stored + ", its bytes give " + computed + ".");
    }

    private static BatchCheck.Invalid invalid(BatchDefect defect, String reason) {
        return new BatchCheck.Invalid(defect, -1, reason);
    }
}
