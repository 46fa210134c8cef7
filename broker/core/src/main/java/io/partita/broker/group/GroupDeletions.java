package io.partita.broker.group;

import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/** DeleteGroups: an empty group and all its offsets are forgotten. Requests to the group that come before that is committed wait for it. */
final class GroupDeletions {

    private final ShardContext shard;

    GroupDeletions(ShardContext shard) {
        this.shard = shard;
    }

    void delete(String groupId, Answer<ErrorCode> answer) {
        ClassicGroup group = shard.group(groupId);
        if (group == null) {
            answer.give(ErrorCode.GROUP_ID_NOT_FOUND);
        } else if (!group.isIn(GroupState.EMPTY)) {
            answer.give(ErrorCode.NON_EMPTY_GROUP);
        } else {
            shard.beginDeletion(group);
            // Offsets whose commit is under way are part of what is to go.
            shard.write(List.of(), new WriteOutcome() {
                @Override
                public void committed() {
                    write(group, answer);
                }

                @Override
                public void failed(ErrorCode code) {
                    shard.endDeletion(group);
                    answer.give(code);
                }
            });
        }
    }

    private void write(ClassicGroup group, Answer<ErrorCode> answer) {
        var records = new ArrayList<GroupRecord>();
        shard.offsets.topics(group.groupId).forEach((topic, partitions) -> partitions.keySet()
                .forEach(partition -> records.add(new GroupRecord.OffsetCommitted(group.groupId, topic, partition, null))));
        records.add(new GroupRecord.GroupWritten(group.groupId, null));
        shard.write(records, new WriteOutcome() {
            @Override
            public void committed() {
                shard.endDeletion(group);
                answer.give(ErrorCode.NONE);
            }

            @Override
            public void failed(ErrorCode code) {
                shard.endDeletion(group);
                answer.give(code);
            }
        });
    }
}
