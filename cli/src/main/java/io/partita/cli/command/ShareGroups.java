package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AlterShareGroupOffsetsRequest;
import io.partita.broker.protocol.message.AlterShareGroupOffsetsRequest.AlterShareGroupOffsetsRequestPartition;
import io.partita.broker.protocol.message.AlterShareGroupOffsetsRequest.AlterShareGroupOffsetsRequestTopic;
import io.partita.broker.protocol.message.AlterShareGroupOffsetsResponse;
import io.partita.broker.protocol.message.DescribeShareGroupOffsetsRequest;
import io.partita.broker.protocol.message.DescribeShareGroupOffsetsRequest.DescribeShareGroupOffsetsRequestGroup;
import io.partita.broker.protocol.message.DescribeShareGroupOffsetsResponse;
import io.partita.broker.protocol.message.ShareGroupDescribeRequest;
import io.partita.broker.protocol.message.ShareGroupDescribeResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Sentences;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Asks coordinators about share groups (KIP-932). Records are acknowledged one by one, so in place of what is committed there is where a group starts: all before that is done with. */
final class ShareGroups {

    private final Cluster cluster;

    ShareGroups(Cluster cluster) {
        this.cluster = cluster;
    }

    /**
     * Where a group stands in a partition.
     *
     * @param start null where nothing was read yet
     * @param lag records that are still to be delivered; null where that is not known
     */
    record Stand(Long start, Long lag) {}

    /** Null when there is no such share group, or the cluster has none at all. */
    DescribedGroup described(String id, int coordinator) {
        if (!cluster.broker(coordinator).serves(ApiKey.SHARE_GROUP_DESCRIBE, 1, 1)) {
            return null;
        }
        ShareGroupDescribeRequest request = new ShareGroupDescribeRequest();
        request.groupIds.add(id);
        var group = cluster.callCoordinator(Cluster.GROUP, id, ApiKey.SHARE_GROUP_DESCRIBE, 1, 1, request, ShareGroupDescribeResponse::new,
                answer -> answer.groups.getFirst().errorCode).groups.getFirst();
        if (ErrorCode.forCode(group.errorCode) == ErrorCode.GROUP_ID_NOT_FOUND || ErrorCode.forCode(group.errorCode) == ErrorCode.UNSUPPORTED_VERSION) {
            return null;
        }
        Sentences.check(group.errorCode, group.errorMessage, "The group " + id);
        return new DescribedGroup(id, group.groupState, "share", group.assignorName, group.groupEpoch, null, coordinator,
                group.members.stream().map(ShareGroups::member).toList(), List.of());
    }

    private static GroupMember member(ShareGroupDescribeResponse.Member member) {
        List<TopicPartition> assigned = new ArrayList<>();
        member.assignment.topicPartitions.forEach(topic -> topic.partitions.forEach(partition -> assigned.add(new TopicPartition(topic.topicName, partition))));
        return new GroupMember(member.memberId, null, member.clientId, member.clientHost, member.memberEpoch, assigned, null,
                List.copyOf(member.subscribedTopicNames));
    }

    Map<TopicPartition, Stand> stands(String id) {
        DescribeShareGroupOffsetsRequest request = new DescribeShareGroupOffsetsRequest();
        DescribeShareGroupOffsetsRequestGroup asked = new DescribeShareGroupOffsetsRequestGroup();
        asked.groupId = id;
        asked.topics = null;
        request.groups.add(asked);
        var group = cluster.callCoordinator(Cluster.GROUP, id, ApiKey.DESCRIBE_SHARE_GROUP_OFFSETS, 0, 1, request, DescribeShareGroupOffsetsResponse::new,
                answer -> answer.groups.getFirst().errorCode).groups.getFirst();
        Sentences.check(group.errorCode, group.errorMessage, "The group " + id);
        Map<TopicPartition, Stand> stands = new TreeMap<>();
        group.topics.forEach(topic -> topic.partitions.stream().filter(partition -> partition.errorCode == 0)
                .forEach(partition -> stands.put(new TopicPartition(topic.topicName, partition.partitionIndex),
                        new Stand(partition.startOffset < 0 ? null : partition.startOffset, partition.lag < 0 ? null : partition.lag))));
        return stands;
    }

    /** Has a group without members go on elsewhere. */
    void start(String id, Map<TopicPartition, Long> starts) {
        AlterShareGroupOffsetsRequest request = new AlterShareGroupOffsetsRequest();
        request.groupId = id;
        Map<String, AlterShareGroupOffsetsRequestTopic> topics = new HashMap<>();
        starts.forEach((where, offset) -> {
            AlterShareGroupOffsetsRequestPartition partition = new AlterShareGroupOffsetsRequestPartition();
            partition.partitionIndex = where.partition();
            partition.startOffset = offset;
            topics.computeIfAbsent(where.topic(), name -> {
                AlterShareGroupOffsetsRequestTopic topic = new AlterShareGroupOffsetsRequestTopic();
                topic.topicName = name;
                request.topics.add(topic);
                return topic;
            }).partitions.add(partition);
        });
        AlterShareGroupOffsetsResponse response = cluster.callCoordinator(Cluster.GROUP, id, ApiKey.ALTER_SHARE_GROUP_OFFSETS, 0, 0, request,
                AlterShareGroupOffsetsResponse::new, answer -> answer.errorCode);
        Sentences.check(response.errorCode, response.errorMessage, "The group " + id);
        response.responses.forEach(topic -> topic.partitions.forEach(partition -> Sentences.check(partition.errorCode, partition.errorMessage,
                "The partition " + topic.topicName + "-" + partition.partitionIndex)));
    }
}
