/** The share coordinator: the delivery state of share-partitions in {@code __share_group_state}, in Kafka's records. */
package io.partita.broker.share.state;
