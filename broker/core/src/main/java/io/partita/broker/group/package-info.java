/**
 * The group coordinator: classic consumer groups and committed offsets.
 *
 * <p>{@link io.partita.broker.group.GroupCoordinator} finds the {@link io.partita.broker.group.GroupShard} of a group: the one that owns the
 * group's partition of {@code __consumer_offsets}. A shard lives on that partition's event loop. What must survive (a group's last complete
 * generation, committed offsets) is written to the partition as records and takes effect with that, by the same code that replays the log on load; whoever
 * asked is answered when the log has committed it. What need not (who is joining, held answers, session timers) lives in {@link io.partita.broker.group.ClassicGroup}.
 */
package io.partita.broker.group;
