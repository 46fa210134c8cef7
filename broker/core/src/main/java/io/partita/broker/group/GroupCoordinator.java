package io.partita.broker.group;

import io.partita.broker.Invariant;
import io.partita.broker.coordinator.CoordinatorShards;
import io.partita.broker.coordinator.Producer;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.group.consumer.ConsumerHeartbeatRequest;
import io.partita.broker.group.consumer.ConsumerHeartbeatResult;
import io.partita.broker.group.consumer.DescribedConsumerGroup;
import io.partita.broker.group.share.DescribedShareGroup;
import io.partita.broker.group.share.ShareHeartbeatRequest;
import io.partita.broker.group.share.ShareHeartbeatResult;
import io.partita.broker.group.share.ShareOffsets;
import io.partita.broker.group.share.ShareStates;
import io.partita.broker.group.streams.DescribedStreamsGroup;
import io.partita.broker.group.streams.StreamsHeartbeatRequest;
import io.partita.broker.group.streams.StreamsHeartbeatResult;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the shard of a group and takes requests there. A group belongs to the partition of {@code __consumer_offsets} that its id hashes to; the
 * broker that leads the partition has its {@link GroupShard}.
 *
 * <p>Callable from any thread; results are given on the event loops of the shards.
 */
public final class GroupCoordinator {

    private static final Logger LOG = LoggerFactory.getLogger(GroupCoordinator.class);

    /** The internal topic that groups and offsets are kept in. */
    public static final String TOPIC = "__consumer_offsets";

    /** The level of the feature {@code group.version}: consumer groups are served. */
    public static final short CONSUMER_GROUPS = 1;

    /** The level of the feature {@code streams.version}: streams groups are served. */
    public static final short STREAMS_GROUPS = 1;

    private final CoordinatorShards<GroupShard> shards;

    private volatile Topics topics = Topics.NONE;
    private volatile Function<String, ConsumerGroupConfig> consumerConfigs;
    private volatile Function<String, ShareGroupConfig> shareConfigs = id -> ShareGroupConfig.DEFAULTS;
    private volatile Function<String, StreamsGroupConfig> streamsConfigs = id -> StreamsGroupConfig.DEFAULTS;
    private final AtomicInteger defectCount = new AtomicInteger();

    /** Without share groups. */
    public GroupCoordinator(Clock clock, Entropy entropy, GroupConfig config, MemoryPool memory) {
        this(clock, entropy, config, memory, ShareStates.NONE);
    }

    /**
     * @param memory in which what clients make groups hold is counted
     * @param states where the delivery state of share groups is kept
     */
    public GroupCoordinator(Clock clock, Entropy entropy, GroupConfig config, MemoryPool memory, ShareStates states) {
        this.consumerConfigs = id -> config.consumer();
        this.shards = new CoordinatorShards<>(TOPIC,
                (name, loop, log, failed) -> new GroupShard(name, loop, clock, entropy, config, memory, () -> topics, () -> consumerConfigs,
                        () -> streamsConfigs,
                        new ShareServices(states, () -> shareConfigs), log, failed,
                        defect -> {
                            defectCount.incrementAndGet();
                            LOG.error("The state of {} is thrown away. This is a defect of the broker; please report it.", name, defect);
                        }));
    }

    /** How often something went wrong in a shard, which was then loaded anew. */
    public int defectCount() {
        return defectCount.get();
    }

    /** The partition of {@link #TOPIC} that a group belongs to, as in Kafka. */
    public static int partitionFor(String groupId, int partitionCount) {
        return CoordinatorShards.partitionFor(groupId, partitionCount);
    }

    /** The partitions that are led here. */
    public CoordinatorShards<GroupShard> shards() {
        return shards;
    }

    /** These are the settings of consumer groups from now on, by id. */
    public void settingsChanged(Function<String, ConsumerGroupConfig> now) {
        consumerConfigs = now;
    }

