package io.partita.broker.group.consumer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** What one member gets while it is being found out. */
final class Share {

    record Partition(UUID topic, int partition) {}

    private final Assignor.Member member;
    private final Map<UUID, ArrayDeque<Integer>> topics = new TreeMap<>();
    private int count;

    private Share(Assignor.Member member) {
        this.member = member;
    }

    /** The members' shares, in which is what they had before, unless they do not read it, it is gone, or another one had it too. */
    static List<Share> of(List<Assignor.Member> members, Map<UUID, Integer> partitionCounts) {
        var taken = new HashMap<UUID, BitSet>();
        partitionCounts.forEach((topic, count) -> taken.put(topic, new BitSet(count)));
        var shares = new ArrayList<Share>(members.size());
        for (Assignor.Member member : members) {
            var share = new Share(member);
            member.before().forEach((topic, partition) -> {
                boolean exists = partition < partitionCounts.getOrDefault(topic, 0);
                if (exists && member.topics().contains(topic) && !taken.get(topic).get(partition)) {
                    taken.get(topic).set(partition);
                    share.add(topic, partition);
                }
            });
            shares.add(share);
        }
        return shares;
    }

    Assignor.Member member() {
        return member;
    }

    int count() {
        return count;
    }

    boolean reads(UUID topic) {
        return member.topics().contains(topic);
    }

    boolean hasOf(UUID topic) {
        return topics.containsKey(topic);
    }

    void add(UUID topic, int partition) {
        topics.computeIfAbsent(topic, id -> new ArrayDeque<>()).addLast(partition);
        count++;
    }

    /** Takes the last partition of a topic away and returns it; there must be one. */
    int take(UUID topic) {
        ArrayDeque<Integer> partitions = topics.get(topic);
        int partition = partitions.removeLast();
        if (partitions.isEmpty()) {
            topics.remove(topic);
        }
        count--;
        return partition;
    }

    /** Takes a partition of the topic away of which it has most. */
    void takeAny() {
        UUID most = null;
        for (var topic : topics.entrySet()) {
            if (most == null || topic.getValue().size() > topics.get(most).size()) {
                most = topic.getKey();
            }
        }
        take(most);
    }

    /** The partitions of {@code partitionCounts} that are in nobody's share, by topic and number. */
    static List<Partition> unassigned(List<Share> shares, Map<UUID, Integer> partitionCounts) {
        var left = new TreeMap<UUID, BitSet>();
        partitionCounts.forEach((topic, count) -> {
            var all = new BitSet(count);
            all.set(0, count);
            left.put(topic, all);
        });
        for (Share share : shares) {
            share.topics.forEach((topic, partitions) -> partitions.forEach(left.get(topic)::clear));
        }
        var unassigned = new ArrayList<Partition>();
        left.forEach((topic, partitions) -> partitions.stream().forEach(partition -> unassigned.add(new Partition(topic, partition))));
        return unassigned;
    }

    Partitions partitions() {
        var builder = new Partitions.Builder();
        topics.forEach((topic, partitions) -> partitions.forEach(partition -> builder.add(topic, partition)));
        return builder.build();
    }
}
