package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.Map;

/**
 * What is there of a cluster, as last seen. The desired objects depend on it only where they must.
 *
 * @param statefulSet the brokers' StatefulSet, {@code null} when there is none yet
 * @param services by name
 * @param pods by name
 * @param volumes the brokers' volume claims by name
 * @param zones zones of nodes by the node's name
 * @param replicas replicas of partitions by broker, for brokers that have any
 */
record Observed(
        StatefulSet statefulSet,
        Map<String, Service> services,
        Map<String, Pod> pods,
        Map<String, PersistentVolumeClaim> volumes,
        Map<String, String> zones,
        Map<Integer, Integer> replicas) {

    static Observed nothing() {
        return new Observed(null, Map.of(), Map.of(), Map.of(), Map.of(), Map.of());
    }

    int replicasOn(int broker) {
        return replicas.getOrDefault(broker, 0);
    }
}
