/**
 * The metadata of a cluster on Kubernetes: {@link io.partita.broker.kubernetes.KubernetesMetadataStore} reads them from {@code Cluster} and
 * {@code Topic} objects and writes what Kafka clients ask for back into them. Above the core's {@code metadata}, below nothing.
 */
package io.partita.broker.kubernetes;