    /** These are the settings of share groups from now on, by id. */
    public void shareSettingsChanged(Function<String, ShareGroupConfig> now) {
        shareConfigs = now;
    }

    /** These are the settings of streams groups from now on, by id. */
    public void streamsSettingsChanged(Function<String, StreamsGroupConfig> now) {
        streamsConfigs = now;
    }

    /** These are the topics from now on; those of {@code names} came, went or changed. Before the shards of partitions that are led here since then. */
    public void topicsChanged(Topics now, Collection<String> names) {
        topics = now;
        if (!names.isEmpty()) {
            for (GroupShard shard : shards.served()) {
                shard.loop().run(() -> shard.topicsChanged(names));
            }
        }
    }

    /** Topics (id by name) were deleted: what was committed for them is, too. */
    public void topicsDeleted(Map<String, UUID> topics) {
        for (GroupShard shard : shards.served()) {
            shard.loop().run(() -> shard.topicsDeleted(topics));
        }
    }

    // ---- requests

    public void join(JoinRequest request, Answer<JoinResult> answer) {
        route(request.groupId(), error -> JoinResult.failed(error, request.memberId()), answer, (shard, once) -> shard.join(request, once));
    }

    public void sync(SyncRequest request, Answer<SyncResult> answer) {
        route(request.groupId(), SyncResult::failed, answer, (shard, once) -> shard.sync(request, once));
    }

    public void heartbeat(HeartbeatRequest request, Answer<ErrorCode> answer) {
        route(request.groupId(), error -> error, answer, (shard, once) -> shard.heartbeat(request, once));
    }

    public void consumerHeartbeat(ConsumerHeartbeatRequest request, Answer<ConsumerHeartbeatResult> answer) {
        // An empty name is told with a sentence of the protocol's own.
        routeAnyName(request.groupId(), error -> ConsumerHeartbeatResult.failed(error, null), answer, (shard, once) -> shard.consumerHeartbeat(request, once));
    }

    public void shareHeartbeat(ShareHeartbeatRequest request, Answer<ShareHeartbeatResult> answer) {
        routeAnyName(request.groupId(), error -> ShareHeartbeatResult.failed(error, null), answer, (shard, once) -> shard.shareHeartbeat(request, once));
    }

    public void streamsHeartbeat(StreamsHeartbeatRequest request, Answer<StreamsHeartbeatResult> answer) {
        routeAnyName(request.groupId(), error -> StreamsHeartbeatResult.failed(error, null), answer, (shard, once) -> shard.streamsHeartbeat(request, once));
    }

    /** @param places null for all that the group has read */
    public void describeShareOffsets(String groupId, List<ShareStates.Place> places, Answer<ShareOffsets.Described> answer) {
        route(groupId, error -> ShareOffsets.Described.failed(error, null), answer, (shard, once) -> shard.describeShareOffsets(groupId, places, once));
    }

    public void alterShareOffsets(String groupId, List<ShareStates.Start> starts, Answer<ShareOffsets.Changed> answer) {
        route(groupId, error -> ShareOffsets.Changed.failed(error, null), answer, (shard, once) -> shard.alterShareOffsets(groupId, starts, once));
    }

    public void deleteShareOffsets(String groupId, List<UUID> topics, Answer<ShareOffsets.Changed> answer) {
        route(groupId, error -> ShareOffsets.Changed.failed(error, null), answer, (shard, once) -> shard.deleteShareOffsets(groupId, topics, once));
    }

    public void leave(LeaveRequest request, Answer<LeaveResult> answer) {
        route(request.groupId(), error -> new LeaveResult(error, List.of()), answer, (shard, once) -> shard.leave(request, once));
    }

    public void commitOffsets(CommitRequest request, Answer<PartitionsResult> answer) {
        // For backwards compatibility the group with the empty name may have offsets, though no members.
        routeAnyName(request.groupId(), PartitionsResult::failed, answer, (shard, once) -> shard.commitOffsets(request, once));
    }

