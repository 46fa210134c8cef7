package io.partita.broker.replication;

import io.partita.broker.Invariant;
import io.partita.broker.control.Hindrances;
import io.partita.broker.control.PartitionKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The partitions that this broker holds: those it leads by topic name and topic id, those it follows by topic id. Read from any thread; changed by whoever applies the
 * metadata, one at a time.
 */
public final class Partitions {

    private record Topic(String name, UUID id, PartitionLeader[] leaders) {}

    private final Map<String, Topic> byName = new ConcurrentHashMap<>();
    private final Map<UUID, Topic> byId = new ConcurrentHashMap<>();
    private final Map<UUID, Map<Integer, FollowingReplica>> followed = new ConcurrentHashMap<>();

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

    /** The replica that follows another broker's, or null when the partition is led here or not held at all. */
    public FollowingReplica followed(UUID topicId, int partition) {
        return followed.getOrDefault(topicId, Map.of()).get(partition);
    }

    /** Adds a partition that is followed here. */
    public void add(FollowingReplica follower) {
        FollowingReplica before = followed.computeIfAbsent(follower.topicId(), id -> new ConcurrentHashMap<>()).put(follower.partition(), follower);
        Invariant.check(before == null, "partition %d is followed twice", follower.partition());
    }

    /** Forgets a partition that was followed; the replica is still to be closed by its owner. */
    public void remove(FollowingReplica follower) {
        followed.computeIfPresent(follower.topicId(), (id, partitions) -> {
            partitions.remove(follower.partition(), follower);
            return partitions.isEmpty() ? null : partitions;
        });
    }

    /** All replicas of a topic here: those that lead, then those that follow. */
    public List<Replica> replicasOf(UUID topicId) {
        List<Replica> replicas = new ArrayList<>(of(topicId));
        replicas.addAll(followed.getOrDefault(topicId, Map.of()).values());
        return replicas;
    }

    /** Does something with each replica, whatever its role, in no particular order. */
    public void forEachReplica(Consumer<Replica> action) {
        forEach(action::accept);
        followed.values().forEach(partitions -> partitions.values().forEach(action));
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

    /** What keeps replicas here from their work. A broken follower is loaded anew here, and takes no part. */
    public Hindrances hindrances() {
        Set<PartitionKey> shortOfSpace = new HashSet<>();
        Set<PartitionKey> unwritable = new HashSet<>();
        Set<PartitionKey> broken = new HashSet<>();
        forEachReplica(replica -> {
            PartitionKey key = new PartitionKey(replica.topicId(), replica.partition());
            if (replica instanceof PartitionLeader && replica.isBroken()) {
                broken.add(key);
            }
            if (!replica.log().isWritable()) {
                unwritable.add(key);
            } else if (replica.log().isShortOfSpace()) {
                shortOfSpace.add(key);
            }
        });
        return new Hindrances(shortOfSpace, unwritable, broken);
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
