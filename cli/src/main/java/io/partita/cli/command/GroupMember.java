package io.partita.cli.command;

import java.util.List;

/**
 * A member as it is described.
 *
 * @param tasks what a member of a group of Kafka Streams works on; null of others
 * @param subscribed topics that a member of a share group wants; null of others
 */
record GroupMember(
        String id, String instanceId, String clientId, String host, Integer epoch, List<TopicPartition> assigned, StreamsTasks tasks, List<String> subscribed) {

    /** Tasks as Kafka Streams writes them, as 0_1. */
    record StreamsTasks(int topologyEpoch, String process, List<String> active, List<String> standby, List<String> warmup) {}

    GroupMember(String id, String instanceId, String clientId, String host, Integer epoch, List<TopicPartition> assigned) {
        this(id, instanceId, clientId, host, epoch, assigned, null, null);
    }
}
