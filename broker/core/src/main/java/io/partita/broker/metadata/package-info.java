/**
 * What everyone in the cluster has to agree on: which topics there are, on which brokers their partitions live, who leads them, and which
 * settings were changed. {@link io.partita.broker.metadata.ClusterImage} is an immutable snapshot of it that every thread may read;
 * {@link io.partita.broker.metadata.MetadataStore} is where it is kept and changed. The store of a standalone or embedded broker is a file
 * ({@link io.partita.broker.metadata.FileMetadataStore}); on Kubernetes custom resources take its place behind the same interface. What may be
 * changed and how ({@link io.partita.broker.metadata.TopicRules}) is the same for both.
 */
package io.partita.broker.metadata;
