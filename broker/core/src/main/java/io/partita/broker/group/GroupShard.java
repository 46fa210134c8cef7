package io.partita.broker.group;

import io.partita.broker.coordinator.CoordinatorLog;
import io.partita.broker.coordinator.CoordinatorShard;
import io.partita.broker.coordinator.CoordinatorShards;
import io.partita.broker.coordinator.Producer;
import io.partita.broker.coordinator.StateMachine;
import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.OwnedLoop;
import io.partita.broker.group.classic.ClassicGroup;
import io.partita.broker.group.classic.ClassicGroups;
import io.partita.broker.group.classic.GroupImage;
import io.partita.broker.group.consumer.ConsumerGroups;
import io.partita.broker.group.consumer.ConsumerHeartbeatRequest;
import io.partita.broker.group.consumer.ConsumerHeartbeatResult;
import io.partita.broker.group.consumer.ConsumerRecord;
import io.partita.broker.group.consumer.DescribedConsumerGroup;
import io.partita.broker.group.share.DescribedShareGroup;
import io.partita.broker.group.share.ShareGroups;
import io.partita.broker.group.share.ShareHeartbeatRequest;
import io.partita.broker.group.share.ShareHeartbeatResult;
import io.partita.broker.group.share.ShareOffsets;
import io.partita.broker.group.share.ShareRecord;
import io.partita.broker.group.share.ShareStates;
import io.partita.broker.group.streams.DescribedStreamsGroup;
import io.partita.broker.group.streams.StreamsGroups;
import io.partita.broker.group.streams.StreamsHeartbeatRequest;
import io.partita.broker.group.streams.StreamsHeartbeatResult;
import io.partita.broker.group.streams.StreamsRecord;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The groups of one partition of {@code __consumer_offsets}, from the moment this broker leads the partition until it no longer does.
 *
 * <p>Owned by the partition's event loop; every method is called there and answers there, at once or later. While the shard is loading, requests
 * are answered COORDINATOR_LOAD_IN_PROGRESS, and after {@link #close} NOT_COORDINATOR.
 */
public final class GroupShard implements CoordinatorShards.Shard {

    private final OwnedLoop loop;
    private final ShardContext shard;
    private final CoordinatorShard<GroupRecord> coordinator;
    private final ClassicGroups classic;
    private final ConsumerGroups consumer;
    private final ShareGroups share;
    private final StreamsGroups streams;
    private final ClassicRequests protocols;
    private final OffsetCommits offsetCommits;
    private final OffsetExpiry expiry;
    private final GroupDeletions deletions;
    private EventLoop.Timer expiryTimer;
    /** Topics (id by name) that were deleted while the shard was loading. */
    private final Map<String, UUID> deletedMeanwhile = new HashMap<>();

    /**
     * @param memory in which what clients make it hold is counted
     * @param topics those there are at the moment
     * @param consumerConfigs the settings of consumer groups at the moment, by id
     * @param streamsConfigs the same of streams groups
     * @param shares what share groups need
     * @param failed run when the shard has closed because the log did not take a change, or because something went wrong: another one is to load the log
     * @param defect told of what went wrong in a task of the shard
     */
    public GroupShard(String name, EventLoop partitionLoop, Clock clock, Entropy entropy, GroupConfig config, MemoryPool memory, Supplier<Topics> topics,
            Supplier<Function<String, ConsumerGroupConfig>> consumerConfigs, Supplier<Function<String, StreamsGroupConfig>> streamsConfigs,
            ShareServices shares, CoordinatorLog log, Runnable failed,
            Consumer<Throwable> defect) {
        this.loop = new OwnedLoop(partitionLoop, thrown -> broken(thrown, failed, defect));
        this.shard = new ShardContext(loop, clock, config, memory, topics, consumerConfigs, shares.configs(), streamsConfigs);
        this.coordinator = new CoordinatorShard<>(name, loop, clock, log, new GroupRecordFormat(), new Groups(), config.writeTimeoutMillis(), () -> {
            close();
            failed.run();
        });
        this.classic = new ClassicGroups(shard, entropy);
        this.consumer = new ConsumerGroups(shard, entropy, classic::adopt);
        this.share = new ShareGroups(shard, shares.states());
        this.streams = new StreamsGroups(shard);
        this.protocols = new ClassicRequests(shard, classic, consumer, streams);
        this.shard.coordinator(coordinator, classic::create, consumer::create, share::create, streams::create);
        this.offsetCommits = new OffsetCommits(shard);
        this.deletions = new GroupDeletions(shard, share.offsets());
        this.expiry = new OffsetExpiry(shard, deletions);
    }

    /** The event loop that owns this shard. What a task handed to it throws ends the shard. */
    @Override
    public EventLoop loop() {
        return loop;
    }

    /** Something went wrong while a request was served. On the loop. */
    void fail(Throwable defect) {
        loop.fail(defect);
    }

    /** What the state is in is not known any more. The log is right, so another shard is made of that; who waited is sent away, and finds it. */
    private void broken(Throwable thrown, Runnable failed, Consumer<Throwable> defect) {
        defect.accept(thrown);
        try {
            close();
        } catch (RuntimeException | Error another) {
            // Some of those who waited are not answered.
            defect.accept(another);
        }
        failed.run();
    }

    @Override
    public void load() {
        coordinator.load();
    }

    @Override
    public void close() {
        loop.check();
        coordinator.close();
        if (expiryTimer != null) {
            expiryTimer.cancel();
        }
        for (Group group : List.copyOf(shard.groups.values())) {
            group.close(ErrorCode.NOT_COORDINATOR);
            shard.forget(group);
        }
        shard.offsets.release();
    }

    public void join(JoinRequest request, Answer<JoinResult> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.give(JoinResult.failed(error, request.memberId()));
        } else {
            protocols.join(request, answer);
        }
    }

    public void sync(SyncRequest request, Answer<SyncResult> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.give(SyncResult.failed(error));
        } else {
            protocols.sync(request, answer);
        }
    }

    public void heartbeat(HeartbeatRequest request, Answer<ErrorCode> answer) {
        ErrorCode error = coordinator.availability();
        if (error == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) {
            // The member's session starts when the group is loaded; nothing is gained by alarming it.
            answer.give(ErrorCode.NONE);
        } else if (error != ErrorCode.NONE) {
            answer.give(error);
        } else {
            protocols.heartbeat(request, answer);
        }
    }

    public void consumerHeartbeat(ConsumerHeartbeatRequest request, Answer<ConsumerHeartbeatResult> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.give(ConsumerHeartbeatResult.failed(error, null));
        } else if (shard.shareGroup(request.groupId()) != null || shard.streamsGroup(request.groupId()) != null) {
            answer.give(ConsumerHeartbeatResult.failed(ErrorCode.GROUP_ID_NOT_FOUND, "Group " + request.groupId() + " is not a consumer group."));
        } else {
            consumer.heartbeat(request, answer);
        }
    }

    public void shareHeartbeat(ShareHeartbeatRequest request, Answer<ShareHeartbeatResult> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.give(ShareHeartbeatResult.failed(error, null));
        } else {
            share.heartbeat(request, answer);
        }
    }

    public void streamsHeartbeat(StreamsHeartbeatRequest request, Answer<StreamsHeartbeatResult> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.give(StreamsHeartbeatResult.failed(error, null));
        } else {
            streams.heartbeat(request, answer);
        }
    }

    public void describeShareOffsets(String groupId, List<ShareStates.Place> places, Answer<ShareOffsets.Described> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.give(ShareOffsets.Described.failed(error, null));
        } else {
            share.offsets().describe(groupId, places, answer);
        }
    }

    public void alterShareOffsets(String groupId, List<ShareStates.Start> starts, Answer<ShareOffsets.Changed> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.give(ShareOffsets.Changed.failed(error, null));
        } else {
            share.offsets().alter(groupId, starts, answer);
        }
    }

    public void deleteShareOffsets(String groupId, List<UUID> topics, Answer<ShareOffsets.Changed> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.give(ShareOffsets.Changed.failed(error, null));
        } else {
            share.offsets().delete(groupId, topics, answer);
        }
    }

    public void leave(LeaveRequest request, Answer<LeaveResult> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.give(new LeaveResult(error, List.of()));
        } else {
            protocols.leave(request, answer);
        }
    }

    public void commitOffsets(CommitRequest request, Answer<PartitionsResult> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.give(PartitionsResult.failed(error));
        } else {
            offsetCommits.commit(request, answer);
        }
    }

    public void commitTransactional(TransactionalCommitRequest request, Answer<PartitionsResult> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.give(PartitionsResult.failed(error));
        } else {
            offsetCommits.commitTransactional(request, answer);
        }
    }

    /** Writes the marker that ends the transaction of {@code producer} here: what it committed counts from then on, or never will. */
    public void endTransaction(Producer producer, boolean commit, int coordinatorEpoch, Answer<ErrorCode> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.give(error);
            return;
        }
        coordinator.endTransaction(producer, commit, coordinatorEpoch, new WriteOutcome() {
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

    public void fetchOffsets(FetchOffsetsRequest request, Answer<FetchOffsetsResult> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.give(new FetchOffsetsResult(error, List.of()));
        } else {
            offsetCommits.fetch(request, answer);
        }
    }

    public void deleteOffsets(DeleteOffsetsRequest request, Answer<PartitionsResult> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.give(PartitionsResult.failed(error));
        } else {
            offsetCommits.delete(request, answer);
        }
    }

    public void deleteGroup(String groupId, Answer<ErrorCode> answer) {
        ErrorCode error = coordinator.availability();
        if (error != ErrorCode.NONE) {
            answer.give(error);
        } else {
            deletions.delete(groupId, answer);
        }
    }

    /** NONE when {@link #list} and {@link #describe} can answer. */
    public ErrorCode availability() {
        return coordinator.availability();
    }

    /** All groups. Only when available. */
    public List<ListedGroup> list() {
        loop.check();
        var listed = new ArrayList<ListedGroup>(shard.groups.size());
        for (Group group : shard.groups.values()) {
            listed.add(group.listed());
        }
        return listed;
    }

    /** What all its groups have committed. Only when available. */
    public List<CommittedPosition> positions() {
        loop.check();
        var positions = new ArrayList<CommittedPosition>(shard.offsets.count());
        shard.offsets.all().forEach((group, topics) -> topics.forEach((topic, partitions) -> partitions.forEach(
                (partition, committed) -> positions.add(new CommittedPosition(group, topic, partition, committed.offset())))));
        return positions;
    }

    /** One classic group, in state DEAD when there is none. Only when available. */
    public DescribedGroup describe(String groupId) {
        loop.check();
        ClassicGroup group = shard.classicGroup(groupId);
        return group == null ? DescribedGroup.dead(groupId) : group.describe();
    }

    /** One consumer group, null when there is none. Only when available. */
    public DescribedConsumerGroup describeConsumer(String groupId) {
        loop.check();
        return consumer.describe(groupId);
    }

    /** One share group, null when there is none. Only when available. */
    public DescribedShareGroup describeShare(String groupId) {
        loop.check();
        return share.describe(groupId);
    }

    /** One streams group, null when there is none. Only when available. */
    public DescribedStreamsGroup describeStreams(String groupId) {
        loop.check();
        return streams.describe(groupId);
    }

    /** Topics of these names came, went or changed. A shard that is still loading looks at all of them when it is done. */
    public void topicsChanged(Collection<String> names) {
        if (coordinator.availability() == ErrorCode.NONE) {
            consumer.topicsChanged(names);
            share.topicsChanged(names);
            streams.topicsChanged(names);
        }
    }

    /** Topics (id by name) were deleted: what was committed for them is, too, once the shard is loaded. */
    public void topicsDeleted(Map<String, UUID> topics) {
        switch (coordinator.availability()) {
            case NONE -> forgetTopics(topics);
            case COORDINATOR_LOAD_IN_PROGRESS -> deletedMeanwhile.putAll(topics);
            default -> {}
        }
    }

    private void forgetTopics(Map<String, UUID> topics) {
        expiry.topicsDeleted(topics);
        share.topicsDeleted(topics);
    }

    /** Committed offsets of all groups. */
    public int offsetCount() {
        loop.check();
        return shard.offsets.count();
    }

    /** For tests: the state. */
    ShardContext state() {
        return shard;
    }

    private void expireRegularly() {
        expiryTimer = loop.schedule(shard.config.offsetsRetentionCheckMillis(), () -> {
            expiry.run();
            expireRegularly();
        });
    }

    /** What the log's records add up to. */
    private final class Groups implements StateMachine<GroupRecord> {

        @Override
        public void apply(GroupRecord record, long place, Producer producer) {
            switch (record) {
                case GroupRecord.OffsetCommitted(String groupId, String topic, int partition, CommittedOffset offset) -> {
                    var key = new PendingOffsets.Key(groupId, topic, partition);
                    if (offset != null && producer != null) {
                        shard.pending.put(producer.id(), key, offset, place);
                        shard.groupOrNew(groupId);
                    } else if (offset != null) {
                        shard.offsets.put(groupId, topic, partition, offset);
                        shard.pending.supersede(key, place);
                        // A group may have offsets without ever having had members.
                        shard.groupOrNew(groupId);
                    } else {
                        shard.offsets.remove(groupId, topic, partition);
                        shard.pending.remove(key);
                        Group group = shard.group(groupId);
                        if (group != null) {
                            shard.forgetIfUnused(group);
                        }
                    }
                }
                case GroupRecord.GroupWritten(String groupId, GroupImage image) -> {
                    if (image != null) {
                        shard.classicOrNew(groupId).image(image);
                    } else {
                        remove(groupId);
                    }
                }
                case GroupRecord.OfConsumerGroup(ConsumerRecord of) -> consumer.apply(of);
                case GroupRecord.OfShareGroup(ShareRecord of) -> share.apply(of);
                case GroupRecord.OfStreamsGroup(StreamsRecord of) -> streams.apply(of);
            }
        }

        @Override
        public void transactionEnded(Producer producer, boolean committed, long place) {
            Set<String> groups = shard.pending.end(producer.id(), (key, offset, at) -> {
                if (committed) {
                    shard.offsets.put(key.groupId(), key.topic(), key.partition(), offset);
                    shard.pending.supersede(key, at);
                }
            });
            for (String groupId : groups) {
                Group group = shard.group(groupId);
                if (group != null) {
                    shard.forgetIfUnused(group);
                }
            }
        }

        private void remove(String groupId) {
            ClassicGroup group = shard.classicGroup(groupId);
            if (group == null) {
                return;
            }
            group.image(null);
            if (group.mayBeDeleted()) {
                shard.forget(group);
                if (shard.hasOffsets(groupId)) {
                    shard.groupOrNew(groupId);
                }
            }
        }

        @Override
        public void loaded() {
            for (Group group : List.copyOf(shard.groups.values())) {
                switch (group) {
                    case Group.Classic ignored -> classic.loaded(shard.classicGroup(group.groupId()));
                    case Group.Consumers ignored -> consumer.loaded(shard.consumerGroup(group.groupId()));
                    case Group.Shares ignored -> share.loaded(shard.shareGroup(group.groupId()));
                    case Group.Streams ignored -> streams.loaded(shard.streamsGroup(group.groupId()));
                }
            }
            expireRegularly();
            forgetTopics(deletedMeanwhile);
        }
    }
}
