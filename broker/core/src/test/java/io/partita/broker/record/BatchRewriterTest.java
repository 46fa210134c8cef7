package io.partita.broker.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.function.LongPredicate;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecords.RecordFilter.BatchRetention;
import org.apache.kafka.common.record.internal.MemoryRecords.RecordFilter.BatchRetentionResult;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BatchRewriterTest {
    private static final int BOUND = 1 << 24;
    private static final long NOW = 1_800_000_000_000L;

    @ParameterizedTest
    @EnumSource
    void keepsWhatKafkasCleanerKeeps(Compression compression) {
        var rewriter = new BatchRewriter(BOUND);
        for (var seed = 0; seed < 300; seed++) {
            // Given
            var random = new Random(seed);
            var batch = randomBatch(random, compression);
            var keptOneIn = 1 + random.nextInt(3);
            var salt = random.nextInt();
            LongPredicate keeps = offset -> Math.floorMod(Long.hashCode(offset * 31 + salt), keptOneIn) == 0;
            var keepsEmpty = random.nextBoolean();
            var emptyTransaction = random.nextInt(4) == 0;

            // When
            var ours = Unpooled.buffer();
            var retention = new BatchRewriter.Retention(NOW + 1000, emptyTransaction, keepsEmpty);
            var size = rewriter.retain(batch, 0, record -> keeps.test(record.offset()), retention, ours);

            // Then
            assertEquals(size, ours.readableBytes(), "seed " + seed);
            assertSameBatches(kafkaFilters(batch, keeps, keepsEmpty, emptyTransaction), ours, compression, seed);

            // When: what is left is cleaned once more
            if (size > 0) {
                var again = Unpooled.buffer();
                rewriter.retain(ours, 0, record -> record.offset() % 2 == 0, retention, again);

                // Then
                assertSameBatches(kafkaFilters(ours, o -> o % 2 == 0, keepsEmpty, emptyTransaction), again, compression, seed);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void recompressesToEveryCodec(Compression from) {
        var rewriter = new BatchRewriter(BOUND);
        for (var to : Compression.values()) {
            for (var seed = 0; seed < 20; seed++) {
                // Given
                var batch = randomBatch(new Random(seed), from);
                var out = Unpooled.buffer().writeZero(5);

                // When
                var size = rewriter.recompress(batch, 0, to, Compression.DEFAULT_LEVEL, out);

                // Then
                assertEquals(size, out.readableBytes() - 5);
                assertEquals(to, RecordBatch.compression(out, 5));
                assertInstanceOf(BatchCheck.Valid.class, BatchValidation.checkStored(out, 5, out.writerIndex()));
                var plain = out.slice(5, size);
                assertEquals(KafkaFormat.readRecords(batch), KafkaFormat.readRecords(plain), "seed " + seed);
                assertSameHeader(KafkaFormat.read(batch), plain, seed);
            }
        }
    }

    @Test
    void unreadableBatchesLeaveTheTargetAsItWas() {
        // Given: a batch that claims to be compressed
        var batch = randomBatch(new Random(3), Compression.NONE);
        batch.setShort(RecordBatch.ATTRIBUTES_POSITION, RecordBatch.attributes(batch, 0) | Compression.ZSTD.id());
        var rewriter = new BatchRewriter(BOUND);
        var out = Unpooled.buffer().writeByte(1);

        // When / Then
        assertThrows(BatchFormatException.class, () -> rewriter.recompress(batch, 0, Compression.LZ4, Compression.DEFAULT_LEVEL, out));
        assertThrows(
                BatchFormatException.class,
                () -> rewriter.retain(batch, 0, record -> true, new BatchRewriter.Retention(1, false, true), out));
        assertEquals(1, out.readableBytes());
    }

    /** A stored batch: dense, idempotent or transactional, with either kind of timestamps. */
    private static ByteBuf randomBatch(Random random, Compression compression) {
        var records = SampleRecord.randomList(random, 1 + random.nextInt(30), random.nextInt(1000));
        var appendTime = random.nextInt(3) == 0;
        var producer = random.nextBoolean();
        var batch = KafkaFormat.write(
                (byte) 2,
                compression,
                appendTime ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME,
                appendTime ? NOW - 5 : -1,
                producer ? 5000 : -1,
                (short) (producer ? 2 : -1),
                producer ? Integer.MAX_VALUE - 3 : -1,
                producer && random.nextBoolean(),
                false,
                records);
        RecordBatch.setLeaderEpoch(batch, 0, random.nextInt(100));
        return batch;
    }

    private static MemoryRecords kafkaFilters(ByteBuf batch, LongPredicate keeps, boolean keepsEmpty, boolean emptyTransaction) {
        var filter = new MemoryRecords.RecordFilter(NOW, 1000) {
            @Override
            protected BatchRetentionResult checkBatchRetention(org.apache.kafka.common.record.internal.RecordBatch batch) {
                return new BatchRetentionResult(keepsEmpty ? BatchRetention.RETAIN_EMPTY : BatchRetention.DELETE_EMPTY, emptyTransaction);
            }

            @Override
            protected boolean shouldRetainRecord(org.apache.kafka.common.record.internal.RecordBatch batch, Record record) {
                return keeps.test(record.offset());
            }
        };
        var result = KafkaFormat.read(batch).filterTo(filter, ByteBuffer.allocate(batch.readableBytes() + 1000), BufferSupplier.NO_CACHING, BOUND);
        return MemoryRecords.readableRecords(result.outputBuffer().flip());
    }

    private static void assertSameBatches(MemoryRecords kafkas, ByteBuf ours, Compression compression, int seed) {
        if (compression == Compression.NONE) {
            assertEquals(Unpooled.wrappedBuffer(kafkas.buffer()), ours, "seed " + seed);
        } else if (kafkas.sizeInBytes() == 0) {
            assertEquals(0, ours.readableBytes(), "seed " + seed);
        } else {
            assertEquals(KafkaFormat.readRecords(Unpooled.wrappedBuffer(kafkas.buffer())), KafkaFormat.readRecords(ours), "seed " + seed);
            assertSameHeader(kafkas, ours, seed);
        }
    }

    private static void assertSameHeader(MemoryRecords kafkas, ByteBuf ours, int seed) {
        var expected = kafkas.batches().iterator().next();
        var actual = KafkaFormat.read(ours).batches().iterator().next();
        actual.ensureValid();
        assertEquals(describe(expected), describe(actual), "seed " + seed);
    }

    private static List<Object> describe(org.apache.kafka.common.record.internal.RecordBatch batch) {
        return List.of(
                batch.baseOffset(), batch.lastOffset(), batch.partitionLeaderEpoch(), batch.producerId(), batch.producerEpoch(),
                batch.baseSequence(), batch.lastSequence(), batch.isTransactional(), batch.isControlBatch(), batch.timestampType(),
                batch.maxTimestamp(), batch.deleteHorizonMs(), batch.countOrNull());
    }
}
