package io.partita.broker.api;

import io.partita.broker.group.CommittedOffset;
import io.partita.broker.group.FetchOffsetsRequest;
import io.partita.broker.group.FetchOffsetsResult;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.OffsetFetchRequest;
import io.partita.broker.protocol.message.OffsetFetchResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * OffsetFetch (key 9), versions 0–10. v2 all topics when none are named, and an error of the whole; v3 throttle time; v5 leader epochs (KIP-320); v7
 * waits for commits under way if asked to (KIP-447); v8 several groups (KIP-709); v9 member epochs (KIP-848), which classic groups have
 * none of;
 * v10 topic ids. v0, which once meant ZooKeeper, is served like the others.
 */
public final class OffsetFetchHandler implements Handler<OffsetFetchRequest> {

    private static final long NO_OFFSET = -1;

    private final GroupCoordinator groups;
    private final Supplier<ClusterImage> image;

    public OffsetFetchHandler(GroupCoordinator groups, Supplier<ClusterImage> image) {
        this.groups = groups;
        this.image = image;
    }

    @Override
    public void handle(RequestContext context, OffsetFetchRequest request) {
        if (context.version() >= 8) {
            fetchGroups(context, request);
        } else {
            fetchGroup(context, request);
        }
    }

    // ---- up to version 7

    private void fetchGroup(RequestContext context, OffsetFetchRequest request) {
        ClusterImage cluster = image.get();
        List<FetchOffsetsRequest.TopicPartitions> topics = null;
        var refused = new ArrayList<FetchOffsetsRequest.TopicPartitions>();
        if (request.topics != null) {
            topics = new ArrayList<>(request.topics.size());
            for (var topic : request.topics) {
                boolean isAllowed = Permission.OFFSET_FETCH_TOPIC.isGrantedQuietly(context, topic.name);
                (isAllowed ? topics : refused).add(new FetchOffsetsRequest.TopicPartitions(topic.name, idOf(cluster, topic.name), topic.partitionIndexes));
            }
        }
        var fetch = new FetchOffsetsRequest(request.groupId, topics, request.requireStable);
        if (!Permission.OFFSET_FETCH.isGranted(context, request.groupId)) {
            var refusal = new FetchOffsetsResult(Permission.OFFSET_FETCH.refusal(), List.of());
            context.respond(response(context, fetch, refused, refusal));
            return;
        }
        refused.forEach(topic -> Permission.OFFSET_FETCH_TOPIC.refused(context, topic.topic()));
        groups.fetchOffsets(List.of(fetch), GroupClient.answer(context, results -> response(context, fetch, refused, results.getFirst())));
    }

    /** The topic's id, zero when it does not exist: what was committed for it is then still told. */
    private static UUID idOf(ClusterImage cluster, String topic) {
        TopicImage known = cluster.topic(topic);
        return known == null ? Message.ZERO_UUID : known.id();
    }

    private static OffsetFetchResponse response(
            RequestContext context, FetchOffsetsRequest request, List<FetchOffsetsRequest.TopicPartitions> refused, FetchOffsetsResult result) {
        short version = context.version();
        var response = new OffsetFetchResponse();
        response.errorCode = result.error().code();
        if (result.error() != ErrorCode.NONE) {
            if (version < 2) {
                // No place for an error of the whole.
                request.topics().forEach(topic -> response.topics.add(failed(topic, result.error())));
                refused.forEach(topic -> response.topics.add(failed(topic, result.error())));
            }
            return response;
        }
        refused.forEach(topic -> response.topics.add(failed(topic, Permission.OFFSET_FETCH_TOPIC.refusal())));
        for (var topic : result.topics()) {
            if (request.topics() == null && !Permission.OFFSET_FETCH_ALL.isGranted(context, topic.topic())) {
                continue;
            }
            var topicAnswer = new OffsetFetchResponse.OffsetFetchResponseTopic();
            topicAnswer.name = topic.topic();
            for (var partition : topic.partitions()) {
                topicAnswer.partitions.add(partition(partition, version));
            }
            response.topics.add(topicAnswer);
        }
        return response;
    }

    private static OffsetFetchResponse.OffsetFetchResponseTopic failed(FetchOffsetsRequest.TopicPartitions topic, ErrorCode error) {
        var answer = new OffsetFetchResponse.OffsetFetchResponseTopic();
        answer.name = topic.topic();
        for (int index : topic.partitions()) {
            var partition = new OffsetFetchResponse.OffsetFetchResponsePartition();
            partition.partitionIndex = index;
            partition.committedOffset = NO_OFFSET;
            partition.errorCode = error.code();
            answer.partitions.add(partition);
        }
        return answer;
    }

    private static OffsetFetchResponse.OffsetFetchResponsePartition partition(FetchOffsetsResult.PartitionOffset partition, short version) {
        CommittedOffset offset = partition.offset();
        var answer = new OffsetFetchResponse.OffsetFetchResponsePartition();
        answer.partitionIndex = partition.partition();
        if (partition.unstable()) {
            answer.committedOffset = NO_OFFSET;
            answer.errorCode = ErrorCode.UNSTABLE_OFFSET_COMMIT.code();
        } else if (offset == null) {
            answer.committedOffset = NO_OFFSET;
            // That is how version 0 says that nothing was committed.
            answer.errorCode = (version == 0 ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.NONE).code();
        } else {
            answer.committedOffset = offset.offset();
            answer.committedLeaderEpoch = offset.leaderEpoch();
            answer.metadata = offset.metadata();
        }
        return answer;
    }

    // ---- from version 8 on

