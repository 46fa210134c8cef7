package io.partita.broker.transaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.coordinator.Producer;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TransactionShardTest {

    private static final TopicPartition A = new TopicPartition("a", 0);
    private static final TopicPartition B = new TopicPartition("b", 1);
    private static final short OLD = TransactionCoordinator.OLD_PROTOCOL;
    private static final short NEW = TransactionCoordinator.NEW_PROTOCOL;

    private final TransactionFixture f = new TransactionFixture();

    private static Producer epoch(Producer producer, int epoch) {
        return new Producer(producer.id(), (short) epoch);
    }

    @Test
    void whoWatchesSeesHowLongTransactionsTakeAndHowOldTheOldestIs() {
        Producer producer = f.initialized();
        assertEquals(0, f.shard.oldestAgeMillis(TransactionState.ONGOING));
        f.add(producer, NEW, A);
        f.loop.advance(30);
        assertEquals(30, f.shard.oldestAgeMillis(TransactionState.ONGOING));
        f.markers.hold();
        f.end(producer, true, NEW);
        f.loop.advance(12);
        assertEquals(0, f.shard.oldestAgeMillis(TransactionState.ONGOING));
        assertEquals(42, f.shard.oldestAgeMillis(TransactionState.PREPARE_COMMIT));
        f.markers.answer(A, ErrorCode.NONE);
        f.loop.runTasks();
        assertEquals(42, f.counts.committedMillis());
        assertEquals(0, f.counts.abortedMillis());
        assertEquals(0, f.shard.oldestAgeMillis(TransactionState.PREPARE_COMMIT));
    }

    // ---- the newer protocol

    @Test
    void theOutcomeIsAnsweredWhenItIsCommittedAndCompleteWhenAllPartitionsHaveTheirMarker() {
        // Given
        Producer producer = f.initialized();
        assertEquals(ErrorCode.NONE, f.add(producer, NEW, A, B).get());
        f.markers.hold();

        // When
        f.log.commitsAtOnce(false);
        var end = f.end(producer, true, NEW);
        assertNull(end.orNull());
        assertEquals(List.of(), f.markers.waiting());
        f.log.commitAll();
        f.loop.runTasks();

        // Then
        assertEquals(epoch(producer, 1), end.get().producer());
        assertEquals(TransactionState.PREPARE_COMMIT, f.image().state());
        assertEquals(Set.of(A, B), Set.copyOf(f.markers.waiting()));

        // When
        f.markers.answer(A, ErrorCode.NONE);
        assertEquals(Set.of(B), f.described().partitions());
        f.markers.answer(B, ErrorCode.NONE);
        f.loop.runTasks();

        // Then
        assertEquals(TransactionState.COMPLETE_COMMIT, f.image().state());
        assertEquals(List.of("a-0 commit 1", "b-1 commit 1"), f.markers.written());
        assertEquals(1, f.counts.committed());
        assertEquals(1, f.counts.ids(TransactionState.COMPLETE_COMMIT));
    }

    @Test
    void theNextTransactionWaitsAMomentForTheOneBeforeToBeComplete() {
        // Given
        Producer producer = f.initialized();
        f.add(producer, NEW, A);
        f.markers.hold();
        Producer next = f.end(producer, true, NEW).get().producer();

        // When
        var added = f.add(next, NEW, B);
        assertNull(added.orNull());
        f.markers.answer(A, ErrorCode.NONE);
        f.loop.runTasks();

        // Then
        assertEquals(ErrorCode.NONE, added.get());
        assertEquals(Set.of(B), f.image().partitions());

        // When: it takes too long.
        Producer third = f.end(next, false, NEW).get().producer();
        var late = f.add(third, NEW, A);
        f.loop.advance(1_000);

        // Then
        assertEquals(ErrorCode.CONCURRENT_TRANSACTIONS, late.get());
    }

    @Test
    void aRepeatedEndIsAnsweredAsTheFirstAndAnotherOutcomeIsRefused() {
        // Given
        Producer producer = f.initialized();
        f.add(producer, NEW, A);
        Producer next = f.end(producer, true, NEW).get().producer();

        // Then
        assertEquals(next, f.end(producer, true, NEW).get().producer());
        assertEquals(ErrorCode.INVALID_TXN_STATE, f.end(producer, false, NEW).get().error());
        assertEquals(ErrorCode.INVALID_TXN_STATE, f.end(next, true, NEW).get().error());
        assertEquals(ErrorCode.PRODUCER_FENCED, f.end(epoch(producer, 7), true, NEW).get().error());
        assertEquals(ErrorCode.INVALID_PRODUCER_ID_MAPPING, f.end(new Producer(1, (short) 0), true, NEW).get().error());
    }

    @Test
    void anAbortWithNothingInItRaisesTheEpoch() {
        // Given
        Producer producer = f.initialized();

        // When
        Producer next = f.end(producer, false, NEW).get().producer();

        // Then
        assertEquals(epoch(producer, 1), next);
        assertEquals(TransactionState.COMPLETE_ABORT, f.image().state());
        assertEquals(List.of(), f.markers.written());
        assertEquals(ErrorCode.PRODUCER_FENCED, f.add(producer, NEW, A).get());
        assertEquals(epoch(producer, 2), f.end(next, false, NEW).get().producer());
    }

    @Test
    void aProducerWhoseEpochsAreUsedUpGetsAnotherId() {
        // Given
        Producer producer = f.initialized();
        f.write(f.withEpoch(f.image(), Short.MAX_VALUE - 1));
        producer = epoch(producer, Short.MAX_VALUE - 1);
        f.add(producer, NEW, A);
        f.markers.hold();

        // When
        Producer next = f.end(producer, true, NEW).get().producer();
        var added = f.add(next, NEW, B);
        f.markers.answer(A, ErrorCode.NONE);
        f.loop.runTasks();

        // Then
        assertNotEquals(producer.id(), next.id());
        assertEquals(0, next.epoch());
        assertEquals(List.of("a-0 commit " + Short.MAX_VALUE), f.markers.written());
        assertEquals(ErrorCode.NONE, added.get());
        f.end(next, false, NEW);
        f.markers.answer(B, ErrorCode.NONE);
        f.loop.runTasks();
        assertEquals(epoch(next, 1), f.image().producer());
    }

    @Test
    void theEndThatUsedUpTheEpochsMayBeRepeated() {
        // Given
        Producer producer = f.initialized();
        f.write(f.withEpoch(f.image(), Short.MAX_VALUE - 1));
        producer = epoch(producer, Short.MAX_VALUE - 1);
        f.add(producer, NEW, A);
        Producer next = f.end(producer, true, NEW).get().producer();

        // Then
        assertEquals(next, f.end(producer, true, NEW).get().producer());
        assertEquals(next, f.image().producer());
    }

    @Test
    void aProducerThatGoesOnAfterAnAbortUnderTheLastEpochGetsAnotherIdAndNothingStaysOpen() {
        // Given
        Producer producer = f.initialized();
        f.add(producer, NEW, A);
        f.write(f.withEpoch(f.image(), Short.MAX_VALUE - 1));
        producer = epoch(producer, Short.MAX_VALUE - 1);

        // When
        f.loop.advance(TransactionFixture.TIMEOUT);
        Producer next = f.end(producer, false, NEW).get().producer();

        // Then
        assertEquals(List.of("a-0 abort " + Short.MAX_VALUE), f.markers.written());
        assertNotEquals(producer.id(), next.id());
        assertEquals(next, f.end(producer, false, NEW).get().producer(), "the answer was lost");
        assertEquals(ErrorCode.INVALID_TXN_STATE, f.end(producer, true, NEW).get().error());
        f.markers.clear();
        assertEquals(ErrorCode.NONE, f.add(next, NEW, B).get());
        assertEquals(epoch(next, 1), f.end(next, true, NEW).get().producer());
        assertEquals(List.of("b-1 commit 1"), f.markers.written());
    }

    @Test
    void aTransactionOfTheVeryLastEpochIsAbortedUnderIt() {
        // Given
        Producer producer = f.initialized();
        f.add(producer, NEW, A);
        f.write(f.withEpoch(f.image(), Short.MAX_VALUE));

        // When
        f.markers.hold();
        f.loop.advance(TransactionFixture.TIMEOUT);

        // Then
        assertEquals(OLD, f.image().protocol(), "a marker of the newer one must have a higher epoch than what it ends");
        f.markers.answer(A, ErrorCode.NONE);
        f.loop.runTasks();
        assertEquals(List.of("a-0 abort " + Short.MAX_VALUE), f.markers.written());
        assertEquals(TransactionState.COMPLETE_ABORT, f.image().state());
        assertNotEquals(producer.id(), f.initialized().id());
    }

    // ---- the older protocol

    @Test
    void theEpochStaysInTheOlderProtocol() {
        // Given
        Producer producer = f.initialized();
        f.add(producer, OLD, A);

        // When
        assertEquals(producer, f.end(producer, true, OLD).get().producer());

        // Then
        assertEquals(producer, f.image().producer());
        assertEquals(List.of("a-0 commit 0"), f.markers.written());
        assertEquals(ErrorCode.NONE, f.end(producer, true, OLD).get().error());
        assertEquals(ErrorCode.INVALID_TXN_STATE, f.end(producer, false, OLD).get().error());
        assertEquals(ErrorCode.PRODUCER_FENCED, f.end(epoch(producer, 1), true, OLD).get().error());
        f.add(producer, OLD, B);
        f.end(producer, false, OLD);
        assertEquals(List.of("a-0 commit 0", "b-1 abort 0"), f.markers.written());
    }

    @Test
    void whatWasNotAddedIsNotVerified() {
        // Given
        Producer producer = f.initialized();
        assertEquals(List.of(ErrorCode.TRANSACTION_ABORTABLE), f.verify(producer, A).get());
        f.add(producer, OLD, A);

        // Then
        assertEquals(List.of(ErrorCode.NONE, ErrorCode.TRANSACTION_ABORTABLE), f.verify(producer, A, B).get());
        assertEquals(List.of(ErrorCode.PRODUCER_FENCED), f.verify(epoch(producer, 1), A).get());
        assertEquals(List.of(ErrorCode.INVALID_PRODUCER_ID_MAPPING), f.verify(new Producer(1, (short) 0), A).get());
        f.markers.hold();
        f.end(producer, true, OLD);
        assertEquals(List.of(ErrorCode.CONCURRENT_TRANSACTIONS), f.verify(producer, A).get());
    }

    // ---- InitProducerId

    @Test
    void anotherProducerEndsWhatTheOneBeforeBegan() {
        // Given
        Producer producer = f.initialized();
        f.add(producer, NEW, A);
        f.markers.hold();

        // When
        var second = f.initialize(null);
        var third = f.initialize(null);
        assertNull(second.orNull());
        f.markers.answer(A, ErrorCode.NONE);
        f.loop.runTasks();

        // Then
        assertEquals(epoch(producer, 2), second.get().producer());
        assertEquals(epoch(producer, 3), third.get().producer());
        assertEquals(List.of("a-0 abort 1"), f.markers.written());
        assertEquals(ErrorCode.PRODUCER_FENCED, f.add(producer, NEW, A).get());
        assertEquals(ErrorCode.PRODUCER_FENCED, f.end(producer, true, NEW).get().error());
    }

    @Test
    void aProducerGoesOnAfterAnErrorAndMayRepeatThat() {
        // Given
        Producer producer = f.initialized();

        // Then
        assertEquals(epoch(producer, 1), f.initialize(producer).get().producer());
        assertEquals(epoch(producer, 1), f.initialize(producer).get().producer(), "the answer was lost");
        assertEquals(epoch(producer, 2), f.initialize(null).get().producer());
        assertEquals(ErrorCode.PRODUCER_FENCED, f.initialize(epoch(producer, 1)).get().error());
        assertEquals(ErrorCode.PRODUCER_FENCED, f.initialize(new Producer(1, (short) 2)).get().error());
    }

    @Test
    void epochsThatAreUsedUpMakeAnotherProducerId() {
        // Given
        Producer producer = f.initialized();
        f.write(f.withEpoch(f.image(), Short.MAX_VALUE - 1));

        // When
        Producer next = f.initialize(epoch(producer, Short.MAX_VALUE - 1)).get().producer();

        // Then
        assertNotEquals(producer.id(), next.id());
        assertEquals(0, next.epoch());
        assertEquals(next, f.initialize(epoch(producer, Short.MAX_VALUE - 1)).get().producer(), "the answer was lost");
    }

    // ---- time

    @Test
    void aTransactionThatTakesTooLongIsAbortedUnderTheNextEpoch() {
        // Given
        Producer producer = f.initialized();
        f.add(producer, NEW, A);

        // When
        f.loop.advance(TransactionFixture.TIMEOUT - 1);
        assertEquals(TransactionState.ONGOING, f.image().state());
        f.loop.advance(1);

        // Then
        assertEquals(TransactionState.COMPLETE_ABORT, f.image().state());
        assertEquals(List.of("a-0 abort 1"), f.markers.written());
        assertEquals(1, f.counts.timedOut());
        assertEquals(ErrorCode.PRODUCER_FENCED, f.add(producer, NEW, A).get());
        assertEquals(ErrorCode.INVALID_TXN_STATE, f.end(producer, true, NEW).get().error());
        assertEquals(epoch(producer, 1), f.end(producer, false, NEW).get().producer());
    }

    @Test
    void aProducerThatAllowsLessTimeThanTheOneBeforeGetsLess() {
        // Given
        f.add(f.initialized(), OLD, A);
        f.end(f.image().producer(), true, OLD);
        var answer = new TransactionFixture.Given<ProducerAnswer>();
        f.shard.initialize(TransactionFixture.ID, 1_000, null, answer);
        f.loop.runTasks();

        // When
        f.add(answer.get().producer(), OLD, B);
        f.loop.advance(1_000);

        // Then
        assertEquals(TransactionState.COMPLETE_ABORT, f.image().state());
    }

    @Test
    void aClockThatIsSetEndsNoTransactionEarlyAndKeepsNoneOpen() {
        for (long jump : new long[] {-TimeUnit.DAYS.toMillis(1), TimeUnit.DAYS.toMillis(1)}) {
            var f = new TransactionFixture();
            f.clock.advance(TimeUnit.DAYS.toMillis(3));
            Producer producer = f.initialized();
            f.add(producer, OLD, A);
            f.loop.advance(10);
            f.end(producer, true, OLD);
            f.add(producer, OLD, A);
            f.clock.setWallMillis(f.clock.wallMillis() + jump);

            f.loop.advance(TransactionFixture.TIMEOUT - 1);
            assertEquals(TransactionState.ONGOING, f.image().state());
            f.loop.advance(1);
            assertEquals(TransactionState.COMPLETE_ABORT, f.image().state());

            producer = f.initialized();
            f.add(producer, OLD, A);
            f.clock.setWallMillis(f.clock.wallMillis() - TimeUnit.DAYS.toMillis(1));
            f.restart();
            f.loop.advance(TransactionFixture.TIMEOUT);
            assertEquals(TransactionState.COMPLETE_ABORT, f.image().state(), "loaded under a clock that is behind");
        }
    }

    @Test
    void theTimeOfATransactionBeginsWithIt() {
        // Given
        Producer producer = f.initialized();
        f.add(producer, OLD, A);
        f.loop.advance(TransactionFixture.TIMEOUT - 10);
        f.end(producer, true, OLD);
        f.add(producer, OLD, A);
        f.loop.advance(TransactionFixture.TIMEOUT - 20);
        assertEquals(TransactionState.ONGOING, f.image().state());
        f.add(producer, OLD, B);

        // When
        f.loop.advance(30);

        // Then
        assertEquals(TransactionState.COMPLETE_ABORT, f.image().state());
    }

    @Test
    void anIdThatIsNotUsedIsForgottenAndOneInATransactionIsNot() {
        // Given
        Producer producer = f.initialized();
        f.add(producer, NEW, A);
        f.markers.hold();
        f.end(producer, true, NEW);

        // When
        f.loop.advance(2 * TransactionConfig.DEFAULTS.idExpirationMillis());
        assertEquals(TransactionState.PREPARE_COMMIT, f.image().state());
        f.markers.answer(A, ErrorCode.NONE);
        f.loop.advance(TransactionConfig.DEFAULTS.idExpirationMillis() + TransactionConfig.DEFAULTS.idExpirationCheckMillis());

        // Then
        assertNull(f.image());
        assertEquals(ErrorCode.INVALID_PRODUCER_ID_MAPPING, f.add(producer, NEW, A).get());
        f.restart();
        assertNull(f.image());
        assertEquals(0, f.counts.ids(TransactionState.COMPLETE_COMMIT));
    }

    // ---- failures

    @Test
    void aCoordinatorThatIsGoneBetweenOutcomeAndLastMarkerIsFollowedByOneThatWritesThem() {
        for (boolean commit : List.of(true, false)) {
            // Given
            Producer producer = f.initialized();
            f.add(producer, NEW, A, B);
            f.markers.hold();
            f.end(producer, commit, NEW);
            f.markers.answer(A, ErrorCode.NONE);
            f.loop.runTasks();

            // When
            f.markers.clear();
            f.restart();

            // Then
            assertEquals(Set.of(A, B), Set.copyOf(f.markers.waiting()));
            f.markers.answer(A, ErrorCode.NONE);
            f.markers.answer(B, ErrorCode.NONE);
            f.loop.runTasks();
            assertEquals(commit ? TransactionState.COMPLETE_COMMIT : TransactionState.COMPLETE_ABORT, f.image().state());
            f.markers.clear();
        }
    }

    @Test
    void aTransactionThatWasOpenIsWatchedAfterARestartToo() {
        // Given
        Producer producer = f.initialized();
        f.add(producer, NEW, A);
        f.restart();

        // When
        f.loop.advance(TransactionFixture.TIMEOUT);

        // Then
        assertEquals(TransactionState.COMPLETE_ABORT, f.image().state());
    }

    @Test
    void anOutcomeWhoseCommitTakesLongGetsItsMarkersAllTheSame() {
        // Given
        Producer producer = f.initialized();
        f.add(producer, NEW, A);
        f.log.commitsAtOnce(false);
        var end = f.end(producer, true, NEW);

        // When
        f.loop.advance(3 * TransactionConfig.DEFAULTS.writeTimeoutMillis());
        assertEquals(ErrorCode.COORDINATOR_NOT_AVAILABLE, end.get().error());
        assertEquals(List.of(), f.markers.written());
        f.log.commitsAtOnce(true);
        f.log.commitAll();
        f.loop.runTasks();

        // Then
        assertEquals(List.of("a-0 commit 1"), f.markers.written());
        assertEquals(TransactionState.COMPLETE_COMMIT, f.image().state());
        assertEquals(epoch(producer, 1), f.end(producer, true, NEW).get().producer());
    }

    @Test
    void aMarkerThatCannotBeWrittenIsTriedAgainAndOneWhosePartitionIsGoneIsNot() {
        // Given
        Producer producer = f.initialized();
        f.add(producer, NEW, A, B);
        f.markers.hold();
        f.end(producer, false, NEW);

        // When
        f.markers.answer(A, ErrorCode.NOT_LEADER_OR_FOLLOWER);
        f.markers.answer(B, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertEquals(List.of(), f.markers.waiting());
        f.loop.advance(100);

        // Then
        assertEquals(List.of(A), f.markers.waiting());
        f.markers.answer(A, ErrorCode.NONE);
        f.loop.runTasks();
        assertEquals(TransactionState.COMPLETE_ABORT, f.image().state());
    }

    @Test
    void aFailedAppendLeavesWhatTheLogHas() {
        // Given
        Producer producer = f.initialized();
        f.add(producer, NEW, A);
        f.log.failsWith(ErrorCode.KAFKA_STORAGE_ERROR);

        // When
        assertEquals(ErrorCode.NOT_COORDINATOR, f.end(producer, true, NEW).get().error());
        f.log.failsWith(null);
        f.loop.runTasks();

        // Then: nothing was decided.
        assertEquals(List.of(), f.markers.written());
        assertEquals(TransactionState.ONGOING, f.image().state());
        assertEquals(epoch(producer, 1), f.end(producer, false, NEW).get().producer());
        assertEquals(List.of("a-0 abort 1"), f.markers.written());
    }

    @Test
    void whoWaitsIsSentElsewhereWhenThePartitionGoes() {
        // Given
        Producer producer = f.initialized();
        f.add(producer, NEW, A);
        f.markers.hold();
        Producer next = f.end(producer, true, NEW).get().producer();
        var waiting = f.add(next, NEW, B);

        // When
        f.shard.close();
        f.loop.runTasks();

        // Then
        assertEquals(ErrorCode.NOT_COORDINATOR, waiting.get());
        assertEquals(ErrorCode.NOT_COORDINATOR, f.add(next, NEW, B).get());
        f.markers.answer(A, ErrorCode.NONE);
        f.loop.advance(10_000_000);
        assertEquals(0, f.loop.timerCount());
        for (TransactionState state : TransactionState.values()) {
            assertEquals(0, f.counts.ids(state));
        }
    }

    @Test
    void nothingIsAnsweredBeforeTheLogIsRead() {
        f.log.pauseReplay();
        f.restart();
        assertEquals(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, f.initialize(null).get().error());
        assertEquals(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, f.add(new Producer(1, (short) 0), NEW, A).get());
        assertEquals(List.of(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS), f.verify(new Producer(1, (short) 0), A).get());
        assertFalse(f.shard.availability() == ErrorCode.NONE);
        assertTrue(f.shard.images().isEmpty());
    }
}
