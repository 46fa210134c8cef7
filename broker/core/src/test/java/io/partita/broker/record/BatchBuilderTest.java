package io.partita.broker.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.Invariant;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BatchBuilderTest {

    @ParameterizedTest
    @EnumSource
    void kafkaReadsWhatWeWrite(Compression compression) {
        for (var seed = 0; seed < 100; seed++) {
            // Given
            var random = new Random(seed);
            var baseOffset = random.nextLong(1L << 40);
            var records = SampleRecord.randomList(random, 1 + random.nextInt(60), baseOffset);
            var out = Unpooled.buffer();

            // When
            var size = write(out, compression, baseOffset, records);

            // Then
            assertEquals(out.readableBytes(), size, "seed " + seed);
            assertEquals(records, KafkaFormat.readRecords(out), "seed " + seed);
        }
    }

    @Test
    void writesTheSameBytesAsKafkaWhenUncompressed() {
        for (var seed = 0; seed < 200; seed++) {
            // Given
            var random = new Random(seed);
            var records = SampleRecord.randomList(random, 1 + random.nextInt(20), 0);
            var out = Unpooled.buffer();

            // When
            write(out, Compression.NONE, 0, records);

            // Then
            assertEquals(KafkaFormat.write((byte) 2, Compression.NONE, records), out, "seed " + seed);
        }
    }

    @Test
    void headerFieldsArriveAtKafka() {
        // Given
        var out = Unpooled.buffer();
        out.writeLong(42);

        // When: a batch behind other bytes
        var builder = new BatchBuilder(out).baseOffset(100).leaderEpoch(7).producer(9000, (short) 3, Integer.MAX_VALUE).transactional().control();
        builder.appendAt(103, 5000, bytes("k"), null, List.of());
        builder.appendAt(110, 4000, null, bytes("v"), List.of());
        builder.lastOffset(112).finish();

        // Then
        out.readLong();
        var batch = KafkaFormat.read(out).batches().iterator().next();
        batch.ensureValid();
        assertEquals(100, batch.baseOffset());
        assertEquals(112, batch.lastOffset());
        assertEquals(7, batch.partitionLeaderEpoch());
        assertEquals(9000, batch.producerId());
        assertEquals(3, batch.producerEpoch());
        assertEquals(Integer.MAX_VALUE, batch.baseSequence());
        assertEquals(11, batch.lastSequence());
        assertEquals(11, RecordBatch.lastSequence(out, out.readerIndex()));
        assertEquals(5000, batch.maxTimestamp());
        assertEquals(2, batch.countOrNull());
        assertTrue(batch.isTransactional());
        assertTrue(batch.isControlBatch());
        assertFalse(batch.isCompressed());
    }

    @Test
    void logAppendTimeHoldsForAllRecords() {
        // Given
        var out = Unpooled.buffer();

        // When
        var builder = new BatchBuilder(out).compression(Compression.GZIP).logAppendTime(777);
        builder.append(1, null, "a".getBytes(StandardCharsets.UTF_8)).append(2, null, "b".getBytes(StandardCharsets.UTF_8)).finish();

        // Then
        assertEquals(TimestampType.LOG_APPEND_TIME, RecordBatch.timestampType(out, 0));
        assertEquals(List.of(777L, 777L), KafkaFormat.readRecords(out).stream().map(SampleRecord::timestamp).toList());
    }

    @Test
    void deleteHorizonIsReadByKafkaAndTimestampsStay() {
        // Given
        var out = Unpooled.buffer();

        // When
        new BatchBuilder(out).deleteHorizon(9_999_999).append(1000, bytes("k"), null).append(1500, bytes("l"), null).finish();

        // Then
        var batch = KafkaFormat.read(out).batches().iterator().next();
        assertEquals(9_999_999, batch.deleteHorizonMs().orElseThrow());
        assertEquals(9_999_999, RecordBatch.deleteHorizon(out, 0));
        assertEquals(List.of(1000L, 1500L), KafkaFormat.readRecords(out).stream().map(SampleRecord::timestamp).toList());
        assertEquals(1500, batch.maxTimestamp());
    }

    @Test
    void anEmptyBatchKeepsItsPlace() {
        // Given
        var out = Unpooled.buffer();

        // When
        new BatchBuilder(out).compression(Compression.LZ4).baseOffset(50).producer(1, (short) 0, 4).lastOffset(59).finish();

        // Then
        var batch = KafkaFormat.read(out).batches().iterator().next();
        batch.ensureValid();
        assertEquals(59, batch.lastOffset());
        assertEquals(13, batch.lastSequence());
        assertEquals(0, batch.countOrNull());
        assertFalse(batch.iterator().hasNext());
    }

    @Test
    void closingAnUnfinishedBatchLeavesTheTargetAsItWas() {
        // Given
        var out = Unpooled.buffer().writeByte(1);

        // When
        try (var builder = new BatchBuilder(out)) {
            builder.append(1, bytes("k"), bytes("v"));
        }

        // Then
        assertEquals(1, out.readableBytes());
    }

    @Test
    void recordSizesAreBounded() {
        // Given
        var out = Unpooled.buffer();
        var builder = new BatchBuilder(out);
        var before = builder.sizeInBytes();

        // When
        builder.append(Long.MAX_VALUE, new byte[1000], new byte[70_000]);

        // Then
        assertEquals(RecordBatch.HEADER_BYTES, before);
        assertTrue(builder.sizeInBytes() - before <= BatchBuilder.recordBytesAtMost(1000, 70_000));
        assertEquals(builder.sizeInBytes(), builder.finish());
    }

    @Test
    void offsetsMustRise() {
        var builder = new BatchBuilder(Unpooled.buffer()).baseOffset(10);
        builder.appendAt(12, 0, null, null, List.of());
        assertThrows(Invariant.Broken.class, () -> builder.appendAt(12, 0, null, null, List.of()));
    }

    static int write(ByteBuf out, Compression compression, long baseOffset, List<SampleRecord> records) {
        try (var builder = new BatchBuilder(out).baseOffset(baseOffset).compression(compression)) {
            for (var record : records) {
                builder.append(record.timestamp(), record.key(), record.value(), record.headers());
            }
            return builder.finish();
        }
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }
}
