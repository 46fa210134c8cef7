package io.partita.broker.group;

import io.partita.broker.Invariant;
import io.partita.broker.coordinator.CoordinatorShard;
import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.protocol.ErrorCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the parts of a {@link GroupShard} share: its surroundings and its state. Owned by the shard's event loop. */
final class ShardContext {

    private static final Logger LOG = LoggerFactory.getLogger(ShardContext.class);
    private static final long SAY_AGAIN_MILLIS = 10_000;

    final EventLoop loop;
    final Clock clock;
    final GroupConfig config;
    final Map<String, ClassicGroup> groups = new HashMap<>();
    /** Counts what clients make this and the other shards hold. */
    final MemoryPool memory;
    final OffsetStore offsets;
    final PendingOffsets pending = new PendingOffsets();
    private CoordinatorShard<GroupRecord> coordinator;
    private long saidMillis = -SAY_AGAIN_MILLIS;

    ShardContext(EventLoop loop, Clock clock, GroupConfig config, MemoryPool memory) {
        this.loop = loop;
        this.clock = clock;
        this.config = config;
        this.memory = memory;
        this.offsets = new OffsetStore(memory);
    }

    /** To be called once, before anything else. */
    void coordinator(CoordinatorShard<GroupRecord> shard) {
        this.coordinator = shard;
    }

    CoordinatorShard<GroupRecord> coordinator() {
        return coordinator;
    }

    /** Null when there is none. */
    ClassicGroup group(String groupId) {
        return groups.get(groupId);
    }

    ClassicGroup groupOrNew(String groupId) {
        return groups.computeIfAbsent(groupId, id -> new ClassicGroup(id, clock.wallMillis(), memory));
    }

    /** Drops a group that came to nothing: nobody in it or about to be, and nothing in the log. */
    void forgetIfUnused(ClassicGroup group) {
        if (group.isIn(GroupState.EMPTY) && group.image == null && group.pendingCount() == 0
                && !hasOffsets(group.groupId)) {
            forget(group);
        }
    }

    /** Whether a group has committed offsets, or a transaction is about to. */
    boolean hasOffsets(String groupId) {
        return offsets.hasOffsets(groupId) || pending.hasPending(groupId);
    }

    /** Says that something was refused for want of memory; once in a while, since those who are refused come again. */
    void outOfMemory(String whatIs) {
        long now = clock.monotonicMillis();
        if (now - saidMillis >= SAY_AGAIN_MILLIS) {
            saidMillis = now;
            LOG.warn("{} refused, because groups take all of the {} bytes they may (memory.group.bytes, or more heap, allows more; look for clients that"
                    + " make groups without end)", whatIs, memory.maxBytes());
        }
    }

    void forget(ClassicGroup group) {
        if (groups.remove(group.groupId, group)) {
            group.release();
        }
    }

    /** The largest record that the log takes. */
    int recordBytesMax() {
        return coordinator.recordBytesMax();
    }

    void write(List<GroupRecord> records, WriteOutcome outcome) {
        coordinator.write(records, outcome);
    }

    /** Writes what must survive of a group: its image from now on. */
    void writeImage(ClassicGroup group, GroupImage image, WriteOutcome outcome) {
        write(List.of(new GroupRecord.GroupWritten(group.groupId, image)), new WriteOutcome() {
            @Override
            public void committed() {
                outcome.committed();
                checkAgreesWithLog(group);
                forgetIfUnused(group);
            }

            @Override
            public void failed(ErrorCode code) {
                outcome.failed(code);
            }
        });
    }

    /** A stable group is what a replay of the log would make of it. */
    private static void checkAgreesWithLog(ClassicGroup group) {
        if (group.isIn(GroupState.STABLE) && !group.currentImage().equals(group.image)) {
            Invariant.check(false, "the log has " + group.image + " where " + group + " is");
        }
    }
}
