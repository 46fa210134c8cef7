package io.partita.cli.command;

import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Where replicas of one broker could go: each to the broker that has fewest then, in a rack that the partition is not in, if there is one. The others stay where they are,
 * and the order of replicas too, so that leaders change only where they must.
 */
final class Placement {

    private final Map<Integer, String> racks = new TreeMap<>();
    private final Map<Integer, Integer> load = new HashMap<>();

    Placement(MetadataResponse metadata) {
        metadata.brokers.forEach(broker -> {
            racks.put(broker.nodeId, broker.rack);
            load.put(broker.nodeId, 0);
        });
        metadata.topics
                .forEach(topic -> topic.partitions.forEach(partition -> partition.replicaNodes.forEach(replica -> load.merge(replica, 1, Integer::sum))));
    }

    /** Replicas by partition after all of {@code broker}'s have moved; partitions without one are left out. */
    Map<TopicPartition, List<Integer>> without(int broker, MetadataResponse metadata) {
        Map<TopicPartition, List<Integer>> moves = new TreeMap<>();
        metadata.topics.forEach(topic -> topic.partitions.forEach(partition -> {
            if (partition.replicaNodes.contains(broker)) {
                TopicPartition key = new TopicPartition(topic.name, partition.partitionIndex);
                moves.put(key, replaced(key, partition.replicaNodes, broker));
            }
        }));
        return moves;
    }

    private List<Integer> replaced(TopicPartition partition, List<Integer> replicas, int broker) {
        List<String> taken = replicas.stream().filter(replica -> replica != broker).map(racks::get).filter(Objects::nonNull).toList();
        int target = racks.keySet().stream()
                .filter(candidate -> candidate != broker && !replicas.contains(candidate))
                .min(Comparator.comparing((Integer candidate) -> racks.get(candidate) != null && taken.contains(racks.get(candidate)))
                        .thenComparing(load::get)
                        .thenComparing(Comparator.naturalOrder()))
                .orElseThrow(() -> new Failure(Kind.REFUSED, "No other broker can take the replica of " + partition + ": all that are there have one.",
                        "Add a broker, or give the topic fewer replicas: partita reassign move."));
        load.merge(target, 1, Integer::sum);
        load.merge(broker, -1, Integer::sum);
        List<Integer> all = new ArrayList<>(replicas);
        all.set(all.indexOf(broker), target);
        return all;
    }
}
