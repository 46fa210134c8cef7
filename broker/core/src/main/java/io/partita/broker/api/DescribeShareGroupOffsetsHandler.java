package io.partita.broker.api;

import io.partita.broker.coordinator.CoordinatorShards;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.share.ShareOffsets;
import io.partita.broker.group.share.ShareStates;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeShareGroupOffsetsRequest;
import io.partita.broker.protocol.message.DescribeShareGroupOffsetsResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** DescribeShareGroupOffsets (key 90), versions 0–1 (KIP-932): where share groups stand. v1 how many records are still to be delivered (KIP-1226). */
public final class DescribeShareGroupOffsetsHandler implements Handler<DescribeShareGroupOffsetsRequest> {

    private final GroupCoordinator groups;
    private final Supplier<ClusterImage> image;

    public DescribeShareGroupOffsetsHandler(GroupCoordinator groups, Supplier<ClusterImage> image) {
        this.groups = groups;
        this.image = image;
    }

    @Override
    public void handle(RequestContext context, DescribeShareGroupOffsetsRequest request) {
        CoordinatorShards.<DescribeShareGroupOffsetsRequest.DescribeShareGroupOffsetsRequestGroup, DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponseGroup>gather(
                request.groups, (group, one) -> describe(context, group, one::accept), described -> {
                    var response = new DescribeShareGroupOffsetsResponse();
                    response.groups.addAll(described);
                    context.respond(response);
                });
    }

    private void describe(RequestContext context, DescribeShareGroupOffsetsRequest.DescribeShareGroupOffsetsRequestGroup asked,
            Consumer<DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponseGroup> answer) {
        var group = new DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponseGroup();
        group.groupId = asked.groupId;
        if (!Permission.DESCRIBE_SHARE_GROUP_OFFSETS.isGranted(context, asked.groupId)) {
            group.errorCode = Permission.DESCRIBE_SHARE_GROUP_OFFSETS.refusal().code();
            answer.accept(group);
            return;
        }
        ClusterImage cluster = image.get();
        List<ShareStates.Place> places = asked.topics == null ? null : new ArrayList<>();
        var refused = new ArrayList<DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponseTopic>();
        if (asked.topics != null) {
            for (var topic : asked.topics) {
                TopicImage known = cluster.topic(topic.topicName);
                ErrorCode error = !Permission.DESCRIBE_SHARE_GROUP_OFFSETS_TOPIC.isGranted(context, topic.topicName)
                        ? Permission.DESCRIBE_SHARE_GROUP_OFFSETS_TOPIC.refusal()
                        : known == null ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.NONE;
                if (error == ErrorCode.NONE) {
                    topic.partitions.forEach(partition -> places.add(new ShareStates.Place(known.id(), partition)));
                } else {
                    refused.add(refused(topic.topicName, topic.partitions, error));
                }
            }
        }
        groups.describeShareOffsets(asked.groupId, places, GroupClient.guarded(context, described -> {
            group.errorCode = described.error().code();
            group.errorMessage = described.message();
            if (described.error() == ErrorCode.NONE) {
                group.topics.addAll(refused);
                fill(context, group, described, cluster, places == null);
            }
            answer.accept(group);
        }));
    }

    private static DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponseTopic refused(String name, List<Integer> partitions, ErrorCode error) {
        var topic = new DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponseTopic();
        topic.topicName = name;
        for (int partition : partitions) {
            var one = new DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponsePartition();
            one.partitionIndex = partition;
            one.startOffset = -1;
            one.errorCode = error.code();
            topic.partitions.add(one);
        }
        return topic;
    }

    private static void fill(RequestContext context, DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponseGroup group,
            ShareOffsets.Described described, ClusterImage cluster, boolean isAll) {
        var topics = new LinkedHashMap<UUID, DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponseTopic>();
        for (int i = 0; i < described.places().size(); i++) {
            ShareStates.Place place = described.places().get(i);
            TopicImage known = cluster.topic(place.topicId());
            if (known == null || isAll && !Permission.DESCRIBE_SHARE_GROUP_OFFSETS_ALL.isGrantedQuietly(context, known.name())) {
                continue;
            }
            ShareStates.Summary summary = described.summaries().get(i);
            var one = new DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponsePartition();
            one.partitionIndex = place.partition();
            one.startOffset = summary.startOffset();
            one.leaderEpoch = Math.max(0, summary.leaderEpoch());
            one.lag = summary.lag();
            one.errorCode = summary.error().code();
            topics.computeIfAbsent(place.topicId(), id -> {
                var topic = new DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponseTopic();
                topic.topicName = known.name();
                topic.topicId = id;
                group.topics.add(topic);
                return topic;
            }).partitions.add(one);
        }
    }
}
