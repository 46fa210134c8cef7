package io.partita.broker.group.share;

import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.ShardContext;
import io.partita.broker.group.Topics;
import io.partita.broker.group.consumer.Partitions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/** Finds out who is to have what, when members or the partitions that have begun are others than before. */
final class ShareTargets {

    private final ShardContext shard;

    ShareTargets(ShardContext shard) {
        this.shard = shard;
    }

    /**
     * Raises the group's epoch if {@code changed}, or if the partitions that it may read are others than before, and makes the target of the new epoch.
     * Whether it did.
     */
    boolean refresh(ShareGroup group, boolean changed) {
        Map<UUID, List<Integer>> partitions = partitions(group);
        long hash = partitions.isEmpty() ? 0 : new TreeMap<>(partitions).hashCode() * 0x9E3779B97F4A7C15L + partitions.size();
        if (changed || hash != group.metadataHash()) {
            shard.write(List.of(ShareGroup.record(
                    new ShareRecord.GroupEpoch(group.groupId(), new ShareRecord.Metadata(group.epoch() + 1, hash)))));
        }
        if (group.epoch() == group.targetEpoch()) {
            return false;
        }
        assign(group, partitions);
        return true;
    }

    /** Those that have begun, of topics that are there. */
    private Map<UUID, List<Integer>> partitions(ShareGroup group) {
        var partitions = new HashMap<UUID, List<Integer>>();
        Topics topics = shard.topics();
        for (String name : new TreeSet<>(group.topics())) {
            Topics.Topic topic = topics.find(name);
            if (topic != null) {
                List<Integer> begun = group.states().begun().of(topic.id()).stream().filter(number -> number < topic.partitionCount()).toList();
                if (!begun.isEmpty()) {
                    partitions.put(topic.id(), begun);
                }
            }
        }
        return partitions;
    }

    private void assign(ShareGroup group, Map<UUID, List<Integer>> partitions) {
        Topics topics = shard.topics();
        var members = new ArrayList<SimpleAssignor.Member>(group.size());
        for (ShareMember member : group.members()) {
            Set<UUID> ids = new HashSet<>();
            for (String name : member.metadata().topicNames()) {
                Topics.Topic topic = topics.find(name);
                if (topic != null) {
                    ids.add(topic.id());
                }
            }
            members.add(new SimpleAssignor.Member(member.memberId, ids, group.target(member.memberId)));
        }
        var records = new ArrayList<GroupRecord>();
        SimpleAssignor.assign(members, partitions).forEach((memberId, assigned) -> {
            if (!assigned.equals(group.targets().getOrDefault(memberId, Partitions.NONE))) {
                records.add(ShareGroup.record(new ShareRecord.MemberTarget(group.groupId(), memberId, assigned)));
            }
        });
        records.add(ShareGroup.record(
                new ShareRecord.TargetEpoch(group.groupId(), new ShareRecord.Target(group.epoch(), shard.clock.wallMillis()))));
        shard.write(records);
    }
}
