/**
 * The classic protocol: JoinGroup, SyncGroup, Heartbeat, LeaveGroup. Members assign partitions among themselves, one of them for all; the coordinator
 * takes them from one generation to the next ({@link io.partita.broker.group.classic.ClassicGroups} puts the parts together).
 *
 * <p>A group's last complete generation is what its log has. Who is joining, held answers and session timers live in {@link
 * io.partita.broker.group.classic.ClassicGroup} and are lost with the shard.
 */
package io.partita.broker.group.classic;