    public void commitTransactional(TransactionalCommitRequest request, Answer<PartitionsResult> answer) {
        route(request.groupId(), PartitionsResult::failed, answer, (shard, once) -> shard.commitTransactional(request, once));
    }

    /** Ends the transaction of {@code producer} in a partition of {@link #TOPIC}. */
    public void endTransaction(int partition, Producer producer, boolean commit, int coordinatorEpoch, Answer<ErrorCode> answer) {
        GroupShard shard = shards.at(partition);
        if (shard == null) {
            answer.give(ErrorCode.NOT_COORDINATOR);
        } else {
            serve(shard, error -> error, answer, (served, once) -> served.endTransaction(producer, commit, coordinatorEpoch, once));
        }
    }

    /** One result for each request, in their order. */
    public void fetchOffsets(List<FetchOffsetsRequest> requests, Answer<List<FetchOffsetsResult>> answer) {
        gather(requests, (request, one) -> routeAnyName(request.groupId(), error -> new FetchOffsetsResult(error, List.of()), one,
                (shard, once) -> shard.fetchOffsets(request, once)), answer);
    }

    public void deleteOffsets(DeleteOffsetsRequest request, Answer<PartitionsResult> answer) {
        route(request.groupId(), PartitionsResult::failed, answer, (shard, once) -> shard.deleteOffsets(request, once));
    }

    /** One result for each group, in their order. */
    public void deleteGroups(List<String> groupIds, Answer<List<ErrorCode>> answer) {
        gather(groupIds, (groupId, one) -> routeAnyName(groupId, error -> error, one, (shard, once) -> shard.deleteGroup(groupId, once)), answer);
    }

    /** One result for each group, in their order; those that do not exist are DEAD. */
    public void describeGroups(List<String> groupIds, Answer<List<DescribeResult>> answer) {
        gather(groupIds, (groupId, one) -> routeAnyName(groupId, error -> new DescribeResult(error, null), one, (shard, once) -> {
            ErrorCode error = shard.availability();
            once.give(new DescribeResult(error, error == ErrorCode.NONE ? shard.describe(groupId) : null));
        }), answer);
    }

    /** One result for each group, in their order; null with NONE for those that do not exist. */
    public void describeConsumerGroups(List<String> groupIds, Answer<List<DescribeConsumerResult>> answer) {
        gather(groupIds, (groupId, one) -> route(groupId, error -> new DescribeConsumerResult(error, null), one, (shard, once) -> {
            ErrorCode error = shard.availability();
            once.give(new DescribeConsumerResult(error, error == ErrorCode.NONE ? shard.describeConsumer(groupId) : null));
        }), answer);
    }

    /** One result for each group, in their order; null with NONE for those that do not exist. */
    public void describeShareGroups(List<String> groupIds, Answer<List<DescribeShareResult>> answer) {
        gather(groupIds, (groupId, one) -> route(groupId, error -> new DescribeShareResult(error, null), one, (shard, once) -> {
            ErrorCode error = shard.availability();
            once.give(new DescribeShareResult(error, error == ErrorCode.NONE ? shard.describeShare(groupId) : null));
        }), answer);
    }

    /** One result for each group, in their order; null with NONE for those that do not exist. */
    public void describeStreamsGroups(List<String> groupIds, Answer<List<DescribeStreamsResult>> answer) {
        gather(groupIds, (groupId, one) -> route(groupId, error -> new DescribeStreamsResult(error, null), one, (shard, once) -> {
            ErrorCode error = shard.availability();
            once.give(new DescribeStreamsResult(error, error == ErrorCode.NONE ? shard.describeStreams(groupId) : null));
        }), answer);
    }

