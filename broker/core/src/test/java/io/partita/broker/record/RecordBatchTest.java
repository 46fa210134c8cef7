package io.partita.broker.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.common.utils.internals.ByteUtils;
import org.junit.jupiter.api.Test;

class RecordBatchTest {

    @Test
    void everyFieldIsReadWhereKafkaWritesIt() {
        for (var seed = 0; seed < 200; seed++) {
            // Given
            var random = new Random(seed);
            var records = SampleRecord.randomList(random, 1 + random.nextInt(10), random.nextInt(1000));
            var appendTime = random.nextBoolean();
            var bytes = KafkaFormat.write(
                    (byte) 2,
                    Compression.forId(random.nextInt(5)),
                    appendTime ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME,
                    appendTime ? 1234 : -1,
                    random.nextInt(100),
                    (short) random.nextInt(100),
                    random.nextInt(Integer.MAX_VALUE),
                    random.nextBoolean(),
                    false,
                    records);
            var buffer = ByteBufAllocator.DEFAULT.directBuffer().writeZero(9).writeBytes(bytes, 0, bytes.readableBytes());

            // When / Then
            var batch = KafkaFormat.read(bytes).batches().iterator().next();
            var context = "seed " + seed;
            assertEquals(batch.baseOffset(), RecordBatch.baseOffset(buffer, 9), context);
            assertEquals(batch.sizeInBytes(), RecordBatch.sizeInBytes(buffer, 9), context);
            assertEquals(batch.partitionLeaderEpoch(), RecordBatch.leaderEpoch(buffer, 9), context);
            assertEquals(batch.magic(), RecordBatch.magic(buffer, 9), context);
            assertEquals(batch.checksum(), RecordBatch.crc(buffer, 9), context);
            assertEquals(batch.checksum(), RecordBatch.computeCrc(buffer, 9), context);
            assertEquals(batch.compressionType().id, RecordBatch.compression(buffer, 9).id(), context);
            assertEquals(batch.isCompressed(), RecordBatch.isCompressed(buffer, 9), context);
            assertEquals(batch.timestampType().name, RecordBatch.timestampType(buffer, 9).configName(), context);
            assertEquals(batch.isTransactional(), RecordBatch.isTransactional(buffer, 9), context);
            assertEquals(batch.isControlBatch(), RecordBatch.isControl(buffer, 9), context);
            assertEquals(batch.lastOffset(), RecordBatch.lastOffset(buffer, 9), context);
            assertEquals(batch.maxTimestamp(), RecordBatch.maxTimestamp(buffer, 9), context);
            assertEquals(batch.producerId(), RecordBatch.producerId(buffer, 9), context);
            assertEquals(batch.hasProducerId(), RecordBatch.hasProducerId(buffer, 9), context);
            assertEquals(batch.producerEpoch(), RecordBatch.producerEpoch(buffer, 9), context);
            assertEquals(batch.baseSequence(), RecordBatch.baseSequence(buffer, 9), context);
            assertEquals(batch.countOrNull(), RecordBatch.recordCount(buffer, 9), context);
            assertFalse(RecordBatch.hasDeleteHorizon(buffer, 9), context);
            buffer.release();
        }
    }

    @Test
    void placingABatchLeavesItsChecksumRight() {
        // Given
        var batch = sample();

        // When
        RecordBatch.setBaseOffset(batch, 0, 1L << 40);
        RecordBatch.setLeaderEpoch(batch, 0, 17);

        // Then
        var read = KafkaFormat.read(batch).batches().iterator().next();
        read.ensureValid();
        assertEquals(1L << 40, read.baseOffset());
        assertEquals(17, read.partitionLeaderEpoch());
    }

