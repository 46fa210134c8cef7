package io.partita.broker.group;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * The offsets of a shard's groups that open transactions will commit, or not. Owned by the shard's event loop.
 *
 * <p>Of two commits for a partition the later one in the log counts, whenever their transactions end, for that one is left by compaction. So one that counts
 * makes void what is pending for its partition from before it, which is still pending until its transaction ends.
 */
final class PendingOffsets {

    /** What an offset is committed for. */
    record Key(String groupId, String topic, int partition) {}

    /**
     * @param offset null when a later commit made it void
     * @param place where it is in the log
     */
    private record Pending(CommittedOffset offset, long place) {}

    private final Map<Long, Map<Key, Pending>> byProducer = new HashMap<>();
    private final Map<Key, Set<Long>> producers = new HashMap<>();
    private final Map<String, Set<Key>> byGroup = new HashMap<>();

    /** Told of what was pending. */
    interface Each {
        void accept(Key key, CommittedOffset offset, long place);
    }

    void put(long producerId, Key key, CommittedOffset offset, long place) {
        byProducer.computeIfAbsent(producerId, id -> new HashMap<>()).put(key, new Pending(offset, place));
        producers.computeIfAbsent(key, any -> new HashSet<>()).add(producerId);
        byGroup.computeIfAbsent(key.groupId, id -> new HashSet<>()).add(key);
    }

    /** A commit at {@code place} of the log counts. */
    void supersede(Key key, long place) {
        for (long producerId : producers.getOrDefault(key, Set.of())) {
            byProducer.get(producerId).computeIfPresent(key, (any, pending) -> pending.place < place ? new Pending(null, pending.place) : pending);
        }
    }

    /** What is pending for {@code key} is deleted. */
    void remove(Key key) {
        for (long producerId : List.copyOf(producers.getOrDefault(key, Set.of()))) {
            Map<Key, Pending> offsets = byProducer.get(producerId);
            offsets.remove(key);
            if (offsets.isEmpty()) {
                byProducer.remove(producerId);
            }
            forget(key, producerId);
        }
    }

    /** The transaction of {@code producerId} ended: forgets what was pending, and tells each of it that was not made void. Returns the groups concerned. */
    Set<String> end(long producerId, Each each) {
        Map<Key, Pending> offsets = byProducer.remove(producerId);
        if (offsets == null) {
            return Set.of();
        }
        var groups = new HashSet<String>();
        offsets.forEach((key, pending) -> {
            forget(key, producerId);
            groups.add(key.groupId);
            if (pending.offset != null) {
                each.accept(key, pending.offset, pending.place);
            }
        });
        return groups;
    }

    private void forget(Key key, long producerId) {
        Set<Long> left = producers.get(key);
        left.remove(producerId);
        if (left.isEmpty()) {
            producers.remove(key);
            Set<Key> keys = byGroup.get(key.groupId);
            keys.remove(key);
            if (keys.isEmpty()) {
                byGroup.remove(key.groupId);
            }
        }
    }

    boolean isPending(String groupId, String topic, int partition) {
        return !producers.isEmpty() && producers.containsKey(new Key(groupId, topic, partition));
    }

    boolean hasPending(String groupId) {
        return byGroup.containsKey(groupId);
    }

    /** What is pending for a group. */
    List<Key> of(String groupId) {
        return List.copyOf(byGroup.getOrDefault(groupId, Set.of()));
    }

    /** What is pending for a topic of one of these names and id. */
    List<Key> ofTopics(Map<String, UUID> topics) {
        var found = new ArrayList<Key>();
        byProducer.values().forEach(offsets -> offsets.forEach((key, pending) -> {
            UUID deleted = topics.get(key.topic);
            if (deleted != null && (pending.offset == null || pending.offset.belongsTo(deleted))) {
                found.add(key);
            }
        }));
        return found;
    }
}
