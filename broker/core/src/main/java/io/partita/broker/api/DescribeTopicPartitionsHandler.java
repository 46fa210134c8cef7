package io.partita.broker.api;

import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicNames;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeTopicPartitionsRequest;
import io.partita.broker.protocol.message.DescribeTopicPartitionsRequest.TopicRequest;
import io.partita.broker.protocol.message.DescribeTopicPartitionsResponse;
import io.partita.broker.protocol.message.DescribeTopicPartitionsResponse.Cursor;
import io.partita.broker.protocol.message.DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition;
import io.partita.broker.protocol.message.DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * DescribeTopicPartitions (key 75), version 0 (KIP-966): topics and partitions by name, page by page. The cursor names the topic and partition to go
 * on with. We have no eligible leader replicas besides the in-sync ones, so those lists are empty.
 */
final class DescribeTopicPartitionsHandler implements Handler<DescribeTopicPartitionsRequest> {

    private final ClusterConfig cluster;

    DescribeTopicPartitionsHandler(ClusterConfig cluster) {
        this.cluster = cluster;
    }

    @Override
    public void handle(RequestContext context, DescribeTopicPartitionsRequest request) {
        ClusterImage image = cluster.image();
        DescribeTopicPartitionsResponse response = new DescribeTopicPartitionsResponse();
        if (!hasValidCursor(request)) {
            for (TopicRequest topic : request.topics) {
                response.topics.add(error(ErrorCode.INVALID_REQUEST, topic.name));
            }
            context.respond(response);
            return;
        }
        int limit = cluster.broker(image).intValue("max.request.partition.size.limit");
        int left = Math.max(1, Math.min(limit, request.responsePartitionLimit));
        String from = request.cursor == null ? "" : request.cursor.topicName;
        for (String name : names(context, request, image)) {
            if (name.compareTo(from) < 0) {
                continue;
            }
            if (!request.topics.isEmpty() && !Permission.DESCRIBE_TOPIC_PARTITIONS.isGranted(context, name)) {
                response.topics.add(error(Permission.DESCRIBE_TOPIC_PARTITIONS.refusal(), name));
                continue;
            }
            TopicImage topic = image.topic(name);
            if (topic == null) {
                response.topics.add(error(
                        TopicNames.problem(name) != null ? ErrorCode.INVALID_TOPIC_EXCEPTION : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, name));
                continue;
            }
            int first = name.equals(from) ? Math.min(request.cursor.partitionIndex, topic.partitions().size()) : 0;
            if (left == 0) {
                response.nextCursor = cursor(name, first);
                break;
            }
            int end = (int) Math.min(topic.partitions().size(), (long) first + left);
            response.topics.add(describe(topic, first, end, image, context));
            left -= end - first;
            if (end < topic.partitions().size()) {
                response.nextCursor = cursor(name, end);
                break;
            }
        }
        context.respond(response);
    }

    private static boolean hasValidCursor(DescribeTopicPartitionsRequest request) {
        if (request.cursor == null) {
            return true;
        }
        if (request.cursor.partitionIndex < 0) {
            return false;
        }
        for (TopicRequest topic : request.topics) {
            if (topic.name.equals(request.cursor.topicName)) {
                return true;
            }
        }
        // A cursor of all topics may name one that was deleted since.
        return request.topics.isEmpty();
    }

    /** The names asked for, each once, in order; when none is named, all topics that the client may know of. */
    private static Iterable<String> names(RequestContext context, DescribeTopicPartitionsRequest request, ClusterImage image) {
        if (request.topics.isEmpty()) {
            List<String> all = new ArrayList<>(image.topicCount());
            for (TopicImage topic : image.topics()) {
                if (Permission.DESCRIBE_TOPIC_PARTITIONS_ALL.isGranted(context, topic.name())) {
                    all.add(topic.name());
                }
            }
            return all;
        }
        TreeSet<String> names = new TreeSet<>();
        request.topics.forEach(topic -> names.add(topic.name));
        return names;
    }

    private static Cursor cursor(String topic, int partition) {
        Cursor cursor = new Cursor();
        cursor.topicName = topic;
        cursor.partitionIndex = partition;
        return cursor;
    }

    private static DescribeTopicPartitionsResponseTopic error(ErrorCode error, String name) {
        DescribeTopicPartitionsResponseTopic topic = new DescribeTopicPartitionsResponseTopic();
        topic.errorCode = error.code();
        topic.name = name;
        topic.isInternal = TopicNames.isInternal(name);
        return topic;
    }

    private static DescribeTopicPartitionsResponseTopic describe(TopicImage topic, int first, int end, ClusterImage image, RequestContext context) {
        DescribeTopicPartitionsResponseTopic described = new DescribeTopicPartitionsResponseTopic();
        described.name = topic.name();
        described.topicId = topic.id();
        described.isInternal = topic.internal();
        described.topicAuthorizedOperations = AuthorizedOperations.ofTopic(context, topic.name());
        described.partitions = new ArrayList<>(end - first);
        for (int index = first; index < end; index++) {
            PartitionImage partition = topic.partition(index);
            PartitionState state = PartitionState.of(partition, image, context.client().listenerName());
            DescribeTopicPartitionsResponsePartition one = new DescribeTopicPartitionsResponsePartition();
            one.errorCode = state.error().code();
            one.partitionIndex = index;
            one.leaderId = state.leader();
            one.leaderEpoch = partition.leaderEpoch();
            one.replicaNodes = partition.replicas();
            one.isrNodes = partition.inSyncReplicas();
            one.eligibleLeaderReplicas = List.of();
            one.lastKnownElr = List.of();
            one.offlineReplicas = state.offlineReplicas();
            described.partitions.add(one);
        }
        return described;
    }
}
