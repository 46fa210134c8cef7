package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.log.AppendResult.Appended;
import io.partita.broker.log.AppendResult.Refused;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.EndMarker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LogFaultTest {

    private final FaultyDisk disk = new FaultyDisk(new Random(3));
    private final LogFixture fixture = new LogFixture(disk, Path.of("/data"));

    @Test
    void aFullDiskRefusesAppendsUntilThereIsSpace() throws Exception {
        fixture.start();
        fixture.append("a");
        // When there is no space, half of the batch reaches the file
        disk.capacity = 0;
        assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, assertInstanceOf(Refused.class, fixture.append("b")).code());
        assertFalse(fixture.directory.isWritable());
        assertFalse(fixture.directory.isOffline());
        assertEquals(1, fixture.log.logEndOffset());
        assertEquals(List.of("0:a"), fixture.readAll(0));
        // Then space returns and nothing of the refused batch is there
        disk.capacity = 1L << 30;
        assertInstanceOf(Refused.class, fixture.append("too early, a second has not passed"));
        fixture.clock.advance(1_000);
        assertInstanceOf(Appended.class, fixture.append("c"));
        assertTrue(fixture.directory.isWritable());
        assertEquals(List.of("0:a", "1:c"), fixture.readAll(0));
        // Nor after a crash
        disk.crashProcess();
        fixture.start();
        assertEquals(List.of("0:a", "1:c"), fixture.readAll(0));
    }

    @Test
    void aLogThatCannotBeCutOnAFullDiskIsAsItWas() throws Exception {
        fixture.start();
        fixture.append("a");
        fixture.append("uncommitted");
        fixture.append("uncommitted, too");
        List<String> before = fixture.readAll(0);
        // When there is no space to note where it is to end
        disk.capacity = 0;
        assertThrows(IOException.class, () -> fixture.log.truncateTo(1));
        // Then it ends where it ended: whoever wrote at the new end would write behind what is still there
        assertEquals(3, fixture.log.logEndOffset());
        assertEquals(before, fixture.readAll(0));
        // And is cut when there is space
        disk.capacity = 1L << 30;
        fixture.clock.advance(1_000);
        assertEquals(1, fixture.log.truncateTo(1));
        assertInstanceOf(Appended.class, fixture.append("committed"));
        assertEquals(List.of("0:a", "1:committed"), fixture.readAll(0));
        disk.crashProcess();
        fixture.start();
        assertEquals(List.of("0:a", "1:committed"), fixture.readAll(0));
    }

    @Test
    void aLogThatIsCutInPartOnlyTakesNoMoreWrites() throws Exception {
        fixture.start();
        fixture.append("a");
        fixture.append("b");
        // The first changes note where it is to end, in two checkpoints; the next one cuts the file.
        disk.failOperation(2, false);
        assertThrows(IOException.class, () -> fixture.log.truncateTo(1));
        assertTrue(fixture.directory.isOffline());
        assertInstanceOf(Refused.class, fixture.append("c"));
        disk.crashProcess();
        fixture.start();
        assertEquals("0:a", fixture.readAll(0).getFirst());
    }

    @Test
    void beforeADiskIsFullProducersAreRefusedAndTheBrokerItselfWrites() throws Exception {
        fixture.start();
        fixture.append("a");
        // Given enough space
        disk.leaveSpace(2_000_000);
        fixture.directory.reserve(2_000_000);
        assertInstanceOf(Appended.class, fixture.append("b"));
        // When there is less
        disk.leaveSpace(1_999_999);
        fixture.directory.reserve(2_000_000);
        assertTrue(fixture.directory.isShortOfSpace());
        // Then clients are told to try again, the broker's own records are written, and records are read
        assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, assertInstanceOf(Refused.class, fixture.append("refused")).code());
        assertInstanceOf(Appended.class, fixture.log.append(Batches.of(fixture.clock.wallMillis(), "own"), AppendOrigin.INTERNAL, 0));
        assertEquals(List.of("0:a", "1:b", "2:own"), fixture.readAll(0));
        assertTrue(fixture.directory.isWritable());
        // Until there is twice as much
        disk.leaveSpace(3_999_999);
        fixture.directory.reserve(2_000_000);
        assertInstanceOf(Refused.class, fixture.append("still too little"));
        disk.leaveSpace(4_000_000);
        fixture.directory.reserve(2_000_000);
        assertFalse(fixture.directory.isShortOfSpace());
        assertInstanceOf(Appended.class, fixture.append("c"));
    }

    @Test
    void aFullDiskTakesTheBrokersOwnAgainWhenTheReserveIsFreeAndProducersWhenTwiceAsMuchIs() throws Exception {
        // Given a disk that is full, of which a twentieth is kept back
        fixture.start();
        long reserve = 9L << 20;
        disk.totalBytes = 20 * reserve;
        disk.leaveSpace(0);
        fixture.directory.reserve(64L << 20);
        assertInstanceOf(Refused.class, own("full"));
        assertFalse(fixture.directory.isWritable());
        // When there is too little
        assertInstanceOf(Refused.class, own("too little", reserve - 1));
        // and enough for what the broker keeps itself
        assertInstanceOf(Appended.class, own("own", reserve));
        assertInstanceOf(Refused.class, fixture.append("refused"));
        assertInstanceOf(Refused.class, fixture.log.append(Batches.of(fixture.clock.wallMillis(), "due"), AppendOrigin.RELEASED, 0));
        assertInstanceOf(Appended.class, own("own", 2 * reserve - 1));
        assertInstanceOf(Refused.class, fixture.append("refused"));
        // and for producers
        assertInstanceOf(Appended.class, own("own", 2 * reserve));
        assertInstanceOf(Appended.class, fixture.append("a"));
        assertInstanceOf(Appended.class, fixture.log.append(Batches.of(fixture.clock.wallMillis(), "due"), AppendOrigin.RELEASED, 0));
    }

    /** The marker just fits, its entry in the index of aborted transactions does not. */
    @Test
    void aDiskThatIsFullBehindAMarkerTakesWritesAgainWhenItHasSpaceAndAbortedRecordsStayHidden() throws Exception {
        fixture.start();
        fixture.append("a");
        fixture.log.append(Batches.transactional(7, 0, 0, 5, "aborted"), AppendOrigin.CLIENT, 0);
        var marker = Unpooled.buffer();
        new EndMarker(false, 0).write(marker, 7, (short) 1, 5);
        disk.leaveSpace(marker.readableBytes());
        assertInstanceOf(Appended.class, fixture.log.append(marker, AppendOrigin.INTERNAL, 0));
        // Then
        assertFalse(fixture.directory.isOffline());
        assertEquals(1, fixture.log.abortedTransactions(0, 100).size());
        disk.leaveSpace(Long.MAX_VALUE);
        fixture.clock.advance(1_000);
        assertInstanceOf(Appended.class, fixture.append("b"));
        disk.crashProcess();
        fixture.start();
        assertEquals(1, fixture.log.abortedTransactions(0, 100).size());
    }

    private AppendResult own(String value, long free) {
        disk.leaveSpace(free);
        fixture.directory.reserve(64L << 20);
        fixture.clock.advance(1_000);
        return own(value);
    }

    private AppendResult own(String value) {
        return fixture.log.append(Batches.of(fixture.clock.wallMillis(), value), AppendOrigin.INTERNAL, 0);
    }

    @Test
    void aReserveIsAPartOfASmallDiskAndCanBeGivenUp() throws Exception {
        fixture.start();
        disk.totalBytes = 10_000_000;
        disk.leaveSpace(500_000);
        fixture.directory.reserve(2_000_000);
        assertFalse(fixture.directory.isShortOfSpace());
        disk.leaveSpace(499_999);
        fixture.directory.reserve(2_000_000);
        assertTrue(fixture.directory.isShortOfSpace());
        fixture.directory.reserve(0);
        assertInstanceOf(Appended.class, fixture.append("a"));
    }

    @Test
    void aBrokerStartsOnAFullDisk() throws Exception {
        fixture.start();
        for (int i = 0; i < 100; i++) {
            fixture.append("value-" + i);
        }
        List<String> all = fixture.readAll(0);
        for (boolean killed : new boolean[] {false, true}) {
            if (killed) {
                disk.crashProcess();
            } else {
                fixture.stop();
            }
            disk.capacity = 0;
            fixture.start();
            assertEquals(all, fixture.readAll(0));
            assertInstanceOf(Refused.class, fixture.append("no space"));
            disk.capacity = 1L << 30;
            fixture.clock.advance(1_000);
        }
        assertInstanceOf(Appended.class, fixture.append("space"));
    }

    @Test
    void anIoErrorTakesTheDirectoryOfflineForWritesOnly() throws Exception {
        fixture.start();
        fixture.append("a");
        disk.failOperation(0, false);

        assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, assertInstanceOf(Refused.class, fixture.append("b")).code());
        fixture.clock.advance(10_000);

        assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, assertInstanceOf(Refused.class, fixture.append("c")).code());
        assertTrue(fixture.directory.isOffline());
        assertEquals(List.of("0:a"), fixture.readAll(0));
    }

    /** A log of one segment, closed properly and open again, of which no file is open. */
    private void startAgain() throws Exception {
        fixture.start();
        fixture.append("a");
        fixture.stop();
        fixture.start();
    }

    @Test
    void whatFailsBeforeAByteIsWrittenIsRefusedAndTriedAgain() throws Exception {
        // The segment is full, and the next one cannot be made
        fixture.config(fixture.config.toBuilder().segmentBytes(100).build()).start();
        fixture.append("a");
        disk.failOperation(0, false);
        assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, assertInstanceOf(Refused.class, fixture.append("b")).code());

        assertTrue(fixture.directory.isWritable());
        assertInstanceOf(Appended.class, fixture.append("c"));
        assertEquals(List.of("0:a", "1:c"), fixture.readAll(0));
        disk.crashProcess();
        fixture.start();
        assertEquals(List.of("0:a", "1:c"), fixture.readAll(0));
    }

    @Test
    void aSegmentThatSomebodyRemovedConcernsItsLogAlone() throws Exception {
        startAgain();
        PartitionLog other = fixture.directory.create(new LogId("t", 1), new UUID(1, 2), fixture.config);
        fixture.log.segments().close();
        disk.delete(fixture.log.directory().resolve(FileNames.of(0, FileNames.LOG)));

        assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, assertInstanceOf(Refused.class, fixture.append("b")).code());
        assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, fixture.log.read(0, 100, Long.MAX_VALUE, true).error());

        assertTrue(fixture.directory.isWritable());
        assertInstanceOf(Appended.class, other.append(Batches.of(1, "x"), AppendOrigin.CLIENT, 0));
    }

    @Test
    void aSegmentThatIsRemovedWhileItIsWrittenToIsNotTakenForFlushed() throws Exception {
        fixture.start();
        fixture.append("a");
        fixture.log.flush();
        disk.delete(fixture.log.directory().resolve(FileNames.of(0, FileNames.LOG)));
        fixture.append("b");

        assertThrows(IOException.class, fixture.log::flush);

        assertEquals(1, fixture.log.flushedEndOffset());
        assertTrue(fixture.directory.isWritable());
    }

    @Test
    void anUnreadableFileConcernsItsLogAlone() throws Exception {
        startAgain();
        fixture.append("b");
        fixture.stop();
        LogFixture unreadable = new LogFixture(Hooks.onRead(disk, () -> {
            throw new IOException("Input/output error");
        }), fixture.path).start();

        assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, assertInstanceOf(Refused.class, unreadable.append("c")).code());

        assertTrue(unreadable.directory.isWritable());
    }

    @Test
    void logsGiveUpDescriptorsBeforeARequestFailsForWantOfOne() throws Exception {
        int[] open = {0};
        MemoryDisk memory = new MemoryDisk();
        LogFixture crowded = new LogFixture(Hooks.withDescriptors(memory, open, 12), Path.of("/data"));
        crowded.start();
        for (int partition = 0; partition < 40; partition++) {
            PartitionLog log = crowded.directory.create(new LogId("many", partition), new UUID(1, 3), crowded.config);
            assertInstanceOf(Appended.class, log.append(Batches.of(1, "x"), AppendOrigin.CLIENT, 0));
        }
        assertTrue(open[0] <= 12, open[0] + " are open");
        assertTrue(crowded.directory.isWritable());
    }

    @Test
    void aFailedFlushIsNotTriedAgain() throws Exception {
        fixture.start();
        fixture.append("a");
        disk.failOperation(0, false);

        assertThrows(IOException.class, fixture.log::flush);

        assertEquals(0, fixture.log.flushedEndOffset());
        assertTrue(fixture.directory.isOffline());
        assertInstanceOf(Refused.class, fixture.append("b"));
    }

    @Test
    void aFlippedByteIsNeverServed() throws Exception {
        // Given a log that was closed properly, with a byte flipped in its middle since
        fixture.start();
        for (int i = 0; i < 30; i++) {
            fixture.append("value-" + i);
        }
        Path file = fixture.log.directory().resolve(FileNames.of(0, FileNames.LOG));
        long middle = disk.size(file) / 2;
        fixture.stop();
        disk.flip(file, middle);
        fixture.start();
        // When all is read at once
        LogSlice slice = fixture.log.read(0, 100_000, Long.MAX_VALUE, true);
        assertFalse(slice.likelyCached());
        slice.verify();
        // Then the slice ends before the bad batch
        List<String> good = Batches.records(slice);
        assertEquals(15, good.size());
        // And reading on is an error, each time
        for (int i = 0; i < 2; i++) {
            LogSlice bad = fixture.log.read(15, 100_000, Long.MAX_VALUE, true);
            assertFalse(bad.likelyCached());
            bad.verify();
            assertEquals(ErrorCode.CORRUPT_MESSAGE, bad.error());
            assertEquals(0, bad.sizeInBytes());
            bad.release();
        }
        // What lies behind it is served
        LogSlice behind = fixture.log.read(16, 100_000, Long.MAX_VALUE, true);
        behind.verify();
        assertEquals(14, Batches.records(behind).size());
        // And what was verified is not verified again for a while
        LogSlice again = fixture.log.read(16, 100_000, Long.MAX_VALUE, true);
        assertTrue(again.likelyCached());
        again.release();
        fixture.clock.advance(SegmentTrust.MILLIS + 1);
        LogSlice later = fixture.log.read(16, 100_000, Long.MAX_VALUE, true);
        assertFalse(later.likelyCached());
        later.release();
    }

    @Test
    void whatWasJustAppendedIsServedWithoutBeingRead() throws Exception {
        fixture.start();
        fixture.append("a");
        assertTrue(isCached(0));
        fixture.directory.age();
        fixture.append("b");
        assertTrue(isCached(0));
        fixture.directory.age();
        assertFalse(isCached(0));
        assertTrue(isCached(1));
    }

    private boolean isCached(long offset) {
        LogSlice slice = fixture.log.read(offset, 10, offset + 1, true);
        boolean cached = slice.likelyCached();
        slice.release();
        return cached;
    }

    @Test
    void aDamagedIndexIsBuiltAnew() throws Exception {
        fixture.start();
        for (int i = 0; i < 300; i++) {
            fixture.append("value-" + i);
        }
        List<String> all = fixture.readAll(0);
        fixture.stop();
        for (Path file : disk.filesBelow(fixture.log.directory())) {
            if (file.toString().endsWith("index")) {
                disk.put(file, new byte[] {1, 2, 3});
            }
        }
        fixture.start();
        fixture.append("more");
        LogSlice slice = fixture.log.read(77, 100, 300, true);
        assertFalse(slice.likelyCached(), "an event loop builds no index");
        slice.verify();
        assertEquals(all.get(77), Batches.records(slice).getFirst());
        fixture.stop();
        fixture.start();

        assertEquals(all, fixture.readAll(0).subList(0, 300));
        assertEquals(all.subList(77, 300), fixture.readAll(77).subList(0, 223));
    }
}
