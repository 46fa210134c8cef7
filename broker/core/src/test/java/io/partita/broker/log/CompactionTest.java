package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.record.Compression;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What stays of a log, rule by rule. */
class CompactionTest {

    private final CompactionFixture fixture = new CompactionFixture();

    @Test
    void theLastRecordOfEachKeyStaysWhereItWas() throws Exception {
        fixture.start();
        fixture.append("a=1", "b=1", "c=1");
        fixture.append("a=2");
        fixture.append("b=2", "a=3");
        fixture.compact();
        fixture.append("d=1");

        assertEquals(List.of("2:c=1", "4:b=2", "5:a=3", "6:d=1"), fixture.records());
        assertEquals(6, fixture.cleanedEnd());
        assertEquals(List.of("0-2:1", "4-5:2", "6-6:1"), fixture.batches());
    }

    @Test
    void onlyWhatIsSealedAndCommittedIsCompacted() throws Exception {
        fixture.start();
        fixture.append("a=1");
        fixture.append("a=2");
        fixture.compactSealed();
        assertEquals(List.of("0:a=1", "1:a=2"), fixture.records(), "the segment written to");
        fixture.highWatermark = 1;
        fixture.compact();
        assertEquals(List.of("0:a=1", "1:a=2"), fixture.records(), "above the high watermark");
        fixture.highWatermark = 2;
        fixture.compact();
        assertEquals(List.of("1:a=2"), fixture.records());
    }

    @Test
    void manySmallSegmentsBecomeFewerButNoneTooLarge() throws Exception {
        fixture.start();
        for (int i = 0; i < 40; i++) {
            fixture.append("key" + i % 20 + "=" + "x".repeat(60));
            fixture.log().roll();
        }
        int before = fixture.log().segments().count();
        fixture.compactSealed();
        assertEquals(20, fixture.records().size());
        SegmentList segments = fixture.log().segments();
        assertTrue(segments.count() < before / 2, segments.count() + " segments of " + before);
        for (int i = 0; i < segments.count(); i++) {
            assertTrue(segments.get(i).size() <= 1000, "segment of " + segments.get(i).size() + " bytes");
        }
        // When it goes on
        fixture.append("key0=new");
        fixture.compact();
        assertEquals(20, fixture.records().size());
        assertEquals("40:key0=new", fixture.records().getLast());
    }

    @Test
    void tombstonesStayForTheirTimeAndThenGo() throws Exception {
        fixture.start();
        fixture.append("a=1", "b=1");
        fixture.append("a");
        fixture.append("c=1");
        fixture.compact();
        assertEquals(List.of("1:b=1", "2:a", "3:c=1"), fixture.records());
        assertEquals(List.of("0-1:1", "2-2!:1", "3-3:1"), fixture.batches());
        fixture.base.clock.advance(CompactionFixture.DELETE_RETENTION_MILLIS - 1);
        fixture.append("d=1");
        fixture.compact();
        assertEquals(List.of("1:b=1", "2:a", "3:c=1", "4:d=1"), fixture.records());
        fixture.base.clock.advance(1);
        fixture.append("e=1");
        fixture.compact();
        assertEquals(List.of("1:b=1", "3:c=1", "4:d=1", "5:e=1"), fixture.records());
    }

    @Test
    void theEndOfTheLogIsReachedByReading() throws Exception {
        fixture.start();
        fixture.append("b=1");
        fixture.append("a");
        fixture.compact();
        fixture.base.clock.advance(CompactionFixture.DELETE_RETENTION_MILLIS);
        // When the last record goes
        fixture.append("b=2");
        fixture.append("c");
        fixture.compact();
        fixture.base.clock.advance(CompactionFixture.DELETE_RETENTION_MILLIS);
        fixture.append("d=1");
        fixture.append("d");
        fixture.compact();
        fixture.base.clock.advance(CompactionFixture.DELETE_RETENTION_MILLIS);
        // Then its batch still leads a reader to the end; a log without new records is not compacted again, so this takes one
        fixture.base.log.reconfigure(fixture.base.config.toBuilder().minCleanableDirtyRatio(0).build());
        fixture.append("e=1");
        fixture.append("f=1");
        fixture.append("e");
        fixture.compact();
        assertEquals(List.of("2:b=2", "7:f=1", "8:e"), fixture.records());
        assertEquals("8-8!:1", fixture.batches().getLast());
    }

    @Test
    void compressedBatchesStayCompressed() throws Exception {
        for (Compression codec : Compression.values()) {
            CompactionFixture each = new CompactionFixture().start();
            each.append(CompactionFixture.batch(codec, 5, "a=1", "b=1", "c=1"));
            each.append(CompactionFixture.batch(codec, 7, "a=2", "c"));
            each.compact();
            assertEquals(List.of("1:b=1", "3:a=2", "4:c"), each.records(), codec.toString());
            ByteBuf bytes = each.readBytes();
            assertEquals(codec, io.partita.broker.record.RecordBatch.compression(bytes, 0));
            assertEquals(5, each.log().lookupByTimestamp(0, 100).timestamp());
        }
    }

