package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.partita.broker.env.Clock;
import io.partita.crds.Cluster;
import io.partita.crds.KafkaRules;
import io.partita.crds.PartitionSetObject;
import io.partita.crds.Topic;
import io.partita.crds.User;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Watches the objects of a cluster. The client's informers list, watch, and list again after gaps and 410 Gone; while the API server is away they keep what they
 * have and try again, whatever it was that went wrong. What they do not notice is a connection that is dead without having been closed: see {@link #isSilent}.
 */
final class ObjectCache implements AutoCloseable {

    /** Told of changes, on threads of the client, which must not be blocked. */
    interface Follower {

        /** Clusters, topics, sets or rules changed, or a broker said something new of itself. */
        void changed();

        /** A broker registered or renewed its registration. */
        void seen(Lease lease);
    }

    private final String clusterName;
    private final Clock clock;
    private final List<Watched> watched = new ArrayList<>();
    private final SharedIndexInformer<Cluster> clusters;
    private final SharedIndexInformer<Topic> topics;
    private final SharedIndexInformer<Lease> leases;
    private final SharedIndexInformer<PartitionSetObject> sets;
    private final SharedIndexInformer<KafkaRules> rules;
    /** Null where nobody asks for users. */
    private final SharedIndexInformer<User> users;
    private final SharedIndexInformer<Secret> credentials;

    /** An informer, and when its resource version last changed. */
    private static final class Watched {
        private final SharedIndexInformer<?> informer;
        private String version;
        private long sinceMillis;

        private Watched(SharedIndexInformer<?> informer) {
            this.informer = informer;
        }
    }

    /**
     * Returns when everything was listed.
     *
     * @param withUsers whether it is asked who clients are, or what they may do
     * @param timeout for all lists together
     * @throws KubernetesClientException when they cannot be made
     */
    ObjectCache(KubernetesClient client, String namespace, String clusterName, boolean withUsers, Duration timeout, Clock clock, Follower follower) {
        this.clusterName = clusterName;
        this.clock = clock;
        this.clusters = informer(client.resources(Cluster.class).inNamespace(namespace).withField("metadata.name", clusterName), handler(follower));
        this.leases = informer(client.leases().inNamespace(namespace).withLabel(Registration.CLUSTER_LABEL, clusterName), leaseHandler(follower));
        this.rules = informer(client.resources(KafkaRules.class).inNamespace(namespace).withField("metadata.name", clusterName), handler(follower));
        // Before the topics: what they say is stored must not be missed.
        this.sets = informer(client.resources(PartitionSetObject.class).inNamespace(namespace).withLabel(PartitionSetObject.CLUSTER_LABEL, clusterName),
                handler(follower));
        this.topics = informer(client.resources(Topic.class).inNamespace(namespace), handler(follower));
        this.users = withUsers ? informer(client.resources(User.class).inNamespace(namespace), handler(follower)) : null;
        this.credentials = withUsers
                ? informer(client.secrets().inNamespace(namespace).withField("metadata.name", User.credentialsOf(clusterName)), handler(follower))
                : null;
        try {
            CompletableFuture.allOf(watched.stream().map(it -> it.informer.start().toCompletableFuture()).toArray(CompletableFuture[]::new))
                    .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            close();
            // A connection that was closed is said in exceptions of the HTTP client's own.
            throw e.getCause() instanceof KubernetesClientException refused ? refused : new KubernetesClientException(e.getCause().toString(), e.getCause());
        } catch (TimeoutException e) {
            close();
            throw new KubernetesClientException("no answer within " + timeout.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new KubernetesClientException("interrupted", e);
        }
    }

    private <T extends HasMetadata> SharedIndexInformer<T> informer(Informable<T> kind, ResourceEventHandler<T> handler) {
        SharedIndexInformer<T> informer = kind.runnableInformer(0);
        informer.addEventHandler(handler);
        informer.exceptionHandler((started, failure) -> started);
        watched.add(new Watched(informer));
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
        KafkaRules said = rules.getStore().list().stream().filter(it -> it.getMetadata().getName().equals(clusterName)).findFirst().orElse(null);
        return new SeenObjects(cluster, topics.getStore().list(), leases.getStore().list(), sets.getStore().list(), said,
                users == null ? List.of() : users.getStore().list(), credentials());
    }

    private Secret credentials() {
        String name = User.credentialsOf(clusterName);
        return credentials == null
                ? null
                : credentials.getStore().list().stream().filter(secret -> name.equals(secret.getMetadata().getName())).findFirst().orElse(null);
    }

    /**
     * Whether one of the watches has brought nothing for so long. The API server sends a bookmark about every minute, so several minutes without are a connection that is
     * dead, or a server without bookmarks, where listing anew does no harm. To be called by one thread, now and then.
     */
    boolean isSilent(Duration since) {
        boolean silent = false;
        for (Watched one : watched) {
            String version = one.informer.lastSyncResourceVersion();
            if (version == null || !version.equals(one.version)) {
                one.version = version;
                one.sinceMillis = clock.monotonicMillis();
            }
            silent |= clock.monotonicMillis() - one.sinceMillis >= since.toMillis();
        }
        return silent;
    }

    @Override
    public void close() {
        watched.forEach(one -> one.informer.close());
    }
}
