package io.partita.broker.group.consumer;

import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.ShardContext;
import io.partita.broker.group.Topics;
import io.partita.broker.group.TopicsHash;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** Finds out who is to have what, when members or topics are others than before. */
final class Targets {

    private final ShardContext shard;

    Targets(ShardContext shard) {
        this.shard = shard;
    }

    /**
     * Raises the group's epoch if {@code changed}, or if the topics that it reads are others than before, and makes the target of the new epoch. Whether
     * it did.
     */
    boolean refresh(ConsumerGroup group, boolean changed) {
        Topics topics = shard.topics();
        long hash = TopicsHash.of(group.topics(), topics);
        if (changed || hash != group.metadataHash()) {
            write(new ConsumerRecord.GroupEpoch(group.groupId(), new ConsumerRecord.Metadata(group.epoch() + 1, hash)));
        }
        if (group.epoch() == group.targetEpoch()) {
            return false;
        }
        assign(group, topics);
        return true;
    }

    private void assign(ConsumerGroup group, Topics topics) {
        var counts = new TreeMap<UUID, Integer>();
        // Members that read the same share one set, so that sets are compared once.
        var known = new HashMap<Set<String>, Set<UUID>>();
        var members = new ArrayList<Assignor.Member>(group.size());
        for (ConsumerMember member : group.members()) {
            Set<UUID> ids = known.computeIfAbsent(group.topicsOf(member), names -> ids(names, topics, counts));
            members.add(new Assignor.Member(member.memberId, member.metadata().instanceId(), ids, group.target(member.memberId)));
        }
        var records = new ArrayList<GroupRecord>();
        assignor(group).assign(members, counts).forEach((memberId, partitions) -> {
            if (!partitions.equals(group.targets().get(memberId))) {
                records.add(ConsumerGroup.record(new ConsumerRecord.MemberTarget(group.groupId(), memberId, partitions)));
            }
        });
        records.add(ConsumerGroup.record(
                new ConsumerRecord.TargetEpoch(group.groupId(), new ConsumerRecord.Target(group.epoch(), shard.clock.wallMillis()))));
        shard.write(records);
    }

    private static Set<UUID> ids(Set<String> names, Topics topics, Map<UUID, Integer> counts) {
        var ids = new HashSet<UUID>();
        for (String name : names) {
            Topics.Topic topic = topics.find(name);
            if (topic != null) {
                ids.add(topic.id());
                counts.put(topic.id(), topic.partitionCount());
            }
        }
        return ids;
    }

    /** The one that most members ask for; of several the first by name. */
    static Assignor assignor(ConsumerGroup group) {
        var votes = new TreeMap<String, Integer>();
        for (ConsumerMember member : group.members()) {
            if (member.metadata().serverAssignor() != null) {
                votes.merge(member.metadata().serverAssignor(), 1, Integer::sum);
            }
        }
        String best = null;
        for (var vote : votes.entrySet()) {
            if (best == null || vote.getValue() > votes.get(best)) {
                best = vote.getKey();
            }
        }
        for (Assignor assignor : Assignor.ALL) {
            if (assignor.name().equals(best)) {
                return assignor;
            }
        }
        return Assignor.ALL.getFirst();
    }

    private void write(ConsumerRecord record) {
        shard.write(List.of(ConsumerGroup.record(record)));
    }
}
