package io.partita.operator.cluster;

import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionState;
import io.partita.operator.SeenSets;
import io.partita.operator.cluster.BrokerRoll.Outdated;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * What is stored of the partitions of a cluster's topics, as it was seen last. Pure functions of it.
 *
 * @param states of partitions, in any order
 */
record StoredPartitions(List<PartitionState> states) {

    static final StoredPartitions NONE = new StoredPartitions(List.of());

    /** Those of topics that are there. */
    static StoredPartitions of(SeenSets seen, Set<UUID> topics) {
        List<PartitionState> states = new ArrayList<>();
        seen.sets().values().forEach(set -> set.states().forEach((key, state) -> {
            if (topics.contains(key.topicId())) {
                states.add(state);
            }
        }));
        return new StoredPartitions(states);
    }

    /**
     * Of these brokers the first, and of the others as many as have no partition in common with any that was taken: each partition misses one of its replicas at most.
     *
     * @param max so many at most
     */
    List<Outdated> apart(List<Outdated> brokers, int max) {
        Map<Integer, Set<Integer>> neighbours = new HashMap<>();
        for (PartitionState state : states) {
            for (int replica : state.replicas()) {
                neighbours.computeIfAbsent(replica, none -> new HashSet<>()).addAll(state.replicas());
            }
        }
        List<Outdated> taken = new ArrayList<>();
        Set<Integer> near = new HashSet<>();
        for (Outdated broker : brokers) {
            if (taken.size() < max && !near.contains(broker.broker())) {
                taken.add(broker);
                near.addAll(neighbours.getOrDefault(broker.broker(), Set.of()));
            }
        }
        return taken;
    }

    /** Whether a broker is not in sync with a partition of its own that somebody leads. */
    boolean isBehind(int broker) {
        return states.stream().anyMatch(state -> state.leader() != null && state.replicas().contains(broker) && !state.isInSync(broker));
    }

    /** Brokers that are not in sync with all partitions of their own. */
    Set<Integer> behind() {
        Set<Integer> behind = new TreeSet<>();
        for (PartitionState state : states) {
            for (int replica : state.isUntouched() ? List.<Integer>of() : state.replicas()) {
                if (!state.isInSync(replica)) {
                    behind.add(replica);
                }
            }
        }
        return behind;
    }

    /** Brokers of partitions that have fewer replicas in sync than min.insync.replicas, and take no records of producers that want all acknowledgements. */
    Set<Integer> belowMinimum() {
        Set<Integer> missing = new TreeSet<>();
        for (PartitionState state : states) {
            if (!state.isUntouched() && state.isr().size() < state.minInSync()) {
                state.replicas().stream().filter(replica -> !state.isInSync(replica)).forEach(missing::add);
            }
        }
        return missing;
    }

    /**
     * Whether any one broker can be done without: every partition that has more replicas than its minimum has one more in sync than that. Those that have not cannot be had without a broker of
     * theirs at the best of times, and hinder nobody from draining a node.
     */
    boolean isAnyoneSpare() {
        return states.stream()
                .allMatch(state -> state.isUntouched() || state.replicas().size() <= state.effectiveMin() || state.isr().size() > state.effectiveMin());
    }

    /** Brokers of partitions that nobody leads who is there, those that have all their records if there are any. */
    Set<Integer> unserved(Set<Integer> there) {
        Set<Integer> brokers = new TreeSet<>();
        for (PartitionState state : states) {
            if (state.leader() == null || !there.contains(state.leader().broker())) {
                brokers.addAll(state.isr().isEmpty() ? state.replicas() : state.isr().stream().map(InSyncReplica::broker).toList());
            }
        }
        return brokers;
    }
}
