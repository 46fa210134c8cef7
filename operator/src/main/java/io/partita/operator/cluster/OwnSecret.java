package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.partita.crds.Cluster;
import io.partita.crds.Problem;
import io.partita.operator.ObjectWriter;
import java.util.Map;
import java.util.Objects;

/**
 * A Secret of a Cluster, asked for by name when it is looked at: the operator watches none. Whoever changed it since is noticed when it is written, and the next look begins with what is there then.
 *
 * @param cluster whose it is
 * @param present as it was seen, {@code null} when there is none
 */
record OwnSecret(Cluster cluster, String name, Secret present) {

    static OwnSecret of(Cluster cluster, String name, KubernetesClient client) {
        return new OwnSecret(cluster, name, client.secrets().inNamespace(cluster.getMetadata().getNamespace()).withName(name).get());
    }

    /** Why it is left alone, {@code null} when it is the Cluster's, or to be made. */
    Problem problem() {
        return present == null || ObjectWriter.isControlledBy(present, cluster.getMetadata().getUid())
                ? null
                : new Problem("SecretTaken",
                        "There is a Secret '" + name
                                + "' that is not this Cluster's, and it is left alone, so certificates cannot be kept in it: take it away, or"
                                + " name a Secret with a certificate of yours in spec.security.certificateSecret.");
    }

    /** Its entries. */
    Map<String, String> data() {
        return present == null ? Map.of() : Objects.requireNonNullElse(present.getData(), Map.of());
    }

    /** Has it have these entries and no others. Whether it was written. @param type {@code Opaque}, or what Kubernetes knows its form by */
    boolean write(Map<String, String> data, String type, KubernetesClient client) {
        if (present == null) {
            client.resource(new SecretBuilder().withMetadata(ClusterLabels.owned(cluster, name)).withType(type).withData(data).build()).create();
            return true;
        }
        if (data.equals(present.getData())) {
            return false;
        }
        client.resource(new SecretBuilder(present).withData(data).build()).update();
        return true;
    }
}