    private void fetchGroups(RequestContext context, OffsetFetchRequest request) {
        ClusterImage cluster = image.get();
        boolean byId = context.version() >= 10;
        var response = new OffsetFetchResponse();
        var allowed = new ArrayList<OffsetFetchRequest.OffsetFetchRequestGroup>(request.groups.size());
        var fetches = new ArrayList<FetchOffsetsRequest>(request.groups.size());
        for (var group : request.groups) {
            if (!Permission.OFFSET_FETCH.isGranted(context, group.groupId)) {
                var refusal = new OffsetFetchResponse.OffsetFetchResponseGroup();
                refusal.groupId = group.groupId;
                refusal.errorCode = Permission.OFFSET_FETCH.refusal().code();
                response.groups.add(refusal);
                continue;
            }
            allowed.add(group);
            List<FetchOffsetsRequest.TopicPartitions> topics = null;
            if (group.topics != null) {
                topics = new ArrayList<>(group.topics.size());
                for (var topic : group.topics) {
                    TopicImage known = byId ? cluster.topic(topic.topicId) : null;
                    if (!mayKnow(context, known == null ? topic.name : known.name(), byId && known == null)) {
                        continue;
                    }
                    if (!byId) {
                        topics.add(new FetchOffsetsRequest.TopicPartitions(topic.name, idOf(cluster, topic.name), topic.partitionIndexes));
                    } else if (known != null) {
                        topics.add(new FetchOffsetsRequest.TopicPartitions(known.name(), known.id(), topic.partitionIndexes));
                    }
                }
            }
            fetches.add(new FetchOffsetsRequest(group.groupId, group.memberId, group.memberEpoch, topics, request.requireStable));
        }
        groups.fetchOffsets(fetches, GroupClient.answer(context, results -> {
            for (int i = 0; i < results.size(); i++) {
                response.groups.add(group(context, cluster, allowed.get(i), results.get(i), byId));
            }
            return response;
        }));
    }

    /** Of an id that there is not, nobody learns anything. */
    private static boolean mayKnow(RequestContext context, String topic, boolean isUnknownId) {
        return isUnknownId || Permission.OFFSET_FETCH_TOPIC.isGrantedQuietly(context, topic);
    }

    private static OffsetFetchResponse.OffsetFetchResponseGroup group(
            RequestContext context, ClusterImage cluster, OffsetFetchRequest.OffsetFetchRequestGroup request, FetchOffsetsResult result, boolean byId) {
        var answer = new OffsetFetchResponse.OffsetFetchResponseGroup();
        answer.groupId = request.groupId;
        answer.errorCode = result.error().code();
        if (result.error() != ErrorCode.NONE) {
            return answer;
        }
        for (var topic : result.topics()) {
            TopicImage known = byId ? cluster.topic(topic.topic()) : null;
            if (request.topics == null && !Permission.OFFSET_FETCH_ALL.isGranted(context, topic.topic())) {
                continue;
            }
            if (byId && known == null) {
                // It was deleted, so there is no id to name it by.
                continue;
            }
            var topicAnswer = new OffsetFetchResponse.OffsetFetchResponseTopics();
            topicAnswer.name = topic.topic();
            topicAnswer.topicId = byId ? known.id() : Message.ZERO_UUID;
            for (var partition : topic.partitions()) {
                topicAnswer.partitions.add(partition(partition));
            }
            answer.topics.add(topicAnswer);
        }
        if (request.topics != null) {
            addRefused(context, cluster, request, answer, byId);
        }
        return answer;
    }

    /** Topics that there are not, named by an id, and those that the client may not know of. */
    private static void addRefused(RequestContext context, ClusterImage cluster, OffsetFetchRequest.OffsetFetchRequestGroup request,
            OffsetFetchResponse.OffsetFetchResponseGroup answer, boolean byId) {
        for (var topic : request.topics) {
            TopicImage known = byId ? cluster.topic(topic.topicId) : null;
            String name = known == null ? topic.name : known.name();
            boolean isUnknownId = byId && known == null;
            if (!isUnknownId && mayKnow(context, name, false)) {
                continue;
            }
            if (!isUnknownId) {
                Permission.OFFSET_FETCH_TOPIC.refused(context, name);
            }
            ErrorCode error = isUnknownId ? ErrorCode.UNKNOWN_TOPIC_ID : Permission.OFFSET_FETCH_TOPIC.refusal();
            var topicAnswer = new OffsetFetchResponse.OffsetFetchResponseTopics();
            topicAnswer.name = topic.name;
            topicAnswer.topicId = topic.topicId;
            for (int index : topic.partitionIndexes) {
                var partition = partition(new FetchOffsetsResult.PartitionOffset(index, null, false));
                partition.errorCode = error.code();
                topicAnswer.partitions.add(partition);
            }
            answer.topics.add(topicAnswer);
        }
    }

    private static OffsetFetchResponse.OffsetFetchResponsePartitions partition(FetchOffsetsResult.PartitionOffset partition) {
        CommittedOffset offset = partition.offset();
        var answer = new OffsetFetchResponse.OffsetFetchResponsePartitions();
        answer.partitionIndex = partition.partition();
        if (partition.unstable()) {
            answer.committedOffset = NO_OFFSET;
            answer.errorCode = ErrorCode.UNSTABLE_OFFSET_COMMIT.code();
        } else if (offset == null) {
            answer.committedOffset = NO_OFFSET;
        } else {
            answer.committedOffset = offset.offset();
            answer.committedLeaderEpoch = offset.leaderEpoch();
            answer.metadata = offset.metadata();
        }
        return answer;
    }
}
