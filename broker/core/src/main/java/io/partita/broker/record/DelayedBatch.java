package io.partita.broker.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * The form in which records lie in the log that are not to be seen yet (ADR 45): a control batch that is no marker, which every client passes over, with the
 * producer id, sequences and offsets of the batch that it was made of. The record's key is a control key of a type that no client knows; key and due time
 * are in a header of our own. Records of the same batch that ask for nothing are due at once. What was released is an ordinary batch, which says with
 * {@link #RELEASED_SEQUENCE}, and a header of each record, of what.
 */
public final class DelayedBatch {

    /** In place of the first sequence, which a batch without producer id does not have: the batch holds records that waited in the log before it. */
    public static final int RELEASED_SEQUENCE = -2;

    /** Version 0 of the type "PD", which no client knows: it is passed over. */
    private static final byte[] CONTROL_KEY = {0, 0, 'P', 'D'};
    private static final String PLACE = "partita.delayed";
    private static final byte[] PLACE_NAME = QueueHeaders.name(PLACE);
    private static final int PLACE_BYTES = Long.BYTES + 1;
    private static final byte HAS_KEY = 1;
    private static final byte CANCELS = 2;
    /** What all headers by which a record asks for something begin with. */
    private static final ByteBuf ASKING = Unpooled.unreleasableBuffer(Unpooled.copiedBuffer("partita.deliver.", StandardCharsets.UTF_8)).asReadOnly();

    private DelayedBatch() {}

    /** Told of the records of a batch. */
    @FunctionalInterface
    public interface Visitor {

        /**
         * @param position where the record begins in the batch
         * @param dueMillis when it is to be released, by the wall clock; 0 for at once
         * @param keyHash of its key, 0 when it has none
         * @param cancels whether it is not to be released, nor are those of its key that wait
         */
        void record(long offset, int position, long dueMillis, long keyHash, boolean cancels);
    }

    // ---- what a producer asks for

    /** Whether a record of the produced batch may ask to be kept back: that takes opening it to know. */
    public static boolean mayAsk(ByteBuf batch, int at, int limit) {
        return RecordBatch.isCompressed(batch, at) || ByteBufUtil.indexOf(ASKING.duplicate(), batch.slice(at, limit - at)) >= 0;
    }

    /**
     * Writes the form in which a produced batch waits, if a record of it asks for that.
     *
     * @param batch checked as every produced one
     * @param nowMillis the time, from which {@code partita.deliver.after} counts
     * @param out untouched if no record asks for anything, or what it asks for cannot be
     * @return Valid when {@code out} has the batch, null when no record asks for anything
     */
    public static BatchCheck convert(ByteBuf batch, int at, long nowMillis, int maxUncompressedBytes, ByteBuf out) {
        var reader = new RecordReader(maxUncompressedBytes).open(batch, at);
        int asking = 0;
        while (reader.next()) {
            String problem = problem(reader);
            if (problem != null) {
                return new BatchCheck.Invalid(BatchDefect.INVALID_RECORD, -1, problem);
            }
            asking += asks(reader) ? 1 : 0;
        }
        if (asking == 0) {
            return null;
        }
        if (RecordBatch.isTransactional(batch, at)) {
            return new BatchCheck.Invalid(BatchDefect.INVALID_RECORD, -1,
                    "A record of a transaction cannot be delayed: send it without " + QueueHeaders.DELIVER_AT
                            + ", " + QueueHeaders.DELIVER_AFTER + " and " + QueueHeaders.DELIVER_CANCEL + ", or outside of the transaction.");
        }
        reader.rewind();
        try (var builder = new BatchBuilder(out)) {
            builder.control().producer(RecordBatch.producerId(batch, at), RecordBatch.producerEpoch(batch, at), RecordBatch.baseSequence(batch, at));
            ByteBuf key = Unpooled.wrappedBuffer(CONTROL_KEY);
            while (reader.next()) {
                builder.append(Math.max(0, reader.timestamp()), key, reader.value(), waitingHeaders(reader, nowMillis));
            }
            builder.finish();
        }
        return new BatchCheck.Valid(RecordBatch.maxTimestamp(out, out.readerIndex()));
    }

    private static boolean asks(RecordReader record) {
        return record.headerCount() > 0 && (record.header(QueueHeaders.DELIVER_AT_NAME) != null || record.header(QueueHeaders.DELIVER_AFTER_NAME) != null
                || record.header(QueueHeaders.DELIVER_CANCEL_NAME) != null);
    }

    private static String problem(RecordReader record) {
        if (record.headerCount() == 0) {
            return null;
        }
        byte[] at = record.header(QueueHeaders.DELIVER_AT_NAME);
        byte[] after = record.header(QueueHeaders.DELIVER_AFTER_NAME);
        if (at != null && QueueHeaders.number(at) < 0 || after != null && QueueHeaders.number(after) < 0) {
            return "The header " + (at != null && QueueHeaders.number(at) < 0 ? QueueHeaders.DELIVER_AT : QueueHeaders.DELIVER_AFTER)
                    + " of a record is no number of milliseconds: write it in decimal digits.";
        }
        if (record.header(QueueHeaders.DELIVER_CANCEL_NAME) != null && record.keyBytes() < 0) {
            return "A record with the header " + QueueHeaders.DELIVER_CANCEL + " needs a key: the one of the records that are not to be delivered.";
        }
        return null;
    }

    private static List<RecordHeader> waitingHeaders(RecordReader record, long nowMillis) {
        long at = QueueHeaders.number(record.header(QueueHeaders.DELIVER_AT_NAME));
        long after = QueueHeaders.number(record.header(QueueHeaders.DELIVER_AFTER_NAME));
        long due = Math.max(at, after < 0 ? -1 : nowMillis + after);
        boolean cancels = record.header(QueueHeaders.DELIVER_CANCEL_NAME) != null;
        int keyBytes = Math.max(0, record.keyBytes());
        ByteBuf place = Unpooled.buffer(PLACE_BYTES + keyBytes);
        place.writeLong(Math.max(0, due));
        place.writeByte((record.keyBytes() >= 0 ? HAS_KEY : 0) | (cancels ? CANCELS : 0));
        if (keyBytes > 0) {
            ByteBuf key = record.key();
            place.writeBytes(key, key.readerIndex(), keyBytes);
        }
        List<RecordHeader> headers = new ArrayList<>();
        for (RecordHeader header : record.headers()) {
            if (!isOurs(header.key())) {
                headers.add(header);
            }
        }
        headers.add(new RecordHeader(PLACE, place.array()));
        return headers;
    }

    private static boolean isOurs(String name) {
        return name.equals(QueueHeaders.DELIVER_AT) || name.equals(QueueHeaders.DELIVER_AFTER) || name.equals(QueueHeaders.DELIVER_CANCEL)
                || name.equals(PLACE) || name.equals(QueueHeaders.DELAYED_OFFSET) || name.equals(QueueHeaders.DELAYED_TIMESTAMP);
    }

    // ---- what the log has

    /** Shows the records of a batch that {@link RecordBatch#isDelayed}. One that is not of our making has none. */
    public static void forEach(ByteBuf batch, int at, Visitor visitor) {
        var reader = new RecordReader(0).open(batch, at);
        while (reader.next()) {
            byte[] place = reader.header(PLACE_NAME);
            if (place != null && place.length >= PLACE_BYTES) {
                visitor.record(reader.offset(), reader.position(), due(place), keyHash(place), (place[Long.BYTES] & CANCELS) != 0);
            }
        }
    }

    private static long due(byte[] place) {
        long due = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            due = due << 8 | place[i] & 0xff;
        }
        return due;
    }

    /** 64 bits of it, which are never 0. Whoever makes two keys meet may write to the topic, and could name either. */
    private static long keyHash(byte[] place) {
        if ((place[Long.BYTES] & HAS_KEY) == 0) {
            return 0;
        }
        long hash = 0xcbf29ce484222325L;
        for (int i = PLACE_BYTES; i < place.length; i++) {
            hash = (hash ^ place[i] & 0xff) * 0x100000001b3L;
        }
        hash ^= hash >>> 32;
        hash *= 0x9e3779b97f4a7c15L;
        return hash == 0 ? 1 : hash;
    }

    /** Whether the batch holds what has waited. */
    public static boolean isReleased(ByteBuf batch, int at) {
        return RecordBatch.baseSequence(batch, at) == RELEASED_SEQUENCE && !RecordBatch.hasProducerId(batch, at) && !RecordBatch.isControl(batch, at);
    }

    /** Tells the offsets at which the records of a batch that {@link #isReleased} waited. */
    public static void forEachReleased(ByteBuf batch, int at, int maxUncompressedBytes, LongConsumer offsets) {
        var reader = new RecordReader(maxUncompressedBytes).open(batch, at);
        while (reader.next()) {
            long offset = waitedAt(reader);
            if (offset >= 0) {
                offsets.accept(offset);
            }
        }
    }

    /** The offset at which a record of a batch that {@link #isReleased} waited; negative if it does not say one. */
    public static long waitedAt(RecordReader released) {
        return QueueHeaders.number(released.header(QueueHeaders.DELAYED_OFFSET_NAME));
    }

    // ---- releasing

    /** Begins a batch of what is released at {@code nowMillis}. */
    public static BatchBuilder released(ByteBuf out, TimestampType type, long nowMillis) {
        BatchBuilder builder = new BatchBuilder(out).producer(RecordBatch.NO_PRODUCER_ID, RecordBatch.NO_PRODUCER_EPOCH, RELEASED_SEQUENCE);
        return type == TimestampType.LOG_APPEND_TIME ? builder.logAppendTime(nowMillis) : builder;
    }

    /**
     * Adds the record as it is to be seen.
     *
     * @param buffer has the header of its batch at {@code at}, and the record at {@code position}, up to {@code limit} at most
     * @return bytes of the record that are missing; 0 when it was added
     */
    public static int release(ByteBuf buffer, int at, int position, int limit, long nowMillis, BatchBuilder out) {
        int missing = missing(buffer, position, limit);
        if (missing > 0) {
            return missing;
        }
        var reader = new RecordReader(0);
        reader.openAt(buffer, at, position, limit);
        if (!reader.next()) {
            throw new BatchFormatException(BatchDefect.INVALID_RECORD, "A record that is due cannot be read.");
        }
        ByteBuf key = null;
        boolean waited = true;
        List<RecordHeader> headers = new ArrayList<>();
        for (RecordHeader header : reader.headers()) {
            if (!header.key().equals(PLACE)) {
                headers.add(header);
                continue;
            }
            waited = due(header.value()) > 0;
            if ((header.value()[Long.BYTES] & HAS_KEY) != 0) {
                key = Unpooled.wrappedBuffer(header.value(), PLACE_BYTES, header.value().length - PLACE_BYTES);
            }
        }
        headers.add(new RecordHeader(QueueHeaders.DELAYED_OFFSET, ascii(reader.offset())));
        if (waited) {
            headers.add(new RecordHeader(QueueHeaders.DELAYED_TIMESTAMP, ascii(reader.timestamp())));
        }
        // Whether a record that asks for nothing was in a batch with one that does is chance: it keeps its time.
        out.append(waited ? nowMillis : reader.timestamp(), key, reader.value(), headers);
        return 0;
    }

    private static byte[] ascii(long number) {
        return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
    }

    private static int missing(ByteBuf buffer, int position, int limit) {
        int length = 0;
        for (int i = 0; i < Varint.MAX_BYTES; i++) {
            if (position + i >= limit) {
                return Varint.MAX_BYTES;
            }
            int b = buffer.getByte(position + i);
            length |= (b & 0x7f) << 7 * i;
            if (b >= 0) {
                int bytes = (length >>> 1 ^ -(length & 1)) + i + 1;
                return Math.max(0, position + bytes - limit);
            }
        }
        return 0;
    }
}
