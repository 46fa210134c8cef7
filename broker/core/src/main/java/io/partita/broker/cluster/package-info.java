/**
 * The metadata of several brokers in objects that they share. {@link io.partita.broker.cluster.ObjectStore} is the little that is asked of whoever keeps the objects (etcd, or memory for
 * brokers of one process); {@link io.partita.broker.cluster.ObjectMetadataStore} is what a broker makes of them: images, elections, answers to commands. There is no controller beside the
 * brokers, and none among them: each sees the objects and does its part by the rules of {@code control}.
 */
package io.partita.broker.cluster;
