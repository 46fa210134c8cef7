package io.partita.broker.group.classic;

import io.partita.broker.Invariant;
import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.ShardContext;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;

/** Writes what must survive of classic groups. */
final class GroupWrites {

    private GroupWrites() {}

    /** Writes what must survive of a group: its image from now on. */
    static void write(ShardContext shard, ClassicGroup group, GroupImage image, WriteOutcome outcome) {
        shard.write(List.of(new GroupRecord.GroupWritten(group.groupId, image)), new WriteOutcome() {
            @Override
            public void committed() {
                if (isGone(shard, group)) {
                    return;
                }
                outcome.committed();
                checkAgreesWithLog(group);
                shard.forgetIfUnused(group);
            }

            @Override
            public void failed(ErrorCode code) {
                if (!isGone(shard, group)) {
                    outcome.failed(code);
                }
            }
        });
    }

    /** Whether another group has its name meanwhile, of the other protocol perhaps: whoever waited for this one was told. */
    private static boolean isGone(ShardContext shard, ClassicGroup group) {
        return shard.classicGroup(group.groupId) != group;
    }

    /** A stable group is what a replay of the log would make of it. */
    private static void checkAgreesWithLog(ClassicGroup group) {
        if (group.isIn(GroupState.STABLE) && !group.currentImage().equals(group.image())) {
            Invariant.check(false, "the log has " + group.image() + " where " + group + " is");
        }
    }
}
