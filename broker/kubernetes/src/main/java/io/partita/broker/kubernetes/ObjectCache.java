package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.partita.crds.Cluster;
import io.partita.crds.Topic;
import java.util.List;
import java.util.UUID;

/**
 * The objects as last seen. The client's informers list, watch, and list again after gaps and 410 Gone; while the API server is away they keep what they
 * have and try again. An object here may be old: what is decided by it is written only if the object is still the same.
 */
final class ObjectCache implements AutoCloseable {

    private final String clusterName;
    private final SharedIndexInformer<Cluster> clusters;
    private final SharedIndexInformer<Topic> topics;
    private final SharedIndexInformer<Lease> leases;

    /** @param changed called after each change, on a thread of the client */
    ObjectCache(KubernetesClient client, String namespace, String clusterName, Runnable changed) {
        this.clusterName = clusterName;
        this.clusters = client.resources(Cluster.class).inNamespace(namespace).withField("metadata.name", clusterName).inform(handler(changed));
        this.topics = client.resources(Topic.class).inNamespace(namespace).inform(handler(changed));
        this.leases = client.leases().inNamespace(namespace).withLabel(Registration.CLUSTER_LABEL, clusterName).inform(handler(changed));
    }

    private static <T extends HasMetadata> ResourceEventHandler<T> handler(Runnable changed) {
        return new ResourceEventHandler<>() {
            @Override
            public void onAdd(T object) {
                changed.run();
            }

            @Override
            public void onUpdate(T before, T after) {
                changed.run();
            }

            @Override
            public void onDelete(T object, boolean lastStateUnknown) {
                changed.run();
            }
        };
    }

    /** The cluster, {@code null} when there is none. */
    Cluster cluster() {
        return clusters.getStore().list().stream().filter(cluster -> cluster.getMetadata().getName().equals(clusterName)).findFirst().orElse(null);
    }

    List<Topic> topics() {
        return topics.getStore().list();
    }

    List<Lease> leases() {
        return leases.getStore().list();
    }

    /** The object of a topic, {@code null} when there is none. */
    Topic topic(UUID id) {
        String uid = id.toString();
        return topics().stream().filter(topic -> uid.equals(topic.getMetadata().getUid())).findFirst().orElse(null);
    }

    @Override
    public void close() {
        clusters.close();
        topics.close();
        leases.close();
    }
}
