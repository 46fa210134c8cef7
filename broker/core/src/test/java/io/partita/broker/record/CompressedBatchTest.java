package io.partita.broker.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * Compressed batches whose checksum is right and whose content is not. Which of them consumers can read was tried with the Java client 4.4.0 and
 * librdkafka 2.0.2; what Apache Kafka 4.4.0 refuses is refused.
 */
class CompressedBatchTest {

    private static final long NOW = 1_700_000_500_000L;
    private static final int COUNT = 3;
    /** As by default, and with record.validation. */
    private static final BatchRules OUTSIDE = rules(false, false);
    private static final BatchRules INSIDE = rules(true, false);

    private static BatchRules rules(boolean openCompressed, boolean keysRequired) {
        return new BatchRules(1 << 20, keysRequired, TimestampType.CREATE_TIME, Long.MAX_VALUE, 3_600_000, openCompressed, 1 << 20, 1_000);
    }

    private static ByteBuf record(long timestampDelta, int offsetDelta, String key, ByteBuf headers) {
        ByteBuf body = Unpooled.buffer().writeByte(0);
        writeLong(body, timestampDelta);
        Varint.write(body, offsetDelta);
        Varint.write(body, key == null ? -1 : key.length());
        body.writeCharSequence(key == null ? "" : key, StandardCharsets.US_ASCII);
        Varint.write(body, 5);
        body.writeCharSequence("value", StandardCharsets.US_ASCII);
        body.writeBytes(headers, headers.readerIndex(), headers.readableBytes());
        ByteBuf record = Unpooled.buffer();
        Varint.write(record, body.readableBytes());
        return record.writeBytes(body);
    }

    private static void writeLong(ByteBuf out, long value) {
        long raw = value << 1 ^ value >> 63;
        while ((raw & ~0x7FL) != 0) {
            out.writeByte((int) raw & 0x7F | 0x80);
            raw >>>= 7;
        }
        out.writeByte((int) raw);
    }

    private static ByteBuf noHeaders() {
        return Unpooled.buffer().writeByte(0);
    }

    private static byte[] records(int... offsetDeltas) {
        ByteBuf all = Unpooled.buffer();
        for (int delta : offsetDeltas) {
            all.writeBytes(record(delta, delta, "k", noHeaders()));
        }
        return ByteBufUtil.getBytes(all);
    }

    private static byte[] packed(Compression codec, byte[] plain) {
        ByteBuf out = Unpooled.buffer();
        codec.compress(Unpooled.wrappedBuffer(plain), Compression.DEFAULT_LEVEL, out);
        return ByteBufUtil.getBytes(out);
    }

