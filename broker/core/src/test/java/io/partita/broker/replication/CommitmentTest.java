package io.partita.broker.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.Invariant;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionState;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommitmentTest {

    private static final BrokerProcess A = new BrokerProcess(0, "a");
    private static final InSyncReplica LOG_A = new InSyncReplica(0, "x");
    private static final InSyncReplica LOG_B = new InSyncReplica(1, "y");
    private static final InSyncReplica LOG_C = new InSyncReplica(2, "z");
    private static final long LAG_MAX = 1_000;

    private static PartitionState state(int version, InSyncReplica... isr) {
        return new PartitionState(List.of(0, 1, 2), A, 5, version, List.of(isr), 2, 0);
    }

    private static Commitment leading(InSyncReplica... isr) {
        Commitment commitment = new Commitment(A, state(9, isr), 100, 10, 7, 0);
        commitment.ownEnd(10);
        return commitment;
    }

    private static ReplicaFetch fetch(int broker, String log, long offset) {
        return new ReplicaFetch(broker, log, 5, offset, 4, 0, 0);
    }

    @Test
    void whatEveryMemberHasIsCommitted() {
        Commitment commitment = leading(LOG_A, LOG_B, LOG_C);
        commitment.ownEnd(20);

        assertFalse(commitment.fetched(fetch(1, "y", 18), 20, 1), "C has said nothing yet");
        assertTrue(commitment.fetched(fetch(2, "z", 15), 20, 1));
        assertEquals(15, commitment.highWatermark());
    }

    @Test
    void aNewLeaderKnowsOfCommitmentWhatItWasTold() {
        assertEquals(7, leading(LOG_A, LOG_B, LOG_C).highWatermark());
    }

    @Test
    void twoProcessesOfOneBrokerAreNotTakenInInTurn() {
        Commitment commitment = leading(LOG_A, LOG_C);
        commitment.fetched(fetch(2, "z", 10), 10, 1);
        for (int millis = 10; millis < 900; millis += 10) {
            commitment.fetched(fetch(1, millis % 20 == 0 ? "y" : "other", 10), 10, millis);
            if (millis > 10) {
                assertEquals(null, commitment.wish(millis, LAG_MAX));
            }
        }
        commitment.fetched(fetch(1, "y", 10), 10, 900);
        commitment.fetched(fetch(2, "z", 10), 10, 1_900);
        commitment.fetched(fetch(1, "y", 10), 10, 1_900);
        assertEquals(List.of(LOG_A, LOG_B, LOG_C), commitment.wish(1_900, LAG_MAX).isr(), "one of them has ended");
    }

    @Test
    void whoHasLeftIsNotTakenInAgainByWhatItSaidBefore() {
        Commitment commitment = leading(LOG_A, LOG_B, LOG_C);
        commitment.fetched(fetch(1, "y", 10), 10, 1);
        commitment.fetched(fetch(2, "z", 10), 10, 1);
        commitment.learned(state(10, LOG_A, LOG_B), 101);
        commitment.waits(2, 10, 2);

        assertNull(commitment.wish(3, LAG_MAX), "its fetch waits from before");
        commitment.fetched(fetch(2, "z", 10), 10, 4);
        assertEquals(List.of(LOG_A, LOG_B, LOG_C), commitment.wish(4, LAG_MAX).isr());
    }

    @Test
    void whoHadEverythingLongAgoIsNotTakenInAgain() {
        Commitment commitment = leading(LOG_A, LOG_B, LOG_C);
        commitment.fetched(fetch(1, "y", 10), 10, 1);
        commitment.fetched(fetch(2, "z", 10), 10, 1);
        commitment.learned(state(10, LOG_A, LOG_B), 101);
        commitment.fetched(fetch(2, "z", 10), 10, 2);

        assertEquals(List.of(LOG_A, LOG_B, LOG_C), commitment.wish(LAG_MAX, LAG_MAX).isr());
        commitment.fetched(fetch(1, "y", 10), 10, LAG_MAX * 2);
        assertEquals(null, commitment.wish(LAG_MAX * 2, LAG_MAX), "it would be taken out at once");
    }

    @Test
    void theWordOfAnotherLogThanTheOneInSyncCountsForNothing() {
        Commitment commitment = leading(LOG_A, LOG_B);

        assertFalse(commitment.fetched(fetch(1, "new", 10), 10, 1));
        assertEquals(7, commitment.highWatermark());
    }

    @Test
    void belowTheMinimumNothingIsCommitted() {
        Commitment commitment = leading(LOG_A);

        assertFalse(commitment.ownEnd(30));
        assertFalse(commitment.hasEnoughInSync());
        assertEquals(7, commitment.highWatermark());
    }

    @Test
    void anAddedMemberCountsFromTheMomentOfAsking() {
        // Given C out of the in-sync set, caught up
        Commitment commitment = leading(LOG_A, LOG_B);
        commitment.fetched(fetch(2, "z", 10), 10, 1);
        PartitionState wish = commitment.wish(2, LAG_MAX);
        assertEquals(List.of(LOG_A, LOG_B, LOG_C), wish.isr());
        // When it is asked for, and whether it is stored is not known
        commitment.asked(wish);
        commitment.ownEnd(20);
        commitment.fetched(fetch(1, "y", 20), 20, 3);
        // Then nothing is committed without it
        assertEquals(10, commitment.highWatermark());
        // And an answer that does not come decides nothing
        assertNull(commitment.wish(10_000, LAG_MAX));
        assertEquals(wish, commitment.pending());
        // Until a newer version is seen without it
        assertTrue(commitment.learned(state(10, LOG_A, LOG_B), 101));
        assertEquals(20, commitment.highWatermark());
    }

    @Test
    void aRemovedMemberCountsUntilTheSmallerSetIsStored() {
        Commitment commitment = leading(LOG_A, LOG_B, LOG_C);
        commitment.fetched(fetch(1, "y", 10), 10, 2_000);
        PartitionState wish = commitment.wish(2_500, LAG_MAX);
        assertEquals(List.of(LOG_A, LOG_B), wish.isr());

        commitment.asked(wish);
        commitment.fetched(fetch(1, "y", 10), 10, 2_600);
        assertEquals(7, commitment.highWatermark());

        assertTrue(commitment.learned(wish, 101));
        assertEquals(10, commitment.highWatermark());
    }

    @Test
    void aFollowerIsAddedOnlyWhenItHasWhatTheLeaderBroughtAlong() {
        Commitment commitment = leading(LOG_A, LOG_B);

        commitment.fetched(fetch(2, "z", 9), 10, 1);
        assertNull(commitment.wish(2, LAG_MAX), "beyond the high watermark, but not what the leader began with");

        commitment.fetched(fetch(2, "z", 10), 10, 3);
        assertEquals(List.of(LOG_A, LOG_B, LOG_C), commitment.wish(4, LAG_MAX).isr());
    }

    @Test
    void whoKeepsUpStaysThoughItIsNeverQuiteThere() {
        Commitment commitment = leading(LOG_A, LOG_B, LOG_C);
        for (int i = 1; i < 20; i++) {
            // Each fetch has what there was at the one before.
            long end = 10 + 10L * i;
            commitment.ownEnd(end);
            commitment.fetched(fetch(1, "y", end - 10), end, 400L * i);
            commitment.fetched(fetch(2, "z", end - 10), end, 400L * i);
            assertNull(commitment.wish(400L * i, LAG_MAX));
        }
    }

    @Test
    void aMemberWhoseLogIsKnownToBeGoneIsTakenOutBelowTheMinimum() {
        Commitment commitment = leading(LOG_A, LOG_B);
        commitment.fetched(fetch(1, "new", 0), 10, 1);

        assertEquals(List.of(LOG_A), commitment.wish(2, LAG_MAX).isr());
    }

    @Test
    void onlyReplicasAreFollowers() {
        Commitment commitment = leading(LOG_A, LOG_B);

        assertTrue(commitment.isFollower(2));
        assertFalse(commitment.isFollower(7));
        assertFalse(commitment.isFollower(0));
        assertThrows(Invariant.Broken.class, () -> commitment.fetched(fetch(7, "y", 10), 10, 1));
    }
}
