package io.partita.broker.control;

import io.partita.broker.control.Decision.Granted;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * The states of many partitions in one object, so that one write elects leaders for all partitions of a dead broker in it. A partition stays in the set that it
 * was placed in (rule 26).
 *
 * @param states by partition; immutable
 */
public record PartitionSet(SortedMap<PartitionKey, PartitionState> states) {

    public static final PartitionSet EMPTY = new PartitionSet(new TreeMap<>());

    public PartitionSet {
        states = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(states));
    }

    /** The same set with another state of some partitions; a rule gives the state to store, the one it is given where it has nothing to change. */
    public PartitionSet changed(UnaryOperator<PartitionState> rule) {
        SortedMap<PartitionKey, PartitionState> next = new TreeMap<>();
        states.forEach((key, state) -> next.put(key, rule.apply(state)));
        return new PartitionSet(next);
    }

    /** The same set with this state of a partition. */
    public PartitionSet with(PartitionKey key, PartitionState state) {
        SortedMap<PartitionKey, PartitionState> next = new TreeMap<>(states);
        next.put(key, state);
        return new PartitionSet(next);
    }

    /** The same set without a partition; its topic is deleted. */
    public PartitionSet without(PartitionKey key) {
        SortedMap<PartitionKey, PartitionState> next = new TreeMap<>(states);
        next.remove(key);
        return new PartitionSet(next);
    }

    /**
     * The set after the death of a broker, as one survivor would write it for all: where the dead one led, a member of the in-sync set that is alive leads, the
     * preferred one if it does not lead more than its share of them already; where it followed, it leaves the in-sync set if that may be. What nobody alive can
     * lead stays.
     *
     * @param alive the processes last heard of, by broker; the dead one is not among them
     */
    public PartitionSet afterDeathOf(int broker, Map<Integer, BrokerProcess> alive) {
        Map<Integer, Integer> given = new HashMap<>();
        return changed(state -> {
            if (state.leader() == null || state.leader().broker() != broker) {
                return InSyncSets.dropOnBehalf(state, broker).nextOr(state);
            }
            BrokerProcess next = leastGiven(state, alive, given);
            if (next == null || !(Elections.electOnBehalf(state, next) instanceof Granted(PartitionState elected))) {
                return state;
            }
            given.merge(next.broker(), 1, Integer::sum);
            return elected;
        });
    }

    /** Of the members alive the one with the fewest of the leaderships handed out here, the first in the order of replicas among equals. */
    private static BrokerProcess leastGiven(PartitionState state, Map<Integer, BrokerProcess> alive, Map<Integer, Integer> given) {
        BrokerProcess least = null;
        for (int replica : state.replicas()) {
            BrokerProcess candidate = alive.get(replica);
            if (candidate != null && state.isInSync(replica)
                    && (least == null || given.getOrDefault(replica, 0) < given.getOrDefault(least.broker(), 0))) {
                least = candidate;
            }
        }
        return least;
    }

    /** The partitions that a broker is named in, as a replica. */
    public List<PartitionKey> of(int broker) {
        List<PartitionKey> held = new ArrayList<>();
        states.forEach((key, state) -> {
            if (state.replicas().contains(broker)) {
                held.add(key);
            }
        });
        return held;
    }
}
