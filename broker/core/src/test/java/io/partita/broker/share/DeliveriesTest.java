package io.partita.broker.share;

import static io.partita.broker.share.state.StateBatch.ACKNOWLEDGED;
import static io.partita.broker.share.state.StateBatch.ACQUIRED;
import static io.partita.broker.share.state.StateBatch.ARCHIVED;
import static io.partita.broker.share.state.StateBatch.ARCHIVING;
import static io.partita.broker.share.state.StateBatch.AVAILABLE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.share.state.StateBatch;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of records of a share-partition, step by step. Batches of the log have ten records here. */
class DeliveriesTest {

    private static final SharePartitionConfig CONFIG = SharePartitionConfig.DEFAULTS;
    private static final long LOCK_END = 100;
    private final Deliveries deliveries = new Deliveries(0, List.of(), null);

    private static List<Acquired> acquire(Deliveries from, String member, int recordsMax, boolean strict, int logEnd, SharePartitionConfig config) {
        long next = from.nextOffset(config.locksMax());
        if (next < 0 || next >= logEnd) {
            return List.of();
        }
        var acquisition = from.new Acquisition(member, LOCK_END, Turn.inOrder(next), recordsMax, strict, 10, config);
        for (long base = next / 10 * 10; base < logEnd && !acquisition.isFull(); base += 10) {
            acquisition.take(base, base + 9);
        }
        return acquisition.acquired();
    }

    private List<Acquired> acquire(String member, int recordsMax) {
        return acquire(deliveries, member, recordsMax, false, 100, CONFIG);
    }

    private static Acquired range(long first, long last, int count) {
        return new Acquired(first, last, (short) count);
    }

    private ErrorCode acknowledge(String member, long first, long last, int... types) {
        byte[] bytes = new byte[types.length];
        for (int i = 0; i < types.length; i++) {
            bytes[i] = (byte) types[i];
        }
        var batches = List.of(new AcknowledgeBatch(first, last, bytes));
        ErrorCode error = deliveries.check(member, batches, 0);
        if (error == ErrorCode.NONE) {
            deliveries.acknowledge(batches, 0, 2 * LOCK_END, Retry.atOnce(CONFIG.deliveryLimit()));
        }
        return error;
    }

    @Test
    void wholeBatchesAreGivenUntilThereAreEnough() {
        assertEquals(List.of(range(0, 9, 1), range(10, 19, 1)), acquire("a", 15));
        assertEquals(List.of(range(20, 29, 1)), acquire("b", 1));
        assertEquals(ACQUIRED, deliveries.state(5));
    }

    @Test
    void noMoreThanAskedForAreGivenWhoIsStrict() {
        assertEquals(List.of(range(0, 9, 1), range(10, 12, 1)), acquire(deliveries, "a", 13, true, 100, CONFIG));
        assertEquals(List.of(range(13, 17, 1)), acquire(deliveries, "b", 5, true, 100, CONFIG));
    }

    @Test
    void theWindowBeginsWithTheFirstThatIsNotDoneWith() {
        acquire("a", 20);
        acknowledge("a", 10, 19, 1);
        assertEquals(0, deliveries.startOffset());
        assertEquals(10, deliveries.completeCount());
        acknowledge("a", 0, 9, 1);
        assertEquals(20, deliveries.startOffset());
        assertEquals(0, deliveries.runCount());
    }

    @Test
    void onlyWhoHasARecordSaysWhatBecameOfIt() {
        acquire("a", 10);
        assertEquals(ErrorCode.INVALID_RECORD_STATE, acknowledge("b", 0, 9, 1));
        assertEquals(ErrorCode.INVALID_RECORD_STATE, acknowledge("a", 5, 14, 1));
        assertEquals(ErrorCode.NONE, acknowledge("a", 3, 4, 1));
        assertEquals(ErrorCode.INVALID_RECORD_STATE, acknowledge("a", 0, 9, 1));
        assertEquals(ACQUIRED, deliveries.state(0));
    }

    @Test
    void whatIsReleasedIsGivenOutAgainAndCounted() {
        acquire("a", 10);
        acknowledge("a", 0, 9, 1, 1, 2, 2, 1, 1, 1, 1, 3, 0);
        assertEquals(AVAILABLE, deliveries.state(2));
        assertEquals(2, deliveries.startOffset());
        assertEquals(ARCHIVED, deliveries.state(8));
        assertEquals(List.of(range(2, 3, 2), range(10, 19, 1)), acquire("b", 12));
    }

    @Test
    void aRecordIsGivenUpAfterTheLastTimeWhichItHasAlone() {
        for (int time = 1; time < 4; time++) {
            assertEquals(List.of(range(0, 9, time)), acquire("a", 1));
            acknowledge("a", 0, 9, 2);
        }
        assertEquals(List.of(range(0, 9, 4)), acquire("a", 1));
        acknowledge("a", 0, 9, 2);
        assertEquals(List.of(range(0, 0, 5)), acquire("a", 100));
        assertEquals(List.of(range(1, 1, 5)), acquire("b", 100));
        acknowledge("a", 0, 0, 2);
        assertEquals(1, deliveries.startOffset());
    }

