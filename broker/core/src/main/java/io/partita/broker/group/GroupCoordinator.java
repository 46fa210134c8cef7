package io.partita.broker.group;

import io.partita.broker.coordinator.CoordinatorShards;
import io.partita.broker.coordinator.Producer;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Finds the shard of a group and takes requests there. A group belongs to the partition of {@code __consumer_offsets} that its id hashes to; the
 * broker that leads the partition has its {@link GroupShard}.
 *
 * <p>Callable from any thread; results are given on the event loops of the shards.
 */
public final class GroupCoordinator {

    /** The internal topic that groups and offsets are kept in. */
    public static final String TOPIC = "__consumer_offsets";

    private final CoordinatorShards<GroupShard> shards;

    public GroupCoordinator(Clock clock, Entropy entropy, GroupConfig config) {
        this.shards = new CoordinatorShards<>(TOPIC, (name, loop, log, failed) -> new GroupShard(name, loop, clock, entropy, config, log, failed));
    }

    /** The partition of {@link #TOPIC} that a group belongs to, as in Kafka. */
    public static int partitionFor(String groupId, int partitionCount) {
        return CoordinatorShards.partitionFor(groupId, partitionCount);
    }

    /** The partitions that are led here. */
    public CoordinatorShards<GroupShard> shards() {
        return shards;
    }

    /** Topics (id by name) were deleted: what was committed for them is, too. */
    public void topicsDeleted(Map<String, UUID> topics) {
        for (GroupShard shard : shards.served()) {
            shard.loop().run(() -> shard.topicsDeleted(topics));
        }
    }

    // ---- requests

    public void join(JoinRequest request, Answer<JoinResult> answer) {
        route(request.groupId(), error -> JoinResult.failed(error, request.memberId()), answer, shard -> shard.join(request, answer));
    }

    public void sync(SyncRequest request, Answer<SyncResult> answer) {
        route(request.groupId(), SyncResult::failed, answer, shard -> shard.sync(request, answer));
    }

    public void heartbeat(HeartbeatRequest request, Answer<ErrorCode> answer) {
        route(request.groupId(), error -> error, answer, shard -> shard.heartbeat(request, answer));
    }

    public void leave(LeaveRequest request, Answer<LeaveResult> answer) {
        route(request.groupId(), error -> new LeaveResult(error, List.of()), answer, shard -> shard.leave(request, answer));
    }

    public void commitOffsets(CommitRequest request, Answer<PartitionsResult> answer) {
        // For backwards compatibility the group with the empty name may have offsets, though no members.
        routeAnyName(request.groupId(), PartitionsResult::failed, answer, shard -> shard.commitOffsets(request, answer));
    }

    public void commitTransactional(TransactionalCommitRequest request, Answer<PartitionsResult> answer) {
        route(request.groupId(), PartitionsResult::failed, answer, shard -> shard.commitTransactional(request, answer));
    }

    /** Ends the transaction of {@code producer} in a partition of {@link #TOPIC}. */
    public void endTransaction(int partition, Producer producer, boolean commit, int coordinatorEpoch, Answer<ErrorCode> answer) {
        GroupShard shard = shards.at(partition);
        if (shard == null) {
            answer.give(ErrorCode.NOT_COORDINATOR);
        } else {
            shard.loop().run(() -> shard.endTransaction(producer, commit, coordinatorEpoch, answer));
        }
    }

    /** One result for each request, in their order. */
    public void fetchOffsets(List<FetchOffsetsRequest> requests, Answer<List<FetchOffsetsResult>> answer) {
        gather(requests, (request, one) -> routeAnyName(request.groupId(), error -> new FetchOffsetsResult(error, List.of()), one,
                shard -> shard.fetchOffsets(request, one)), answer);
    }

    public void deleteOffsets(DeleteOffsetsRequest request, Answer<PartitionsResult> answer) {
        route(request.groupId(), PartitionsResult::failed, answer, shard -> shard.deleteOffsets(request, answer));
    }

    /** One result for each group, in their order. */
    public void deleteGroups(List<String> groupIds, Answer<List<ErrorCode>> answer) {
        gather(groupIds, (groupId, one) -> routeAnyName(groupId, error -> error, one, shard -> shard.deleteGroup(groupId, one)), answer);
    }

    /** One result for each group, in their order; those that do not exist are DEAD. */
    public void describeGroups(List<String> groupIds, Answer<List<DescribeResult>> answer) {
        gather(groupIds, (groupId, one) -> routeAnyName(groupId, error -> new DescribeResult(error, null), one, shard -> {
            ErrorCode error = shard.availability();
            one.give(new DescribeResult(error, error == ErrorCode.NONE ? shard.describe(groupId) : null));
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

    /** A described group, null with an error. */
    public record DescribeResult(ErrorCode error, DescribedGroup group) {}

    /** Groups, none with an error. */
    public record ListResult(ErrorCode error, List<ListedGroup> groups) {}

    // ---- routing

    private <T> void route(String groupId, Function<ErrorCode, T> failed, Answer<T> answer, Consumer<GroupShard> request) {
        if (groupId.isEmpty()) {
            answer.give(failed.apply(ErrorCode.INVALID_GROUP_ID));
        } else {
            routeAnyName(groupId, failed, answer, request);
        }
    }

    private <T> void routeAnyName(String groupId, Function<ErrorCode, T> failed, Answer<T> answer, Consumer<GroupShard> request) {
        GroupShard shard = shards.of(groupId);
        if (shard == null) {
            answer.give(failed.apply(ErrorCode.NOT_COORDINATOR));
        } else {
            shard.loop().run(() -> request.accept(shard));
        }
    }

    private static <Q, T> void gather(List<Q> requests, BiConsumer<Q, Answer<T>> each, Answer<List<T>> answer) {
        CoordinatorShards.<Q, T>gather(requests, (request, one) -> each.accept(request, one::accept), answer::give);
    }
}