    @Test
    void youngRecordsAreLeftAlone() throws Exception {
        fixture.base.config(CompactionFixture.compacted().minCompactionLagMillis(500).build());
        fixture.start();
        fixture.append("a=1");
        fixture.append("a=2");
        fixture.compact();
        assertEquals(2, fixture.records().size());
        fixture.base.clock.advance(501);
        fixture.compact();
        assertEquals(List.of("1:a=2"), fixture.records());
    }

    @Test
    void oldRecordsAreCompactedInTimeWhateverTheRatio() throws Exception {
        fixture.base.config(CompactionFixture.compacted().minCleanableDirtyRatio(1).maxCompactionLagMillis(500).build());
        fixture.start();
        fixture.append("a=1");
        fixture.append("a=2");
        fixture.compactSealed();
        fixture.compactSealed();
        assertEquals(2, fixture.records().size());
        // When nothing more is written, and the lag has passed
        fixture.base.clock.advance(501);
        fixture.compactSealed();
        fixture.compactSealed();
        assertEquals(List.of("1:a=2"), fixture.records());
    }

    @Test
    void withoutEnoughDirtNothingHappens() throws Exception {
        fixture.base.config(CompactionFixture.compacted().minCleanableDirtyRatio(0.6).build());
        fixture.start();
        fixture.append("a=1");
        fixture.append("b=1");
        fixture.compact();
        assertEquals(1, fixture.cleaner.metrics().rounds());
        fixture.append("a=2");
        fixture.compact();
        assertEquals(1, fixture.cleaner.metrics().rounds());
        fixture.append("a=3");
        fixture.append("a=4");
        fixture.append("a=5");
        fixture.compact();
        assertEquals(2, fixture.cleaner.metrics().rounds());
        assertEquals(List.of("1:b=1", "5:a=5"), fixture.records());
    }

    @Test
    void abortedRecordsGoAndTheirMarkerFollows() throws Exception {
        fixture.start();
        fixture.append("a=1");
        fixture.append(CompactionFixture.produced(7, 0, 0, true, 1, "a=2", "b=2"));
        fixture.marker(7, 0, false);
        fixture.append(CompactionFixture.produced(7, 0, 2, true, 1, "b=3"));
        fixture.marker(7, 0, true);
        fixture.append("z=1");
        fixture.compact();
        // Then the value before the aborted one stays, and the aborted transaction is still known
        assertEquals(List.of("0:a=1", "4:b=3", "6:z=1"), fixture.records());
        assertEquals(List.of("0-0:1", "3-3c:1", "4-4:1", "5-5c:1", "6-6:1"), fixture.batches());
        assertEquals(1, fixture.log().abortedTransactions(0, 100).size());
        // When nothing of it is left
        fixture.append("y=1");
        fixture.compact();
        assertEquals(List.of("0-0:1", "3-3c!:1", "4-4:1", "5-5c:1", "6-6:1", "7-7:1"), fixture.batches());
        assertEquals(List.of(), fixture.log().abortedTransactions(0, 100));
        fixture.base.clock.advance(CompactionFixture.DELETE_RETENTION_MILLIS);
        fixture.append("x=1");
        fixture.compact();
        assertEquals(List.of("0-0:1", "4-4:1", "5-5c:1", "6-6:1", "7-7:1", "8-8:1"), fixture.batches());
    }

    @Test
    void nothingOfAnOpenTransactionOrBehindItIsTouched() throws Exception {
        fixture.start();
        fixture.append("a=1");
        fixture.append("a=2");
        fixture.log().roll();
        fixture.append(CompactionFixture.produced(7, 0, 0, true, 1, "a=3"));
        fixture.append("b=1");
        fixture.append("b=2");
        fixture.compact();
        assertEquals(List.of("1:a=2", "2:a=3", "3:b=1", "4:b=2"), fixture.records());
        fixture.marker(7, 0, true);
        fixture.compact();
        assertEquals(List.of("2:a=3", "4:b=2"), fixture.records());
    }

