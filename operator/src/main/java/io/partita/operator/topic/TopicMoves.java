package io.partita.operator.topic;

import io.partita.broker.control.Moves;
import io.partita.broker.control.PartitionState;
import io.partita.broker.control.Spreading;
import io.partita.broker.control.Spreading.Wish;
import io.fabric8.kubernetes.api.model.Condition;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus;
import io.partita.crds.Conditions;
import io.partita.crds.Placement.Candidate;
import io.partita.crds.Topic;
import io.partita.operator.SeenSets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * Which partitions of a topic are to get onto other brokers: where {@code spec.replicas} says another number than they have, and off brokers that are to be scaled away. The wish goes into the
 * partitions' states; brokers take the steps from there. A pure function.
 */
final class TopicMoves {

    /** Partitions of one topic that are on their way at a time; the next ones follow when these are there. */
    static final int MOVING_MAX = 20;

    private TopicMoves() {}

    private static boolean isAnybodyTooOld(ClusterStatus status) {
        Condition pending = Conditions.find(status.conditions, Conditions.UPGRADE_PENDING);
        return pending != null && Conditions.BROKERS_TOO_OLD.equals(pending.getReason());
    }

    /** By partition, what is to be made of its state: of one that is not as it was seen, nothing. */
    static Map<Integer, UnaryOperator<PartitionState>> of(Topic topic, Cluster cluster, SeenSets sets) {
        List<Candidate> takers = TopicDecision.candidates(cluster);
        ClusterStatus status = cluster.getStatus();
        boolean mayMove = status != null && status.level != null && status.level >= ClusterStatus.LEVEL_MOVES && !isAnybodyTooOld(status)
                && takers.size() >= cluster.getSpec().brokers;
        if (!mayMove) {
            return Map.of();
        }
        Map<Integer, String> zones = new HashMap<>();
        takers.forEach(taker -> zones.put(taker.id(), taker.zone()));
        Set<Integer> there = new HashSet<>();
        Set<Integer> leaving = new HashSet<>();
        status.brokers.forEach(broker -> {
            there.add(broker.id());
            if (broker.id() >= cluster.getSpec().brokers) {
                leaving.add(broker.id());
            }
        });
        UUID id = UUID.fromString(topic.getMetadata().getUid());
        int moving = (int) sets.sets().values().stream().flatMap(set -> set.states().entrySet().stream())
                .filter(entry -> entry.getKey().topicId().equals(id) && entry.getValue().reassignment() != null).count();
        Map<Integer, UnaryOperator<PartitionState>> writes = new HashMap<>();
        for (Wish wish : new Spreading(zones, there, sets.sets().values()).ofTopic(id, topic.getSpec().replicas, leaving, MOVING_MAX - moving)) {
            writes.put(wish.partition().partition(),
                    state -> Objects.equals(state, wish.from()) ? Moves.begin(state, wish.to()).nextOr(state) : state);
        }
        return writes;
    }
}
