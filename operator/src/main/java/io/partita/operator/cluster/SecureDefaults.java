package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.Authentication;
import io.partita.crds.ClusterSpec.ListenerSpec;
import io.partita.crds.ClusterSpec.SecuritySpec;
import java.util.ArrayList;
import java.util.List;

/**
 * What a Cluster is that says nothing of listeners: for Users alone, and, where it says nothing of security either, encrypted between brokers, too. One that was made before that was so, and runs, stays open: what runs tells, so that nothing has to be
 * written into it. Pure functions.
 */
final class SecureDefaults {

    /** The listener that was the default before. */
    private static final String OPEN = "plain";
    private static final String SECURE = "secure";
    private static final int PORT = 9093;
    private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

    private SecureDefaults() {}

    /** The Cluster with what it does not say, the same object where it says all. */
    static Cluster of(Cluster cluster, StatefulSet present) {
        if (cluster.getSpec().hasNamedListeners() || isOpen(cluster, present)) {
            return cluster;
        }
        Cluster secured = SERIALIZATION.clone(cluster);
        ListenerSpec listener = new ListenerSpec();
        listener.name = SECURE;
        listener.port = PORT;
        listener.tls = true;
        listener.authentication = Authentication.ScramOrServiceAccount.name();
        secured.getSpec().listeners = new ArrayList<>(List.of(listener));
        if (secured.getSpec().security == null) {
            secured.getSpec().security = new SecuritySpec();
            secured.getSpec().security.encryptReplication = true;
        }
        return secured;
    }

    /** Whether it runs with the default of before; without brokers what was last told of it counts. */
    private static boolean isOpen(Cluster cluster, StatefulSet present) {
        return present != null
                ? present.getSpec().getTemplate().getSpec().getContainers().stream().flatMap(container -> container.getPorts().stream())
                        .anyMatch(port -> OPEN.equals(port.getName()))
                : cluster.getStatus() != null && cluster.getStatus().listeners.stream().anyMatch(listener -> OPEN.equals(listener.name()));
    }
}
