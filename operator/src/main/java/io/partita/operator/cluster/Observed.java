package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.partita.broker.security.tls.KeysInForce;
import io.partita.crds.ClusterStatus;
import java.util.Map;

/**
 * What is there of a cluster, as last seen. The desired objects depend on it only where they must.
 *
 * @param statefulSet the brokers' StatefulSet, {@code null} when there is none yet
 * @param services by name
 * @param pods by name
 * @param volumes the brokers' volume claims by name
 * @param nodes nodes of the pods by name
 * @param signs what brokers say of themselves, by number
 * @param replicas replicas of partitions by broker, for brokers that have any
 * @param leaderless of these, replicas of partitions that nobody leads
 * @param stored what is stored of partitions
 * @param lost brokers that are not there and whose records are known not to come back soon, with the reason
 */
record Observed(
        StatefulSet statefulSet,
        Map<String, Service> services,
        Map<String, Pod> pods,
        Map<String, PersistentVolumeClaim> volumes,
        Map<String, NodeSeen> nodes,
        Map<Integer, Sign> signs,
        Map<Integer, Integer> replicas,
        Map<Integer, Integer> leaderless,
        StoredPartitions stored,
        Map<Integer, String> lost) {

    /**
     * A node.
     *
     * @param zone its zone, {@code null} when it does not say
     * @param isReady whether Kubernetes hears of it
     */
    record NodeSeen(String zone, boolean isReady) {}

    /**
     * What a broker says of itself, by its Lease.
     *
     * @param isThere whether a process has it and renews it
     * @param endpoints what it tells clients to connect to, {@code null} when it does not say
     * @param process the run of its process that says so, {@code null} when none does
     * @param level the newest forms of objects that it reads
     * @param isLeaving whether it stops, and is not to be elected
     * @param keys which certificates its listeners show and trust, by their names
     * @param isHindered whether its disks lack space or fail, so that it refuses clients' records
     */
    record Sign(boolean isThere, String endpoints, String process, int level, boolean isLeaving, Map<String, KeysInForce> keys, boolean isHindered) {

        Sign(boolean isThere, String endpoints, String process, int level, boolean isLeaving, Map<String, KeysInForce> keys) {
            this(isThere, endpoints, process, level, isLeaving, keys, false);
        }

        Sign(boolean isThere, String endpoints, String process, int level, boolean isLeaving) {
            this(isThere, endpoints, process, level, isLeaving, Map.of());
        }

        Sign(boolean isThere, String endpoints) {
            this(isThere, endpoints, isThere ? "process" : null, ClusterStatus.LEVEL_SETS, false);
        }
    }

    static Observed nothing() {
        return new Observed(null, Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), StoredPartitions.NONE, Map.of());
    }

    Observed with(StatefulSet newStatefulSet) {
        return new Observed(newStatefulSet, services, pods, volumes, nodes, signs, replicas, leaderless, stored, lost);
    }

    Observed withServices(Map<String, Service> newServices) {
        return new Observed(statefulSet, newServices, pods, volumes, nodes, signs, replicas, leaderless, stored, lost);
    }

    Observed withPods(Map<String, Pod> newPods) {
        return new Observed(statefulSet, services, newPods, volumes, nodes, signs, replicas, leaderless, stored, lost);
    }

    Observed withVolumes(Map<String, PersistentVolumeClaim> newVolumes) {
        return new Observed(statefulSet, services, pods, newVolumes, nodes, signs, replicas, leaderless, stored, lost);
    }

    Observed withNodes(Map<String, NodeSeen> newNodes) {
        return new Observed(statefulSet, services, pods, volumes, newNodes, signs, replicas, leaderless, stored, lost);
    }

    Observed withSigns(Map<Integer, Sign> newSigns) {
        return new Observed(statefulSet, services, pods, volumes, nodes, newSigns, replicas, leaderless, stored, lost);
    }

    Observed withReplicas(Map<Integer, Integer> newReplicas, Map<Integer, Integer> newLeaderless) {
        return new Observed(statefulSet, services, pods, volumes, nodes, signs, newReplicas, newLeaderless, stored, lost);
    }

    Observed withStored(StoredPartitions newStored) {
        return new Observed(statefulSet, services, pods, volumes, nodes, signs, replicas, leaderless, newStored, lost);
    }

    Observed withLost(Map<Integer, String> newLost) {
        return new Observed(statefulSet, services, pods, volumes, nodes, signs, replicas, leaderless, stored, newLost);
    }

    /** Whether a broker that is there refuses clients' records for want of space, or because a disk fails. */
    boolean isHindered(int broker) {
        return isThere(broker) && signs.containsKey(broker) && signs.get(broker).isHindered();
    }

    int replicasOn(int broker) {
        return replicas.getOrDefault(broker, 0);
    }

    /** Whether a broker says that it is there. */
    boolean isThere(int broker) {
        return signs.containsKey(broker) && signs.get(broker).isThere();
    }

    /** The node of a pod, {@code null} when it has none, or one that is not known. */
    NodeSeen nodeOf(Pod pod) {
        String name = pod == null || pod.getSpec() == null ? null : pod.getSpec().getNodeName();
        return name == null ? null : nodes.get(name);
    }
}
