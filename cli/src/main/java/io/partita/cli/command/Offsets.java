package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ListOffsetsRequest;
import io.partita.broker.protocol.message.ListOffsetsRequest.ListOffsetsPartition;
import io.partita.broker.protocol.message.ListOffsetsRequest.ListOffsetsTopic;
import io.partita.broker.protocol.message.ListOffsetsResponse;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Sentences;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/** Asks leaders where partitions begin, end, and are at some time. */
final class Offsets {

    /** What ListOffsets takes for a time. */
    static final long LATEST = -1;
    static final long EARLIEST = -2;
    /** In the place of an offset: the partition has no leader now. */
    static final long UNKNOWN = -1;
    private static final int LOWEST = 2;
    private static final int HIGHEST = 7;

    private final Cluster cluster;

    Offsets(Cluster cluster) {
        this.cluster = cluster;
    }

    /** The offsets for {@code time} of all partitions that have a leader. Of a time that nothing is as late as: {@link #UNKNOWN}. */
    Map<TopicPartition, Long> at(Collection<MetadataResponseTopic> topics, long time) {
        return at(topics, partition -> time);
    }

    /** The same for those who read only what is committed. */
    Map<TopicPartition, Long> at(Collection<MetadataResponseTopic> topics, long time, boolean committed) {
        return at(topics, partition -> time, committed);
    }

    /** The same with a time for each; those of {@link Long#MIN_VALUE} are left out. */
    Map<TopicPartition, Long> at(Collection<MetadataResponseTopic> topics, ToLongFunction<TopicPartition> time) {
        return at(topics, time, false);
    }

    private Map<TopicPartition, Long> at(Collection<MetadataResponseTopic> topics, ToLongFunction<TopicPartition> time, boolean committed) {
        Map<Integer, ListOffsetsRequest> requests = new TreeMap<>();
        Map<TopicPartition, Long> offsets = new TreeMap<>();
        for (MetadataResponseTopic topic : topics) {
            Map<Integer, ListOffsetsTopic> byLeader = new LinkedHashMap<>();
            for (MetadataResponsePartition partition : topic.partitions) {
                TopicPartition key = new TopicPartition(topic.name, partition.partitionIndex);
                long wanted = time.applyAsLong(key);
                if (wanted == Long.MIN_VALUE) {
                    continue;
                }
                if (partition.leaderId < 0) {
                    offsets.put(key, UNKNOWN);
                    continue;
                }
                ListOffsetsPartition asked = new ListOffsetsPartition();
                asked.partitionIndex = partition.partitionIndex;
                asked.timestamp = wanted;
                byLeader.computeIfAbsent(partition.leaderId, leader -> {
                    ListOffsetsTopic one = new ListOffsetsTopic();
                    one.name = topic.name;
                    ListOffsetsRequest request = requests.computeIfAbsent(leader, none -> new ListOffsetsRequest());
                    request.replicaId = -1;
                    request.isolationLevel = (byte) (committed ? 1 : 0);
                    request.topics.add(one);
                    return one;
                }).partitions.add(asked);
            }
        }
        requests.forEach((leader, request) -> ask(leader, request, offsets));
        return offsets;
    }

    private void ask(int leader, ListOffsetsRequest request, Map<TopicPartition, Long> offsets) {
        ListOffsetsResponse response = cluster.broker(leader).call(ApiKey.LIST_OFFSETS, LOWEST, HIGHEST, request, new ListOffsetsResponse());
        response.topics.forEach(topic -> topic.partitions.forEach(partition -> {
            TopicPartition key = new TopicPartition(topic.name, partition.partitionIndex);
            ErrorCode error = ErrorCode.forCode(partition.errorCode);
            if (!error.retriable()) {
                Sentences.check(partition.errorCode, null, "The partition " + key);
            }
            offsets.put(key, error == ErrorCode.NONE ? partition.offset : UNKNOWN);
        }));
    }
}
