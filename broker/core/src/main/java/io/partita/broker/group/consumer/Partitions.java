package io.partita.broker.group.consumer;

import io.partita.broker.group.EpochMember;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiPredicate;

/** A set of partitions, by topic id. Immutable. */
public final class Partitions implements EpochMember.Assigned {

    public static final Partitions NONE = new Partitions(new TreeMap<>());

    /** No set in it is empty, and none changes once it is in here. */
    private final Map<UUID, BitSet> topics;

    private Partitions(TreeMap<UUID, BitSet> topics) {
        this.topics = topics;
    }

    /** Told of each partition. */
    public interface Each {
        void accept(UUID topic, int partition);
    }

    public static Partitions of(UUID topic, int... partitions) {
        var builder = new Builder();
        for (int partition : partitions) {
            builder.add(topic, partition);
        }
        return builder.build();
    }

    public boolean isEmpty() {
        return topics.isEmpty();
    }

    @Override
    public int size() {
        int size = 0;
        for (BitSet partitions : topics.values()) {
            size += partitions.cardinality();
        }
        return size;
    }

    public boolean contains(UUID topic, int partition) {
        BitSet partitions = topics.get(topic);
        return partitions != null && partitions.get(partition);
    }

    public boolean containsAll(Partitions others) {
        return others.minus(this).isEmpty();
    }

    /** The ids of the topics of which there are partitions, in ascending order. */
    public Iterable<UUID> topicIds() {
        return Collections.unmodifiableSet(topics.keySet());
    }

    /** The partitions of a topic in ascending order; empty when there are none. */
    public List<Integer> of(UUID topic) {
        BitSet partitions = topics.get(topic);
        return partitions == null ? List.of() : partitions.stream().boxed().toList();
    }

    public Partitions and(Partitions others) {
        return filter(others::contains);
    }

    public Partitions minus(Partitions others) {
        return others.isEmpty() ? this : filter((topic, partition) -> !others.contains(topic, partition));
    }

    public Partitions plus(Partitions others) {
        if (others.isEmpty()) {
            return this;
        }
        var builder = new Builder();
        forEach(builder::add);
        others.forEach(builder::add);
        return builder.build();
    }

    /** Those of which {@code keep} says so. */
    public Partitions filter(BiPredicate<UUID, Integer> keep) {
        var builder = new Builder();
        forEach((topic, partition) -> {
            if (keep.test(topic, partition)) {
                builder.add(topic, partition);
            }
        });
        return builder.build();
    }

    /** By topic and partition in ascending order. */
    public void forEach(Each each) {
        topics.forEach((topic, partitions) -> {
            for (int partition = partitions.nextSetBit(0); partition >= 0; partition = partitions.nextSetBit(partition + 1)) {
                each.accept(topic, partition);
            }
        });
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Partitions that && topics.equals(that.topics);
    }

    @Override
    public int hashCode() {
        return topics.hashCode();
    }

    @Override
    public String toString() {
        return topics.toString();
    }

    /** Collects a set. */
    public static final class Builder {
        private final TreeMap<UUID, BitSet> topics = new TreeMap<>();

        public Builder add(UUID topic, int partition) {
            topics.computeIfAbsent(topic, id -> new BitSet()).set(partition);
            return this;
        }

        /** The builder must not be used afterwards. */
        public Partitions build() {
            return topics.isEmpty() && NONE != null ? NONE : new Partitions(topics);
        }
    }
}
