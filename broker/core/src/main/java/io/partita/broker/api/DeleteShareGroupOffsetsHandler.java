package io.partita.broker.api;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DeleteShareGroupOffsetsRequest;
import io.partita.broker.protocol.message.DeleteShareGroupOffsetsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/** DeleteShareGroupOffsets (key 92), version 0 (KIP-932): a share group without members forgets topics, as if it had never read them. */
public final class DeleteShareGroupOffsetsHandler implements Handler<DeleteShareGroupOffsetsRequest> {

    private final GroupCoordinator groups;
    private final Supplier<ClusterImage> image;

    public DeleteShareGroupOffsetsHandler(GroupCoordinator groups, Supplier<ClusterImage> image) {
        this.groups = groups;
        this.image = image;
    }

    @Override
    public void handle(RequestContext context, DeleteShareGroupOffsetsRequest request) {
        var response = new DeleteShareGroupOffsetsResponse();
        if (!Permission.DELETE_SHARE_GROUP_OFFSETS.isGranted(context, request.groupId)) {
            response.errorCode = Permission.DELETE_SHARE_GROUP_OFFSETS.refusal().code();
            context.respond(response);
            return;
        }
        ClusterImage cluster = image.get();
        List<UUID> topics = new ArrayList<>();
        for (var topic : request.topics) {
            TopicImage known = cluster.topic(topic.topicName);
            var answer = new DeleteShareGroupOffsetsResponse.DeleteShareGroupOffsetsResponseTopic();
            answer.topicName = topic.topicName;
            response.responses.add(answer);
            if (!Permission.DELETE_SHARE_GROUP_OFFSETS_TOPIC.isGranted(context, topic.topicName)) {
                answer.errorCode = Permission.DELETE_SHARE_GROUP_OFFSETS_TOPIC.refusal().code();
            } else if (known == null) {
                answer.errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code();
            } else {
                answer.topicId = known.id();
                topics.add(known.id());
            }
        }
        groups.deleteShareOffsets(request.groupId, topics, GroupClient.guarded(context, changed -> {
            response.errorCode = changed.error().code();
            response.errorMessage = changed.message();
            if (changed.error() != ErrorCode.NONE) {
                response.responses.clear();
            }
            context.respond(response);
        }));
    }
}
