package io.partita.broker.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BatchValidationTest {
    private static final long NOW = 1_700_000_500_000L;
    private static final BatchRules LENIENT = BatchRules.lenient(10_000_000);
    private static final BatchRules OPENING = new BatchRules(
            10_000_000, false, TimestampType.CREATE_TIME, Long.MAX_VALUE, Long.MAX_VALUE, true, BatchRules.DEFAULT_MAX_UNCOMPRESSED_BYTES, 100_000);

    @ParameterizedTest
    @EnumSource
    void batchesOfKafkaPass(Compression compression) {
        for (var seed = 0; seed < 50; seed++) {
            // Given
            var random = new Random(seed);
            var records = SampleRecord.randomList(random, 1 + random.nextInt(50), 0);
            var plain = KafkaFormat.write((byte) 2, compression, records);
            var idempotent = KafkaFormat.write(
                    (byte) 2, compression, TimestampType.CREATE_TIME, -1, 77, (short) 1, 12, random.nextBoolean(), false, records);
            var latest = records.stream().mapToLong(SampleRecord::timestamp).max().orElseThrow();
            var offHeap = Unpooled.directBuffer().writeBytes(plain, 0, plain.readableBytes());
            for (var batch : List.of(plain, idempotent, offHeap)) {
                // When
                var shallow = BatchValidation.checkProduced(batch, 0, batch.readableBytes(), LENIENT, NOW);
                var deep = BatchValidation.checkProduced(batch, 0, batch.readableBytes(), OPENING, NOW);

                // Then
                assertEquals(new BatchCheck.Valid(latest), shallow, "seed " + seed);
                assertEquals(new BatchCheck.Valid(latest), deep, "seed " + seed);
                assertEquals(new BatchCheck.Valid(latest), BatchValidation.checkStored(batch, 0, batch.readableBytes()), "seed " + seed);
            }
            offHeap.release();
        }
    }

    @Test
    void aBatchAmongOtherBytesIsFound() {
        // Given
        var batch = sample(Compression.NONE);
        var size = batch.readableBytes();
        var framed = Unpooled.directBuffer().writeZero(13).writeBytes(batch).writeZero(5);

        // When / Then: in the buffer itself, and in a slice of it
        assertInstanceOf(BatchCheck.Valid.class, BatchValidation.checkProduced(framed, 13, 13 + size, LENIENT, NOW));
        assertInstanceOf(BatchCheck.Valid.class, BatchValidation.checkProduced(framed.slice(10, size + 4), 3, 3 + size, LENIENT, NOW));
        framed.release();
    }

    @Test
    void everyFlippedBitOfABatchIsCorruptOrRefused() {
        // Given
        var batch = sample(Compression.NONE);
        for (var bit = 0; bit < batch.readableBytes() * 8; bit++) {
            var position = bit / 8;
            if (position >= RecordBatch.LEADER_EPOCH_POSITION && position < RecordBatch.MAGIC_POSITION) {
                continue; // the leader epoch is the broker's own and not covered
            }
            // When
            batch.setByte(position, batch.getByte(position) ^ 1 << bit % 8);
            var check = BatchValidation.checkProduced(batch, 0, batch.readableBytes(), LENIENT, NOW);
            batch.setByte(position, batch.getByte(position) ^ 1 << bit % 8);

            // Then
            assertInstanceOf(BatchCheck.Invalid.class, check, "bit " + bit);
        }
    }

    @Test
    void everyCutIsCorrupt() {
        var batch = sample(Compression.NONE);
        for (var length = 0; length < batch.readableBytes(); length++) {
            assertDefect(BatchDefect.CORRUPT, BatchValidation.checkProduced(batch, 0, length, LENIENT, NOW));
            assertDefect(BatchDefect.CORRUPT, BatchValidation.checkStored(batch, 0, length));
        }
    }

    @Test
    void hostileLengthsAreCorrupt() {
        for (var length : new int[] {Integer.MIN_VALUE, -1, 0, 1, 48, 1 << 30, Integer.MAX_VALUE - 11, Integer.MAX_VALUE}) {
            var batch = sample(Compression.NONE);
            batch.setInt(RecordBatch.LENGTH_POSITION, length);
            assertDefect(BatchDefect.CORRUPT, BatchValidation.checkProduced(batch, 0, batch.readableBytes(), LENIENT, NOW));
        }
    }

    @Test
    void headersThatLieAreRefused() {
        assertRefused(BatchDefect.UNSUPPORTED_MAGIC, b -> b.setByte(RecordBatch.MAGIC_POSITION, 1));
        assertRefused(BatchDefect.INVALID_RECORD, b -> b.setInt(RecordBatch.RECORD_COUNT_POSITION, 4));
        assertRefused(BatchDefect.INVALID_RECORD, b -> b.setInt(RecordBatch.RECORD_COUNT_POSITION, 0));
        assertRefused(BatchDefect.INVALID_RECORD, b -> b.setInt(RecordBatch.RECORD_COUNT_POSITION, -1));
        assertRefused(BatchDefect.INVALID_RECORD, b -> b.setInt(RecordBatch.LAST_OFFSET_DELTA_POSITION, 3));
        assertRefused(BatchDefect.INVALID_RECORD, b -> b.setInt(RecordBatch.LAST_OFFSET_DELTA_POSITION, 1)
                .setInt(RecordBatch.RECORD_COUNT_POSITION, 2));
        assertRefused(BatchDefect.INVALID_RECORD, b -> b.setInt(RecordBatch.LAST_OFFSET_DELTA_POSITION, Integer.MAX_VALUE)
                .setInt(RecordBatch.RECORD_COUNT_POSITION, Integer.MIN_VALUE));
        assertRefused(BatchDefect.INVALID_RECORD, b -> b.setLong(RecordBatch.BASE_OFFSET_POSITION, 5));
        assertRefused(BatchDefect.INVALID_RECORD, b -> b.setShort(RecordBatch.ATTRIBUTES_POSITION, RecordBatch.CONTROL_FLAG));
        assertRefused(BatchDefect.INVALID_RECORD, b -> b.setShort(RecordBatch.ATTRIBUTES_POSITION, RecordBatch.DELETE_HORIZON_FLAG));
        assertRefused(BatchDefect.INVALID_RECORD, b -> b.setShort(RecordBatch.ATTRIBUTES_POSITION, RecordBatch.TRANSACTIONAL_FLAG));
        assertRefused(BatchDefect.INVALID_TIMESTAMP, b -> b.setShort(RecordBatch.ATTRIBUTES_POSITION, RecordBatch.LOG_APPEND_TIME_FLAG));
        assertRefused(BatchDefect.UNSUPPORTED_COMPRESSION, b -> b.setShort(RecordBatch.ATTRIBUTES_POSITION, 5));
        assertRefused(BatchDefect.INVALID_RECORD, b -> b.setLong(RecordBatch.PRODUCER_ID_POSITION, 5));
        assertRefused(BatchDefect.INVALID_RECORD, b -> b.setLong(RecordBatch.PRODUCER_ID_POSITION, 5)
                .setShort(RecordBatch.PRODUCER_EPOCH_POSITION, 0));
        assertRefused(BatchDefect.INVALID_RECORD, b -> b.setLong(RecordBatch.PRODUCER_ID_POSITION, 5)
                .setInt(RecordBatch.BASE_SEQUENCE_POSITION, 0));
    }

    @Test
    void sizeIsBounded() {
        var batch = sample(Compression.NONE);
        var size = batch.readableBytes();
        assertInstanceOf(BatchCheck.Valid.class, BatchValidation.checkProduced(batch, 0, size, BatchRules.lenient(size), NOW));
        assertDefect(BatchDefect.TOO_LARGE, BatchValidation.checkProduced(batch, 0, size, BatchRules.lenient(size - 1), NOW));
    }

    @ParameterizedTest
    @EnumSource
    void aCompactedTopicWantsKeys(Compression compression) {
        // Given
        var keyed = new SampleRecord(0, NOW, new byte[1], new byte[1], List.of());
        var batch = KafkaFormat.write((byte) 2, compression, List.of(keyed, new SampleRecord(1, NOW, null, new byte[9], List.of())));
        var rules = new BatchRules(10_000, true, TimestampType.CREATE_TIME, Long.MAX_VALUE, Long.MAX_VALUE, false, 1 << 20, Integer.MAX_VALUE);

        // When
        var check = BatchValidation.checkProduced(batch, 0, batch.readableBytes(), rules, NOW);

        // Then
        assertEquals(1, assertDefect(BatchDefect.INVALID_RECORD, check).records().getFirst().index());
    }

    @ParameterizedTest
    @EnumSource
    void timestampsHaveBounds(Compression compression) {
        var rules = new BatchRules(10_000, false, TimestampType.CREATE_TIME, 1000, 100, false, 1 << 20, Integer.MAX_VALUE);
        var appendTime = new BatchRules(10_000, false, TimestampType.LOG_APPEND_TIME, 1000, 100, false, 1 << 20, Integer.MAX_VALUE);
        for (var bad : new long[] {NOW - 1001, NOW + 101, 0, -2, Long.MIN_VALUE, Long.MAX_VALUE}) {
            // Given
            var batch = Unpooled.buffer();
            new BatchBuilder(batch).compression(compression).append(bad, new byte[0], new byte[0]).finish();
            // When / Then
            assertDefect(BatchDefect.INVALID_TIMESTAMP, BatchValidation.checkProduced(batch, 0, batch.readableBytes(), rules, NOW));
            assertInstanceOf(BatchCheck.Valid.class, BatchValidation.checkProduced(batch, 0, batch.readableBytes(), appendTime, NOW));
        }
        for (var good : new long[] {NOW - 1000, NOW, NOW + 100, -1}) {
            var batch = Unpooled.buffer();
            new BatchBuilder(batch).compression(compression).append(good, new byte[0], new byte[0]).finish();
            assertEquals(new BatchCheck.Valid(good), BatchValidation.checkProduced(batch, 0, batch.readableBytes(), rules, NOW));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMissingMaxTimestampIsCounted(Compression compression) {
        // Given: a batch as sarama up to 1.45 sends it
        var batch = sample(compression);
        RecordBatch.setMaxTimestamp(batch, 0, -1);

        // When
        var check = BatchValidation.checkProduced(batch, 0, batch.readableBytes(), LENIENT, NOW);

        // Then
        assertEquals(new BatchCheck.Valid(NOW + 2), check);
    }

    private static void assertRefused(BatchDefect defect, Consumer<ByteBuf> lie) {
        var batch = sample(Compression.NONE);
        lie.accept(batch);
        RecordBatch.writeCrc(batch, 0);
        assertDefect(defect, BatchValidation.checkProduced(batch, 0, batch.readableBytes(), LENIENT, NOW));
    }

    private static BatchCheck.Invalid assertDefect(BatchDefect defect, BatchCheck check) {
        var invalid = assertInstanceOf(BatchCheck.Invalid.class, check);
        assertEquals(defect, invalid.defect(), invalid.reason());
        return invalid;
    }

    private static ByteBuf sample(Compression compression) {
        var batch = Unpooled.buffer();
        BatchBuilderTest.write(batch, compression, 0, List.of(
                new SampleRecord(0, NOW, "key".getBytes(), "value".getBytes(), List.of(new RecordHeader("h", new byte[] {1}))),
                new SampleRecord(1, NOW + 2, null, new byte[70], List.of()),
                new SampleRecord(2, NOW + 1, new byte[0], null, List.of())));
        return batch;
    }
}
