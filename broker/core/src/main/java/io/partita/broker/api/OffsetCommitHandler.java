package io.partita.broker.api;

import io.partita.broker.group.CommitRequest;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.PartitionsResult;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.OffsetCommitRequest;
import io.partita.broker.protocol.message.OffsetCommitResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * OffsetCommit (key 8), versions 0–10. v1 membership and a time for each partition; v2 a retention instead of that; v3 throttle time; v5 retention
 * is the broker's business; v6 leader epochs (KIP-320); v7 static members (KIP-345); v9 GROUP_ID_NOT_FOUND (KIP-848); v10 topic ids. v0, which
 * once meant ZooKeeper, is served like the others. Partitions that do not exist are refused one by one.
 */
public final class OffsetCommitHandler implements Handler<OffsetCommitRequest> {

    private final GroupCoordinator groups;
    private final Supplier<ClusterImage> image;

    public OffsetCommitHandler(GroupCoordinator groups, Supplier<ClusterImage> image) {
        this.groups = groups;
        this.image = image;
    }

    @Override
    public void handle(RequestContext context, OffsetCommitRequest request) {
        short version = context.version();
        ClusterImage cluster = image.get();
        var response = new OffsetCommitResponse();
        var commits = new ArrayList<CommitRequest.PartitionCommit>();
        // Where the results of the commits go, in their order.
        var answers = new ArrayList<OffsetCommitResponse.OffsetCommitResponsePartition>();
        boolean mayUseGroup = Permission.OFFSET_COMMIT.isGranted(context, request.groupId);
        for (var topic : request.topics) {
            TopicImage known = version >= 10 ? cluster.topic(topic.topicId) : cluster.topic(topic.name);
            var topicAnswer = new OffsetCommitResponse.OffsetCommitResponseTopic();
            topicAnswer.name = topic.name;
            topicAnswer.topicId = topic.topicId;
            response.topics.add(topicAnswer);
            String name = known == null ? topic.name : known.name();
            boolean isAllowed = !mayUseGroup || version >= 10 && known == null || Permission.OFFSET_COMMIT_TOPIC.isGranted(context, name);
            for (var partition : topic.partitions) {
                var answer = new OffsetCommitResponse.OffsetCommitResponsePartition();
                answer.partitionIndex = partition.partitionIndex;
                topicAnswer.partitions.add(answer);
                if (!mayUseGroup) {
                    answer.errorCode = Permission.OFFSET_COMMIT.refusal().code();
                } else if (!isAllowed) {
                    answer.errorCode = Permission.OFFSET_COMMIT_TOPIC.refusal().code();
                } else if (known == null) {
                    answer.errorCode = (version >= 10 ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION).code();
                } else if (known.partition(partition.partitionIndex) == null) {
                    answer.errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code();
                } else {
                    answers.add(answer);
                    commits.add(new CommitRequest.PartitionCommit(known.name(), known.id(), partition.partitionIndex, partition.committedOffset,
                            partition.committedLeaderEpoch, partition.committedMetadata, partition.commitTimestamp));
                }
            }
        }
        if (commits.isEmpty()) {
            context.respond(response);
            return;
        }
        var commit = new CommitRequest(request.groupId, request.generationIdOrMemberEpoch, request.memberId, request.groupInstanceId,
                request.retentionTimeMs, version >= 9, commits);
        groups.commitOffsets(commit, GroupClient.guarded(context, result -> {
            fill(answers, result);
            context.respond(response);
        }));
    }

    private static void fill(List<OffsetCommitResponse.OffsetCommitResponsePartition> answers, PartitionsResult result) {
        for (int i = 0; i < answers.size(); i++) {
            answers.get(i).errorCode = (result.error() != ErrorCode.NONE ? result.error() : result.partitions().get(i)).code();
        }
    }
}
