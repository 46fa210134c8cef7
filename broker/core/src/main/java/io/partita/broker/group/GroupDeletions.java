package io.partita.broker.group;

import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.group.share.ShareGroup;
import io.partita.broker.group.share.ShareOffsets;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;

/** DeleteGroups: an empty group and all its offsets are forgotten, those included whose commit is under way
 * or that an open transaction would commit. Whoever comes later finds no such group. */
final class GroupDeletions {

    private final ShardContext shard;
    private final ShareOffsets shareOffsets;

    GroupDeletions(ShardContext shard, ShareOffsets shareOffsets) {
        this.shard = shard;
        this.shareOffsets = shareOffsets;
    }

    void delete(String groupId, Answer<ErrorCode> answer) {
        Group group = shard.group(groupId);
        if (group == null) {
            answer.give(ErrorCode.GROUP_ID_NOT_FOUND);
        } else if (!group.isEmpty()) {
            answer.give(ErrorCode.NON_EMPTY_GROUP);
        } else if (group instanceof ShareGroup share) {
            // What is known of its records first: once the group is gone nobody knows of which partitions that was.
            shareOffsets.forgetAll(share, () -> {
                if (!shard.isServed()) {
                    answer.give(ErrorCode.NOT_COORDINATOR);
                } else if (shard.shareGroup(groupId) != share || !share.isEmpty()) {
                    answer.give(shard.shareGroup(groupId) == null ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.NON_EMPTY_GROUP);
                } else {
                    write(share, answer);
                }
            });
        } else {
            write(group, answer);
        }
    }

    private void write(Group group, Answer<ErrorCode> answer) {
        var records = new ArrayList<GroupRecord>();
        String groupId = group.groupId();
        shard.offsets.topics(groupId).forEach((topic, partitions) -> partitions.keySet()
                .forEach(partition -> records.add(new GroupRecord.OffsetCommitted(groupId, topic, partition, null))));
        for (PendingOffsets.Key key : shard.pending.of(groupId)) {
            records.add(new GroupRecord.OffsetCommitted(key.groupId(), key.topic(), key.partition(), null));
        }
        group.delete(records::add);
        shard.write(records, new WriteOutcome() {
            @Override
            public void committed() {
                answer.give(ErrorCode.NONE);
            }

            @Override
            public void failed(ErrorCode code) {
                answer.give(code);
            }
        });
    }
}
