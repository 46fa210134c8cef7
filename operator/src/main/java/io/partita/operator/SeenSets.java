package io.partita.operator;

import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionState;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What is stored of the partitions of a cluster, as it was seen last.
 *
 * @param sets by name of the set
 * @param damaged what is wrong with those that cannot be read, by name; they are not among {@code sets}
 */
public record SeenSets(Map<String, PartitionSet> sets, Map<String, String> damaged) {

    public static final SeenSets NONE = new SeenSets(Map.of(), Map.of());

    public SeenSets {
        sets = new TreeMap<>(sets);
        damaged = new TreeMap<>(damaged);
    }

    /** {@code null} when there is nothing. */
    public PartitionState state(PartitionKey partition) {
        String set = setOf(partition);
        return set == null ? null : sets.get(set).states().get(partition);
    }

    /** The set that has a partition, {@code null} when none has. */
    public String setOf(PartitionKey partition) {
        for (Map.Entry<String, PartitionSet> set : sets.entrySet()) {
            if (set.getValue().states().containsKey(partition)) {
                return set.getKey();
            }
        }
        return null;
    }

    /** Replicas by broker, of these topics. */
    public Map<Integer, Integer> replicas(Set<UUID> topics) {
        Map<Integer, Integer> count = new HashMap<>();
        sets.values().forEach(set -> set.states().forEach((key, state) -> {
            if (topics.contains(key.topicId())) {
                state.replicas().forEach(broker -> count.merge(broker, 1, Integer::sum));
            }
        }));
        return count;
    }

    /** Replicas by broker of partitions of these topics that nobody leads. */
    public Map<Integer, Integer> leaderless(Set<UUID> topics) {
        Map<Integer, Integer> count = new HashMap<>();
        sets.values().forEach(set -> set.states().forEach((key, state) -> {
            if (topics.contains(key.topicId()) && state.leader() == null) {
                state.replicas().forEach(broker -> count.merge(broker, 1, Integer::sum));
            }
        }));
        return count;
    }
}
