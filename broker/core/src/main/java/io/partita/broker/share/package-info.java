/**
 * Share-partitions: what becomes of each record of a partition for a share group, known on the broker that leads it ({@link
 * io.partita.broker.share.SharePartition}). What of it must survive is kept by the share coordinator ({@link io.partita.broker.share.state}).
 */
package io.partita.broker.share;
