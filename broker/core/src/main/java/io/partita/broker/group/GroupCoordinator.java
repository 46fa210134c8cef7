package io.partita.broker.group;

import io.partita.broker.Invariant;
import io.partita.broker.coordinator.CoordinatorLog;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Collections;
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

    private static final GroupShard[] NO_SHARDS = {};

    private final Clock clock;
    private final Entropy entropy;
    private final GroupConfig config;
    /** By partition, null where the partition is led elsewhere. Replaced as a whole when something changes. */
    private volatile GroupShard[] shards = NO_SHARDS;

    public GroupCoordinator(Clock clock, Entropy entropy, GroupConfig config) {
        this.clock = clock;
        this.entropy = entropy;
        this.config = config;
    }

    /** The partition of {@link #TOPIC} that a group belongs to, as in Kafka. */
    public static int partitionFor(String groupId, int partitionCount) {
        int hash = groupId.hashCode();
        return (hash == Integer.MIN_VALUE ? 0 : Math.abs(hash)) % partitionCount;
    }

    // ---- leadership

    /** The topic exists and has {@code count} partitions. It may be another topic than before only after all partitions of that were resigned. */
    public synchronized void partitionCount(int count) {
        if (shards.length != count) {
            for (GroupShard shard : shards) {
                Invariant.check(shard == null, "the number of partitions of " + TOPIC + " changed, so groups would change their partition");
            }
            shards = new GroupShard[count];
        }
    }

    /**
     * This broker leads {@code partition} from now on, under a new epoch: its groups are loaded and then served.
     *
     * @param loop the partition's event loop
     */
    public synchronized void elected(int partition, EventLoop loop, CoordinatorLog log) {
        var shard = new GroupShard(TOPIC + "-" + partition, loop, clock, entropy, config, log);
        replace(partition, shard);
        loop.run(shard::load);
    }

    /** This broker no longer leads {@code partition}. */
    public synchronized void resigned(int partition) {
        replace(partition, null);
    }

    /** As {@link #resigned} for all partitions, because the broker stops. */
    public synchronized void close() {
        for (int partition = 0; partition < shards.length; partition++) {
            replace(partition, null);
        }
    }

    private void replace(int partition, GroupShard shard) {
        GroupShard former = shards[partition];
        var next = shards.clone();
        next[partition] = shard;
        shards = next;
        if (former != null) {
            former.loop().run(former::close);
        }
    }

    /** Topics (id by name) were deleted: what was committed for them is, too. */
    public void topicsDeleted(Map<String, UUID> topics) {
        for (GroupShard shard : shards) {
            if (shard != null) {
                shard.loop().run(() -> shard.topicsDeleted(topics));
            }
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
        var led = new ArrayList<GroupShard>();
        for (GroupShard shard : shards) {
            if (shard != null) {
                led.add(shard);
            }
        }
        BiConsumer<GroupShard, Answer<ListResult>> list = (shard, one) -> shard.loop().run(() -> {
            ErrorCode error = shard.availability();
            one.give(new ListResult(error, error == ErrorCode.NONE ? shard.list() : List.of()));
        });
        gather(led, list, results -> {
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
        var all = shards;
        GroupShard shard = all.length == 0 ? null : all[partitionFor(groupId, all.length)];
        if (shard == null) {
            answer.give(failed.apply(ErrorCode.NOT_COORDINATOR));
        } else {
            shard.loop().run(() -> request.accept(shard));
        }
    }

    private static <Q, T> void gather(List<Q> requests, BiConsumer<Q, Answer<T>> each, Answer<List<T>> answer) {
        if (requests.isEmpty()) {
            answer.give(List.of());
            return;
        }
        var gathering = new Gathering<>(requests.size(), answer);
        for (int i = 0; i < requests.size(); i++) {
            int index = i;
            each.accept(requests.get(i), result -> gathering.give(index, result));
        }
    }

    /** Results that come from several event loops. */
    private static final class Gathering<T> {
        private final List<T> results;
        private final Answer<List<T>> answer;
        private int missing;

        private Gathering(int count, Answer<List<T>> answer) {
            this.results = new ArrayList<>(Collections.nCopies(count, null));
            this.answer = answer;
            this.missing = count;
        }

        private void give(int index, T result) {
            synchronized (this) {
                results.set(index, result);
                missing--;
                if (missing > 0) {
                    return;
                }
            }
            answer.give(results);
        }
    }
}
