package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.log.AppendResult.Appended;
import io.partita.broker.log.AppendResult.Duplicate;
import io.partita.broker.log.AppendResult.Refused;
import io.partita.broker.protocol.ErrorCode;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogProducersTest {

    private static final long PRODUCER = 42;

    private LogFixture fixture = new LogFixture();

    LogProducersTest() throws Exception {
        fixture.start();
    }

    @BeforeEach
    void aRecordIsThere() {
        fixture.append("first");
    }

    private AppendResult send(int epoch, int firstSequence, String... values) {
        return fixture.log.append(Batches.idempotent(PRODUCER, epoch, firstSequence, fixture.clock.wallMillis(), values), AppendOrigin.CLIENT, 0);
    }

    private static ErrorCode code(AppendResult result) {
        return assertInstanceOf(Refused.class, result).code();
    }

    @Test
    void anyOfTheLastFiveBatchesMayBeRepeated() {
        for (int i = 0; i < 6; i++) {
            assertInstanceOf(Appended.class, send(0, i * 2, "a", "b"));
        }
        for (int i = 1; i < 6; i++) {
            assertEquals(new Duplicate(1 + i * 2, 2 + i * 2, -1, 0), send(0, i * 2, "a", "b"));
        }
        assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, code(send(0, 0, "a", "b")), "forgotten by now");
        assertEquals(13, fixture.log.logEndOffset());
    }

    @Test
    void aGapOrAPartOfABatchIsOutOfOrder() {
        send(0, 0, "a", "b", "c");

        assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, code(send(0, 4, "e")));
        assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, code(send(0, 1, "b", "c")));
        assertInstanceOf(Appended.class, send(0, 3, "d"));
    }

    @Test
    void sequencesWrap() {
        assertInstanceOf(Appended.class, send(0, Integer.MAX_VALUE - 1, "a", "b"));
        assertInstanceOf(Appended.class, send(0, 0, "c"));
        assertInstanceOf(Appended.class, send(0, 1, "d"));
        assertInstanceOf(Duplicate.class, send(0, Integer.MAX_VALUE - 1, "a", "b"));
    }

    @Test
    void aBatchMayWrapWithinItself() {
        assertInstanceOf(Appended.class, send(0, Integer.MAX_VALUE, "a", "b", "c"));
        assertInstanceOf(Duplicate.class, send(0, Integer.MAX_VALUE, "a", "b", "c"));
        assertInstanceOf(Appended.class, send(0, 2, "d"));
    }

    @Test
    void aNewEpochBeginsAtZeroAndFencesTheOldOne() {
        send(3, 0, "a");

        assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, code(send(4, 1, "b")));
        assertInstanceOf(Appended.class, send(4, 0, "b"));
        assertEquals(ErrorCode.INVALID_PRODUCER_EPOCH, code(send(3, 1, "c")));
    }

    @Test
    void anUnknownProducerMayBeginAnywhereAlsoInAnEmptyLog() throws Exception {
        LogFixture empty = new LogFixture().start();

        assertInstanceOf(Appended.class, empty.log.append(Batches.idempotent(1, 0, 5, 1, "x"), AppendOrigin.CLIENT, 0));
        assertInstanceOf(Appended.class, send(0, 17, "not empty"));
    }

    @Test
    void aProducerIsKnownAfterACleanStopAndAfterACrash() throws Exception {
        for (int i = 0; i < 200; i++) {
            assertInstanceOf(Appended.class, send(1, i, "value-" + i));
        }
        fixture.stop();
        fixture.start();
        assertInstanceOf(Duplicate.class, send(1, 199, "value-199"));
        assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, code(send(1, 201, "gap")));
        assertInstanceOf(Appended.class, send(1, 200, "value-200"));
        assertInstanceOf(Appended.class, send(1, 201, "value-201"));

        // When the process dies: the batches since the snapshot are read again
        LogFixture restarted = killAndStart();
        assertInstanceOf(Duplicate.class, restarted.log.append(Batches.idempotent(PRODUCER, 1, 200, 1, "value-200"), AppendOrigin.CLIENT, 0));
        assertInstanceOf(Duplicate.class, restarted.log.append(Batches.idempotent(PRODUCER, 1, 201, 1, "value-201"), AppendOrigin.CLIENT, 0));
        assertInstanceOf(Appended.class, restarted.log.append(Batches.idempotent(PRODUCER, 1, 202, 1, "value-202"), AppendOrigin.CLIENT, 0));
    }

    @Test
    void allOfTheLastFiveBatchesAreKnownAfterACleanStop() throws Exception {
        for (int i = 0; i < 200; i++) {
            send(1, i * 2, "a" + i, "b" + i);
            fixture.log.append(Batches.idempotent(7, 0, i, 1, "another's"), AppendOrigin.CLIENT, 0);
        }
        fixture.stop();
        fixture.start();
        for (int i = 195; i < 200; i++) {
            assertInstanceOf(Duplicate.class, send(1, i * 2, "a" + i, "b" + i), "batch " + i);
        }
        assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, code(send(1, 194 * 2, "a194", "b194")));
        assertInstanceOf(Appended.class, send(1, 400, "a200", "b200"));
        assertInstanceOf(Duplicate.class, send(1, 196 * 2, "a196", "b196"));
        assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, code(send(1, 195 * 2, "a195", "b195")));
    }

    private LogFixture killAndStart() throws Exception {
        LogFixture restarted = new LogFixture(fixture.disk, fixture.path.resolveSibling("after-kill"));
        restarted.limits = fixture.limits;
        fixture.disk.rename(fixture.path, restarted.path);
        return restarted.start();
    }

    @Test
    void aSilentProducerIsForgotten() throws Exception {
        send(0, 0, "a");
        fixture.clock.advance(fixture.config.producerExpirationMillis());
        fixture.append("late");

        fixture.log.expire(fixture.log.logEndOffset());

        assertTrue(fixture.log.producers().isEmpty());
        assertInstanceOf(Appended.class, send(0, 9, "begins anywhere"));
    }

    private void sendAs(long producer, String value) {
        assertInstanceOf(Appended.class,
                fixture.log.append(Batches.idempotent(producer, 0, 0, fixture.clock.wallMillis(), value), AppendOrigin.CLIENT, 0));
    }

    private List<Long> known() throws Exception {
        return fixture.log.producers().stream().map(ProducerDescription::producerId).toList();
    }

    @Test
    void theLongestSilentProducersAreForgottenWhenThereAreTooMany() throws Exception {
        fixture.stop();
        fixture.limits = new LogLimits(16, 200);
        fixture.start();
        for (long producer = 1; producer <= 1_000; producer++) {
            sendAs(1_000 + producer, "once");
            // One goes on all the time
            assertInstanceOf(Appended.class, send(0, (int) producer - 1, "value-" + producer));
        }
        assertEquals(200, known().size());
        assertTrue(known().contains(PRODUCER));
        assertTrue(known().contains(2_000L) && known().contains(1_802L) && !known().contains(1_801L), known().toString());
        assertInstanceOf(Duplicate.class, send(0, 999, "value-1000"));
        // Who was forgotten goes on as a new one
        assertInstanceOf(Appended.class,
                fixture.log.append(Batches.idempotent(1_001, 0, 1, fixture.clock.wallMillis(), "late"), AppendOrigin.CLIENT, 0));
        // And the same after a clean stop and after a crash
        for (boolean killed : new boolean[] {false, true}) {
            fixture = killed ? killAndStart() : restarted();
            assertEquals(200, known().size());
            assertInstanceOf(Duplicate.class, send(0, 999, "value-1000"));
        }
    }

    private LogFixture restarted() throws Exception {
        fixture.stop();
        return fixture.start();
    }

    @Test
    void aSnapshotOfMoreProducersThanAreKeptIsLoadedInPart() throws Exception {
        for (long producer = 1; producer <= 3_000; producer++) {
            sendAs(producer, "once");
        }
        fixture.log.append(Batches.transactional(5_000, 0, 0, 5, "open"), AppendOrigin.CLIENT, 0);
        fixture.stop();
        fixture.limits = new LogLimits(16, 100);
        fixture.start();

        assertEquals(100, known().size());
        assertTrue(known().contains(3_000L) && known().contains(5_000L) && !known().contains(2_000L), known().toString());
    }

    @Test
    void aProducerInATransactionIsNotForgotten() throws Exception {
        fixture.stop();
        fixture.limits = new LogLimits(16, 100);
        fixture.start();
        fixture.log.append(Batches.transactional(7, 0, 0, 5, "open"), AppendOrigin.CLIENT, 0);
        for (long producer = 1; producer <= 500; producer++) {
            sendAs(1_000 + producer, "once");
        }
        assertTrue(known().contains(7L));
        assertEquals(100, known().size());
    }

    @Test
    void whatALogNoLongerRemembersIsRoomForOthers() throws Exception {
        for (long producer = 1; producer <= 50; producer++) {
            sendAs(producer, "once");
        }
        fixture.log.truncateTo(10);
        assertEquals(9, fixture.log.environment().producers().entries());
        fixture.stop();
        assertEquals(0, fixture.log.environment().producers().entries());
    }

    @Test
    void producersAreDescribed() throws Exception {
        send(2, 0, "a", "b");

        List<ProducerDescription> producers = fixture.log.producers();

        assertEquals(List.of(new ProducerDescription(PRODUCER, (short) 2, 1, fixture.clock.wallMillis(), -1, -1, -1)), producers);
    }

    @Test
    void anOpenTransactionHoldsTheLastStableOffset() throws Exception {
        // Given two transactions
        fixture.log.append(Batches.transactional(1, 0, 0, 5, "a"), AppendOrigin.CLIENT, 0);
        fixture.log.append(Batches.transactional(2, 0, 0, 5, "b"), AppendOrigin.CLIENT, 0);
        assertEquals(1, fixture.log.lastStableOffset());
        assertEquals(ErrorCode.INVALID_TXN_STATE,
                code(fixture.log.append(Batches.idempotent(1, 0, 1, 5, "not in it"), AppendOrigin.CLIENT, 0)));
        // When the first is aborted and the marker is replicated
        fixture.log.append(Batches.marker(1, 0, false, 3, 6), AppendOrigin.INTERNAL, 0);
        assertEquals(1, fixture.log.lastStableOffset());
        fixture.log.highWatermarkMoved(4);
        // Then the second holds it, and the first is in the index
        assertEquals(2, fixture.log.lastStableOffset());
        assertEquals(List.of(new AbortedTransaction(1, 1, 3, 2)), fixture.log.abortedTransactions(0, 4));
        // And the same after a crash
        LogFixture restarted = killAndStart();
        restarted.log.highWatermarkMoved(4);
        assertEquals(2, restarted.log.lastStableOffset());
        assertEquals(List.of(new AbortedTransaction(1, 1, 3, 2)), restarted.log.abortedTransactions(0, 4));
        // When the second is committed
        restarted.log.append(Batches.marker(2, 0, true, 3, 6), AppendOrigin.INTERNAL, 0);
        restarted.log.highWatermarkMoved(5);
        assertEquals(5, restarted.log.lastStableOffset());
        assertEquals(ErrorCode.TRANSACTION_COORDINATOR_FENCED,
                code(restarted.log.append(Batches.marker(2, 0, true, 2, 6), AppendOrigin.INTERNAL, 0)));
    }

    @Test
    void whichLogsHaveUndecidedTransactionsIsKnownBeforeTheyAreOpened() throws Exception {
        PartitionLog other = fixture.directory.create(new LogId("t", 1), new UUID(1, 2), fixture.config);
        other.append(Batches.of(1, "x"), AppendOrigin.CLIENT, 0);
        fixture.log.append(Batches.transactional(1, 0, 0, 5, "open"), AppendOrigin.CLIENT, 0);
        fixture.stop();
        for (int time = 0; time < 2; time++) {
            fixture.start();
            assertTrue(fixture.log.mayHaveUndecidedTransactions());
            assertFalse(fixture.directory.log(new LogId("t", 1)).mayHaveUndecidedTransactions());
            assertFalse(fixture.log.isLoaded());
            fixture.log.open();
            assertEquals(1, fixture.log.lastStableOffset());
            fixture.log.expire(fixture.log.logEndOffset());
            assertTrue(fixture.log.isLoaded(), "its last stable offset has to follow the high watermark");
            fixture.stop();
        }
        // What another broker has written since makes it worthless
        Path points = fixture.path.resolve(OffsetCheckpoint.RECOVERY_POINTS);
        fixture.disk.writeAtomically(points, CheckpointFile.format(List.of("t 0 2", "t 1 0")));
        fixture.start();
        assertTrue(fixture.directory.log(new LogId("t", 1)).mayHaveUndecidedTransactions());
    }

    @Test
    void aProducerThatChangesAfterASnapshotKeepsAllThatIsKnownOfIt() throws Exception {
        fixture.log.append(Batches.transactional(1, 0, 0, 5, "a"), AppendOrigin.CLIENT, 0);
        fixture.log.append(Batches.marker(1, 0, false, 3, 6), AppendOrigin.INTERNAL, 0);
        ProducerDescription before = fixture.log.producer(1);
        fixture.log.roll();
        fixture.log.append(Batches.transactional(1, 0, 1, 5, "b"), AppendOrigin.CLIENT, 0);
        ProducerDescription after = fixture.log.producer(1);

        assertEquals(before.lastMarkerOffset(), after.lastMarkerOffset());
        assertEquals(2, after.lastMarkerOffset());
    }

    @Test
    void anAbortWhoseMarkerIsLostNeverHappened() throws Exception {
        // Given an abort of which only the index entry reached the disk
        fixture.log.append(Batches.transactional(1, 0, 0, 5, "a"), AppendOrigin.CLIENT, 0);
        Path file = fixture.log.directory().resolve(FileNames.of(0, FileNames.LOG));
        long before = fixture.disk.size(file);
        fixture.log.append(Batches.marker(1, 0, false, 3, 6), AppendOrigin.INTERNAL, 0);
        assertEquals(1, fixture.log.abortedTransactions(0, 10).size());
        fixture.disk.open(file, false).truncate(before);
        // When the broker starts after the crash, the transaction is open
        LogFixture restarted = killAndStart();
        assertEquals(1, restarted.log.lastStableOffset());
        assertTrue(restarted.log.abortedTransactions(0, 10).isEmpty());
        // And may be committed
        restarted.log.append(Batches.marker(1, 0, true, 3, 6), AppendOrigin.INTERNAL, 0);
        restarted.log.highWatermarkMoved(3);
        assertEquals(3, restarted.log.lastStableOffset());
        assertTrue(restarted.log.abortedTransactions(0, 10).isEmpty());
    }
}
