package io.partita.broker.replication;

import io.partita.broker.Invariant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The partitions this broker leads, by topic name and topic id. Read from any thread; changed by whoever applies the metadata, one at a time. */
public final class Partitions {

    private record Topic(String name, UUID id, PartitionLeader[] leaders) {}

    private final Map<String, Topic> byName = new ConcurrentHashMap<>();
    private final Map<UUID, Topic> byId = new ConcurrentHashMap<>();

    /** The leader of a partition, or null when it is not led here. */
    public PartitionLeader find(String topic, int partition) {
        return leader(byName.get(topic), partition);
    }

    /** As {@link #find(String, int)}, by the topic's id. */
    public PartitionLeader find(UUID topicId, int partition) {
        return leader(byId.get(topicId), partition);
    }

    private static PartitionLeader leader(Topic topic, int partition) {
        return topic == null || partition < 0 || partition >= topic.leaders.length ? null : topic.leaders[partition];
    }

    /** Adds partitions of one topic. */
    public void add(List<PartitionLeader> added) {
        if (added.isEmpty()) {
            return;
        }
        String name = added.getFirst().topic();
        UUID id = added.getFirst().topicId();
        Topic topic = byId.get(id);
        int length = topic == null ? 0 : topic.leaders.length;
        for (PartitionLeader leader : added) {
            length = Math.max(length, leader.partition() + 1);
        }
        PartitionLeader[] leaders = topic == null ? new PartitionLeader[length] : Arrays.copyOf(topic.leaders, length);
        for (PartitionLeader leader : added) {
            Invariant.check(leaders[leader.partition()] == null, "partition %d is led twice", leader.partition());
            leaders[leader.partition()] = leader;
        }
        Topic grown = new Topic(name, id, leaders);
        byName.put(name, grown);
        byId.put(id, grown);
    }

    /** Forgets some partitions of one topic; their leaders are still to be closed by their owners. */
    public void remove(List<PartitionLeader> removed) {
        if (removed.isEmpty()) {
            return;
        }
        Topic topic = byId.get(removed.getFirst().topicId());
        PartitionLeader[] leaders = topic.leaders.clone();
        for (PartitionLeader leader : removed) {
            Invariant.check(leaders[leader.partition()] == leader, "partition %d has another leader than the one to be removed", leader.partition());
            leaders[leader.partition()] = null;
        }
        Topic rest = new Topic(topic.name, topic.id, leaders);
        byId.put(topic.id, rest);
        byName.replace(topic.name, topic, rest);
    }

    /** Forgets a topic and returns the leaders it had here; they are still to be closed by their owners. */
    public List<PartitionLeader> remove(UUID topicId) {
        Topic topic = byId.remove(topicId);
        if (topic == null) {
            return List.of();
        }
        byName.remove(topic.name, topic);
        return leaders(topic);
    }

    /** All leaders of a topic, by ascending partition. */
    public List<PartitionLeader> of(UUID topicId) {
        Topic topic = byId.get(topicId);
        return topic == null ? List.of() : leaders(topic);
    }

    /** Does something with each leader, in no particular order. */
    public void forEach(Consumer<PartitionLeader> action) {
        for (Topic topic : byId.values()) {
            for (PartitionLeader leader : topic.leaders) {
                if (leader != null) {
                    action.accept(leader);
                }
            }
        }
    }

    /** All leaders, in no particular order. */
    public Collection<PartitionLeader> all() {
        List<PartitionLeader> all = new ArrayList<>();
        for (Topic topic : byId.values()) {
            all.addAll(leaders(topic));
        }
        return all;
    }

    private static List<PartitionLeader> leaders(Topic topic) {
        List<PartitionLeader> leaders = new ArrayList<>(topic.leaders.length);
        for (PartitionLeader leader : topic.leaders) {
            if (leader != null) {
                leaders.add(leader);
            }
        }
        return leaders;
    }
}
