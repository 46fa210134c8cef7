package io.partita.operator.topic;

import io.partita.crds.Cluster;
import io.partita.crds.ObjectNames;
import io.partita.crds.Placed;
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

    /** Partitions in one set: enough that a broker's are in few of them, and few enough that one is written in milliseconds. */
    static final int ENTRIES_MAX = 400;
    private static final int READ_MIN = 10_000;

    private final Map<String, List<Placed>> underWay = new HashMap<>();
    /** By uid: places as they were read from a version of a Topic. All of them are looked at for each that is placed. */
    private final Map<String, Read> read = new HashMap<>();

    private record Read(String version, List<Placed> places) {}

    /** Places of all partitions of a topic. {@link #forget} must follow when they could not be stored. */
    synchronized List<Placed> place(Topic topic, Cluster cluster, List<Placed> present, Collection<Topic> topicsOfCluster) {
        Map<Integer, Integer> load = load(topicsOfCluster, topic.getMetadata().getUid());
        List<Candidate> candidates = TopicDecision.candidates(cluster).stream()
                .map(broker -> new Candidate(broker.id(), broker.node(), broker.zone(), load.getOrDefault(broker.id(), 0)))
                .toList();
        int seed = ObjectNames.kafkaName(topic).hashCode();
        List<List<Integer>> replicas = Placement.place(candidates, present.stream().map(Placed::replicas).toList(), topic.getSpec().partitions,
                TopicRules.replicas(topic.getSpec(), cluster), seed);
        if (read.size() > 2 * topicsOfCluster.size() + READ_MIN) {
            read.clear();
        }
        List<Placed> placed = new ArrayList<>(present);
        placed.addAll(inSets(topic, replicas.subList(present.size(), replicas.size()), present, topicsOfCluster));
        underWay.put(topic.getMetadata().getUid(), placed);
        return placed;
    }

    /** Places of partitions that stay on the brokers that have them. */
    synchronized List<Placed> keep(Topic topic, List<List<Integer>> replicas, Collection<Topic> topicsOfCluster) {
        List<Placed> placed = inSets(topic, replicas, List.of(), topicsOfCluster);
        underWay.put(topic.getMetadata().getUid(), placed);
        return placed;
    }

    /** Each in a set of the broker that is to lead it. */
    private List<Placed> inSets(Topic topic, List<List<Integer>> replicas, List<Placed> present, Collection<Topic> topics) {
        Map<String, Integer> entries = new HashMap<>();
        for (Topic other : topics) {
            if (!other.getMetadata().getUid().equals(topic.getMetadata().getUid())) {
                places(other).forEach(place -> entries.merge(place.set(), 1, Integer::sum));
            }
        }
        present.forEach(place -> entries.merge(place.set(), 1, Integer::sum));
        List<Placed> placed = new ArrayList<>(replicas.size());
        for (List<Integer> on : replicas) {
            int number = 0;
            while (entries.getOrDefault(on.getFirst() + "-" + number, 0) >= ENTRIES_MAX) {
                number++;
            }
            String set = on.getFirst() + "-" + number;
            entries.merge(set, 1, Integer::sum);
            placed.add(new Placed(set, on));
        }
        return placed;
    }

    /** Replicas by broker as they were placed, those under way included. */
    public synchronized Map<Integer, Integer> load(Collection<Topic> topicsOfCluster) {
        return load(topicsOfCluster, null);
    }

    private Map<Integer, Integer> load(Collection<Topic> topics, String except) {
        Map<Integer, Integer> load = new HashMap<>();
        for (Topic topic : topics) {
            if (!topic.getMetadata().getUid().equals(except)) {
                places(topic).forEach(place -> place.replicas().forEach(broker -> load.merge(broker, 1, Integer::sum)));
            }
        }
        return load;
    }

    private List<Placed> places(Topic topic) {
        String version = topic.getMetadata().getResourceVersion();
        Read before = read.get(topic.getMetadata().getUid());
        List<Placed> seen = before != null && before.version.equals(version) ? before.places : List.of();
        if (seen.isEmpty() && topic.getStatus() != null && TopicRules.isOwnStatus(topic) && TopicRules.damage(topic.getStatus()) == null) {
            seen = Placed.read(topic.getStatus().places);
            if (version != null) {
                read.put(topic.getMetadata().getUid(), new Read(version, seen));
            }
        }
        List<Placed> placed = underWay.get(topic.getMetadata().getUid());
        if (placed != null && placed.size() <= seen.size()) {
            underWay.remove(topic.getMetadata().getUid());
        }
        return placed != null && placed.size() > seen.size() ? placed : seen;
    }

    /** A placement was not stored, or its topic is gone. */
    synchronized void forget(Topic topic) {
        underWay.remove(topic.getMetadata().getUid());
        read.remove(topic.getMetadata().getUid());
    }
}
