package io.partita.broker.cluster;

import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.Decision;
import io.partita.broker.control.Elections;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionState;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Leaderships that change hands while everybody is well: by a stop, by the return of the preferred leader, by somebody's wish. Pure functions over a set. */
final class Handovers {

    private Handovers() {}

    /**
     * The set after a broker has given up all that it leads: to members of the in-sync set that can be elected, each to the one that was given the fewest; to nobody where there is none.
     *
     * @param electable without the broker itself
     */
    static PartitionSet all(PartitionSet set, BrokerProcess leader, Map<Integer, BrokerProcess> electable) {
        Map<Integer, Integer> given = new HashMap<>();
        return set.changed(state -> {
            if (!state.isLedBy(leader)) {
                return state;
            }
            BrokerProcess successor = null;
            for (int replica : state.replicas()) {
                BrokerProcess candidate = replica == leader.broker() ? null : electable.get(replica);
                boolean isBetter = candidate != null && state.isInSync(replica)
                        && (successor == null || given.getOrDefault(replica, 0) < given.getOrDefault(successor.broker(), 0));
                successor = isBetter ? candidate : successor;
            }
            if (successor == null) {
                return Elections.resign(state, leader).nextOr(state);
            }
            given.merge(successor.broker(), 1, Integer::sum);
            return Elections.handOver(state, leader, successor).nextOr(state);
        });
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
