package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.partita.broker.record.EndMarker;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Indexes that lost entries, or have wrong ones, and are sound in themselves. */
class LogIndexDamageTest {

    private final FaultyDisk disk = new FaultyDisk(new Random(7));
    private final LogFixture fixture = new LogFixture(disk, Path.of("/data"));

    /** One record for each timestamp, offset and timestamp being the same unless said. */
    private void append(long timestamp) {
        fixture.log.append(Batches.of(timestamp, "value-" + timestamp), AppendOrigin.CLIENT, 0);
    }

    private Path file(long baseOffset, String suffix) {
        return fixture.log.directory().resolve(FileNames.of(baseOffset, suffix));
    }

    private void cut(Path index, int entries, int entryBytes) {
        disk.put(index, Arrays.copyOf(disk.readAll(index), entries * entryBytes));
    }

    /** Twice, because a log that is not in memory is looked at the first time and cut the second. */
    private void expire() {
        for (int i = 0; i < 2; i++) {
            Runnable work = fixture.log.expire(200);
            if (work != null) {
                work.run();
            }
        }
    }

    private long offsetOf(long timestamp) throws Exception {
        return fixture.log.lookupByTimestamp(timestamp, Long.MAX_VALUE).offset();
    }

    /** Two segments, of 100 records each, closed properly. */
    private void twoSegments() throws Exception {
        fixture.config(fixture.config.toBuilder().segmentBytes(1 << 20).retentionMillis(100).build()).start();
        for (int i = 0; i < 200; i++) {
            append(i);
            if (i == 99) {
                fixture.log.roll();
            }
        }
        fixture.stop();
    }

    @Test
    void aTimeIndexThatWasCutBetweenTwoEntriesHidesNoRecord() throws Exception {
        twoSegments();
        for (int left : new int[] {3, 0}) {
            cut(file(0, FileNames.TIME_INDEX), left, TimeIndex.ENTRY_BYTES);
            fixture.start();

            assertEquals(90, offsetOf(90));
            assertEquals(99, offsetOf(99));
            assertEquals(100, offsetOf(100));
            assertEquals(199, fixture.log.maxTimestampOffset().offset());
            fixture.stop();
        }
    }

    @Test
    void aTimeIndexThatWasCutDoesNotMakeASegmentOlder() throws Exception {
        twoSegments();
        cut(file(0, FileNames.TIME_INDEX), 3, TimeIndex.ENTRY_BYTES);
        fixture.clock.advance(150 - fixture.clock.wallMillis());
        fixture.start();
        fixture.readAll(0);

        expire();
        assertEquals(0, fixture.log.logStartOffset());
        fixture.clock.advance(50);
        expire();
        assertEquals(100, fixture.log.logStartOffset());
    }

    @Test
    void anEntryOfTheTimeIndexThatNamesAnotherBatchIsNoticed() throws Exception {
        twoSegments();
        byte[] times = disk.readAll(file(0, FileNames.TIME_INDEX));
        // The third entry says that up to offset 80 nothing is newer than it.
        ByteBuffer.wrap(times).putInt(2 * TimeIndex.ENTRY_BYTES + 8, 80);
        disk.put(file(0, FileNames.TIME_INDEX), times);
        long third = ByteBuffer.wrap(times).getLong(2 * TimeIndex.ENTRY_BYTES);
        fixture.start();

        assertEquals(third + 1, offsetOf(third + 1));
    }

    @Test
    void anOffsetIndexThatLacksMostOfItsEntriesIsBuiltAnew() throws Exception {
        fixture.config(fixture.config.toBuilder().segmentBytes(64 << 20).maxMessageBytes(64 << 10).indexIntervalBytes(4096).build()).start();
        String value = "x".repeat(60_000);
        for (int i = 0; i < 150; i++) {
            fixture.log.append(Batches.of(i, value), AppendOrigin.CLIENT, 0);
        }
        fixture.log.roll();
        append(200);
        fixture.stop();
        int entries = disk.readAll(file(0, FileNames.OFFSET_INDEX)).length / OffsetIndex.ENTRY_BYTES;
        cut(file(0, FileNames.OFFSET_INDEX), 5, OffsetIndex.ENTRY_BYTES);
        fixture.start();

        assertTrue(fixture.log.segments().get(0).indexes.offsets().entries() >= entries);
    }

