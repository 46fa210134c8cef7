package io.partita.broker.group;

import io.partita.broker.coordinator.CoordinatorShard;
import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.group.classic.ClassicGroup;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the parts of a {@link GroupShard} share: its surroundings and its state. Owned by the shard's event loop. */
public final class ShardContext {

    private static final Logger LOG = LoggerFactory.getLogger(ShardContext.class);
    private static final long SAY_AGAIN_MILLIS = 10_000;

    public final EventLoop loop;
    public final Clock clock;
    public final GroupConfig config;
    final Map<String, Group> groups = new HashMap<>();
    /** Counts what clients make this and the other shards hold. */
    public final MemoryPool memory;
    final OffsetStore offsets;
    final PendingOffsets pending = new PendingOffsets();
    private CoordinatorShard<GroupRecord> coordinator;
    private Function<String, ClassicGroup> classicGroups;
    private long saidMillis = -SAY_AGAIN_MILLIS;

    ShardContext(EventLoop loop, Clock clock, GroupConfig config, MemoryPool memory) {
        this.loop = loop;
        this.clock = clock;
        this.config = config;
        this.memory = memory;
        this.offsets = new OffsetStore(memory);
    }

    /** To be called once, before anything else. {@code classic} makes a group for who does not say what its members speak. */
    void coordinator(CoordinatorShard<GroupRecord> shard, Function<String, ClassicGroup> classic) {
        this.coordinator = shard;
        this.classicGroups = classic;
    }

    CoordinatorShard<GroupRecord> coordinator() {
        return coordinator;
    }

    /** Null when there is none. */
    public Group group(String groupId) {
        return groups.get(groupId);
    }

    /** The group if its members speak the classic protocol; null when they do not, or there is none. */
    public ClassicGroup classicGroup(String groupId) {
        return groups.get(groupId) instanceof ClassicGroup classic ? classic : null;
    }

    /** The group, a new classic one when there is none: offsets alone make a group, and so does whoever is about to join. */
    public Group groupOrNew(String groupId) {
        return groups.computeIfAbsent(groupId, classicGroups);
    }

    /** As {@link #groupOrNew}, of which a record says that it is a classic one. */
    ClassicGroup classicOrNew(String groupId) {
        return (ClassicGroup) groupOrNew(groupId);
    }

    /** Drops a group that came to nothing: nobody in it or about to be, and nothing in the log. */
    public void forgetIfUnused(Group group) {
        if (group.isUnused() && !hasOffsets(group.groupId())) {
            forget(group);
        }
    }

    /** Whether a group has committed offsets, or a transaction is about to. */
    boolean hasOffsets(String groupId) {
        return offsets.hasOffsets(groupId) || pending.hasPending(groupId);
    }

    /** Says that something was refused for want of memory; once in a while, since those who are refused come again. */
    public void outOfMemory(String whatIs) {
        long now = clock.monotonicMillis();
        if (now - saidMillis >= SAY_AGAIN_MILLIS) {
            saidMillis = now;
            LOG.warn("{} refused, because groups take all of the {} bytes they may (memory.group.bytes, or more heap, allows more; look for clients that"
                    + " make groups without end)", whatIs, memory.maxBytes());
        }
    }

    void forget(Group group) {
        if (groups.remove(group.groupId(), group)) {
            group.release();
        }
    }

    /** The largest record that the log takes. */
    public int recordBytesMax() {
        return coordinator.recordBytesMax();
    }

    public void write(List<GroupRecord> records, WriteOutcome outcome) {
        coordinator.write(records, outcome);
    }
}
