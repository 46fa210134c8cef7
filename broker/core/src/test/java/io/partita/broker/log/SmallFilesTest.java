package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.env.MemoryDisk;
import io.partita.broker.log.EpochCache.EpochEndOffset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Names, checkpoints, epochs, snapshots: what they look like in the files, and what becomes of damaged ones. */
class SmallFilesTest {

    @Test
    void segmentFilesHaveTwentyDigits() {
        assertEquals("00000000000000000000.log", FileNames.of(0, FileNames.LOG));
        assertEquals("09223372036854775807.index", FileNames.of(Long.MAX_VALUE, FileNames.OFFSET_INDEX));
        assertEquals(1234567, FileNames.offset("00000000000001234567.timeindex"));
        assertEquals(".timeindex", FileNames.suffix("00000000000001234567.timeindex"));
        assertEquals(-1, FileNames.offset("99999999999999999999.log"));
        assertEquals(-1, FileNames.offset("0000000000000000000x.log"));
        assertEquals(-1, FileNames.offset("123.log"));
        assertEquals(-1, FileNames.offset("partition.metadata"));
    }

    @Test
    void directoriesAreNamedAfterTopicAndPartition() {
        assertEquals(new LogId("a-b", 12), LogId.parse("a-b-12"));
        assertEquals("a-b-12", new LogId("a-b", 12).directoryName());
        assertNull(LogId.parse("meta.properties"));
        assertNull(LogId.parse("-1"));
        assertNull(LogId.parse("a-x"));
        assertNull(LogId.parse("a-99999999999"));
    }

    @Test
    void checkpointsAreKafkas() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        disk.createDirectories(Path.of("/d"));
        Path file = Path.of("/d/recovery-point-offset-checkpoint");
        OffsetCheckpoint.write(disk, file, Map.of(new LogId("my topic", 3), 77L));

        assertEquals("0\n1\nmy topic 3 77\n", new String(disk.readAll(file), StandardCharsets.UTF_8));
        assertEquals(Map.of(new LogId("my topic", 3), 77L), OffsetCheckpoint.read(disk, file));
        for (String damaged : List.of("", "0\n", "1\n1\na 1 1\n", "0\n2\na 1 1\n", "0\nx\n", "\0\0\0\0")) {
            disk.writeAtomically(file, damaged.getBytes(StandardCharsets.UTF_8));
            assertNull(OffsetCheckpoint.read(disk, file), damaged);
        }
        assertNull(OffsetCheckpoint.read(disk, Path.of("/d/none")));
    }

    @Test
    void epochsAreWrittenAndReadAsText() {
        EpochCache epochs = new EpochCache();
        epochs.assign(2, 10);
        epochs.assign(2, 15);
        epochs.assign(5, 20);
        epochs.assign(6, 20);
        assertEquals("0\n2\n2 10\n6 20\n", new String(epochs.format(), StandardCharsets.UTF_8));
        EpochCache read = new EpochCache();
        assertTrue(read.parse(epochs.format()));
        assertEquals(6, read.latestEpoch());
        assertEquals(2, read.epochOf(19));
        assertEquals(EpochCache.UNDEFINED_EPOCH, read.epochOf(9));
        assertFalse(read.parse("0\n2\n3 10\n2 20\n".getBytes(StandardCharsets.UTF_8)));
        assertFalse(read.parse("0\n1\n3\n".getBytes(StandardCharsets.UTF_8)));
        assertFalse(read.parse("0\n1\n-3 4\n".getBytes(StandardCharsets.UTF_8)));
        assertEquals(6, read.latestEpoch(), "a damaged file changes nothing");
    }

    @Test
    void epochsAreCutAtBothEnds() {
        EpochCache epochs = new EpochCache();
        for (int epoch = 0; epoch < 5; epoch++) {
            epochs.assign(epoch, epoch * 10L);
        }
        epochs.truncateFromEnd(30);
        assertEquals(2, epochs.latestEpoch());
        epochs.truncateFromStart(15);
        assertEquals(2, epochs.size());
        assertEquals(new EpochEndOffset(1, 20), epochs.endOffsetFor(1, 30));
        assertEquals(1, epochs.epochOf(15));
        assertEquals(EpochCache.UNDEFINED_EPOCH, epochs.epochOf(14));
        epochs.dropAbove(1);
        assertEquals(1, epochs.latestEpoch());
    }

    @Test
    void snapshotsKeepTheLastBatchOfAProducer() {
        ProducerEntry entry = new ProducerEntry(4);
        entry.add((short) 3, 10, 100, 4, 1_000);
        entry.add((short) 3, 12, 110, 1, 1_001);
        entry.coordinatorEpoch = 9;
        entry.transactionFirstOffset = 96;
        byte[] content = ProducerSnapshot.format(List.of(entry, new ProducerEntry(5)));

        List<ProducerEntry> read = ProducerSnapshot.parse(content, 100);

        assertEquals(2, read.size());
        ProducerEntry first = read.getLast();
        assertEquals(12, first.lastSequence());
        assertEquals(110, first.lastOffset());
        assertEquals(3, first.epoch);
        assertEquals(9, first.coordinatorEpoch);
        assertEquals(96, first.transactionFirstOffset);
        assertFalse(read.getFirst().hasBatches());
        for (int seed = 0; seed < content.length; seed++) {
            byte[] damaged = content.clone();
            damaged[seed] ^= (byte) (1 + new Random(seed).nextInt(255));
            assertNull(ProducerSnapshot.parse(damaged, 100), "byte " + seed);
            assertNull(ProducerSnapshot.parse(Arrays.copyOf(content, seed), 100), "cut at " + seed);
        }
    }
}
