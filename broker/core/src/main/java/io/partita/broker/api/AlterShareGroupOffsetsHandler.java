package io.partita.broker.api;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.share.ShareStates;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AlterShareGroupOffsetsRequest;
import io.partita.broker.protocol.message.AlterShareGroupOffsetsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** AlterShareGroupOffsets (key 91), version 0 (KIP-932): where a share group without members goes on. */
public final class AlterShareGroupOffsetsHandler implements Handler<AlterShareGroupOffsetsRequest> {

    private final GroupCoordinator groups;
    private final Supplier<ClusterImage> image;

    public AlterShareGroupOffsetsHandler(GroupCoordinator groups, Supplier<ClusterImage> image) {
        this.groups = groups;
        this.image = image;
    }

    @Override
    public void handle(RequestContext context, AlterShareGroupOffsetsRequest request) {
        var response = new AlterShareGroupOffsetsResponse();
        if (!Permission.ALTER_SHARE_GROUP_OFFSETS.isGranted(context, request.groupId)) {
            response.errorCode = Permission.ALTER_SHARE_GROUP_OFFSETS.refusal().code();
            context.respond(response);
            return;
        }
        ClusterImage cluster = image.get();
        List<ShareStates.Start> starts = new ArrayList<>();
        List<AlterShareGroupOffsetsResponse.AlterShareGroupOffsetsResponsePartition> begun = new ArrayList<>();
        for (var topic : request.topics) {
            TopicImage known = cluster.topic(topic.topicName);
            var answer = new AlterShareGroupOffsetsResponse.AlterShareGroupOffsetsResponseTopic();
            answer.topicName = topic.topicName;
            response.responses.add(answer);
            boolean isAllowed = Permission.ALTER_SHARE_GROUP_OFFSETS_TOPIC.isGranted(context, topic.topicName);
            if (known != null && isAllowed) {
                answer.topicId = known.id();
            }
            for (var partition : topic.partitions) {
                var one = new AlterShareGroupOffsetsResponse.AlterShareGroupOffsetsResponsePartition();
                one.partitionIndex = partition.partitionIndex;
                answer.partitions.add(one);
                if (!isAllowed) {
                    one.errorCode = Permission.ALTER_SHARE_GROUP_OFFSETS_TOPIC.refusal().code();
                } else if (known == null || known.partition(partition.partitionIndex) == null) {
                    one.errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code();
                } else if (partition.startOffset < 0) {
                    one.errorCode = ErrorCode.INVALID_REQUEST.code();
                    one.errorMessage = "A start offset is 0 or more.";
                } else {
                    starts.add(new ShareStates.Start(new ShareStates.Place(known.id(), partition.partitionIndex),
                            new ShareStates.From.Offset(partition.startOffset)));
                    begun.add(one);
                }
            }
        }
        groups.alterShareOffsets(request.groupId, starts, GroupClient.guarded(context, changed -> {
            response.errorCode = changed.error().code();
            response.errorMessage = changed.message();
            if (changed.error() != ErrorCode.NONE) {
                response.responses.clear();
            }
            for (int i = 0; i < changed.codes().size(); i++) {
                begun.get(i).errorCode = changed.codes().get(i).code();
            }
            context.respond(response);
        }));
    }
}
