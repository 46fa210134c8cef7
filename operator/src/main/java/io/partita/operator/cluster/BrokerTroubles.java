package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import io.partita.crds.Cluster;
import io.partita.operator.cluster.Observed.NodeSeen;

/** Why brokers do not serve, as ends of a sentence that begins with the broker. */
final class BrokerTroubles {

    private BrokerTroubles() {}

    /** Why a broker does not serve, {@code null} when it does. */
    static String of(Cluster cluster, int broker, Observed observed) {
        String away = away(cluster, broker, observed);
        if (away != null) {
            return away;
        }
        Pod pod = observed.pods().get(ClusterLabels.pod(cluster, broker));
        if (ClusterStatuses.isReady(pod)) {
            return null;
        }
        NodeSeen node = observed.nodeOf(pod);
        boolean isOutOfSight = node != null && !node.isReady() && pod.getMetadata().getDeletionTimestamp() == null;
        return isOutOfSight
                ? "is there by its own word, but Kubernetes has not heard of its node " + pod.getSpec().getNodeName() + " and counts it as not ready"
                : PodTroubles.of(pod);
    }

    /** Why a broker is not there for clients, {@code null} when it is, though it may not be ready. Its own word counts: Kubernetes learns of a lost node much later. */
    static String away(Cluster cluster, int broker, Observed observed) {
        if (observed.isThere(broker)) {
            return null;
        }
        Pod pod = observed.pods().get(ClusterLabels.pod(cluster, broker));
        String lost = observed.lost().get(broker);
        if (lost != null) {
            return "is away: " + lost
                    + ", so what it held gets places on other brokers at once. Should its pod wait for a volume on a node that is gone, kubectl delete pvc/"
                    + ClusterLabels.volume(cluster, broker) + " pod/" + ClusterLabels.pod(cluster, broker) + " has it begin anew";
        }
        NodeSeen node = observed.nodeOf(pod);
        if (node != null && !node.isReady()) {
            return "is away: its node " + pod.getSpec().getNodeName() + " is not ready";
        }
        if (!ClusterStatuses.isReady(pod)) {
            return PodTroubles.of(pod);
        }
        return observed.signs().containsKey(broker)
                ? "is away: it has not renewed its registration (Lease " + ClusterLabels.pod(cluster, broker) + "), so its node or process may be cut off"
                : "has not registered itself yet (Lease " + ClusterLabels.pod(cluster, broker) + ")";
    }

    /** The first of these brokers that does not serve, and why; empty when all do. */
    static String first(Cluster cluster, int brokers, Observed observed) {
        for (int broker = 0; broker < brokers; broker++) {
            String trouble = of(cluster, broker, observed);
            if (trouble != null) {
                return "Broker " + broker + " (" + ClusterLabels.pod(cluster, broker) + ") " + trouble + (trouble.endsWith(".") ? "" : ".");
            }
        }
        return "";
    }
}
