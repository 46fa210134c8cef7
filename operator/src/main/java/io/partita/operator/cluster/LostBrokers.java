package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus.BrokerStatus;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Brokers that are away and whose node or volume is known to be gone, so that what they held is not waited for. Only brokers that are not heard of: being wrong costs copies of what they have. Once said of
 * a broker it is said until that is there again, for half a move is worth nothing. Pure.
 *
 * <p>A node that is gone counts for a pod that is still bound to it: it has gone without being drained. A pod that waits for a node, of which the one before is gone, has been evicted, and its
 * volume comes after it, unless that is a disk of that node.
 */
final class LostBrokers {

    private static final String HOST = "kubernetes.io/hostname";

    private LostBrokers() {}

    /** What is asked of Kubernetes where a cache has nothing, each answered {@code null} for none. */
    interface Look {

        /** Whether there is a node of this name. */
        boolean isNode(String name);

        /** A claim of the Cluster's namespace. */
        PersistentVolumeClaim claim(String name);

        /** A volume. */
        PersistentVolume volume(String name);
    }

    /** The brokers, with the reason as the end of a sentence. */
    static Map<Integer, String> of(Cluster cluster, Observed observed, Look look) {
        Map<Integer, String> lost = new TreeMap<>();
        if (observed.statefulSet() == null || observed.signs().isEmpty()) {
            return lost;
        }
        observed.replicas().keySet().forEach(broker -> {
            String reason = observed.isThere(broker) ? null : reason(cluster, broker, observed, look);
            if (reason != null) {
                lost.put(broker, reason);
            }
        });
        return lost;
    }

    private static String reason(Cluster cluster, int broker, Observed observed, Look look) {
        BrokerStatus before = cluster.getStatus() == null
                ? null
                : cluster.getStatus().brokers.stream().filter(status -> status.id() == broker).findFirst().orElse(null);
        if (before != null && before.lost() != null) {
            return before.lost();
        }
        String claimName = ClusterLabels.volume(cluster, broker);
        PersistentVolumeClaim cached = observed.volumes().get(claimName);
        PersistentVolumeClaim claim = cached == null ? look.claim(claimName) : cached;
        if (claim == null) {
            return "its volume claim " + claimName + " is gone";
        }
        String phase = claim.getStatus() == null ? null : claim.getStatus().getPhase();
        if ("Lost".equals(phase)) {
            return "the volume of its claim " + claimName + " is gone";
        }
        Pod pod = observed.pods().get(ClusterLabels.pod(cluster, broker));
        String node = pod == null || pod.getSpec() == null ? null : pod.getSpec().getNodeName();
        if (node != null) {
            return observed.nodes().containsKey(node) || look.isNode(node) ? null : "its node " + node + " is gone";
        }
        String last = before == null ? null : before.node();
        if (last == null || look.isNode(last)) {
            return null;
        }
        String volume = claim.getSpec() == null ? null : claim.getSpec().getVolumeName();
        return volume != null && isOf(last, look.volume(volume)) ? "its volume was a disk of the node " + last + ", which is gone" : null;
    }

    /** Whether a volume can be had on this node alone. */
    private static boolean isOf(String node, PersistentVolume volume) {
        if (volume == null || volume.getSpec().getNodeAffinity() == null || volume.getSpec().getNodeAffinity().getRequired() == null) {
            return false;
        }
        List<NodeSelectorTerm> anyOf = volume.getSpec().getNodeAffinity().getRequired().getNodeSelectorTerms();
        return !anyOf.isEmpty() && anyOf.stream().allMatch(term -> term.getMatchExpressions().stream().anyMatch(rule -> isOf(node, rule)));
    }

    private static boolean isOf(String node, NodeSelectorRequirement rule) {
        return HOST.equals(rule.getKey()) && "In".equals(rule.getOperator()) && List.of(node).equals(rule.getValues());
    }
}