    @Test
    void locksRunOutAndAreRenewed() {
        acquire("a", 10);
        acknowledge("a", 5, 9, 4);
        assertEquals(LOCK_END, deliveries.nextDeadlineMillis());
        assertTrue(deliveries.expire(LOCK_END, Retry.atOnce(5)));
        assertEquals(AVAILABLE, deliveries.state(0));
        assertEquals(ACQUIRED, deliveries.state(5));
        assertEquals(2 * LOCK_END, deliveries.nextDeadlineMillis());
    }

    @Test
    void whatAMemberTakesAlongDoesNotCount() {
        acquire("a", 10);
        acquire("b", 10);
        assertTrue(deliveries.giveBack("a"));
        assertFalse(deliveries.isDirty());
        assertEquals(List.of(range(0, 9, 1)), acquire("c", 10));
        assertEquals(ACQUIRED, deliveries.state(10));
    }

    @Test
    void nothingNewIsGivenWhileTooManyAreOut() {
        SharePartitionConfig few = CONFIG.withLocksMax(15);
        assertEquals(List.of(range(0, 9, 1), range(10, 14, 1)), acquire(deliveries, "a", 100, false, 100, few));
        assertEquals(List.of(), acquire(deliveries, "b", 100, false, 100, few));
        // One that is slow does not stop the others.
        acknowledge("a", 1, 14, 1);
        assertEquals(List.of(range(15, 28, 1)), acquire(deliveries, "b", 100, false, 100, few));
    }

    @Test
    void whatIsNotInTheLogIsDoneWith() {
        var acquisition = deliveries.new Acquisition("a", LOCK_END, Turn.inOrder(0), 100, false, 100, CONFIG);
        acquisition.take(5, 9);
        acquisition.skip(14);
        acquisition.take(20, 24);
        assertEquals(List.of(range(5, 9, 1), range(20, 24, 1)), acquisition.acquired());
        assertEquals(ARCHIVED, deliveries.state(0));
        assertEquals(ARCHIVED, deliveries.state(17));
    }

    @Test
    void anotherLeaderKnowsWhatWasStored() {
        acquire("a", 30);
        acknowledge("a", 10, 19, 1);
        acknowledge("a", 20, 24, 2);
        List<StateBatch> stored = deliveries.takeChanges();
        assertEquals(List.of(new StateBatch(10, 19, ACKNOWLEDGED, (short) 0), new StateBatch(20, 24, AVAILABLE, (short) 1)), stored);

        Deliveries next = new Deliveries(deliveries.startOffset(), stored, null);
        // 0 to 9 were given out and never heard of; 25 to 29 as well, but nothing is known of them.
        assertEquals(List.of(range(0, 9, 1), range(20, 24, 2), range(25, 29, 1)), acquire(next, "b", 20, false, 100, CONFIG));
    }

    @Test
    void aDeliveryUnderWayIsNotStored() {
        acquire("a", 10);
        acknowledge("a", 0, 9, 2);
        acquire("b", 10);
        assertEquals(List.of(new StateBatch(0, 9, AVAILABLE, (short) 1)), deliveries.takeChanges());
        assertFalse(deliveries.isDirty());
    }

    @Test
    void whatTheLogHasLostIsForgotten() {
        acquire("a", 30);
        deliveries.logStartsAt(15);
        assertEquals(15, deliveries.startOffset());
        assertEquals(ErrorCode.NONE, deliveries.check("a", List.of(new AcknowledgeBatch(10, 20, new byte[] {1})), 15));
        deliveries.logEndsAt(20);
        assertEquals(20, deliveries.endOffset());
        assertEquals(ACQUIRED, deliveries.state(19));
        assertEquals(-1, deliveries.state(20));
    }

    @Test
    void whatIsGivenUpWaitsForTheDeadLetterTopic() {
        List<String> letters = new ArrayList<>();
        Deliveries wanted = new Deliveries(0, List.of(), new Deliveries.DeadLetters() {
            @Override
            public boolean isWanted() {
                return true;
            }

            @Override
            public void dead(long firstOffset, long lastOffset, short deliveryCount, String reason) {
                letters.add(firstOffset + "-" + lastOffset + " " + deliveryCount);
            }
        });
        acquire(wanted, "a", 10, false, 100, CONFIG);
        wanted.acknowledge(List.of(new AcknowledgeBatch(0, 1, new byte[] {3}), new AcknowledgeBatch(2, 9, new byte[] {1})), 0, 0, Retry.atOnce(5));
        assertEquals(List.of("0-1 1"), letters);
        assertEquals(ARCHIVING, wanted.state(0));
        assertEquals(0, wanted.startOffset());
        wanted.archived(0, 1);
        assertEquals(10, wanted.startOffset());
    }
}
