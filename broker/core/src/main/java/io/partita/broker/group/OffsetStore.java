package io.partita.broker.group;

import io.partita.broker.env.MemoryPool;
import java.util.HashMap;
import java.util.Map;

/** The committed offsets of a shard's groups: what the log has, or is about to have. Owned by the shard's event loop. */
final class OffsetStore {

    private final Map<String, Map<String, Map<Integer, CommittedOffset>>> byGroup = new HashMap<>();
    /** About what an offset takes in memory, and a topic of a group, beside what clients determine. */
    private static final int OFFSET_BYTES = 112;
    private static final int TOPIC_BYTES = 200;

    private final MemoryPool memory;
    private long heldBytes;
    private int count;

    /** @param memory in which offsets are counted until {@link #release} */
    OffsetStore(MemoryPool memory) {
        this.memory = memory;
    }

    private void hold(long bytes) {
        heldBytes += bytes;
        if (bytes >= 0) {
            memory.take(bytes);
        } else {
            memory.give(-bytes);
        }
    }

    /** The shard ends: nothing is counted any more. */
    void release() {
        hold(-heldBytes);
        byGroup.clear();
        count = 0;
    }

    /** How much more would be held with an offset put in its place. */
    long growth(String groupId, String topic, int partition, String metadata) {
        CommittedOffset there = get(groupId, topic, partition);
        if (there != null) {
            return 2L * (metadata.length() - there.metadata().length());
        }
        return OFFSET_BYTES + 2L * metadata.length() + (topics(groupId).containsKey(topic) ? 0 : TOPIC_BYTES);
    }

    void put(String groupId, String topic, int partition, CommittedOffset offset) {
        hold(growth(groupId, topic, partition, offset.metadata()));
        var topics = byGroup.computeIfAbsent(groupId, id -> new HashMap<>());
        if (topics.computeIfAbsent(topic, name -> new HashMap<>()).put(partition, offset) == null) {
            count++;
        }
    }

    void remove(String groupId, String topic, int partition) {
        var topics = byGroup.get(groupId);
        var partitions = topics == null ? null : topics.get(topic);
        CommittedOffset removed = partitions == null ? null : partitions.remove(partition);
        if (removed == null) {
            return;
        }
        count--;
        hold(-OFFSET_BYTES - 2L * removed.metadata().length());
        if (partitions.isEmpty()) {
            topics.remove(topic);
            hold(-TOPIC_BYTES);
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
