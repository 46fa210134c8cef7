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
        for (Group group : List.copyOf(shard.groups.values())) {
            expire(group, now);
        }
    }

    private void expire(Group group, long now) {
        Group.Retention retention = group.retention();
        if (retention instanceof Group.Retention.Never) {
            return;
        }
        String groupId = group.groupId();
        var tombstones = new ArrayList<GroupRecord>();
        int kept = 0;
        for (var topic : shard.offsets.topics(groupId).entrySet()) {
            boolean read = group.isSubscribedTo(topic.getKey());
            for (var partition : topic.getValue().entrySet()) {
                CommittedOffset offset = partition.getValue();
                long since = retention instanceof Group.Retention.FromEmpty(long emptyMillis) ? emptyMillis : offset.commitMillis();
                if (!read && isExpired(offset, since, now) && !shard.pending.isPending(groupId, topic.getKey(), partition.getKey())) {
                    tombstones.add(new GroupRecord.OffsetCommitted(groupId, topic.getKey(), partition.getKey(), null));
                } else {
                    kept++;
                }
            }
        }
        if (!tombstones.isEmpty()) {
            LOG.info("{} offsets of group {} expire.", tombstones.size(), groupId);
            write(tombstones, "expired", () -> deleteIfUnused(group));
        } else if (kept == 0) {
            deleteIfUnused(group);
        }
    }

    private void deleteIfUnused(Group group) {
        String groupId = group.groupId();
        if (shard.group(groupId) == group && group.mayBeDeleted() && !shard.hasOffsets(groupId)) {
            LOG.info("Group {} has neither members nor offsets any more and is deleted.", groupId);
            deletions.delete(groupId, error -> {});
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
