package io.partita.broker.group;

import java.util.List;

/** Offsets of a group that are to be forgotten. */
public record DeleteOffsetsRequest(String groupId, List<TopicPartition> partitions) {

    public record TopicPartition(String topic, int partition) {}
}
