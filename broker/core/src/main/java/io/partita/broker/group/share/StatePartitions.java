package io.partita.broker.group.share;

import io.partita.broker.group.consumer.Partitions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Of which partitions a group has delivery state at the share coordinator. Immutable.
 *
 * @param names of all topics that are mentioned
 * @param beginning partitions whose first offset is being looked for, because a member subscribed to them
 * @param begun partitions with state: only these are assigned
 * @param ended topics that were deleted, and perhaps their state not yet; remembered for their names, so that one that is made again is read from its beginning
 */
record StatePartitions(Map<UUID, String> names, Partitions beginning, Partitions begun, Map<UUID, String> ended) {

    static final StatePartitions NONE = new StatePartitions(Map.of(), Partitions.NONE, Partitions.NONE, Map.of());

    /** Of more topics than these that are gone a group does not know the names any more. */
    static final int ENDED_MAX = 1_000;

    StatePartitions {
        names = Map.copyOf(names);
        ended = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(ended));
    }

    boolean knows(UUID topic, int partition) {
        return begun.contains(topic, partition) || beginning.contains(topic, partition);
    }

    /** Whether another topic of that name was read before. */
    boolean readBefore(String name, UUID now) {
        for (var ended : this.ended.entrySet()) {
            if (ended.getValue().equals(name) && !ended.getKey().equals(now)) {
                return true;
            }
        }
        for (var known : names.entrySet()) {
            if (known.getValue().equals(name) && !known.getKey().equals(now)) {
                return true;
            }
        }
        return false;
    }

    boolean knowsAnyOf(UUID topic) {
        return names.containsKey(topic);
    }

    StatePartitions withBeginning(UUID topic, String name, Partitions more) {
        return new StatePartitions(named(topic, name), beginning.plus(more), begun, ended);
    }

    /** These have state now. */
    StatePartitions withBegun(Map<UUID, String> names, Partitions now) {
        var all = new LinkedHashMap<>(this.names);
        all.putAll(names);
        var rest = new LinkedHashMap<>(ended);
        // The name stands for this one from now on.
        rest.values().removeAll(names.values());
        return new StatePartitions(all, beginning.minus(now), begun.plus(now), rest);
    }

    /** A topic is gone. */
    StatePartitions withEnded(UUID topic, String name) {
        var rest = new LinkedHashMap<>(ended);
        rest.put(topic, name);
        while (rest.size() > ENDED_MAX) {
            rest.remove(rest.keySet().iterator().next());
        }
        StatePartitions without = without(topic);
        return new StatePartitions(without.names, without.beginning, without.begun, rest);
    }

    /** There is no state of a topic, as if it had never been read. */
    StatePartitions without(UUID topic) {
        var others = new LinkedHashMap<>(names);
        others.remove(topic);
        return new StatePartitions(others, beginning.filter((id, partition) -> !id.equals(topic)), begun.filter((id, partition) -> !id.equals(topic)), ended);
    }

    private Map<UUID, String> named(UUID topic, String name) {
        var all = new LinkedHashMap<>(names);
        all.put(topic, name);
        return all;
    }

    long heapBytes() {
        return 60L * (beginning.size() + begun.size()) + 200L * (names.size() + ended.size());
    }
}
