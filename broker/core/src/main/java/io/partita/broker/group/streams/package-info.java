/**
 * Groups of the Streams protocol (KIP-1071): members of an application say what they read, the coordinator makes the topics in between and says who works on
 * which task.
 *
 * <p>{@link io.partita.broker.group.streams.StreamsGroups} serves the requests, {@link io.partita.broker.group.streams.StreamsGroup} is what the records add
 * up to. What is decided is decided by pure functions: {@code TopologyResolver} what topics there must be, {@code TaskAssignor} who is to have what in the
 * end, {@code WarmUps} what until then, {@code TaskReconciliation} a member's next step.
 */
package io.partita.broker.group.streams;
