package io.partita.broker.http;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeLogDirsRequest;
import io.partita.broker.protocol.message.DescribeLogDirsResponse;
import io.partita.broker.protocol.message.ListOffsetsRequest;
import io.partita.broker.protocol.message.ListOffsetsResponse;
import io.partita.broker.protocol.message.MetadataRequest;
import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a caller may see of topics: by Metadata, ListOffsets and DescribeLogDirs. */
final class Topics {

    static final long LATEST = -1;
    static final long EARLIEST = -2;

    private static final int METADATA = 12;
    private static final int LIST_OFFSETS = 7;
    private static final int LOG_DIRS = 4;
    private static final int TIMEOUT_MILLIS = 30_000;

    private Topics() {}

    /** All topics that the caller may describe, by name. */
    static List<MetadataResponseTopic> all(Kafka kafka) {
        var request = new MetadataRequest();
        request.topics = null;
        request.allowAutoTopicCreation = false;
        MetadataResponse response = kafka.here(ApiKey.METADATA, METADATA, request);
        List<MetadataResponseTopic> topics = new ArrayList<>(response.topics);
        topics.removeIf(topic -> topic.errorCode != ErrorCode.NONE.code());
        topics.sort(java.util.Comparator.comparing(topic -> topic.name));
        return topics;
    }

    /** One topic. @throws Problem when there is none, or the caller may not see it */
    static MetadataResponseTopic one(Kafka kafka, String name) {
        var wanted = new MetadataRequest.MetadataRequestTopic();
        wanted.name = name;
        var request = new MetadataRequest();
        request.topics.add(wanted);
        request.allowAutoTopicCreation = false;
        MetadataResponse response = kafka.here(ApiKey.METADATA, METADATA, request);
        MetadataResponseTopic topic = response.topics.getFirst();
        Problem.check(topic.errorCode, "topic '" + name + "'", null);
        topic.partitions.sort(java.util.Comparator.comparingInt(partition -> partition.partitionIndex));
        return topic;
    }

    static List<Integer> partitions(MetadataResponseTopic topic) {
        return topic.partitions.stream().map(partition -> partition.partitionIndex).toList();
    }

    static boolean isUnderReplicated(MetadataResponsePartition partition) {
        return partition.isrNodes.size() < partition.replicaNodes.size();
    }

    /** What a topic is, apart from what is in it: changes when somebody changes that. */
    static String tag(MetadataResponseTopic topic, Map<String, String> configs) {
        return "\"" + topic.topicId.toString().substring(0, 8) + "-" + topic.partitions.size() + "-" + Integer.toHexString(configs.hashCode()) + "\"";
    }

    // ---- offsets

    /** What was found for the time asked for. */
    record Found(long offset, long timestamp) {}

    /** Offsets of partitions by topic for a time, {@link #LATEST} or {@link #EARLIEST}; those whose leaders do not answer are left out. */
    static Map<String, Map<Integer, Found>> offsets(Kafka kafka, Map<String, ? extends Collection<Integer>> partitions, long timestamp) {
        List<ListOffsetsResponse> answers = kafka.leaders(partitions, ApiKey.LIST_OFFSETS, LIST_OFFSETS, mine -> request(mine, timestamp));
        Map<String, Map<Integer, Found>> found = new HashMap<>();
        for (ListOffsetsResponse answer : answers) {
            for (var topic : answer.topics) {
                for (var partition : topic.partitions) {
                    if (partition.errorCode == ErrorCode.NONE.code()) {
                        found.computeIfAbsent(topic.name, name -> new TreeMap<>()).put(partition.partitionIndex,
                                new Found(partition.offset, partition.timestamp));
                    } else if (partition.errorCode == ErrorCode.TOPIC_AUTHORIZATION_FAILED.code()) {
                        throw Problem.of(ErrorCode.TOPIC_AUTHORIZATION_FAILED, "topic '" + topic.name + "'", null);
                    }
                }
            }
        }
        return found;
    }

    private static ListOffsetsRequest request(Map<String, List<Integer>> partitions, long timestamp) {
        var request = new ListOffsetsRequest();
        request.replicaId = -1;
        request.timeoutMs = TIMEOUT_MILLIS;
        partitions.forEach((name, indexes) -> {
            var topic = new ListOffsetsRequest.ListOffsetsTopic();
            topic.name = name;
            for (int index : indexes) {
                var partition = new ListOffsetsRequest.ListOffsetsPartition();
                partition.partitionIndex = index;
                partition.timestamp = timestamp;
                topic.partitions.add(partition);
            }
            request.topics.add(topic);
        });
        return request;
    }

    // ---- what is on disks

    /** What each broker has on its disks; of these topics alone where some are named. Those that do not answer are left out. */
    static Map<Integer, DescribeLogDirsResponse> logDirectories(Kafka kafka, Map<String, List<Integer>> topics) {
        return kafka.each(kafka.brokers(), ApiKey.DESCRIBE_LOG_DIRS, LOG_DIRS, broker -> {
            var request = new DescribeLogDirsRequest();
            if (topics == null) {
                request.topics = null;
            } else {
                topics.forEach((name, partitions) -> {
                    var topic = new DescribeLogDirsRequest.DescribableLogDirTopic();
                    topic.topic = name;
                    topic.partitions.addAll(partitions);
                    request.topics.add(topic);
                });
            }
            return request;
        });
    }

    /** Bytes of all replicas by topic. */
    static Map<String, Long> sizes(Kafka kafka, Map<String, List<Integer>> topics) {
        Map<String, Long> sizes = new HashMap<>();
        logDirectories(kafka, topics).values().forEach(answer -> answer.results.forEach(directory -> directory.topics.forEach(
                topic -> topic.partitions.forEach(partition -> sizes.merge(topic.name, partition.partitionSize, Long::sum)))));
        return sizes;
    }
}
