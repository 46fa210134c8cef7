package io.partita.broker.metadata;

import java.util.List;

/**
 * Partitions to add to a topic.
 *
 * @param count how many it shall have altogether
 * @param assignment the brokers of each new partition, preferred leader first; {@code null} to leave them to the cluster
 */
public record NewPartitions(String topic, int count, List<List<Integer>> assignment) {}
