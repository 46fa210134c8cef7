package io.partita.broker.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LegacyMessagesTest {
    private static final int BOUND = 1 << 24;

    /** Offset 0, v0: key "k", value "hello"; as the protocol guide lays it out. */
    private static final String GOLDEN_V0 = "0000000000000000" + "00000014" + "a4cdab3a" + "00" + "00" + "00000001" + "6b" + "00000005" + "68656c6c6f";
    /** Offset 5, v1: timestamp 1234, null key, value "hello". */
    private static final String GOLDEN_V1 = "0000000000000005" + "0000001b" + "76cd3274" + "01" + "00" + "00000000000004d2" + "ffffffff" + "00000005"
            + "68656c6c6f";

    @ParameterizedTest
    @EnumSource(names = "ZSTD", mode = EnumSource.Mode.EXCLUDE)
    void producedSetsBecomeOneBatch(Compression codec) {
        for (byte magic = 0; magic <= 1; magic++) {
            for (var seed = 0; seed < 50; seed++) {
                // Given: as Kafka's classes write them; v0 has no timestamps
                var records = legacyRecords(new Random(seed), magic, 0);
                var set = KafkaFormat.write(magic, codec, records);
                for (var target : new Compression[] {null, Compression.NONE, Compression.ZSTD}) {
                    // When
                    var out = Unpooled.buffer().writeZero(3);
                    var check = toBatch(set, target, out);

                    // Then
                    var latest = records.stream().mapToLong(SampleRecord::timestamp).max().orElseThrow();
                    assertEquals(new BatchCheck.Valid(latest), check, "magic " + magic + " seed " + seed);
                    assertEquals(target == null ? codec : target, RecordBatch.compression(out, 3));
                    assertInstanceOf(
                            BatchCheck.Valid.class,
                            BatchValidation.checkProduced(out, 3, out.writerIndex(), BatchRules.lenient(BOUND), 0));
                    assertEquals(records, KafkaFormat.readRecords(out.slice(3, out.writerIndex() - 3)), "magic " + magic + " seed " + seed);
                }
            }
        }
    }

    @Test
    void offsetsAreGivenAnewWhateverTheProducerWrote() {
        // Given: old producers number messages as they like, and may send several compressed ones
        var set = Unpooled.buffer();
        var count = 0;
        for (byte magic = 0; magic <= 1; magic++) {
            for (var codec : List.of(Compression.GZIP, Compression.NONE, Compression.LZ4)) {
                var records = legacyRecords(new Random(magic), magic, 7000);
                set.writeBytes(KafkaFormat.write(magic, codec, records));
                count += records.size();
            }
        }
        var out = Unpooled.buffer();

        // When
        toBatch(set, null, out);

        // Then
        var read = KafkaFormat.readRecords(out);
        assertEquals(count, read.size());
        for (var i = 0; i < read.size(); i++) {
            assertEquals(i, read.get(i).offset());
        }
        assertEquals(Compression.GZIP, RecordBatch.compression(out, 0));
    }

    @Test
    void goldenBytes() {
        // Given
        var v0 = bytes(GOLDEN_V0);
        var v1 = bytes(GOLDEN_V1);
        var out = Unpooled.buffer();
        toBatch(v0, null, out);
        var second = out.writerIndex();
        toBatch(v1, null, out);
        RecordBatch.setBaseOffset(out, second, 5);

        // When
        var backV0 = Unpooled.buffer();
        LegacyMessages.toMessages(out, 0, second, (byte) 0, 0, BOUND, BOUND, backV0);
        var backV1 = Unpooled.buffer();
        LegacyMessages.toMessages(out, second, out.writerIndex(), (byte) 1, 0, BOUND, BOUND, backV1);

        // Then
        assertTrue(LegacyMessages.isLegacy(v0, 0, v0.readableBytes()));
        assertTrue(LegacyMessages.isLegacy(v1, 0, v1.readableBytes()));
        assertFalse(LegacyMessages.isLegacy(out, 0, out.readableBytes()));
        assertEquals(ByteBufUtil.hexDump(v0), ByteBufUtil.hexDump(backV0));
        assertEquals(ByteBufUtil.hexDump(v1), ByteBufUtil.hexDump(backV1));
    }

    @ParameterizedTest
    @EnumSource
    void batchesBecomeMessagesKafkaReads(Compression codec) {
        for (byte magic = 0; magic <= 1; magic++) {
            for (var seed = 0; seed < 50; seed++) {
                // Given: two batches and a part of a third
                var random = new Random(seed);
                var first = SampleRecord.randomList(random, 1 + random.nextInt(20), 100);
                var second = SampleRecord.randomList(random, 1 + random.nextInt(20), 500);
                var log = Unpooled.buffer().writeBytes(KafkaFormat.write((byte) 2, codec, first));
                log.writeBytes(KafkaFormat.write((byte) 2, codec, second));
                var whole = log.writerIndex();
                log.writeBytes(log, 0, 40);

                // When
                var out = Unpooled.buffer();
                var done = LegacyMessages.toMessages(log, 0, log.writerIndex(), magic, 0, Integer.MAX_VALUE, BOUND, out);

                // Then
                assertEquals(first.size() + second.size(), done.messageCount());
                assertEquals(500 + second.size(), done.nextOffset());
                var expected = new ArrayList<SampleRecord>();
                for (var record : concat(first, second)) {
                    expected.add(new SampleRecord(record.offset(), magic == 0 ? -1 : record.timestamp(), record.key(), record.value(), List.of()));
                }
                assertEquals(expected, KafkaFormat.readRecords(out), "magic " + magic + " seed " + seed);

                // When: asked for less, from the middle on
                var start = random.nextInt(first.size());
                var maxBytes = random.nextInt(out.writerIndex());
                var part = Unpooled.buffer();
                var partDone = LegacyMessages.toMessages(log, 0, whole, magic, 100 + start, maxBytes, BOUND, part);

                // Then: as many whole messages as fit, but one at least
                assertTrue(partDone.messageCount() == 1 || part.writerIndex() <= maxBytes, "seed " + seed);
                assertEquals(expected.subList(start, start + partDone.messageCount()), KafkaFormat.readRecords(part), "seed " + seed);
                var next = start + partDone.messageCount();
                if (next < expected.size()) {
                    assertTrue(partDone.nextOffset() <= expected.get(next).offset(), "seed " + seed);
                    assertTrue(partDone.nextOffset() > expected.get(next - 1).offset(), "seed " + seed);
                }
            }
        }
    }

    @Test
    void logAppendTimeIsKept() {
        // Given
        var log = KafkaFormat.write((byte) 2, Compression.NONE, SampleRecord.randomList(new Random(1), 3, 0));
        RecordBatch.setLogAppendTime(log, 0, 4711);

        // When
        var out = Unpooled.buffer();
        LegacyMessages.toMessages(log, 0, log.writerIndex(), (byte) 1, 0, BOUND, BOUND, out);

        // Then
        for (var batch : KafkaFormat.read(out).batches()) {
            assertEquals(org.apache.kafka.common.record.TimestampType.LOG_APPEND_TIME, batch.timestampType());
            assertEquals(4711, batch.maxTimestamp());
        }
    }

    @Test
    void controlBatchesAreLeftOutButCounted() {
        // Given
        var marker = MemoryRecords.withEndTransactionMarker(44, 99, 7, 1000L, (short) 2, new EndTransactionMarker(ControlRecordType.ABORT, 3));
        var log = Unpooled.wrappedBuffer(marker.buffer().slice());

        // When
        var out = Unpooled.buffer();
        var done = LegacyMessages.toMessages(log, 0, log.readableBytes(), (byte) 1, 44, BOUND, BOUND, out);

        // Then
        assertEquals(new LegacyMessages.Downgraded(0, 45), done);
        assertEquals(0, out.readableBytes());
    }

    @Test
    void anUnreadableBatchEndsTheSetOrIsAnError() {
        // Given: a good batch, then one whose compressed bytes are no such thing
        var good = KafkaFormat.write((byte) 2, Compression.NONE, SampleRecord.randomList(new Random(1), 3, 0));
        var bad = KafkaFormat.write((byte) 2, Compression.NONE, SampleRecord.randomList(new Random(2), 3, 3));
        bad.setShort(RecordBatch.ATTRIBUTES_POSITION, Compression.GZIP.id());
        var log = Unpooled.buffer().writeBytes(good).writeBytes(bad, 0, bad.readableBytes());

        // When / Then
        var done = LegacyMessages.toMessages(log, 0, log.writerIndex(), (byte) 1, 0, BOUND, BOUND, Unpooled.buffer());
        assertEquals(new LegacyMessages.Downgraded(3, 3), done);
        assertThrows(
                BatchFormatException.class,
                () -> LegacyMessages.toMessages(bad, 0, bad.readableBytes(), (byte) 1, 0, BOUND, BOUND, Unpooled.buffer()));
    }

    @Test
    void badSetsAreRefused() {
        var good = bytes(GOLDEN_V1);
        for (var length = 1; length < good.readableBytes(); length++) {
            assertRefused(BatchDefect.CORRUPT, good.slice(0, length));
        }
        assertRefused(BatchDefect.INVALID_RECORD, Unpooled.EMPTY_BUFFER);
        assertRefused(BatchDefect.CORRUPT, bytes(GOLDEN_V1).setByte(38, 'x'));
        assertRefused(BatchDefect.CORRUPT, bytes(GOLDEN_V1).setInt(8, Integer.MAX_VALUE));
        assertRefused(BatchDefect.CORRUPT, bytes(GOLDEN_V1).setInt(8, -5));
        assertRefused(BatchDefect.UNSUPPORTED_MAGIC, bytes(GOLDEN_V1).setByte(16, 2));
        assertRefused(BatchDefect.INVALID_TIMESTAMP, withCrc(bytes(GOLDEN_V1).setByte(17, 8)));
        assertRefused(BatchDefect.UNSUPPORTED_COMPRESSION, withCrc(bytes(GOLDEN_V1).setByte(17, 4)));
        assertRefused(BatchDefect.UNSUPPORTED_COMPRESSION, withCrc(bytes(GOLDEN_V1).setByte(17, 7)));
        assertRefused(BatchDefect.UNREADABLE_COMPRESSION, withCrc(bytes(GOLDEN_V1).setByte(17, 1)));
        assertRefused(BatchDefect.INVALID_RECORD, withCrc(bytes(GOLDEN_V1).setInt(26, -2)));
        assertRefused(BatchDefect.INVALID_RECORD, withCrc(bytes(GOLDEN_V1).setInt(26, Integer.MAX_VALUE)));
        assertRefused(BatchDefect.INVALID_RECORD, withCrc(bytes(GOLDEN_V1).setInt(30, 4)));
        assertRefused(BatchDefect.INVALID_RECORD, withCrc(bytes(GOLDEN_V1).setInt(30, 6)));
    }

    @Test
    void wrappersAreBoundedAndNotNested() {
        // Given
        var bomb = KafkaFormat.write((byte) 1, Compression.GZIP, List.of(new SampleRecord(0, 1, null, new byte[1_000_000], List.of())));
        var inner = KafkaFormat.write((byte) 1, Compression.GZIP, List.of(new SampleRecord(0, 1, null, new byte[10], List.of())));
        var nested = wrap((byte) 1, inner);
        var mixed = wrap((byte) 0, bytes(GOLDEN_V1));
        var empty = wrap((byte) 1, Unpooled.EMPTY_BUFFER);

        // When / Then
        var out = Unpooled.buffer();
        var check = LegacyMessages.toBatch(bomb, 0, bomb.readableBytes(), null, Compression.DEFAULT_LEVEL, 999_999, out);
        assertEquals(BatchDefect.UNREADABLE_COMPRESSION, assertInstanceOf(BatchCheck.Invalid.class, check).defect());
        assertRefused(BatchDefect.INVALID_RECORD, nested);
        assertRefused(BatchDefect.INVALID_RECORD, mixed);
        assertRefused(BatchDefect.INVALID_RECORD, empty);
        assertInstanceOf(BatchCheck.Valid.class, toBatch(wrap((byte) 1, bytes(GOLDEN_V1)), null, out));
    }

    /** A gzip wrapper message around a set. */
    private static ByteBuf wrap(byte magic, ByteBuf set) {
        var packed = Unpooled.buffer();
        Compression.GZIP.compress(set, Compression.DEFAULT_LEVEL, packed);
        var message = Unpooled.buffer();
        message.writeLong(0).writeInt(0).writeInt(0).writeByte(magic).writeByte(Compression.GZIP.id());
        if (magic == 1) {
            message.writeLong(99);
        }
        message.writeInt(-1).writeInt(packed.readableBytes()).writeBytes(packed);
        message.setInt(8, message.readableBytes() - 12);
        return withCrc(message);
    }

    private static ByteBuf withCrc(ByteBuf message) {
        return message.setInt(12, (int) LegacyCursor.crc(message, 16, message.readableBytes() - 16));
    }

    private static void assertRefused(BatchDefect defect, ByteBuf set) {
        var out = Unpooled.buffer().writeByte(1);
        var invalid = assertInstanceOf(BatchCheck.Invalid.class, toBatch(set, null, out));
        assertEquals(defect, invalid.defect(), invalid.reason());
        assertEquals(1, out.readableBytes());
    }

    private static BatchCheck toBatch(ByteBuf set, Compression target, ByteBuf out) {
        return LegacyMessages.toBatch(set, 0, set.readableBytes(), target, Compression.DEFAULT_LEVEL, BOUND, out);
    }

    /** What the old formats can hold: no headers, and in v0 no timestamps. */
    static List<SampleRecord> legacyRecords(Random random, byte magic, long baseOffset) {
        var records = new ArrayList<SampleRecord>();
        for (var record : SampleRecord.randomList(random, 1 + random.nextInt(20), baseOffset)) {
            records.add(new SampleRecord(record.offset(), magic == 0 ? -1 : record.timestamp(), record.key(), record.value(), List.of()));
        }
        return records;
    }

    private static List<SampleRecord> concat(List<SampleRecord> first, List<SampleRecord> second) {
        var all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }

    private static ByteBuf bytes(String hex) {
        return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex));
    }
}
