/**
 * Share groups (KIP-932): members that take records of the same partitions side by side. Here is who is a member, what partitions it takes records of, and
 * where the group begins in each; what becomes of each record is known where its partition is led ({@link io.partita.broker.share}).
 */
package io.partita.broker.group.share;
