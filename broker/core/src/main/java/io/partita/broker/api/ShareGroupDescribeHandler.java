package io.partita.broker.api;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.consumer.Partitions;
import io.partita.broker.group.share.DescribedShareGroup;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ShareGroupDescribeRequest;
import io.partita.broker.protocol.message.ShareGroupDescribeResponse;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * ShareGroupDescribe (key 77), version 1 (KIP-932). Topics that are gone are left out of assignments, since they have no name any more.
 */
public final class ShareGroupDescribeHandler implements Handler<ShareGroupDescribeRequest> {

    private final GroupCoordinator groups;
    private final Supplier<ClusterImage> image;

    public ShareGroupDescribeHandler(GroupCoordinator groups, Supplier<ClusterImage> image) {
        this.groups = groups;
        this.image = image;
    }

    @Override
    public void handle(RequestContext context, ShareGroupDescribeRequest request) {
        ClusterImage cluster = image.get();
        groups.describeShareGroups(request.groupIds, GroupClient.guarded(context, results -> {
            var response = new ShareGroupDescribeResponse();
            for (int i = 0; i < results.size(); i++) {
                var described = new ShareGroupDescribeResponse.DescribedGroup();
                described.groupId = request.groupIds.get(i);
                ErrorCode error = Permission.SHARE_GROUP_DESCRIBE.isGranted(context, described.groupId)
                        ? results.get(i).error()
                        : Permission.SHARE_GROUP_DESCRIBE.refusal();
                DescribedShareGroup group = results.get(i).group();
                if (error != ErrorCode.NONE) {
                    described.errorCode = error.code();
                } else if (group == null) {
                    described.errorCode = ErrorCode.GROUP_ID_NOT_FOUND.code();
                    described.errorMessage = "Group " + described.groupId + " not found.";
                } else if (!mayKnow(context, group, cluster)) {
                    described.errorCode = Permission.SHARE_GROUP_DESCRIBE_TOPIC.refusal().code();
                    described.errorMessage = "The described group uses topics that the client is not authorized to describe.";
                } else {
                    fill(described, group, cluster);
                    if (request.includeAuthorizedOperations) {
                        described.authorizedOperations = AuthorizedOperations.ofGroup(context, described.groupId);
                    }
                }
                response.groups.add(described);
            }
            context.respond(response);
        }));
    }

    private static boolean mayKnow(RequestContext context, DescribedShareGroup group, ClusterImage cluster) {
        var names = new TreeSet<String>();
        for (var member : group.members()) {
            names.addAll(member.topicNames());
            for (UUID id : member.assigned().topicIds()) {
                TopicImage topic = cluster.topic(id);
                if (topic != null) {
                    names.add(topic.name());
                }
            }
        }
        return names.stream().allMatch(name -> Permission.SHARE_GROUP_DESCRIBE_TOPIC.isGranted(context, name));
    }

    private static void fill(ShareGroupDescribeResponse.DescribedGroup described, DescribedShareGroup group, ClusterImage cluster) {
        described.groupState = group.state();
        described.groupEpoch = group.epoch();
        described.assignmentEpoch = group.assignmentEpoch();
        described.assignorName = group.assignor();
        for (var member : group.members()) {
            var one = new ShareGroupDescribeResponse.Member();
            one.memberId = member.memberId();
            one.rackId = member.rackId();
            one.memberEpoch = member.epoch();
            one.clientId = member.clientId();
            one.clientHost = member.clientHost();
            one.subscribedTopicNames = member.topicNames();
            one.assignment = assignment(member.assigned(), cluster);
            described.members.add(one);
        }
    }

    private static ShareGroupDescribeResponse.Assignment assignment(Partitions partitions, ClusterImage cluster) {
        var assignment = new ShareGroupDescribeResponse.Assignment();
        for (UUID id : partitions.topicIds()) {
            TopicImage topic = cluster.topic(id);
            if (topic != null) {
                var one = new ShareGroupDescribeResponse.TopicPartitions();
                one.topicId = id;
                one.topicName = topic.name();
                one.partitions = List.copyOf(partitions.of(id));
                assignment.topicPartitions.add(one);
            }
        }
        return assignment;
    }
}
