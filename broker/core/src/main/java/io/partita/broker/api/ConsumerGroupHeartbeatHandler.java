package io.partita.broker.api;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.consumer.ConsumerHeartbeatRequest;
import io.partita.broker.group.consumer.ConsumerHeartbeatResult;
import io.partita.broker.group.consumer.Partitions;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ConsumerGroupHeartbeatRequest;
import io.partita.broker.protocol.message.ConsumerGroupHeartbeatResponse;
import java.util.List;
import java.util.UUID;

/**
 * ConsumerGroupHeartbeat (key 68), versions 0–1 (KIP-848): joins, leaves, says what it wants and has, learns what it is to have. v1 patterns, and ids that
 * members choose (KIP-1082). The answer may be held back for a second while nothing changes, if the client is one that can bear it.
 */
public final class ConsumerGroupHeartbeatHandler implements Handler<ConsumerGroupHeartbeatRequest> {

    /** Above this no topic has a partition; a set with such a number in it would take memory for all below. */
    private static final int PARTITION_MAX = 1 << 20;

    private final GroupCoordinator groups;

    public ConsumerGroupHeartbeatHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public void handle(RequestContext context, ConsumerGroupHeartbeatRequest request) {
        if (!Permission.CONSUMER_GROUP_HEARTBEAT.isGranted(context, request.groupId)) {
            refuse(context, Permission.CONSUMER_GROUP_HEARTBEAT.refusal());
            return;
        }
        if (request.subscribedTopicNames != null
                && !request.subscribedTopicNames.stream().allMatch(name -> Permission.CONSUMER_GROUP_HEARTBEAT_TOPIC.isGranted(context, name))) {
            refuse(context, Permission.CONSUMER_GROUP_HEARTBEAT_TOPIC.refusal());
            return;
        }
        var heartbeat = new ConsumerHeartbeatRequest(request.groupId, request.memberId, request.memberEpoch, request.instanceId, request.rackId,
                request.rebalanceTimeoutMs, request.subscribedTopicNames, context.version() >= 1 ? request.subscribedTopicRegex : null,
                request.serverAssignor, owned(request), GroupClient.of(context),
                topic -> Permission.CONSUMER_GROUP_HEARTBEAT_PATTERN.isGranted(context, topic), context.version() >= 1);
        groups.consumerHeartbeat(heartbeat, GroupClient.answer(context, ConsumerGroupHeartbeatHandler::response));
    }

    private static void refuse(RequestContext context, ErrorCode error) {
        var refusal = new ConsumerGroupHeartbeatResponse();
        refusal.errorCode = error.code();
        context.respond(refusal);
    }

    /** What cannot be is left out: nobody was given it. */
    private static Partitions owned(ConsumerGroupHeartbeatRequest request) {
        if (request.topicPartitions == null) {
            return null;
        }
        var owned = new Partitions.Builder();
        for (var topic : request.topicPartitions) {
            for (int partition : topic.partitions) {
                if (partition >= 0 && partition <= PARTITION_MAX) {
                    owned.add(topic.topicId, partition);
                }
            }
        }
        return owned.build();
    }

    private static ConsumerGroupHeartbeatResponse response(ConsumerHeartbeatResult result) {
        var response = new ConsumerGroupHeartbeatResponse();
        response.errorCode = result.error().code();
        response.errorMessage = result.message();
        response.memberId = result.memberId();
        response.memberEpoch = result.epoch();
        response.heartbeatIntervalMs = result.intervalMillis();
        if (result.assigned() != null) {
            response.assignment = new ConsumerGroupHeartbeatResponse.Assignment();
            for (UUID topic : result.assigned().topicIds()) {
                var one = new ConsumerGroupHeartbeatResponse.TopicPartitions();
                one.topicId = topic;
                one.partitions = List.copyOf(result.assigned().of(topic));
                response.assignment.topicPartitions.add(one);
            }
        }
        return response;
    }
}
