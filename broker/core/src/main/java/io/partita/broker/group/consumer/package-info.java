/**
 * The consumer protocol (KIP-848): members say in heartbeats what they want to read and what they have; the coordinator assigns, and takes each member
 * from what it has to what it is to have, so that a partition is given to nobody before who had it has let go of it.
 *
 * <p>{@link io.partita.broker.group.consumer.ConsumerGroups} serves the requests. A {@link io.partita.broker.group.consumer.ConsumerGroup} is what its
 * records add up to, and who waits; {@link io.partita.broker.group.consumer.Reconciliation} is a member's next step, a pure function;
 * {@link io.partita.broker.group.consumer.Assignor} who is to have what. Held answers and session timers are lost with the shard.
 */
package io.partita.broker.group.consumer;
