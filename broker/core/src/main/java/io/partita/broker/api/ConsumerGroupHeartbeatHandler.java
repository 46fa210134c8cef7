package io.partita.broker.api;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.consumer.ConsumerHeartbeatRequest;
import io.partita.broker.group.consumer.ConsumerHeartbeatResult;
import io.partita.broker.group.consumer.Partitions;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ConsumerGroupHeartbeatRequest;
import io.partita.broker.protocol.message.ConsumerGroupHeartbeatResponse;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * ConsumerGroupHeartbeat (key 68), versions 0–1 (KIP-848): joins, leaves, says what it wants and has, learns what it is to have. v1 patterns, and ids that
 * members choose (KIP-1082). The answer may be held back for a second while nothing changes, if the client is one that can bear it.
 */
public final class ConsumerGroupHeartbeatHandler implements Handler<ConsumerGroupHeartbeatRequest> {

    private final GroupCoordinator groups;
    private final Supplier<ClusterImage> image;

    public ConsumerGroupHeartbeatHandler(GroupCoordinator groups, Supplier<ClusterImage> image) {
        this.groups = groups;
        this.image = image;
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

    /** What there is not is left out: nobody has it, and a set with a great number in it takes memory for all below. */
    private Partitions owned(ConsumerGroupHeartbeatRequest request) {
        if (request.topicPartitions == null) {
            return null;
        }
        ClusterImage cluster = image.get();
        var owned = new Partitions.Builder();
        for (var topic : request.topicPartitions) {
            TopicImage known = cluster.topic(topic.topicId);
            for (int partition : topic.partitions) {
                if (known != null && known.partition(partition) != null) {
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
