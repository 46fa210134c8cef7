package io.partita.broker.cluster;

import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.Decision;
import io.partita.broker.control.Elections;
import io.partita.broker.control.Hindrances;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.InSyncSets;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionState;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/** Leaderships that change hands while everybody is well: by a stop, by the return of the preferred leader, by somebody's wish. Pure functions over a set. */
final class Handovers {

    private Handovers() {}

    /**
     * The set after a broker that stops has given up all that it leads: to members of the in-sync set that can be elected, each to the one that was given the fewest, to one that is hindered
     * only where all are; to nobody where there is none. Where the minimum allows it has left the in-sync sets too, so that nobody waits for what it does not fetch any more.
     *
     * @param electable without the broker itself
     */
    static PartitionSet all(PartitionSet set, BrokerProcess leader, Map<Integer, BrokerProcess> electable, IntPredicate isHindered) {
        Map<Integer, Integer> given = new HashMap<>();
        return set.changed(state -> {
            if (!state.isLedBy(leader)) {
                return InSyncSets.dropOnBehalf(state, leader.broker()).nextOr(state);
            }
            BrokerProcess successor = successor(state, leader, electable, isHindered.negate(), given);
            successor = successor == null ? successor(state, leader, electable, replica -> true, given) : successor;
            if (successor == null) {
                return Elections.resign(state, leader).nextOr(state);
            }
            given.merge(successor.broker(), 1, Integer::sum);
            return Elections.electOnBehalf(state, successor).nextOr(state);
        });
    }

    /** The set after a broker that is not to lead, and goes on following, has handed over what somebody else can lead. */
    static PartitionSet fenced(PartitionSet set, BrokerProcess leader, Map<Integer, BrokerProcess> electable, IntPredicate isHindered) {
        Map<Integer, Integer> given = new HashMap<>();
        return set.changed(state -> {
            BrokerProcess successor = state.isLedBy(leader) ? successor(state, leader, electable, isHindered.negate(), given) : null;
            if (successor == null) {
                return state;
            }
            given.merge(successor.broker(), 1, Integer::sum);
            return Elections.handOver(state, leader, successor).nextOr(state);
        });
    }

    /** Of the members of the in-sync set that may lead the one that was given the fewest, {@code null} where none may. */
    private static BrokerProcess successor(PartitionState state, BrokerProcess leader, Map<Integer, BrokerProcess> electable, IntPredicate mayLead,
            Map<Integer, Integer> given) {
        BrokerProcess successor = null;
        for (int replica : state.replicas()) {
            BrokerProcess candidate = replica == leader.broker() || !mayLead.test(replica) ? null : electable.get(replica);
            boolean isBetter = candidate != null && state.isInSync(replica)
                    && (successor == null || given.getOrDefault(replica, 0) < given.getOrDefault(successor.broker(), 0));
            successor = isBetter ? candidate : successor;
        }
        return successor;
    }

    /**
     * The set after a broker has given up what it cannot do as others can: leaderships, to members of the in-sync set whose disks have room, and its own place in in-sync sets where it can
     * write nothing. The minimum stays, and where nobody else could do more, all stays as it is. What a defect has ended here is led by anybody else.
     */
    static PartitionSet hindered(PartitionSet set, BrokerProcess broker, Hindrances hindrances, Map<Integer, BrokerProcess> electable,
            IntPredicate isHindered) {
        Map<Integer, Integer> given = new HashMap<>();
        TreeMap<PartitionKey, PartitionState> next = new TreeMap<>(set.states());
        next.replaceAll((key, state) -> {
            if (!hindrances.concerns(key)) {
                return state;
            }
            if (!state.isLedBy(broker)) {
                return hindrances.unwritable().contains(key) ? InSyncSets.dropOnBehalf(state, broker.broker()).nextOr(state) : state;
            }
            BrokerProcess successor = successor(state, broker, electable, isHindered.negate(), given);
            if (successor == null && hindrances.broken().contains(key)) {
                successor = successor(state, broker, electable, replica -> true, given);
            }
            if (successor == null) {
                return state;
            }
            given.merge(successor.broker(), 1, Integer::sum);
            return (hindrances.stops(key) ? Elections.electOnBehalf(state, successor) : Elections.handOver(state, broker, successor)).nextOr(state);
        });
        return new PartitionSet(next);
    }

    /**
     * The set after a leader has given some of its partitions back to their preferred leaders, where these are in sync.
     *
     * @param max how many at most
     */
    static PartitionSet toPreferred(PartitionSet set, BrokerProcess leader, Map<Integer, BrokerProcess> electable, int max) {
        SortedMap<PartitionKey, PartitionState> next = new TreeMap<>(set.states());
        int moved = 0;
        for (Map.Entry<PartitionKey, PartitionState> entry : set.states().entrySet()) {
            PartitionState state = entry.getValue();
            BrokerProcess preferred = electable.get(state.replicas().getFirst());
            if (moved < max && state.isLedBy(leader) && preferred != null
                    && Elections.handOver(state, leader, preferred) instanceof Decision.Granted(PartitionState given)) {
                next.put(entry.getKey(), given);
                moved++;
            }
        }
        return moved == 0 ? set : new PartitionSet(next);
    }

    /** The partition after somebody has asked for its preferred leader; the same where that cannot lead. */
    static PartitionState preferred(PartitionState state, Map<Integer, BrokerProcess> electable) {
        BrokerProcess preferred = electable.get(state.replicas().getFirst());
        return preferred == null ? state : clean(state, preferred, electable);
    }

    /** The old leader stays in sync where it is there. */
    private static PartitionState clean(PartitionState state, BrokerProcess next, Map<Integer, BrokerProcess> electable) {
        boolean isLed = state.leader() != null && state.leader().equals(electable.get(state.leader().broker()));
        return (isLed ? Elections.handOver(state, state.leader(), next) : Elections.electOnBehalf(state, next)).nextOr(state);
    }

    /**
     * The partition after somebody has asked for any leader at all; the same where no replica is there.
     *
     * @param logs the names of the brokers' logs, as registered
     */
    static PartitionState anybody(PartitionState state, Map<Integer, BrokerProcess> electable, Map<Integer, String> logs) {
        for (InSyncReplica member : state.isr()) {
            BrokerProcess candidate = electable.get(member.broker());
            if (candidate != null && member.incarnation().equals(logs.get(member.broker()))) {
                return Elections.electOnBehalf(state, candidate).nextOr(state);
            }
        }
        for (int replica : state.replicas()) {
            BrokerProcess candidate = electable.get(replica);
            if (candidate != null) {
                return Elections.electUnclean(state, candidate, logs.get(replica), -1).nextOr(state);
            }
        }
        return state;
    }
}
