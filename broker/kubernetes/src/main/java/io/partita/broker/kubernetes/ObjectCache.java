package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.partita.crds.Cluster;
import io.partita.crds.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Watches the objects of a cluster. The client's informers list, watch, and list again after gaps and 410 Gone; while the API server is away they keep what they
 * have and try again, whatever it was that went wrong.
 */
final class ObjectCache implements AutoCloseable {

    /** Told of changes, on threads of the client, which must not be blocked. */
    interface Follower {

        /** Clusters or topics changed, or a broker said something new of itself. */
        void changed();

        /** A broker registered or renewed its registration. */
        void seen(Lease lease);
    }

    private final String clusterName;
    private final List<SharedIndexInformer<?>> informers = new ArrayList<>();
    private final SharedIndexInformer<Cluster> clusters;
    private final SharedIndexInformer<Topic> topics;
    private final SharedIndexInformer<Lease> leases;

    /**
     * Returns when everything was listed.
     *
     * @throws KubernetesClientException when it cannot be
     */
    ObjectCache(KubernetesClient client, String namespace, String clusterName, Duration timeout, Follower follower) {
        this.clusterName = clusterName;
        try {
            this.clusters = start(client.resources(Cluster.class).inNamespace(namespace).withField("metadata.name", clusterName), handler(follower), timeout);
            this.leases = start(client.leases().inNamespace(namespace).withLabel(Registration.CLUSTER_LABEL, clusterName), leaseHandler(follower), timeout);
            this.topics = start(client.resources(Topic.class).inNamespace(namespace), handler(follower), timeout);
        } catch (KubernetesClientException e) {
            close();
            throw e;
        }
    }

    private <T extends HasMetadata> SharedIndexInformer<T> start(Informable<T> kind, ResourceEventHandler<T> handler, Duration timeout) {
        SharedIndexInformer<T> informer = kind.runnableInformer(0);
        informers.add(informer);
        informer.addEventHandler(handler);
        informer.exceptionHandler((started, failure) -> started);
        try {
            informer.start().toCompletableFuture().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw KubernetesClientException.launderThrowable(e.getCause());
        } catch (TimeoutException e) {
            throw new KubernetesClientException("no list of " + informer.getApiTypeClass().getSimpleName() + " objects within " + timeout.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KubernetesClientException("interrupted", e);
        }
        return informer;
    }

    private static <T extends HasMetadata> ResourceEventHandler<T> handler(Follower follower) {
        return new ResourceEventHandler<>() {
            @Override
            public void onAdd(T object) {
                follower.changed();
            }

            @Override
            public void onUpdate(T before, T after) {
                follower.changed();
            }

            @Override
            public void onDelete(T object, boolean lastStateUnknown) {
                follower.changed();
            }
        };
    }

    /** A renewal says nothing new, and there are many. */
    private static ResourceEventHandler<Lease> leaseHandler(Follower follower) {
        return new ResourceEventHandler<>() {
            @Override
            public void onAdd(Lease lease) {
                follower.seen(lease);
                follower.changed();
            }

            @Override
            public void onUpdate(Lease before, Lease after) {
                follower.seen(after);
                if (!Registration.saysTheSame(before, after)) {
                    follower.changed();
                }
            }

            @Override
            public void onDelete(Lease lease, boolean lastStateUnknown) {
                follower.changed();
            }
        };
    }

    SeenObjects objects() {
        Cluster cluster = clusters.getStore().list().stream().filter(it -> it.getMetadata().getName().equals(clusterName)).findFirst().orElse(null);
        return new SeenObjects(cluster, topics.getStore().list(), leases.getStore().list());
    }

    @Override
    public void close() {
        informers.forEach(SharedIndexInformer::close);
    }
}
