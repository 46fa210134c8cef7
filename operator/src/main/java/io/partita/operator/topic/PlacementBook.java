package io.partita.operator.topic;

import io.partita.crds.Cluster;
import io.partita.crds.ObjectNames;
import io.partita.crds.PartitionStatus;
import io.partita.crds.Placement;
import io.partita.crds.Placement.Candidate;
import io.partita.crds.Topic;
import io.partita.crds.TopicRules;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Places partitions one topic after the other, and remembers what it placed until the cache of Topics shows it: a thousand topics created at once must not
 * all see the same empty brokers. Forgotten at a restart, at the price of a less even placement.
 */
@ApplicationScoped
public class PlacementBook {

    private final Map<String, List<List<Integer>>> underWay = new HashMap<>();

    /** Replicas of all partitions of a topic. {@link #forget} must follow when they could not be stored. */
    synchronized List<List<Integer>> place(Topic topic, Cluster cluster, List<List<Integer>> present, Collection<Topic> topicsOfCluster) {
        Map<Integer, Integer> load = load(topicsOfCluster, topic.getMetadata().getUid());
        List<Candidate> candidates = TopicDecision.candidates(cluster).stream()
                .map(broker -> new Candidate(broker.id(), broker.node(), broker.zone(), load.getOrDefault(broker.id(), 0)))
                .toList();
        int seed = ObjectNames.kafkaName(topic).hashCode();
        List<List<Integer>> placed = Placement.place(candidates, present, topic.getSpec().partitions, topic.getSpec().replicas, seed);
        underWay.put(topic.getMetadata().getUid(), placed);
        return placed;
    }

    /** Replicas by broker, those under way included. */
    public synchronized Map<Integer, Integer> load(Collection<Topic> topicsOfCluster) {
        return load(topicsOfCluster, null);
    }

    private Map<Integer, Integer> load(Collection<Topic> topics, String except) {
        Map<Integer, Integer> load = new HashMap<>();
        for (Topic topic : topics) {
            if (!topic.getMetadata().getUid().equals(except)) {
                partitions(topic).forEach(replicas -> replicas.forEach(broker -> load.merge(broker, 1, Integer::sum)));
            }
        }
        return load;
    }

    private List<List<Integer>> partitions(Topic topic) {
        List<List<Integer>> seen = new ArrayList<>();
        if (topic.getStatus() != null && TopicRules.isOwnStatus(topic)) {
            topic.getStatus().partitions.stream().map(PartitionStatus::replicas).forEach(seen::add);
        }
        List<List<Integer>> placed = underWay.get(topic.getMetadata().getUid());
        if (placed != null && placed.size() <= seen.size()) {
            underWay.remove(topic.getMetadata().getUid());
        }
        return placed != null && placed.size() > seen.size() ? placed : seen;
    }

    /** A placement was not stored, or its topic is gone. */
    synchronized void forget(Topic topic) {
        underWay.remove(topic.getMetadata().getUid());
    }
}
