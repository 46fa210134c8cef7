package io.partita.broker.group;

/**
 * How far a group is in a partition.
 *
 * @param offset the next record to consume
 */
public record CommittedPosition(String groupId, String topic, int partition, long offset) {}
