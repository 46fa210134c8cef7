package io.partita.broker.api;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.share.ShareHeartbeatRequest;
import io.partita.broker.group.share.ShareHeartbeatResult;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ShareGroupHeartbeatRequest;
import io.partita.broker.protocol.message.ShareGroupHeartbeatResponse;
import java.util.List;
import java.util.UUID;

/**
 * ShareGroupHeartbeat (key 76), version 1 (KIP-932): joins, leaves, says what it wants, learns what it is to have. The answer may be held back for a second
 * while nothing changes, if the client is one that can bear it.
 */
public final class ShareGroupHeartbeatHandler implements Handler<ShareGroupHeartbeatRequest> {

    private final GroupCoordinator groups;

    public ShareGroupHeartbeatHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public void handle(RequestContext context, ShareGroupHeartbeatRequest request) {
        if (!Permission.SHARE_GROUP_HEARTBEAT.isGranted(context, request.groupId)) {
            refuse(context, Permission.SHARE_GROUP_HEARTBEAT.refusal());
            return;
        }
        if (request.subscribedTopicNames != null
                && !request.subscribedTopicNames.stream().allMatch(name -> Permission.SHARE_GROUP_HEARTBEAT_TOPIC.isGranted(context, name))) {
            refuse(context, Permission.SHARE_GROUP_HEARTBEAT_TOPIC.refusal());
            return;
        }
        var heartbeat = new ShareHeartbeatRequest(request.groupId, request.memberId, request.memberEpoch, request.rackId, request.subscribedTopicNames,
                GroupClient.of(context));
        groups.shareHeartbeat(heartbeat, GroupClient.answer(context, ShareGroupHeartbeatHandler::response));
    }

    private static void refuse(RequestContext context, ErrorCode error) {
        var refusal = new ShareGroupHeartbeatResponse();
        refusal.errorCode = error.code();
        context.respond(refusal);
    }

    private static ShareGroupHeartbeatResponse response(ShareHeartbeatResult result) {
        var response = new ShareGroupHeartbeatResponse();
        response.errorCode = result.error().code();
        response.errorMessage = result.message();
        response.memberId = result.memberId();
        response.memberEpoch = result.epoch();
        response.heartbeatIntervalMs = result.intervalMillis();
        if (result.assigned() != null) {
            response.assignment = new ShareGroupHeartbeatResponse.Assignment();
            for (UUID topic : result.assigned().topicIds()) {
                var one = new ShareGroupHeartbeatResponse.TopicPartitions();
                one.topicId = topic;
                one.partitions = List.copyOf(result.assigned().of(topic));
                response.assignment.topicPartitions.add(one);
            }
        }
        return response;
    }
}
