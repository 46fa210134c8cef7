package io.partita.broker.api;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.consumer.DescribedConsumerGroup;
import io.partita.broker.group.consumer.Partitions;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ConsumerGroupDescribeRequest;
import io.partita.broker.protocol.message.ConsumerGroupDescribeResponse;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * ConsumerGroupDescribe (key 69), versions 0–1 (KIP-848). v1 says which members speak the classic protocol (KIP-1099). Topics that are gone are left out of
 * assignments, since they have no name any more.
 */
public final class ConsumerGroupDescribeHandler implements Handler<ConsumerGroupDescribeRequest> {

    private static final byte CLASSIC_MEMBER = 0;
    private static final byte CONSUMER_MEMBER = 1;

    private final GroupCoordinator groups;
    private final Supplier<ClusterImage> image;

    public ConsumerGroupDescribeHandler(GroupCoordinator groups, Supplier<ClusterImage> image) {
        this.groups = groups;
        this.image = image;
    }

    @Override
    public void handle(RequestContext context, ConsumerGroupDescribeRequest request) {
        ClusterImage cluster = image.get();
        groups.describeConsumerGroups(request.groupIds, GroupClient.guarded(context, results -> {
            var response = new ConsumerGroupDescribeResponse();
            for (int i = 0; i < results.size(); i++) {
                var described = new ConsumerGroupDescribeResponse.DescribedGroup();
                described.groupId = request.groupIds.get(i);
                ErrorCode error = Permission.CONSUMER_GROUP_DESCRIBE.isGranted(context, described.groupId)
                        ? results.get(i).error()
                        : Permission.CONSUMER_GROUP_DESCRIBE.refusal();
                DescribedConsumerGroup group = results.get(i).group();
                if (error != ErrorCode.NONE) {
                    described.errorCode = error.code();
                } else if (group == null) {
                    described.errorCode = ErrorCode.GROUP_ID_NOT_FOUND.code();
                    described.errorMessage = "Group " + described.groupId + " not found.";
                } else if (!mayKnow(context, group, cluster)) {
                    described.errorCode = Permission.CONSUMER_GROUP_DESCRIBE_TOPIC.refusal().code();
                    described.errorMessage = "The described group uses topics that the client is not authorized to describe.";
                } else {
                    fill(described, group, cluster);
                    described.authorizedOperations = request.includeAuthorizedOperations
                            ? AuthorizedOperations.ofGroup(context, described.groupId)
                            : AuthorizedOperations.NOT_ASKED;
                }
                response.groups.add(described);
            }
            context.respond(response);
        }));
    }

    private static boolean mayKnow(RequestContext context, DescribedConsumerGroup group, ClusterImage cluster) {
        var names = new TreeSet<String>();
        for (var member : group.members()) {
            names.addAll(member.topicNames());
            for (UUID id : member.assigned().plus(member.target()).topicIds()) {
                TopicImage topic = cluster.topic(id);
                if (topic != null) {
                    names.add(topic.name());
                }
            }
        }
        return names.stream().allMatch(name -> Permission.CONSUMER_GROUP_DESCRIBE_TOPIC.isGranted(context, name));
    }

    private static void fill(ConsumerGroupDescribeResponse.DescribedGroup described, DescribedConsumerGroup group, ClusterImage cluster) {
        described.groupState = group.state().displayName();
        described.groupEpoch = group.epoch();
        described.assignmentEpoch = group.assignmentEpoch();
        described.assignorName = group.assignor();
        for (var member : group.members()) {
            var one = new ConsumerGroupDescribeResponse.Member();
            one.memberId = member.memberId();
            one.instanceId = member.instanceId();
            one.rackId = member.rackId();
            one.memberEpoch = member.epoch();
            one.clientId = member.clientId();
            one.clientHost = member.clientHost();
            one.subscribedTopicNames = member.topicNames();
            one.subscribedTopicRegex = member.topicRegex();
            one.assignment = assignment(member.assigned(), cluster);
            one.targetAssignment = assignment(member.target(), cluster);
            one.memberType = member.classic() ? CLASSIC_MEMBER : CONSUMER_MEMBER;
            described.members.add(one);
        }
    }

    private static ConsumerGroupDescribeResponse.Assignment assignment(Partitions partitions, ClusterImage cluster) {
        var assignment = new ConsumerGroupDescribeResponse.Assignment();
        for (UUID id : partitions.topicIds()) {
            TopicImage topic = cluster.topic(id);
            if (topic != null) {
                var one = new ConsumerGroupDescribeResponse.TopicPartitions();
                one.topicId = id;
                one.topicName = topic.name();
                one.partitions = List.copyOf(partitions.of(id));
                assignment.topicPartitions.add(one);
            }
        }
        return assignment;
    }
}
