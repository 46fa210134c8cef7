package io.partita.broker.group;

import java.util.List;
import java.util.UUID;

/**
 * What has a group committed?
 *
 * @param topics null: everything
 * @param requireStable whether partitions are to be named whose offset an open transaction is about to change (KIP-447)
 */
public record FetchOffsetsRequest(String groupId, List<TopicPartitions> topics, boolean requireStable) {

    /** {@code topicId} is zero when unknown. */
    public record TopicPartitions(String topic, UUID topicId, List<Integer> partitions) {}
}
