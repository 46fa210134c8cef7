package io.partita.broker.group;

import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets offsets that nobody will ask for, and groups that have come to nothing.
 *
 * <ul>
 *   <li>of an empty group: all its offsets, once the retention has passed since it became empty;
 *   <li>of a stable group of consumers: those of topics that it no longer reads, once the retention has passed since their commit;
 *   <li>of a group without members from the start ("simple" consumers): each, once the retention has passed since its commit;
 *   <li>an offset that was committed with a retention of its own: when that is over.
 * </ul>
 *
 * Groups in between are left alone. An empty group without offsets is deleted.
 */
final class OffsetExpiry {

    private static final Logger LOG = LoggerFactory.getLogger(OffsetExpiry.class);

    private final ShardContext shard;
    private final GroupDeletions deletions;

    OffsetExpiry(ShardContext shard, GroupDeletions deletions) {
        this.shard = shard;
        this.deletions = deletions;
    }

    /** Goes through all groups once. */
    void run() {
        long now = shard.clock.wallMillis();
        for (ClassicGroup group : List.copyOf(shard.groups.values())) {
            expire(group, now);
        }
    }

    private void expire(ClassicGroup group, long now) {
        boolean simple = group.protocolType() == null;
        boolean empty = group.isIn(GroupState.EMPTY);
        boolean stable = group.isIn(GroupState.STABLE) && group.usesConsumerProtocol() && group.knowsSubscribedTopics();
        if (!empty && !stable) {
            return;
        }
        var tombstones = new ArrayList<GroupRecord>();
        int kept = 0;
        for (var topic : shard.offsets.topics(group.groupId).entrySet()) {
            boolean read = stable && group.isSubscribedTo(topic.getKey());
            for (var partition : topic.getValue().entrySet()) {
                CommittedOffset offset = partition.getValue();
                long since = simple || stable || group.stateMillis() < 0 ? offset.commitMillis() : group.stateMillis();
                if (!read && isExpired(offset, since, now) && !shard.pending.isPending(group.groupId, topic.getKey(), partition.getKey())) {
                    tombstones.add(new GroupRecord.OffsetCommitted(group.groupId, topic.getKey(), partition.getKey(), null));
                } else {
                    kept++;
                }
            }
        }
        if (!tombstones.isEmpty()) {
            LOG.info("{} offsets of group {} expire.", tombstones.size(), group.groupId);
            write(tombstones, "expired", () -> deleteIfUnused(group));
        } else if (kept == 0) {
            deleteIfUnused(group);
        }
    }

    private void deleteIfUnused(ClassicGroup group) {
        if (shard.group(group.groupId) == group && group.isIn(GroupState.EMPTY) && group.pendingCount() == 0
                && !shard.hasOffsets(group.groupId)) {
            LOG.info("Group {} has neither members nor offsets any more and is deleted.", group.groupId);
            deletions.delete(group.groupId, error -> {});
        }
    }

    private boolean isExpired(CommittedOffset offset, long sinceMillis, long now) {
        return offset.expireMillis() == CommittedOffset.NO_EXPIRY
                ? now - sinceMillis >= shard.config.offsetsRetentionMillis()
                : now >= offset.expireMillis();
    }

    /** Topics were deleted, by name and id: nobody can go on reading them. */
    void topicsDeleted(Map<String, UUID> topics) {
        var tombstones = new ArrayList<GroupRecord>();
        shard.offsets.all().forEach((groupId, committed) -> topics.forEach((topic, id) -> {
            committed.getOrDefault(topic, Map.of()).forEach((partition, offset) -> {
                if (offset.belongsTo(id)) {
                    tombstones.add(new GroupRecord.OffsetCommitted(groupId, topic, partition, null));
                }
            });
        }));
        for (PendingOffsets.Key key : shard.pending.ofTopics(topics)) {
            tombstones.add(new GroupRecord.OffsetCommitted(key.groupId(), key.topic(), key.partition(), null));
        }
        if (!tombstones.isEmpty()) {
            LOG.info("{} offsets of deleted topics are deleted.", tombstones.size());
            write(tombstones, "obsolete", () -> {});
        }
    }

    private void write(List<GroupRecord> tombstones, String what, Runnable then) {
        shard.write(tombstones, new WriteOutcome() {
            @Override
            public void committed() {
                then.run();
            }

            @Override
            public void failed(ErrorCode code) {
                LOG.warn("{} {} offsets could not be deleted: {}. They are looked at again later.", tombstones.size(), what, code);
            }
        });
    }
}
