package io.partita.broker.group;

import java.util.HashMap;
import java.util.Map;

/** The committed offsets of a shard's groups: what the log has, or is about to have. Owned by the shard's event loop. */
final class OffsetStore {

    private final Map<String, Map<String, Map<Integer, CommittedOffset>>> byGroup = new HashMap<>();
    private int count;

    void put(String groupId, String topic, int partition, CommittedOffset offset) {
        var topics = byGroup.computeIfAbsent(groupId, id -> new HashMap<>());
        if (topics.computeIfAbsent(topic, name -> new HashMap<>()).put(partition, offset) == null) {
            count++;
        }
    }

    void remove(String groupId, String topic, int partition) {
        var topics = byGroup.get(groupId);
        var partitions = topics == null ? null : topics.get(topic);
        if (partitions == null || partitions.remove(partition) == null) {
            return;
        }
        count--;
        if (partitions.isEmpty()) {
            topics.remove(topic);
            if (topics.isEmpty()) {
                byGroup.remove(groupId);
            }
        }
    }

    /** Null when there is none. */
    CommittedOffset get(String groupId, String topic, int partition) {
        var partitions = topics(groupId).get(topic);
        return partitions == null ? null : partitions.get(partition);
    }

    /** The offsets of a group by topic and partition, a view that must not be changed; empty when it has none. */
    Map<String, Map<Integer, CommittedOffset>> topics(String groupId) {
        return byGroup.getOrDefault(groupId, Map.of());
    }

    boolean hasOffsets(String groupId) {
        return byGroup.containsKey(groupId);
    }

    /** All offsets by group, topic and partition, a view that must not be changed. */
    Map<String, Map<String, Map<Integer, CommittedOffset>>> all() {
        return byGroup;
    }

    /** Committed offsets in all. */
    int count() {
        return count;
    }
}