    @Test
    void afterALossOfPowerTheTimeIndexMayLackMoreThanTheOffsetIndex() throws Exception {
        // Given a log that was flushed, whose largest timestamp lies in its middle
        fixture.config(fixture.config.toBuilder().segmentBytes(1 << 20).build()).start();
        for (int i = 0; i < 100; i++) {
            append(i < 60 ? i : i == 60 ? 1_000 : 60 + i / 10);
        }
        fixture.log.flush();
        fixture.directory.checkpoint();
        // When the power goes and takes entries of the time index with it, but none of the offset index
        fixture.workers.forget();
        disk.crashProcess();
        cut(file(0, FileNames.TIME_INDEX), 2, TimeIndex.ENTRY_BYTES);
        fixture.start();
        for (int i = 100; i < 150; i++) {
            append(70);
        }
        // Then the record is found, in the segment that is written and in the one that is sealed
        assertEquals(60, fixture.log.maxTimestampOffset().offset());
        assertEquals(60, offsetOf(1_000));
        fixture.log.roll();
        fixture.workers.runAll();
        assertEquals(60, offsetOf(900));
        fixture.stop();
        fixture.start();
        assertEquals(60, offsetOf(900));
    }

    @Test
    void aDamagedTransactionIndexIsMadeAnew() throws Exception {
        // Given two aborted transactions in the first segment, one that reaches into the second, and one that is committed
        fixture.start();
        transactional(1, 0, 0);
        transactional(2, 0, 0);
        marker(1, 1, false);
        transactional(3, 0, 0);
        marker(2, 1, false);
        fixture.log.roll();
        marker(3, 1, false);
        transactional(4, 0, 0);
        marker(4, 1, true);
        var aborted = fixture.log.abortedTransactions(0, 100);
        assertEquals(3, aborted.size());
        fixture.stop();
        Path first = file(0, FileNames.TRANSACTION_INDEX);
        byte[] good = disk.readAll(first);

        // When it is cut in an entry, of another version, filled with nothing, or of other offsets
        byte[] version = good.clone();
        version[1] = 9;
        byte[] other = good.clone();
        other[TransactionIndex.ENTRY_BYTES - 9] = 77;
        for (byte[] bad : new byte[][] {Arrays.copyOf(good, good.length - 3), version, new byte[good.length], other}) {
            disk.put(first, bad);
            fixture.start();

            // Then
            assertEquals(aborted, fixture.log.abortedTransactions(0, 100));
            fixture.stop();
            assertEquals(ByteBuffer.wrap(good), ByteBuffer.wrap(disk.readAll(first)));
        }
    }

    @Test
    void aTransactionIndexThatIsGoneIsNoticedAndMadeAnew() throws Exception {
        // Given an aborted transaction in the first segment and one that ends in the third; the second has none
        fixture.start();
        transactional(1, 0, 0);
        marker(1, 1, false);
        fixture.log.roll();
        transactional(2, 0, 0);
        long second = fixture.log.logEndOffset();
        fixture.log.roll();
        marker(2, 1, false);
        var aborted = fixture.log.abortedTransactions(0, 100);
        assertEquals(2, aborted.size());
        fixture.stop();
        byte[] good = disk.readAll(file(0, FileNames.TRANSACTION_INDEX));

        // When either or both are gone, after a proper stop
        for (long[] gone : new long[][] {{0}, {second}, {0, second}}) {
            for (long segment : gone) {
                disk.delete(file(segment, FileNames.TRANSACTION_INDEX));
            }
            fixture.start();

            // Then
            assertEquals(aborted, fixture.log.abortedTransactions(0, 100));
            fixture.stop();
            assertEquals(ByteBuffer.wrap(good), ByteBuffer.wrap(disk.readAll(file(0, FileNames.TRANSACTION_INDEX))));
        }

        // and what is noted goes with its segment
        fixture.start();
        fixture.log.advanceLogStartOffset(second).run();
        fixture.log.roll();
        transactional(3, 0, 0);
        marker(3, 1, false);
        fixture.stop();
        assertEquals(2, AbortedSegments.read(disk, file(0, "").getParent()).size());
    }

    private void transactional(long producerId, int epoch, int sequence) {
        fixture.log.append(Batches.transactional(producerId, epoch, sequence, 5, "v"), AppendOrigin.CLIENT, 0);
    }

    private void marker(long producerId, int epoch, boolean commit) {
        var batch = Unpooled.buffer();
        new EndMarker(commit, 0).write(batch, producerId, (short) epoch, 5);
        fixture.log.append(batch, AppendOrigin.INTERNAL, 0);
    }
}