    @Test
    void theChecksumIsTheSameForEveryKindOfBuffer() {
        // Given
        var heap = sample();
        var size = heap.readableBytes();
        var pooled = ByteBufAllocator.DEFAULT.directBuffer().writeZero(5).writeBytes(heap, 0, size);
        var composite = Unpooled.wrappedBuffer(heap.slice(0, 30), pooled.slice(35, size - 30));
        var crc = RecordBatch.crc(heap, 0);

        // When / Then
        assertEquals(crc, RecordBatch.computeCrc(heap, 0));
        assertEquals(crc, RecordBatch.computeCrc(pooled, 5));
        assertEquals(crc, RecordBatch.computeCrc(pooled.slice(3, size + 2), 2));
        assertEquals(crc, RecordBatch.computeCrc(pooled.asReadOnly(), 5));
        assertEquals(crc, RecordBatch.computeCrc(heap.asReadOnly(), 0));
        assertEquals(crc, RecordBatch.computeCrc(composite, 0));
        pooled.release();
    }

    @Test
    void slicesOfOneFrameAreCheckedByManyThreads() throws InterruptedException, ExecutionException {
        // Given: one frame with the batches of several partitions
        var frame = ByteBufAllocator.DEFAULT.directBuffer();
        var slices = new ArrayList<ByteBuf>();
        for (var seed = 0; seed < 8; seed++) {
            var start = frame.writerIndex();
            var records = SampleRecord.randomList(new Random(seed), 50, 0);
            frame.writeBytes(KafkaFormat.write((byte) 2, Compression.NONE, records));
            slices.add(frame.slice(start, frame.writerIndex() - start));
        }

        // When
        var results = new ArrayList<Future<Integer>>();
        try (var threads = Executors.newFixedThreadPool(4)) {
            for (var slice : slices) {
                results.add(threads.submit(() -> countValid(slice)));
            }
        }

        // Then
        for (var result : results) {
            assertEquals(500, result.get());
        }
        frame.release();
    }

    private static int countValid(ByteBuf slice) {
        var valid = 0;
        for (var i = 0; i < 500; i++) {
            if (BatchValidation.checkProduced(slice, 0, slice.capacity(), BatchRules.lenient(1 << 20), 0) instanceof BatchCheck.Valid) {
                valid++;
            }
        }
        return valid;
    }

    @Test
    void sequencesWrap() {
        assertEquals(5, RecordBatch.sequenceAfter(2, 3));
        assertEquals(0, RecordBatch.sequenceAfter(Integer.MAX_VALUE, 1));
        assertEquals(9, RecordBatch.sequenceAfter(Integer.MAX_VALUE, 10));
        assertEquals(RecordBatch.NO_SEQUENCE, RecordBatch.lastSequence(sample(), 0));
    }

    @Test
    void anUnknownCodecIsAnError() {
        var batch = sample();
        batch.setShort(RecordBatch.ATTRIBUTES_POSITION, 6);
        assertThrows(BatchFormatException.class, () -> RecordBatch.compression(batch, 0));
    }

    @Test
    void varintsAreKafkas() {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++) {
            // Given
            var value = random.nextLong() >> random.nextInt(64);
            var out = Unpooled.buffer();

            // When
            Varint.writeLong(out, value);
            Varint.write(out, (int) value);

            // Then
            var read = out.nioBuffer();
            assertEquals(value, ByteUtils.readVarlong(read));
            assertEquals(Varint.sizeLong(value), read.position());
            assertEquals((int) value, ByteUtils.readVarint(read));
            assertEquals(Varint.sizeLong(value) + Varint.size((int) value), read.position());
            assertFalse(read.hasRemaining());
        }
        assertTrue(Varint.size(Integer.MIN_VALUE) == Varint.MAX_BYTES && Varint.sizeLong(Long.MIN_VALUE) == Varint.MAX_LONG_BYTES);
    }

    private static ByteBuf sample() {
        var batch = Unpooled.buffer();
        var headers = List.of(new RecordHeader("h", new byte[2]));
        new BatchBuilder(batch).append(1, new byte[3], new byte[40], headers).append(2, new byte[0], null).finish();
        return batch;
    }
}
