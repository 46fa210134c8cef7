package io.partita.broker.control;

import static io.partita.broker.control.Decision.refused;
import static io.partita.broker.control.States.A;
import static io.partita.broker.control.States.B;
import static io.partita.broker.control.States.C;
import static io.partita.broker.control.States.LED;
import static io.partita.broker.control.States.LOG_A;
import static io.partita.broker.control.States.LOG_B;
import static io.partita.broker.control.States.LOG_C;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.control.Decision.Refusal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MovesTest {

    private static final BrokerProcess D = new BrokerProcess(3, "d");
    private static final BrokerProcess E = new BrokerProcess(4, "e");
    private static final Map<Integer, BrokerProcess> ALL = Map.of(0, A, 1, B, 2, C, 3, D, 4, E);

    private static PartitionState begun(PartitionState stored, Integer... to) {
        return Moves.begin(stored, List.of(to)).nextOr(null);
    }

    private static PartitionState caughtUp(PartitionState state, int... brokers) {
        PartitionState next = state;
        for (int broker : brokers) {
            next = InSyncSets.add(next, next.leader(), broker, "log" + broker).nextOr(next);
        }
        return next;
    }

    @Test
    void newReplicasAreAddedInOneWriteUnderAHigherEpochAndNobodyGoesYet() {
        PartitionState begun = begun(LED, 3, 4, 2);

        assertEquals(List.of(3, 4, 2, 0, 1), begun.replicas());
        assertEquals(new Reassignment(List.of(0, 1, 2), List.of(3, 4, 2)), begun.reassignment());
        assertTrue(begun.epoch() > LED.epoch() && begun.isLedBy(A) && begun.isr().size() == 3);
        assertEquals(begun, Moves.next(begun, ALL));
        PartitionState half = caughtUp(begun, 3);
        assertEquals(half, Moves.next(half, ALL), "one of the two is not there yet");
    }

    @Test
    void theLeaderHandsOverBeforeAnybodyGoesAndThenAllGoInOneWrite() {
        PartitionState there = caughtUp(begun(LED, 3, 4, 2), 3, 4);

        PartitionState handedOver = Moves.next(there, ALL);
        PartitionState moved = Moves.next(handedOver, ALL);

        assertTrue(handedOver.isLedBy(D) && handedOver.epoch() == there.epoch() + 1 && handedOver.replicas().equals(there.replicas()));
        assertEquals(there.isr(), handedOver.isr());
        assertEquals(new PartitionState(List.of(3, 4, 2), D, handedOver.epoch(), moved.version(),
                List.of(new InSyncReplica(3, "log3"), new InSyncReplica(4, "log4"), LOG_C), 2, 0), moved);
        assertEquals(moved, Moves.next(moved, ALL));
    }

    @Test
    void nobodyGoesWhileOneThatIsToStayIsNotThere() {
        PartitionState there = caughtUp(begun(LED, 0, 3, 4), 3, 4);
        Map<Integer, BrokerProcess> withoutThree = new HashMap<>(ALL);
        withoutThree.remove(3);

        assertEquals(there, Moves.next(there, withoutThree));
        assertEquals(List.of(0, 3, 4), Moves.next(there, ALL).replicas());
    }

    @Test
    void aMoveThatIsCancelledEndsWhereItBegan() {
        PartitionState begun = begun(LED, 3, 4, 2);

        PartitionState cancelled = Moves.next(Moves.cancel(caughtUp(begun, 3)).nextOr(null), ALL);

        assertEquals(LED.replicas(), cancelled.replicas());
        assertEquals(LED.isr(), cancelled.isr());
        assertNull(cancelled.reassignment());
        assertEquals(refused(Refusal.NOTHING_TO_DO), Moves.cancel(cancelled));
    }

    @Test
    void aCancelledMoveWaitsUntilOneOfBeforeCanLead() {
        PartitionState led = Elections.handOver(caughtUp(begun(LED, 3, 4, 2), 3, 4), A, D).nextOr(null);
        PartitionState cancelled = Moves.cancel(led).nextOr(null);

        PartitionState back = Moves.next(cancelled, ALL);
        assertTrue(back.isLedBy(A), "the first of those that it was on");
        assertEquals(List.of(0, 1, 2), Moves.next(back, ALL).replicas());

        PartitionState alone = InSyncSets
                .remove(InSyncSets.remove(InSyncSets.remove(cancelled, D, 0, false).nextOr(null), D, 1, false).nextOr(null), D, 2, false)
                .nextOr(null);
        assertEquals(alone, Moves.next(alone, ALL), "nobody of before has everything");
        assertEquals(refused(Refusal.NOTHING_TO_DO), Moves.cancel(alone), "it is on its way back");
    }

    @Test
    void anotherTargetIsTakenUpFromWhereTheMoveHasCome() {
        PartitionState begun = caughtUp(begun(LED, 3, 1, 2), 3);

        PartitionState other = begun(begun, 4, 1, 2);

        assertEquals(new Reassignment(List.of(0, 1, 2), List.of(4, 1, 2)), other.reassignment());
        assertEquals(List.of(4, 1, 2, 0), Moves.next(other, ALL).replicas(), "who is not wanted any more goes at once");
        assertEquals(refused(Refusal.NOTHING_TO_DO), Moves.begin(other, List.of(4, 1, 2)));
    }

    @Test
    void anotherOrderIsOneWriteAndNoNewEpoch() {
        PartitionState turned = begun(LED, 2, 0, 1);

        assertEquals(new PartitionState(List.of(2, 0, 1), A, 5, turned.version(), List.of(LOG_C, LOG_A, LOG_B), 2, 0), turned);
        assertEquals(refused(Refusal.NOTHING_TO_DO), Moves.begin(turned, List.of(2, 0, 1)));
    }

    @Test
    void moreReplicasAreThereWhenTheyAreInSync() {
        PartitionState more = begun(LED, 0, 1, 2, 3);

        assertEquals(more, Moves.next(more, ALL));
        assertNull(Moves.next(caughtUp(more, 3), ALL).reassignment());
    }

    @Test
    void fewerReplicasThanTheMinimumLowerItFirst() {
        PartitionState fewer = begun(LED, 0);

        assertEquals(fewer, Moves.next(fewer, ALL), "the minimum of two keeps them");
        PartitionState lowered = Reassignments.setMin(fewer, Moves.minimum(fewer, 2)).nextOr(null);
        assertEquals(new PartitionState(List.of(0), A, 5, lowered.version() + 2 + 1, List.of(LOG_A), 1, 0), Moves.next(lowered, ALL));
        assertEquals(2, Moves.minimum(begun(LED, 3), 2), "not before it is in sync there");
    }

    @Test
    void replicasThatAreBeingAddedDoNotRaiseTheMinimum() {
        PartitionState one = new PartitionState(List.of(0), A, 5, 9, List.of(LOG_A), 2, 0);

        PartitionState more = begun(one, 0, 1);

        assertEquals(1, more.effectiveMin());
        assertEquals(2, Moves.next(caughtUp(more, 1), ALL).effectiveMin());
    }

    /** Whatever is stored, and whoever is there: a step keeps what steps must keep, and steps and catching up come to an end where the move wants to be. */
    @Test
    void everyMoveComesToItsEndWhateverItBeginsWith() {
        for (int seed = 0; seed < 3_000; seed++) {
            Random random = new Random(seed);
            PartitionState state = States.any(random);
            Map<Integer, BrokerProcess> there = new HashMap<>();
            for (int broker = 0; broker < 6; broker++) {
                there.put(broker, new BrokerProcess(broker, "p" + random.nextInt(3)));
            }
            for (int i = 0; i < 40; i++) {
                PartitionState before = state;
                state = switch (random.nextInt(6)) {
                    case 0 -> i < 20 ? Moves.begin(state, anywhere(random)).nextOr(state) : state;
                    case 1 -> i < 20 ? Moves.cancel(state).nextOr(state) : state;
                    case 2 -> state.isUntouched() ? state : anybodyLeads(state, there);
                    default -> Moves.next(state, there);
                };
                sound(before, state, "seed " + seed);
            }
            for (int i = 0; i < 30; i++) {
                PartitionState before = state;
                state = state.isUntouched()
                        ? Elections.elect(state, there.get(state.replicas().getFirst()), "log", -1).nextOr(state)
                        : anybodyLeads(state, there);
                for (int replica : state.replicas()) {
                    state = InSyncSets.add(state, state.leader(), replica, "log" + replica).nextOr(state);
                }
                state = Reassignments.setMin(state, Moves.minimum(state, 2)).nextOr(state);
                state = Moves.next(state, there);
                sound(before, state, "seed " + seed);
            }
            assertNull(state.reassignment(), "seed " + seed + ": " + state);
        }
    }

    private static PartitionState anybodyLeads(PartitionState state, Map<Integer, BrokerProcess> there) {
        boolean isLed = state.leader() != null && state.leader().equals(there.get(state.leader().broker()));
        InSyncReplica next = state.isr().getFirst();
        return isLed ? state : Elections.elect(state, there.get(next.broker()), next.incarnation(), -1).nextOr(state);
    }

    private static List<Integer> anywhere(Random random) {
        List<Integer> brokers = new ArrayList<>(List.of(0, 1, 2, 3, 4, 5));
        Collections.shuffle(brokers, random);
        return brokers.subList(0, 1 + random.nextInt(4));
    }

    private static void sound(PartitionState before, PartitionState after, String seed) {
        String what = seed + ": " + before + " -> " + after;
        if (before.equals(after)) {
            return;
        }
        assertTrue(after.version() > before.version() && after.epoch() >= before.epoch(), what);
        boolean isAdded = !before.replicas().containsAll(after.replicas());
        assertTrue(!isAdded || before.isUntouched() || after.epoch() > before.epoch(), "rule 21, " + what);
        boolean isRemoved = !after.replicas().containsAll(before.replicas());
        assertTrue(!isRemoved || before.isUntouched() || after.isr().size() >= Math.min(after.minInSync(), before.effectiveMin()), "rule 19, " + what);
        boolean isLedAnew = after.leader() != null && !after.leader().equals(before.leader());
        assertTrue(!isLedAnew || after.epoch() > before.epoch(), "rule 1, " + what);
        assertTrue(!isRemoved || new HashSet<>(after.replicas()).containsAll(after.isr().stream().map(InSyncReplica::broker).toList()), what);
    }
}
