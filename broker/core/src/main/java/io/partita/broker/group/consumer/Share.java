package io.partita.broker.group.consumer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
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
        var taken = new HashSet<Partition>();
        var shares = new ArrayList<Share>(members.size());
        for (Assignor.Member member : members) {
            var share = new Share(member);
            member.before().forEach((topic, partition) -> {
                boolean exists = partition < partitionCounts.getOrDefault(topic, 0);
                if (exists && member.topics().contains(topic) && taken.add(new Partition(topic, partition))) {
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

    List<Partition> all() {
        var all = new ArrayList<Partition>(count);
        topics.forEach((topic, partitions) -> partitions.forEach(partition -> all.add(new Partition(topic, partition))));
        return all;
    }

    Partitions partitions() {
        var builder = new Partitions.Builder();
        topics.forEach((topic, partitions) -> partitions.forEach(partition -> builder.add(topic, partition)));
        return builder.build();
    }
}
