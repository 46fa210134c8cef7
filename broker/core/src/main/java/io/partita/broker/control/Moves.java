package io.partita.broker.control;

import static io.partita.broker.control.Decision.refused;

import io.partita.broker.control.Decision.Granted;
import io.partita.broker.control.Decision.Refusal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * How a partition gets onto other brokers: these are added, their leader takes them into the in-sync set as they catch up, the leader hands over if it is to go, and the others leave in one
 * write. What is wanted stands in the state ({@link Reassignment}), so each step follows from what is stored and can be taken by anybody; one that was overtaken is worked out anew. Every step
 * is made of {@link Reassignments} and {@link Elections} and has no rules of its own: what it does in one write they would allow in several that nobody sees.
 */
public final class Moves {

    private Moves() {}

    /**
     * The partition is to be on these brokers instead. They are added at once. One that is under way already goes there from where it has come to, and can still be cancelled to where it was at first.
     *
     * @param to distinct, at least one, the preferred leader first
     */
    public static Decision begin(PartitionState stored, List<Integer> to) {
        Reassignment present = stored.reassignment();
        if (present == null ? stored.replicas().equals(to) : present.to().equals(to)) {
            return refused(Refusal.NOTHING_TO_DO);
        }
        PartitionState moving = with(stored, stored.replicas(), new Reassignment(present == null ? stored.replicas() : present.from(), to));
        return new Granted(next(moving, Map.of()));
    }

    /** The partition is to be where it was when its move began. */
    public static Decision cancel(PartitionState stored) {
        Reassignment present = stored.reassignment();
        return present == null || present.to().equals(present.from()) ? refused(Refusal.NOTHING_TO_DO) : begin(stored, present.from());
    }

    /**
     * The state after the next step; the same when there is none to take, because nothing moves or somebody else is to act first.
     *
     * @param electable the processes that are there, by broker; nothing is taken from anybody unless all that are to keep the partition are among them
     */
    public static PartitionState next(PartitionState stored, Map<Integer, BrokerProcess> electable) {
        Reassignment move = stored.reassignment();
        if (move == null) {
            return stored;
        }
        PartitionState state = stored;
        for (int broker : move.to()) {
            state = Reassignments.addReplica(state, broker).nextOr(state);
        }
        List<Integer> ordered = new ArrayList<>(move.to());
        ordered.addAll(move.removing(state.replicas()));
        state = ordered.equals(state.replicas()) ? state : with(state, ordered, move);
        List<Integer> leaving = leaving(state, move);
        if (leaving.isEmpty()) {
            return finished(state, move);
        }
        BrokerProcess leader = state.leader();
        boolean isLed = leader != null && leader.equals(electable.get(leader.broker()));
        if (!isLed || !mayLeave(move, leaving, electable)) {
            return state;
        }
        if (leaving.contains(leader.broker())) {
            // First: there is a leader that stays, and only then does anybody go.
            BrokerProcess successor = successor(state, leaving, electable);
            return successor == null ? state : Elections.handOver(state, leader, successor).nextOr(state);
        }
        PartitionState left = state;
        for (int broker : leaving) {
            if (!(Reassignments.removeReplica(left, broker, null) instanceof Granted(PartitionState without))) {
                return state;
            }
            left = without;
        }
        return finished(left, move);
    }

    /**
     * The minimum by which a partition is to go. Where it moves to fewer brokers than the minimum, that is lowered once it is in sync on all of them, so that the others can leave.
     *
     * @param wanted what settings say
     */
    public static int minimum(PartitionState state, int wanted) {
        Reassignment move = state.reassignment();
        return move != null && isInSync(state, move) ? Math.min(wanted, move.to().size()) : wanted;
    }

    /** Whoever was to be added and is not wanted any more goes at once, the others when all that stay have everything. */
    private static List<Integer> leaving(PartitionState state, Reassignment move) {
        boolean isThere = isInSync(state, move);
        return move.removing(state.replicas()).stream().filter(broker -> isThere || !move.from().contains(broker)).toList();
    }

    private static boolean mayLeave(Reassignment move, List<Integer> leaving, Map<Integer, BrokerProcess> electable) {
        return leaving.stream().noneMatch(move.from()::contains) || electable.keySet().containsAll(move.to());
    }

    private static boolean isInSync(PartitionState state, Reassignment move) {
        return move.to().stream().allMatch(state::isInSync);
    }

    private static BrokerProcess successor(PartitionState state, List<Integer> leaving, Map<Integer, BrokerProcess> electable) {
        for (int broker : state.replicas()) {
            BrokerProcess candidate = electable.get(broker);
            if (candidate != null && !leaving.contains(broker) && state.isInSync(broker)) {
                return candidate;
            }
        }
        return null;
    }

    /** Without the move, when it has come to its end: on no other brokers, and in sync on those that are new. */
    private static PartitionState finished(PartitionState state, Reassignment move) {
        boolean isThere = new HashSet<>(state.replicas()).equals(new HashSet<>(move.to())) && move.adding().stream().allMatch(state::isInSync);
        return isThere ? with(state, move.to(), null) : state;
    }

    private static PartitionState with(PartitionState state, List<Integer> replicas, Reassignment move) {
        List<InSyncReplica> isr = new ArrayList<>(state.isr());
        isr.sort(Comparator.comparingInt(member -> replicas.indexOf(member.broker())));
        return new PartitionState(replicas, state.leader(), state.epoch(), state.version() + 1, isr, state.minInSync(), state.uncleanEpoch(), move);
    }
}
