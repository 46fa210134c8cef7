package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.partita.crds.Cluster;
import io.partita.crds.Problem;
import java.util.List;
import java.util.Map;

/** Volumes of brokers: they grow, and never shrink. */
final class BrokerVolumes {

    private static final String KEPT_VOLUMES = "VolumesOfAnotherCluster";

    private BrokerVolumes() {}

    /** Claims that are smaller than the spec wants. */
    static List<PersistentVolumeClaim> toGrow(Cluster cluster, Observed observed) {
        Quantity wanted = Quantity.parse(cluster.getSpec().storage.size);
        return observed.volumes().values().stream().filter(claim -> size(claim).compareTo(wanted) < 0).toList();
    }

    /**
     * Why the volumes cannot have this size, {@code null} when they can. That changes nothing else: the volumes stay as they are. Somebody may have made one larger by hand;
     * that is no reason to say anything while others have the size.
     */
    static Problem problem(Cluster cluster, Observed observed) {
        Quantity wanted = Quantity.parse(cluster.getSpec().storage.size);
        Quantity smallest = observed.volumes().values().stream().map(BrokerVolumes::size).min(Quantity::compareTo).orElse(wanted);
        return smallest.compareTo(wanted) <= 0
                ? null
                : new Problem("StorageShrink",
                        "spec.storage.size is " + wanted + ", but volumes have at least " + smallest + " and cannot shrink: set it to " + smallest
                                + ".");
    }

    /** Labels of the claims. They outlive the cluster with {@code onDelete: Keep}, and then tell whose data they hold. */
    static Map<String, String> labels(Cluster cluster) {
        Map<String, String> labels = ClusterLabels.of(cluster);
        labels.put(ClusterLabels.CLUSTER_ID, cluster.id());
        return labels;
    }

    /** Claims of running brokers that do not say yet whose data they hold: those of an older release. */
    static List<PersistentVolumeClaim> toLabel(Observed observed) {
        return observed.statefulSet() == null ? List.of() : observed.volumes().values().stream().filter(claim -> id(claim) == null).toList();
    }

    /**
     * Why brokers cannot have the claims that are there, {@code null} when they can: a broker refuses data of another cluster, again and again. Only a person can say
     * whether they are to be taken over.
     */
    static Problem ofAnotherCluster(Cluster cluster, int brokers, Observed observed) {
        for (int broker = 0; broker < brokers; broker++) {
            PersistentVolumeClaim claim = observed.volumes().get(ClusterLabels.volume(cluster, broker));
            boolean isTrusted = claim == null || cluster.id().equals(id(claim))
                    || id(claim) == null && (observed.statefulSet() != null || cluster.getSpec().clusterId != null);
            if (isTrusted) {
                continue;
            }
            String name = claim.getMetadata().getName();
            if (claim.getMetadata().getDeletionTimestamp() != null) {
                return new Problem(KEPT_VOLUMES, "Volume claim " + name + " of a Cluster before this one is being deleted: it is waited for.");
            }
            String id = id(claim);
            return new Problem(KEPT_VOLUMES, "Volume claim " + name + " holds data of another Cluster, which was deleted"
                    + (id == null ? "" : " and had the id " + id) + ". To take it over with its records set spec.clusterId to "
                    + (id == null ? "the cluster.id in the meta.properties on it" : id) + "; to begin without them delete the claims: kubectl delete pvc -l "
                    + ClusterLabels.CLUSTER + "=" + ClusterLabels.name(cluster));
        }
        return null;
    }

    private static String id(PersistentVolumeClaim claim) {
        return claim.getMetadata().getLabels() == null ? null : claim.getMetadata().getLabels().get(ClusterLabels.CLUSTER_ID);
    }

    static Quantity size(PersistentVolumeClaim claim) {
        return claim.getSpec().getResources().getRequests().get("storage");
    }
}
