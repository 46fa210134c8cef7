package io.partita.broker.group;

import io.partita.broker.coordinator.CoordinatorShard;
import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.group.classic.ClassicGroup;
import io.partita.broker.group.consumer.ConsumerGroup;
import io.partita.broker.group.share.ShareGroup;
import io.partita.broker.group.streams.StreamsGroup;
import io.partita.broker.protocol.ErrorCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
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
    private Function<String, ConsumerGroup> consumerGroups;
    private Function<String, ShareGroup> shareGroups;
    private Function<String, StreamsGroup> streamsGroups;
    private final Supplier<Topics> topics;
    private final Supplier<Function<String, ConsumerGroupConfig>> consumerConfigs;
    private final Supplier<Function<String, ShareGroupConfig>> shareConfigs;
    private final Supplier<Function<String, StreamsGroupConfig>> streamsConfigs;
    private long saidMillis = -SAY_AGAIN_MILLIS;

    ShardContext(EventLoop loop, Clock clock, GroupConfig config, MemoryPool memory, Supplier<Topics> topics,
            Supplier<Function<String, ConsumerGroupConfig>> consumerConfigs, Supplier<Function<String, ShareGroupConfig>> shareConfigs,
            Supplier<Function<String, StreamsGroupConfig>> streamsConfigs) {
        this.streamsConfigs = streamsConfigs;
        this.shareConfigs = shareConfigs;
        this.consumerConfigs = consumerConfigs;
        this.topics = topics;
        this.loop = loop;
        this.clock = clock;
        this.config = config;
        this.memory = memory;
        this.offsets = new OffsetStore(memory);
    }

    /** To be called once, before anything else. {@code classic} makes a group for who does not say what its members speak. */
    void coordinator(CoordinatorShard<GroupRecord> shard, Function<String, ClassicGroup> classic, Function<String, ConsumerGroup> consumer,
            Function<String, ShareGroup> share, Function<String, StreamsGroup> streams) {
        this.coordinator = shard;
        this.classicGroups = classic;
        this.consumerGroups = consumer;
        this.shareGroups = share;
        this.streamsGroups = streams;
    }

    /** The topics there are now. */
    public Topics topics() {
        return topics.get();
    }

    /** The settings of a consumer group. */
    public ConsumerGroupConfig consumerConfig(String groupId) {
        return consumerConfigs.get().apply(groupId);
    }

    /** The settings of a share group. */
    public ShareGroupConfig shareConfig(String groupId) {
        return shareConfigs.get().apply(groupId);
    }

    /** The settings of a streams group. */
    public StreamsGroupConfig streamsConfig(String groupId) {
        return streamsConfigs.get().apply(groupId);
    }

    /** Whether requests are served: the log was read, and is led here. */
    public boolean isServed() {
        return coordinator.availability() == ErrorCode.NONE;
    }

    /** All groups as they are now. */
    public List<Group> groups() {
        return List.copyOf(groups.values());
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
        Group other = groups.get(groupId);
        if (other != null && !(other instanceof ClassicGroup)) {
            // The records that say it is gone were compacted away.
            forget(other);
        }
        return (ClassicGroup) groupOrNew(groupId);
    }

    /** The group if its members speak the consumer protocol; null when they do not, or there is none. */
    public ConsumerGroup consumerGroup(String groupId) {
        return groups.get(groupId) instanceof ConsumerGroup consumer ? consumer : null;
    }

    /** The group of which a record says that it is a consumer group. One that is there because of its offsets alone becomes one. */
    public ConsumerGroup consumerOrNew(String groupId) {
        return orNew(consumerGroup(groupId), groupId, consumerGroups);
    }

    /** The group if it is a share group; null when it is another one, or there is none. */
    public ShareGroup shareGroup(String groupId) {
        return groups.get(groupId) instanceof ShareGroup share ? share : null;
    }

    /** The group of which a record says that it is a share group. */
    public ShareGroup shareOrNew(String groupId) {
        return orNew(shareGroup(groupId), groupId, shareGroups);
    }

    /** The group if it is a streams group; null when it is another one, or there is none. */
    public StreamsGroup streamsGroup(String groupId) {
        return groups.get(groupId) instanceof StreamsGroup streams ? streams : null;
    }

    /** The group of which a record says that it is a streams group. */
    public StreamsGroup streamsOrNew(String groupId) {
        return orNew(streamsGroup(groupId), groupId, streamsGroups);
    }

    /** {@code there}, or in place of what else there may be a new one: what an offset or a record that was compacted away had made of the group. */
    private <G extends Group> G orNew(G there, String groupId, Function<String, G> groupsOfType) {
        if (there != null) {
            return there;
        }
        Group other = groups.get(groupId);
        if (other != null) {
            forget(other);
        }
        G made = groupsOfType.apply(groupId);
        groups.put(groupId, made);
        return made;
    }

    /** A group is deleted. Its offsets, if it has any, still make one. */
    public void gone(Group group) {
        forget(group);
        if (hasOffsets(group.groupId())) {
            groupOrNew(group.groupId());
        }
    }

    /** Drops a group that came to nothing: nobody in it or about to be, and nothing in the log. Whether it was one. */
    public boolean forgetIfUnused(Group group) {
        boolean unused = group.isUnused() && !hasOffsets(group.groupId());
        if (unused) {
            forget(group);
        }
        return unused;
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

    /** Writes what nobody waits for; who asks later waits for it with everything before. */
    public void write(List<GroupRecord> records) {
        write(records, WriteOutcome.IGNORED);
    }

    public void write(List<GroupRecord> records, WriteOutcome outcome) {
        coordinator.write(records, outcome);
    }

    /** {@code answer} is given what it is given once everything that led to it is committed, else what {@code failed} makes of why it is not. */
    public <R> Answer<R> committed(Answer<R> answer, Function<ErrorCode, R> failed) {
        return new Answer<>() {
            @Override
            public void give(R result) {
                write(List.of(), new WriteOutcome() {
                    @Override
                    public void committed() {
                        answer.give(result);
                    }

                    @Override
                    public void failed(ErrorCode code) {
                        answer.give(failed.apply(code));
                    }
                });
            }

            @Override
            public void held(Runnable release) {
                answer.held(release);
            }
        };
    }
}
