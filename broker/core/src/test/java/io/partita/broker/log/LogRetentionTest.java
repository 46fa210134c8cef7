package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.env.Disk;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.protocol.ErrorCode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogRetentionTest {

    private final LogFixture fixture = new LogFixture();

    private void fill(int records, long millisBetween) {
        for (int i = 0; i < records; i++) {
            fixture.append("value-" + fixture.log.logEndOffset());
            fixture.clock.advance(millisBetween);
        }
    }

    private void expire() {
        Runnable work = fixture.log.expire(fixture.log.logEndOffset());
        if (work != null) {
            work.run();
        }
    }

    @Test
    void segmentsGoOnceTheirNewestRecordIsTooOld() throws Exception {
        fixture.config(fixture.config.toBuilder().retentionMillis(100_000).build()).start();
        fill(200, 1_000);

        expire();

        long start = fixture.log.logStartOffset();
        assertTrue(start > 0 && start <= 100, "start " + start);
        assertEquals(ErrorCode.OFFSET_OUT_OF_RANGE, fixture.log.read(start - 1, 100, Long.MAX_VALUE, true).error());
        assertEquals(200 - start, fixture.readAll(start).size());
        assertTrue(fixture.disk.list(fixture.log.directory()).stream()
                .allMatch(name -> FileNames.offset(name) >= start || FileNames.offset(name) < 0));
    }

    @Test
    void anExpiredActiveSegmentIsRolledFirst() throws Exception {
        fixture.config(fixture.config.toBuilder().retentionMillis(1_000).build()).start();
        fill(3, 1);
        fixture.clock.advance(5_000);

        expire();

        assertEquals(3, fixture.log.logStartOffset());
        assertEquals(3, fixture.log.logEndOffset());
        fixture.append("next");
        assertEquals(List.of("3:next"), fixture.readAll(3));
        fixture.stop();
        fixture.start();
        assertEquals(3, fixture.log.logStartOffset());
        assertEquals(List.of("3:next"), fixture.readAll(3));
    }

    @Test
    void theOldestSegmentsGoWhileTheLogIsTooLarge() throws Exception {
        fixture.config(fixture.config.toBuilder().retentionBytes(10_000).build()).start();
        fill(400, 1);

        expire();

        long size = fixture.log.sizeInBytes();
        assertTrue(size >= 10_000 && size < 10_000 + 4_096, "size " + size);
    }

    @Test
    void nothingAboveTheHighWatermarkGoes() throws Exception {
        fixture.config(fixture.config.toBuilder().retentionMillis(1_000).build()).start();
        fill(200, 100);
        fixture.clock.advance(100_000);

        Runnable work = fixture.log.expire(10);

        assertNull(work);
        assertEquals(0, fixture.log.logStartOffset());
    }

    @Test
    void compactedTopicsKeepTheirRecords() throws Exception {
        fixture.config(fixture.config.toBuilder().retentionMillis(1_000).delete(false).build()).start();
        fill(200, 100);

        expire();

        assertEquals(0, fixture.log.logStartOffset());
    }

    @Test
    void exactlyExpiredRecordsAreInvisibleAtOnce() throws Exception {
        fixture.config(fixture.config.toBuilder().retentionMillis(10_000).expireExactly(true).segmentBytes(1 << 20).build()).start();
        fill(30, 1_000);
        // Now is 30 s after the first record; those of the first 20 s have expired.
        LogSlice expired = fixture.log.read(19, 1000, Long.MAX_VALUE, true);
        assertEquals(ErrorCode.OFFSET_OUT_OF_RANGE, expired.error());
        assertEquals(21, fixture.log.logStartOffset());
        assertEquals(fixture.clock.wallMillis() + 1_000, fixture.log.nextExpiryMillis());
        assertEquals("21:value-21", fixture.readAll(21).getFirst());
        // One more second, one more record
        fixture.clock.advance(1_000);
        assertEquals(ErrorCode.OFFSET_OUT_OF_RANGE, fixture.log.read(21, 1000, Long.MAX_VALUE, true).error());
        fixture.log.read(22, 1000, Long.MAX_VALUE, true).release();
        assertEquals(22, fixture.log.logStartOffset());
        // All gone, then a new one
        fixture.clock.advance(60_000);
        fixture.log.expireRecords(fixture.log.logEndOffset());
        assertEquals(30, fixture.log.logStartOffset());
        fixture.append("new");
        assertEquals(List.of("30:new"), fixture.readAll(30));
    }

    @Test
    void exactExpiryPassesWholeSegmentsAndSurvivesARestart() throws Exception {
        fixture.config(fixture.config.toBuilder().retentionMillis(50_000).expireExactly(true).build()).start();
        fill(300, 1_000);

        fixture.log.expireRecords(Long.MAX_VALUE);
        assertEquals(251, fixture.log.logStartOffset());
        expire();
        fixture.stop();
        fixture.start();

        assertEquals(251, fixture.log.logStartOffset());
        assertEquals(49, fixture.readAll(251).size());
    }

    private void append(long timestamp, String value) {
        fixture.log.append(Batches.of(timestamp, value), AppendOrigin.CLIENT, 0);
    }

    private LogFixture exact(long retentionMillis) throws Exception {
        return fixture.config(fixture.config.toBuilder().retentionMillis(retentionMillis).expireExactly(true).build()).start();
    }

    @Test
    void aRecordOfTheFutureKeepsNothingBehindItVisible() throws Exception {
        exact(10_000);
        long begin = fixture.clock.wallMillis();
        append(begin + 60_000, "future");
        for (int i = 1; i < 300; i++) {
            append(begin + i, "value-" + i);
        }
        append(begin + 30_000, "later");

        fixture.clock.advance(10_100);
        assertEquals("101:value-101", fixture.readAll(0).get(1));
        fixture.clock.advance(10_000);
        assertEquals(List.of("0:future", "300:later"), fixture.readAll(0));
        assertEquals(List.of("300:later"), fixture.readAll(5));
        assertEquals(0, fixture.log.lookupByTimestamp(begin + 5, Long.MAX_VALUE).offset());
        fixture.clock.advance(20_000);
        assertEquals(List.of("0:future"), records(0));
        assertTrue(fixture.log.read(7, 100_000, Long.MAX_VALUE, true).isEmpty());
        append(fixture.clock.wallMillis(), "new");
        assertEquals(List.of("301:new"), fixture.readAll(7));
        fixture.clock.advance(60_000);
        fixture.log.expireRecords(Long.MAX_VALUE);
        assertEquals(302, fixture.log.logStartOffset());
    }

    private List<String> records(long offset) throws Exception {
        return Batches.records(fixture.log.read(offset, 100_000, Long.MAX_VALUE, true));
    }

    @Test
    void manyExpiredRecordsBehindOneThatHasNotAreLeftToAWorker() throws Exception {
        exact(10_000);
        long begin = fixture.clock.wallMillis();
        append(begin + 60_000, "future");
        for (int i = 1; i < 3_000; i++) {
            append(begin, "value-" + i);
        }
        append(begin + 20_000, "later");
        fixture.clock.advance(11_000);

        LogSlice slice = fixture.log.read(1, 1_000, Long.MAX_VALUE, true);
        assertFalse(slice.likelyCached());
        slice.verify();
        assertEquals(List.of("3000:later"), Batches.records(slice));

        LogSlice again = fixture.log.read(2, 1_000, Long.MAX_VALUE, true);
        assertTrue(again.likelyCached(), "what was passed over once is known");
        assertEquals(List.of("3000:later"), Batches.records(again));
    }

    @Test
    void manyRecordsThatExpireAtOnceAreInvisibleBeforeTheStartHasPassedThem() throws Exception {
        fixture.config(fixture.config.toBuilder().segmentBytes(1 << 20).build());
        exact(10_000);
        long begin = fixture.clock.wallMillis();
        for (int i = 0; i < 5_000; i++) {
            append(begin, "value-" + i);
        }
        append(begin + 20_000, "later");
        fixture.clock.advance(11_000);

        LogSlice slice = fixture.log.read(4_000, 1_000, Long.MAX_VALUE, true);
        slice.verify();
        assertEquals(List.of("5000:later"), Batches.records(slice));
        fixture.log.expireAllRecords(Long.MAX_VALUE);
        assertEquals(5_000, fixture.log.logStartOffset());
    }

    @Test
    void aShorterRetentionHidesWhatHasExpiredByItAtOnce() throws Exception {
        exact(100_000);
        fill(30, 1_000);
        assertEquals(30, fixture.readAll(0).size());

        fixture.log.reconfigure(fixture.config.toBuilder().retentionMillis(10_000).build());

        assertEquals(ErrorCode.OFFSET_OUT_OF_RANGE, fixture.log.read(0, 100, Long.MAX_VALUE, true).error());
        assertEquals(21, fixture.log.logStartOffset());
        fixture.log.reconfigure(fixture.config.toBuilder().retentionMillis(5_000).build());
        fixture.log.expireRecords(Long.MAX_VALUE);
        assertEquals(26, fixture.log.logStartOffset());
    }

    @Test
    void whatIsAppendedDuringALookForExpiredRecordsExpiresToo() throws Exception {
        Runnable[] during = {null};
        Disk disk = Hooks.onRead(new MemoryDisk(), () -> {
            Runnable once = during[0];
            during[0] = null;
            if (once != null) {
                once.run();
            }
        });
        LogFixture hooked = new LogFixture(disk, Path.of("/data"));
        hooked.config(hooked.config.toBuilder().retentionMillis(10_000).expireExactly(true).build()).start();
        hooked.append("a");
        hooked.clock.advance(20_000);
        during[0] = () -> hooked.append("b");

        hooked.log.expireRecords(Long.MAX_VALUE);
        assertEquals(1, hooked.log.logStartOffset());
        hooked.clock.advance(10_000);
        hooked.log.expireRecords(Long.MAX_VALUE);

        assertEquals(2, hooked.log.logStartOffset());
    }

    @Test
    void recordsAreDeletedUpToAnOffset() throws Exception {
        fixture.start();
        fill(200, 1);
        int filesBefore = fixture.disk.list(fixture.log.directory()).size();

        Runnable work = fixture.log.advanceLogStartOffset(150);
        work.run();

        assertEquals(150, fixture.log.logStartOffset());
        assertEquals(ErrorCode.OFFSET_OUT_OF_RANGE, fixture.log.read(149, 100, Long.MAX_VALUE, true).error());
        assertEquals("150:value-150", fixture.readAll(150).getFirst());
        assertTrue(fixture.disk.list(fixture.log.directory()).size() < filesBefore);
        fixture.stop();
        fixture.start();
        assertEquals(150, fixture.log.logStartOffset());
    }

    @Test
    void aLogThatIsNotUsedIsNotKeptInMemory() throws Exception {
        fixture.config(fixture.config.toBuilder().retentionMillis(1_000_000).build()).start();
        fill(100, 1);
        fixture.stop();
        fixture.start();
        // When it is looked at, or was read once
        expire();
        assertFalse(fixture.log.isLoaded());
        assertEquals(100, fixture.readAll(0).size());
        assertTrue(fixture.log.isLoaded());
        expire();
        assertFalse(fixture.log.isLoaded());
        // Then it is as before
        assertEquals(100, fixture.readAll(0).size());
        fixture.append("more");
        expire();
        assertEquals(101, fixture.readAll(0).size());
        // And is loaded when something of it is to go
        fixture.stop();
        fixture.clock.advance(2_000_000);
        fixture.start();
        expire();
        assertTrue(fixture.log.isLoaded());
        expire();
        assertEquals(101, fixture.log.logStartOffset());
    }

    @Test
    void aLogThatIsNotUsedIsNotLookedAtAgainBeforeSomethingOfItCanHaveExpired() throws Exception {
        fixture.config(fixture.config.toBuilder().retentionMillis(1_000_000).build()).start();
        fill(100, 1);
        fixture.stop();
        int[] reads = {0};
        LogFixture watched = new LogFixture(Hooks.onRead(fixture.disk, () -> reads[0]++), fixture.path).config(fixture.config);
        watched.clock.advance(fixture.clock.wallMillis() - watched.clock.wallMillis());
        watched.start();
        assertFalse(watched.log.expiryIsDue());
        int first = reads[0];
        assertFalse(watched.log.expiryIsDue());
        assertEquals(first, reads[0]);
        // Other settings, or time, make it worth a look
        watched.log.reconfigure(fixture.config.toBuilder().retentionMillis(900_000).build());
        assertFalse(watched.log.expiryIsDue());
        assertTrue(reads[0] > first);
        watched.clock.advance(2_000_000);
        assertTrue(watched.log.expiryIsDue());
        watched.log.expire(100).run();
        assertEquals(100, watched.log.logStartOffset());
    }

    @Test
    void theOwnerReadsNothingForRetention() throws Exception {
        int[] reads = {0};
        fixture.config(fixture.config.toBuilder().retentionMillis(1_000_000).build()).start();
        fill(1_000, 1);
        fixture.stop();
        LogFixture watched = new LogFixture(Hooks.onRead(fixture.disk, () -> reads[0]++), fixture.path).config(fixture.config);
        watched.clock.advance(2_000_000);
        watched.start();
        watched.append("new");
        assertTrue(watched.log.expiryIsDue());
        int before = reads[0];

        Runnable work = watched.log.expire(watched.log.logEndOffset());

        assertEquals(before, reads[0]);
        assertTrue(watched.log.logStartOffset() > 900, "start " + watched.log.logStartOffset());
        work.run();
    }

    @Test
    void aSliceOutlivesItsSegment() throws Exception {
        fixture.start();
        fill(200, 1);
        LogSlice slice = fixture.log.read(0, 500, Long.MAX_VALUE, true);

        fixture.log.advanceLogStartOffset(200).run();

        assertEquals("0:value-0", Batches.records(slice).getFirst());
    }
}
