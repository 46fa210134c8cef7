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
                outcome.committed();
                checkAgreesWithLog(group);
                shard.forgetIfUnused(group);
            }

            @Override
            public void failed(ErrorCode code) {
                outcome.failed(code);
            }
        });
    }

    /** A stable group is what a replay of the log would make of it. */
    private static void checkAgreesWithLog(ClassicGroup group) {
        if (group.isIn(GroupState.STABLE) && !group.currentImage().equals(group.image())) {
            Invariant.check(false, "the log has " + group.image() + " where " + group + " is");
        }
    }
}
