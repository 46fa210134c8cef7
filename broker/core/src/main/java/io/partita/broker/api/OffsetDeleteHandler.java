package io.partita.broker.api;

import io.partita.broker.group.DeleteOffsetsRequest;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.PartitionsResult;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.OffsetDeleteRequest;
import io.partita.broker.protocol.message.OffsetDeleteResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** OffsetDelete (key 47, KIP-496), version 0. */
public final class OffsetDeleteHandler implements Handler<OffsetDeleteRequest> {

    private final GroupCoordinator groups;
    private final Supplier<ClusterImage> image;

    public OffsetDeleteHandler(GroupCoordinator groups, Supplier<ClusterImage> image) {
        this.groups = groups;
        this.image = image;
    }

    @Override
    public void handle(RequestContext context, OffsetDeleteRequest request) {
        ClusterImage cluster = image.get();
        var response = new OffsetDeleteResponse();
        if (!Permission.OFFSET_DELETE.isGranted(context, request.groupId)) {
            response.errorCode = Permission.OFFSET_DELETE.refusal().code();
            context.respond(response);
            return;
        }
        var partitions = new ArrayList<DeleteOffsetsRequest.TopicPartition>();
        var answers = new ArrayList<OffsetDeleteResponse.OffsetDeleteResponsePartition>();
        for (var topic : request.topics) {
            TopicImage known = cluster.topic(topic.name);
            var topicAnswer = new OffsetDeleteResponse.OffsetDeleteResponseTopic();
            topicAnswer.name = topic.name;
            response.topics.add(topicAnswer);
            boolean isAllowed = Permission.OFFSET_DELETE_TOPIC.isGranted(context, topic.name);
            for (var partition : topic.partitions) {
                var answer = new OffsetDeleteResponse.OffsetDeleteResponsePartition();
                answer.partitionIndex = partition.partitionIndex;
                topicAnswer.partitions.add(answer);
                if (!isAllowed) {
                    answer.errorCode = Permission.OFFSET_DELETE_TOPIC.refusal().code();
                } else if (known == null || known.partition(partition.partitionIndex) == null) {
                    answer.errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code();
                } else {
                    answers.add(answer);
                    partitions.add(new DeleteOffsetsRequest.TopicPartition(topic.name, partition.partitionIndex));
                }
            }
        }
        // Even without partitions: whether there is such a group is an answer, too.
        groups.deleteOffsets(new DeleteOffsetsRequest(request.groupId, partitions),
                GroupClient.answer(context, result -> response(response, answers, result)));
    }

    private static OffsetDeleteResponse response(
            OffsetDeleteResponse response, List<OffsetDeleteResponse.OffsetDeleteResponsePartition> answers, PartitionsResult result) {
        if (result.error() != ErrorCode.NONE) {
            var failed = new OffsetDeleteResponse();
            failed.errorCode = result.error().code();
            return failed;
        }
        for (int i = 0; i < answers.size(); i++) {
            answers.get(i).errorCode = result.partitions().get(i).code();
        }
        return response;
    }
}
