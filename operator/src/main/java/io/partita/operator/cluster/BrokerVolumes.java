package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.partita.crds.Cluster;
import io.partita.crds.Problem;
import java.util.List;
import java.util.Optional;

/** Volumes of brokers: they grow, and never shrink. */
final class BrokerVolumes {

    private BrokerVolumes() {}

    /** Claims that are smaller than the spec wants. */
    static List<PersistentVolumeClaim> toGrow(Cluster cluster, Observed observed) {
        Quantity wanted = Quantity.parse(cluster.getSpec().storage.size);
        return observed.volumes().values().stream().filter(claim -> size(claim).compareTo(wanted) < 0).toList();
    }

    /** Why the volumes cannot have this size, {@code null} when they can. */
    static Problem problem(Cluster cluster, Observed observed) {
        String size = cluster.getSpec().storage.size;
        Optional<PersistentVolumeClaim> larger = observed.volumes().values().stream().filter(claim -> size(claim).compareTo(Quantity.parse(size)) > 0)
                .findFirst();
        return larger.map(claim -> new Problem("StorageShrink", "Volume " + claim.getMetadata().getName() + " has " + size(claim) + " and cannot shrink to "
                + size + ": set storage.size to at least " + size(claim) + "."))
                .orElse(null);
    }

    static Quantity size(PersistentVolumeClaim claim) {
        return claim.getSpec().getResources().getRequests().get("storage");
    }
}