    /** All groups of all partitions led here; an error when one of them is not loaded yet. */
    public void listGroups(Answer<ListResult> answer) {
        BiConsumer<GroupShard, Answer<ListResult>> list = (shard, one) -> shard.loop().run(() -> {
            ErrorCode error = shard.availability();
            one.give(new ListResult(error, error == ErrorCode.NONE ? shard.list() : List.of()));
        });
        gather(shards.served(), list, results -> {
            var groups = new ArrayList<ListedGroup>();
            for (ListResult result : results) {
                if (result.error() == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) {
                    answer.give(result);
                    return;
                }
                groups.addAll(result.groups());
            }
            answer.give(new ListResult(ErrorCode.NONE, groups));
        });
    }

    /** What all groups of the partitions led here have committed; those of partitions that are not loaded yet are missing. */
    public void positions(Answer<List<CommittedPosition>> answer) {
        BiConsumer<GroupShard, Answer<List<CommittedPosition>>> ask = (shard, one) -> shard.loop().run(
                () -> one.give(shard.availability() == ErrorCode.NONE ? shard.positions() : List.of()));
        gather(shards.served(), ask, results -> answer.give(results.stream().flatMap(List::stream).toList()));
    }

    /** A described group, null with an error. */
    public record DescribeResult(ErrorCode error, DescribedGroup group) {}

    /** A described consumer group, null with an error, or when there is none. */
    public record DescribeConsumerResult(ErrorCode error, DescribedConsumerGroup group) {}

    /** A described share group, null with an error, or when there is none. */
    public record DescribeShareResult(ErrorCode error, DescribedShareGroup group) {}

    /** A described streams group, null with an error, or when there is none. */
    public record DescribeStreamsResult(ErrorCode error, DescribedStreamsGroup group) {}

    /** Groups, none with an error. */
    public record ListResult(ErrorCode error, List<ListedGroup> groups) {}

    // ---- routing

    private <T> void route(String groupId, Function<ErrorCode, T> failed, Answer<T> answer, BiConsumer<GroupShard, Answer<T>> request) {
        if (groupId.isEmpty()) {
            answer.give(failed.apply(ErrorCode.INVALID_GROUP_ID));
        } else {
            routeAnyName(groupId, failed, answer, request);
        }
    }

    private <T> void routeAnyName(String groupId, Function<ErrorCode, T> failed, Answer<T> answer, BiConsumer<GroupShard, Answer<T>> request) {
        GroupShard shard = shards.of(groupId);
        if (shard == null) {
            answer.give(failed.apply(ErrorCode.NOT_COORDINATOR));
        } else {
            serve(shard, failed, answer, request);
        }
    }

    /** Has a shard serve a request on its loop. What that throws ends the shard, and the request is answered. */
    private static <T> void serve(GroupShard shard, Function<ErrorCode, T> failed, Answer<T> answer, BiConsumer<GroupShard, Answer<T>> request) {
        Once<T> once = new Once<>(answer);
        shard.loop().run(() -> {
            try {
                request.accept(shard, once);
            } catch (RuntimeException | Error defect) {
                // This one may be among those who wait and are sent away when the shard is closed.
                shard.fail(defect);
                once.giveUnlessGiven(failed.apply(ErrorCode.COORDINATOR_NOT_AVAILABLE));
            }
        });
    }

    /** An answer that is given once, whoever thinks of it: the request, or whoever finds that serving it failed. On the shard's loop. */
    private static final class Once<T> implements Answer<T> {
        private final Answer<T> answer;
        private boolean given;

        private Once(Answer<T> answer) {
            this.answer = answer;
        }

        @Override
        public void give(T result) {
            Invariant.check(!given, "a request to a group was answered twice");
            given = true;
            answer.give(result);
        }

        void giveUnlessGiven(T result) {
            if (!given) {
                give(result);
            }
        }

        @Override
        public void held(Runnable release) {
            answer.held(release);
        }
    }

    private static <Q, T> void gather(List<Q> requests, BiConsumer<Q, Answer<T>> each, Answer<List<T>> answer) {
        CoordinatorShards.<Q, T>gather(requests, (request, one) -> each.accept(request, one::accept), answer::give);
    }
}
