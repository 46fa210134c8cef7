/**
 * A replicated state machine over one partition of an internal topic. {@link io.partita.broker.coordinator.CoordinatorShard} loads its state by
 * replaying the partition, and changes it by appending records, which take effect at once and are answered when the log has committed them. {@link
 * io.partita.broker.coordinator.CoordinatorShards} has the shards of all partitions that are led here. The log is behind
 * {@link io.partita.broker.coordinator.CoordinatorLog}; what the records mean is behind {@link io.partita.broker.coordinator.RecordFormat} and
 * {@link io.partita.broker.coordinator.StateMachine}.
 */
package io.partita.broker.coordinator;