    private static byte[] concat(byte[] first, byte... second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static ByteBuf batch(Compression codec, byte[] payload, int count, long maxTimestamp) {
        ByteBuf batch = Unpooled.buffer();
        batch.writeLong(0).writeInt(RecordBatch.HEADER_BYTES - RecordBatch.LENGTH_OVERHEAD + payload.length).writeInt(-1).writeByte(2).writeInt(0);
        batch.writeShort(codec.id()).writeInt(count - 1).writeLong(NOW).writeLong(maxTimestamp).writeLong(-1).writeShort(-1).writeInt(-1).writeInt(count);
        batch.writeBytes(payload);
        RecordBatch.writeCrc(batch, 0);
        return batch;
    }

    private static BatchCheck check(BatchRules rules, ByteBuf batch) {
        return BatchValidation.checkProduced(batch, 0, batch.writerIndex(), rules, NOW);
    }

    private static void refused(BatchDefect defect, BatchRules rules, Compression codec, byte[] payload, int count) {
        assertEquals(defect, assertInstanceOf(BatchCheck.Invalid.class, check(rules, batch(codec, payload, count, NOW + count - 1))).defect());
    }

    private static void passes(BatchRules rules, Compression codec, byte[] payload) {
        assertInstanceOf(BatchCheck.Valid.class, check(rules, batch(codec, payload, COUNT, NOW + COUNT - 1)));
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void whatIsRightPasses(Compression codec) {
        passes(OUTSIDE, codec, packed(codec, records(0, 1, 2)));
        passes(INSIDE, codec, packed(codec, records(0, 1, 2)));
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void whatIsNoFrameOfTheCodecIsRefusedUnopened(Compression codec) {
        // Nearly any bytes can be a bare block of snappy, so there one has to look inside
        BatchRules rules = codec == Compression.SNAPPY ? INSIDE : OUTSIDE;
        refused(BatchDefect.UNREADABLE_COMPRESSION, OUTSIDE, codec, new byte[0], COUNT);
        refused(BatchDefect.UNREADABLE_COMPRESSION, rules, codec, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}, COUNT);
        refused(BatchDefect.UNREADABLE_COMPRESSION, rules, codec, records(0, 1, 2), COUNT);
        for (Compression other : Compression.values()) {
            if (other != codec && other != Compression.NONE) {
                refused(BatchDefect.UNREADABLE_COMPRESSION, rules, codec, packed(other, records(0, 1, 2)), COUNT);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void whatIsCutOffIsRefused(Compression codec) {
        byte[] whole = packed(codec, records(0, 1, 2));
        boolean seenFromOutside = codec == Compression.LZ4 || codec == Compression.SNAPPY;
        refused(BatchDefect.UNREADABLE_COMPRESSION, seenFromOutside ? OUTSIDE : INSIDE, codec, Arrays.copyOf(whole, whole.length - 3), COUNT);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = {"NONE", "ZSTD"})
    void whatLibrdkafkaReadsHalfOrNotAtAllIsRefused(Compression codec) {
        byte[] all = records(0, 1, 2);
        byte[] two = concat(packed(codec, Arrays.copyOf(all, 20)), packed(codec, Arrays.copyOfRange(all, 20, all.length)));
        refused(BatchDefect.UNREADABLE_COMPRESSION, codec == Compression.GZIP ? INSIDE : OUTSIDE, codec, two, COUNT);
        if (codec == Compression.LZ4) {
            refused(BatchDefect.UNREADABLE_COMPRESSION, OUTSIDE, codec, concat(packed(codec, all), (byte) 7, (byte) 7, (byte) 7, (byte) 7), COUNT);
        }
    }

    @ParameterizedTest
    @EnumSource(names = "LZ4")
    void linkedBlocksAreRefused(Compression codec) {
        byte[] frame = packed(codec, records(0, 1, 2));
        frame[4] &= ~0x20;
        refused(BatchDefect.UNREADABLE_COMPRESSION, OUTSIDE, codec, frame, COUNT);
    }

    @ParameterizedTest
    @EnumSource(names = {"LZ4", "SNAPPY"})
    void lengthsOfBlocksThatOverflowAreRefused(Compression codec) {
        byte[] frame = packed(codec, records(0, 1, 2));
        int at = codec == Compression.LZ4 ? 7 : 16;
        for (int length : new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE - 3, -1, Integer.MIN_VALUE + 1}) {
            ByteBuf damaged = Unpooled.copiedBuffer(frame);
            damaged = codec == Compression.LZ4 ? damaged.setIntLE(at, length) : damaged.setInt(at, length);
            // with and without checksums of blocks
            for (int flags : new int[] {0, 0x10}) {
                byte[] bytes = ByteBufUtil.getBytes(damaged);
                bytes[4] |= (byte) (codec == Compression.LZ4 ? flags : 0);
                refused(BatchDefect.UNREADABLE_COMPRESSION, OUTSIDE, codec, bytes, COUNT);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = "ZSTD")
    void aWindowThatConsumersDoNotReserveIsRefused(Compression codec) {
        // A frame of one raw block, with a window of 2^27 bytes and of more
        byte[] records = records(0, 1, 2);
        for (int descriptor : new int[] {17 << 3, 17 << 3 | 1, 18 << 3, 20 << 3}) {
            ByteBuf frame = Unpooled.buffer().writeIntLE(0xFD2FB528).writeByte(0).writeByte(descriptor);
            frame.writeMediumLE(records.length << 3 | 1).writeBytes(records);
            if (descriptor == 17 << 3) {
                passes(INSIDE, codec, ByteBufUtil.getBytes(frame));
            } else {
                refused(BatchDefect.UNREADABLE_COMPRESSION, OUTSIDE, codec, ByteBufUtil.getBytes(frame), COUNT);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void recordsThatAreNotWhatTheHeaderSaysAreRefused(Compression codec) {
        refused(BatchDefect.INVALID_RECORD, INSIDE, codec, packed(codec, records(0, 1)), COUNT);
        refused(BatchDefect.INVALID_RECORD, INSIDE, codec, packed(codec, records(0, 1, 2, 3)), COUNT);
        refused(BatchDefect.INVALID_RECORD, INSIDE, codec, packed(codec, concat(records(0, 1, 2), (byte) 0, (byte) 0)), COUNT);
        refused(BatchDefect.INVALID_RECORD, INSIDE, codec, packed(codec, records(0, 0, 2)), COUNT);
        refused(BatchDefect.INVALID_RECORD, INSIDE, codec, packed(codec, records(2, 1, 0)), COUNT);
        refused(BatchDefect.INVALID_RECORD, INSIDE, codec, packed(codec, records(0, 1_000, 2)), COUNT);
        // one header whose key is null
        ByteBuf nullKey = Unpooled.buffer().writeByte(2).writeByte(1).writeByte(0);
        refused(BatchDefect.INVALID_RECORD, INSIDE, codec, packed(codec, ByteBufUtil.getBytes(record(0, 0, "k", nullKey))), 1);
    }

    @ParameterizedTest
    @EnumSource
    void theLargestTimestampIsCountedAnewAndHeldAgainstTheBounds(Compression codec) {
        byte[] payload = packed(codec, records(0, 1, 2));
        for (long claimed : new long[] {-1, NOW, NOW + 99_000_000_000L}) {
            assertEquals(new BatchCheck.Valid(NOW + 2), check(INSIDE, batch(codec, payload, COUNT, claimed)));
        }
        byte[] future = packed(codec, ByteBufUtil.getBytes(record(99_000_000, 0, "k", noHeaders())));
        assertEquals(BatchDefect.INVALID_TIMESTAMP, assertInstanceOf(BatchCheck.Invalid.class, check(INSIDE, batch(codec, future, 1, NOW))).defect());
    }

    @ParameterizedTest
    @EnumSource
    void aCompactedTopicAsksForKeysWhateverElseIsChecked(Compression codec) {
        byte[] payload = packed(codec, ByteBufUtil.getBytes(record(0, 0, null, noHeaders())));
        refused(BatchDefect.INVALID_RECORD, rules(false, true), codec, payload, 1);
        passes(rules(false, true), codec, packed(codec, records(0, 1, 2)));
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void aRecordThatOpensToMoreThanTheTopicAllowsIsRefused(Compression codec) {
        byte[] large = packed(codec, ByteBufUtil.getBytes(record(0, 0, "k".repeat(1_000), noHeaders())));
        refused(BatchDefect.INVALID_RECORD, INSIDE, codec, large, 1);
    }
}
