package io.partita.broker.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Damaged and hostile bytes through everything that reads bytes from outside. Most mutations are followed by a right checksum, as a hostile
 * client would send it.
 */
class RecordFuzzTest {
    private static final int BOUND = 200_000;
    private static final long NOW = 1_700_000_500_000L;
    private static final BatchRules OPENING = new BatchRules(1_000_000, false, TimestampType.CREATE_TIME, Long.MAX_VALUE, Long.MAX_VALUE, true, BOUND,
            Integer.MAX_VALUE);

    @Test
    void whateverPassesTheCheckIsReadAlikeByKafka() {
        var accepted = 0;
        for (var seed = 0; seed < 30_000; seed++) {
            // Given
            var random = new Random(seed);
            var batch = mutate(random, sampleBatch(random), RecordBatch.HEADER_BYTES);
            if (random.nextInt(10) != 0 && batch.readableBytes() >= RecordBatch.HEADER_BYTES) {
                batch.setInt(RecordBatch.LENGTH_POSITION, batch.readableBytes() - RecordBatch.LENGTH_OVERHEAD);
                RecordBatch.writeCrc(batch, 0);
            }

            // When
            var before = allocatedBytes();
            var check = BatchValidation.checkProduced(batch, 0, batch.readableBytes(), OPENING, NOW);
            var taken = allocatedBytes() - before;
            BatchValidation.checkStored(batch, 0, batch.readableBytes());

            // Then
            assertTrue(taken < 4L * BOUND + 500_000, "seed " + seed + " took " + taken + " bytes");
            if (check instanceof BatchCheck.Valid valid) {
                accepted++;
                var ours = RecordReaderTest.readAll(new RecordReader(BOUND).open(batch, 0));
                assertEquals(kafkaReads(batch.slice(0, RecordBatch.sizeInBytes(batch, 0)), seed), ours, "seed " + seed);
                var latest = ours.stream().mapToLong(SampleRecord::timestamp).max().orElseThrow();
                assertEquals(Math.max(-1, latest), valid.maxTimestamp(), "seed " + seed);
            }
        }
        assertTrue(accepted > 1000, accepted + " mutations were harmless");
    }

    @Test
    void readersAndRewritersOnlyThrowWhatTheySay() {
        for (var seed = 0; seed < 20_000; seed++) {
            // Given
            var random = new Random(seed);
            var batch = mutate(random, sampleBatch(random), 0);
            var out = Unpooled.buffer();

            // When / Then
            try {
                RecordReaderTest.readAll(new RecordReader(BOUND).open(batch, 0));
                new BatchRewriter(BOUND).recompress(batch, 0, Compression.LZ4, Compression.DEFAULT_LEVEL, out);
                LegacyMessages.toMessages(batch, 0, batch.readableBytes(), (byte) random.nextInt(2), 0, 1000, BOUND, out);
            } catch (BatchFormatException expected) {
                assertTrue(expected.getMessage().endsWith("."));
            } catch (RuntimeException e) {
                fail("seed " + seed, e);
            }
        }
    }

    @Test
    void messageSetsAreConvertedOrRefused() {
        var accepted = 0;
        for (var seed = 0; seed < 30_000; seed++) {
            // Given
            var random = new Random(seed);
            var magic = (byte) random.nextInt(2);
            var codec = Compression.forId(random.nextInt(4));
            var set = mutate(random, KafkaFormat.write(magic, codec, LegacyMessagesTest.legacyRecords(random, magic, 0)), 18);
            if (random.nextInt(10) != 0 && set.readableBytes() >= 18) {
                repairFirstMessage(set);
            }
            var out = Unpooled.buffer();

            // When
            var before = allocatedBytes();
            var check = LegacyMessages.toBatch(set, 0, set.readableBytes(), null, Compression.DEFAULT_LEVEL, BOUND, out);
            var taken = allocatedBytes() - before;

            // Then
            assertTrue(taken < 8L * BOUND + 500_000, "seed " + seed + " took " + taken + " bytes");
            if (check instanceof BatchCheck.Valid) {
                accepted++;
                KafkaFormat.readRecords(out);
            } else {
                assertEquals(0, out.readableBytes(), "seed " + seed);
            }
        }
        assertTrue(accepted > 1000, accepted + " mutations were harmless");
    }

    private static List<SampleRecord> kafkaReads(ByteBuf batch, int seed) {
        try {
            return KafkaFormat.readRecords(batch);
        } catch (RuntimeException e) {
            return fail("seed " + seed + ": Kafka does not read what passed", e);
        }
    }

    private static ByteBuf sampleBatch(Random random) {
        var records = SampleRecord.randomList(random, 1 + random.nextInt(6), 0);
        var batch = KafkaFormat.write((byte) 2, Compression.forId(random.nextInt(5)), records);
        return Unpooled.buffer().writeBytes(batch);
    }

    /** Overwrites, cuts, lengthens; one time in two spares the first {@code spared} bytes, so that what is behind the header is reached. */
    private static ByteBuf mutate(Random random, ByteBuf original, int spared) {
        var bytes = Unpooled.buffer().writeBytes(original, 0, original.readableBytes());
        var from = random.nextBoolean() ? spared : 0;
        for (var i = random.nextInt(4); i > 0; i--) {
            var position = from + random.nextInt(Math.max(1, bytes.readableBytes() - from));
            switch (random.nextInt(6)) {
                case 0 -> bytes.setByte(position, random.nextInt());
                case 1 -> bytes.setByte(position, bytes.getByte(position) ^ 1 << random.nextInt(8));
                case 2 -> bytes.setByte(position, random.nextBoolean() ? 0x7F : 0xFF);
                case 3 -> bytes.setByte(position, random.nextBoolean() ? 0x80 : 0);
                case 4 -> bytes.writerIndex(random.nextInt(4) == 0 ? random.nextInt(bytes.writerIndex() + 1) : bytes.writerIndex());
                default -> bytes.writeBytes(bytes.copy(0, Math.min(bytes.writerIndex(), random.nextInt(8))));
            }
            if (bytes.writerIndex() <= from) {
                break;
            }
        }
        // A buffer of exactly these bytes: reading beyond them cannot stay unseen.
        return bytes.copy();
    }

    private static void repairFirstMessage(ByteBuf set) {
        var size = set.getInt(8);
        if (size >= 6 && size <= set.readableBytes() - 12) {
            set.setInt(12, (int) LegacyCursor.crc(set, 16, size - 4));
        }
    }

    private static long allocatedBytes() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }
}
