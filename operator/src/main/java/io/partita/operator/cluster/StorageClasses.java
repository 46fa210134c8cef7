package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.partita.crds.Cluster;
import io.partita.crds.Problem;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Why volumes are not made: of a storage class that is not there nobody says so but an event of the claim. */
final class StorageClasses {

    private static final List<String> DEFAULT = List.of("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class");

    private StorageClasses() {}

    /** Why claims of brokers wait, {@code null} when none does, or for another reason. Asks the API server only where one waits. */
    static Problem problem(KubernetesClient client, Cluster cluster, Observed observed) {
        boolean isWaiting = observed.volumes().values().stream().anyMatch(StorageClasses::isPending);
        return isWaiting ? problem(cluster.getSpec().storage.storageClass, client.storage().v1().storageClasses().list().getItems()) : null;
    }

    private static boolean isPending(PersistentVolumeClaim claim) {
        return claim.getStatus() != null && "Pending".equals(claim.getStatus().getPhase());
    }

    static Problem problem(String wanted, List<StorageClass> present) {
        List<String> names = present.stream().map(it -> it.getMetadata().getName()).sorted().toList();
        if (wanted != null) {
            return names.contains(wanted)
                    ? null
                    : new Problem("NoStorageClass", "spec.storage.storageClass: there is no StorageClass '" + wanted + "', only " + names
                            + ". Create it, or delete this Cluster and make it again with another.");
        }
        boolean hasDefault = present.stream()
                .map(it -> Objects.requireNonNullElse(it.getMetadata().getAnnotations(), Map.<String, String>of()))
                .anyMatch(annotations -> DEFAULT.stream().anyMatch(key -> "true".equals(annotations.get(key))));
        return hasDefault
                ? null
                : new Problem("NoStorageClass", "spec.storage.storageClass names none and no StorageClass is the default one, of " + names
                        + ". Make one the default, or delete this Cluster and make it again with spec.storage.storageClass.");
    }
}
