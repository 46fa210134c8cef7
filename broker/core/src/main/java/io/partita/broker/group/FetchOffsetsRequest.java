package io.partita.broker.group;

import java.util.List;
import java.util.UUID;

/**
 * What has a group committed?
 *
 * @param memberId null from clients that do not say that they are members (before version 9)
 * @param memberEpoch −1 from them
 * @param topics null: everything
 * @param requireStable whether partitions are to be named whose offset an open transaction is about to change (KIP-447)
 */
public record FetchOffsetsRequest(String groupId, String memberId, int memberEpoch, List<TopicPartitions> topics, boolean requireStable) {

    /** From a client that does not say that it is a member. */
    public FetchOffsetsRequest(String groupId, List<TopicPartitions> topics, boolean requireStable) {
        this(groupId, null, -1, topics, requireStable);
    }

    /** {@code topicId} is zero when unknown. */
    public record TopicPartitions(String topic, UUID topicId, List<Integer> partitions) {}
}