    @Test
    void producersAreStillKnownAfterwards() throws Exception {
        fixture.start();
        long now = fixture.base.clock.wallMillis();
        fixture.append(CompactionFixture.produced(5, 2, 0, false, now, "a=1", "a=2"));
        fixture.append(CompactionFixture.produced(5, 2, 2, false, now, "a=3", "b=1"));
        fixture.append("a=4", "b=2");
        fixture.compact();
        assertEquals(List.of("2-3:0", "4-5:2"), fixture.batches());
        // When all is read from the batches again
        fixture.base.stop();
        for (String name : fixture.base.disk.list(Path.of("/data/t-0"))) {
            if (name.endsWith(".snapshot")) {
                fixture.base.disk.delete(Path.of("/data/t-0", name));
            }
        }
        fixture.start();
        // Then a repetition is one, and the next batch the next
        AppendResult again = fixture.log().append(CompactionFixture.produced(5, 2, 2, false, now, "a=3", "b=1"), AppendOrigin.CLIENT, 0);
        assertEquals(2, assertInstanceOf(AppendResult.Duplicate.class, again).baseOffset());
        assertEquals(6, fixture.append(CompactionFixture.produced(5, 2, 4, false, now, "c=1")));
    }

    @Test
    void whatStaysAsItIsIsNotWrittenAgain() throws Exception {
        fixture.start();
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 8; j++) {
                fixture.append("key" + i + "-" + j + "=" + "x".repeat(60));
            }
            fixture.log().roll();
        }
        fixture.compactSealed();
        assertEquals(24, fixture.cleanedEnd());
        assertEquals(0, fixture.cleaner.metrics().bytesWritten(), "nothing is replaced");
        List<String> before = fixture.records();
        // When one record of the second segment is replaced
        fixture.append("key1-5=new");
        fixture.compact();
        // Then that segment is written, the beginning of it too, and no other
        List<String> expected = new ArrayList<>(before);
        expected.removeIf(record -> record.contains("key1-5="));
        expected.add("24:key1-5=new");
        assertEquals(expected, fixture.records());
        long written = fixture.cleaner.metrics().bytesWritten();
        assertTrue(written > 500 && written < 1100, "written: " + written);
    }

    @Test
    void keysThatDoNotFitInMemoryTakeOneRoundByWayOfAFile() throws Exception {
        List<String> expected = moreKeysThanMemory(fixture);
        fixture.compact();
        assertEquals(expected, fixture.records());
        assertEquals(1, fixture.cleaner.metrics().rounds());
        assertEquals(200, fixture.cleanedEnd());
        assertEquals(List.of(), filesOfKeys(fixture));
        // When it goes on, the records kept take part
        fixture.append("key3=new", "fresh=1");
        fixture.compact();
        expected.remove("156:key3=78");
        expected.addAll(List.of("200:key3=new", "201:fresh=1"));
        assertEquals(expected, fixture.records());
    }

    @Test
    void whereThereIsNoSpaceForTheFileOfKeysSeveralRoundsFollow() throws Exception {
        FaultyDisk disk = new FaultyDisk(new Random(1));
        disk.noSpaceFor = path -> path.toString().endsWith(FileNames.KEYS);
        CompactionFixture full = new CompactionFixture(disk);
        List<String> expected = moreKeysThanMemory(full);
        full.base.log.roll();
        full.runAll();
        for (int round = 0; full.cleanedEnd() < 200; round++) {
            assertTrue(round < 100, "rounds without end");
            full.compactSealed();
        }
        assertEquals(expected, full.records());
        assertTrue(full.cleaner.metrics().rounds() > 10, "rounds: " + full.cleaner.metrics().rounds());
        assertEquals(0, full.cleaner.metrics().failures());
    }

    private static List<String> moreKeysThanMemory(CompactionFixture fixture) throws Exception {
        fixture.cleanerConfig = new CleanerConfig(1, 24 * 8, 0.9, 4096, Double.MAX_VALUE);
        fixture.start();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            fixture.append("key" + i % 25 + "=" + i, "other" + i % 25 + "=" + i);
            if (i >= 75) {
                expected.add(2 * i + ":key" + i % 25 + "=" + i);
                expected.add(2 * i + 1 + ":other" + i % 25 + "=" + i);
            }
        }
        return expected;
    }

    private static List<String> filesOfKeys(CompactionFixture fixture) throws Exception {
        return fixture.log().environment().disk().list(fixture.log().directory()).stream().filter(name -> name.endsWith(".cleaned")).toList();
    }

    @Test
    void recordsWithoutAKeyGo() throws Exception {
        fixture.base.config(CompactionFixture.compacted().compact(false).build());
        fixture.start();
        fixture.append(Batches.of(1, "no key"));
        fixture.append("a=1");
        fixture.base.log.reconfigure(CompactionFixture.compacted().build());
        fixture.compact();
        assertEquals(List.of("1:a=1"), fixture.records());
    }

    @Test
    void damagedLogsAreSetAsideAndLeftAsTheyAre() throws Exception {
        // In the first batch's record; in the second batch's offset
        damagedAt(65, "position 0");
        damagedAt(70, "position 70");
    }

    private static void damagedAt(int position, String reason) throws Exception {
        CompactionFixture fixture = new CompactionFixture();
        fixture.start();
        fixture.append("a=1");
        fixture.append("a=2");
        fixture.log().roll();
        fixture.base.workers.runAll();
        flip((MemoryDisk) fixture.base.disk, Path.of("/data/t-0/00000000000000000000.log"), position);
        fixture.compactSealed();
        CleanerMetrics metrics = fixture.cleaner.metrics();
        assertEquals(1, metrics.failures());
        assertEquals(1, metrics.logsSetAside());
        assertTrue(metrics.lastFailure().contains(reason), metrics.lastFailure());
        // Then it is not tried again at once, but later
        fixture.compactSealed();
        assertEquals(1, fixture.cleaner.metrics().failures());
        fixture.base.clock.advance(60_000);
        flip((MemoryDisk) fixture.base.disk, Path.of("/data/t-0/00000000000000000000.log"), position);
        fixture.compactSealed();
        assertEquals(List.of("1:a=2"), fixture.records());
        assertEquals(0, fixture.cleaner.metrics().logsSetAside());
    }

    @Test
    void theDirtiestLogIsFirstAndIdleOnesAreNotOpened() throws Exception {
        fixture.start();
        PartitionLog other = fixture.base.directory.create(new LogId("u", 1), null, fixture.base.config);
        for (int i = 0; i < 10; i++) {
            other.append(CompactionFixture.batch(Compression.NONE, 1, "a=" + i), AppendOrigin.CLIENT, 0);
            fixture.append("a=" + i);
        }
        other.roll();
        fixture.compact();
        fixture.append("a=10");
        fixture.log().roll();
        fixture.base.workers.runAll();
        List<String> order = new ArrayList<>();
        List<LogCleaner.Candidate> both = List.of(
                new LogCleaner.Candidate(fixture.log(), task -> { order.add("t"); task.run(); }, () -> 100),
                new LogCleaner.Candidate(other, task -> {
                    order.add("u");
                    task.run();
                }, () -> 100));
        fixture.cleaner.check(both);
        fixture.base.workers.runAll();
        assertEquals("u", order.getFirst());
        assertEquals("t", order.getLast());
        assertEquals(List.of("t 0 11", "u 1 10"), checkpoint());
        // After a restart clean logs stay closed
        fixture.base.stop();
        fixture.start();
        fixture.compactSealed();
        assertEquals(false, fixture.log().isLoaded());
        fixture.append("a=11");
        fixture.log().roll();
        fixture.base.stop();
        fixture.start();
        fixture.compactSealed();
        assertEquals(List.of("11:a=11"), fixture.records());
    }

    private List<String> checkpoint() throws Exception {
        String text = new String(fixture.base.disk.readAll(Path.of("/data/cleaner-offset-checkpoint")), StandardCharsets.UTF_8);
        List<String> lines = new ArrayList<>(text.lines().toList());
        assertEquals("0", lines.removeFirst());
        assertEquals("2", lines.removeFirst());
        lines.sort(null);
        return lines;
    }

    @Test
    void aDeletedTopicLeavesNoMarkForItsSuccessor() throws Exception {
        fixture.start();
        for (int i = 0; i < 5; i++) {
            fixture.append("a=" + i);
        }
        fixture.compact();
        fixture.base.directory.delete(LogFixture.ID);
        fixture.base.stop();
        fixture.start();
        for (int i = 0; i < 9; i++) {
            fixture.append("a=" + i);
        }
        fixture.compact();
        assertEquals(List.of("8:a=8"), fixture.records());
    }

    @Test
    void theRateOfReadingAndWritingIsBounded() throws Exception {
        fixture.cleanerConfig = new CleanerConfig(1, 1 << 20, 0.9, 4096, 1000);
        fixture.start();
        for (int i = 0; i < 300; i++) {
            fixture.append("a=" + i);
        }
        fixture.log().roll();
        fixture.base.workers.runAll();
        long before = fixture.base.clock.monotonicMillis();
        fixture.compactSealed();
        long millis = fixture.base.clock.monotonicMillis() - before;
        long bytes = fixture.cleaner.metrics().bytesRead() + fixture.cleaner.metrics().bytesWritten();
        assertTrue(Math.abs(bytes - 1000 - millis) <= 100, bytes + " bytes in " + millis + " ms");
    }

    private static void flip(MemoryDisk disk, Path path, long position) throws Exception {
        var file = disk.open(path, false);
        java.nio.ByteBuffer one = java.nio.ByteBuffer.allocate(1);
        file.read(one, position);
        one.put(0, (byte) (one.get(0) ^ 1)).rewind();
        file.write(one, position);
        file.close();
    }
}
