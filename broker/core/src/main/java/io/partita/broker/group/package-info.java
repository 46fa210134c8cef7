/**
 * The group coordinator: groups and committed offsets.
 *
 * <p>{@link io.partita.broker.group.GroupCoordinator} finds the {@link io.partita.broker.group.GroupShard} of a group: the one that owns the
 * group's partition of {@code __consumer_offsets}. A shard lives on that partition's event loop and is one for groups of all protocols, each of which has a
 * package of its own below this one; what they have in common is a {@link io.partita.broker.group.Group}. What must survive is written to the partition as
 * records and takes effect with that, by the same code that replays the log on load; whoever asked is answered when the log has committed it.
 */
package io.partita.broker.group;
