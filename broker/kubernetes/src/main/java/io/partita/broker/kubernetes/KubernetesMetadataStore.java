package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.partita.broker.log.LogIncarnation;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ConfigAlteration;
import io.partita.broker.metadata.ImageListener;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.NewPartitions;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicSelector;
import io.partita.crds.Cluster;
import io.partita.crds.PartitionStatus.Leader;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metadata of a cluster on Kubernetes: Cluster and Topic objects are all there is. A command of a Kafka client becomes a write of objects, and is answered
 * once the watch has brought it back and this broker has applied it; what {@code kubectl} writes comes the same way.
 *
 * <p>{@link ImageFollower} makes images of what {@link ObjectCache} sees, {@link ObjectCommands} writes, {@link Leaderships} takes and gives up partitions,
 * {@link Membership} says that this broker is there. While the API server is away images stand still and commands fail; a start then goes by what {@link ObjectFile}
 * remembers.
 */
public final class KubernetesMetadataStore implements MetadataStore {

    private static final Logger LOG = LoggerFactory.getLogger(KubernetesMetadataStore.class);

    /** While the API server is away at the start, the next attempt. */
    private static final Duration RETRY = Duration.ofSeconds(1);
    /** What is remembered is at most so old. */
    private static final Duration REMEMBER = Duration.ofSeconds(1);
    /** A first list of all objects. */
    private static final Duration LIST = Duration.ofSeconds(30);
    /** A stop waits so long for its leaderships to be given up. */
    private static final Duration RESIGN = Duration.ofSeconds(10);

    private final KubernetesClient client;
    private final String namespace;
    private final String clusterName;
    private final Context context;
    private final Duration commandTimeout;
    private final ObjectWrites writes;
    private final ObjectFile file;
    private final Membership membership;

    private final ScheduledExecutorService background =
            Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("metadata-background").factory());
    private final AtomicReference<SeenObjects> toRemember = new AtomicReference<>();

    private volatile BrokerImage self;
    private volatile Leader leader;
    private volatile Leaderships leaderships;
    private volatile ObjectCache cache;
    private volatile ImageFollower follower;
    private volatile ObjectCommands commands;
    private volatile boolean closed;

    private KubernetesMetadataStore(KubernetesClient client, String namespace, String clusterName, Context context, Duration commandTimeout) {
        this.client = client;
        this.namespace = namespace;
        this.clusterName = clusterName;
        this.context = context;
        this.commandTimeout = commandTimeout;
        this.writes = new ObjectWrites(client, namespace, clusterName);
        this.file = new ObjectFile(context.disk(), context.directory());
        this.membership = new Membership(writes, context.clock(), this::lookAgain);
    }

    /**
     * Opens stores of a cluster.
     *
     * @param client with timeouts on every request; stays open when the store is closed
     * @param commandTimeout after which a command is answered that its outcome is not known
     */
    public static Factory of(KubernetesClient client, String namespace, String clusterName, Duration commandTimeout) {
        return context -> new KubernetesMetadataStore(client, namespace, clusterName, context, commandTimeout);
    }

    /** Bounds every call of a client: it fails within seconds, and a connection of which nothing is heard is noticed as soon. The store tries again by itself. */
    public static void bound(Config config) {
        config.setConnectionTimeout(3_000);
        config.setRequestTimeout(10_000);
        config.setRequestRetryBackoffLimit(1);
        config.setRequestRetryBackoffInterval(100);
        config.setWebsocketPingInterval(5_000L);
        config.setWatchReconnectInterval(500);
    }

    /**
     * How long ago the API server last took the registration of this broker, which is tried every few seconds; empty when it never did. What is served is at least so old.
     */
    public Optional<Duration> unreached() {
        long millis = membership.unreachedMillis();
        return millis > Long.MAX_VALUE / 4 ? Optional.empty() : Optional.of(Duration.ofMillis(millis));
    }

    @Override
    public ClusterImage image() {
        return follower == null ? ClusterImage.empty(context.clusterId()) : follower.image();
    }

    // ---- the way into the cluster

    @Override
    public CompletionStage<Void> start(BrokerImage broker, ImageListener listener) {
        self = broker;
        CompletableFuture<Void> done = new CompletableFuture<>();
        background.execute(() -> {
            try {
                begin(listener);
                follower.first().whenComplete((nothing, failure) -> {
                    if (failure != null) {
                        done.completeExceptionally(failure);
                    } else {
                        done.complete(null);
                    }
                });
            } catch (RuntimeException | IOException failed) {
                done.completeExceptionally(failed);
            }
        });
        return done;
    }

    private void begin(ImageListener listener) throws IOException {
        try {
            Cluster cluster = checked(writes.cluster());
            beProcess(LogIncarnation.newName(context.entropy()), listener);
            join(cluster);
        } catch (KubernetesClientException away) {
            SeenObjects remembered = file.read(context.clusterId());
            if (remembered == null) {
                throw new IllegalStateException("The API server of Kubernetes does not let this broker join cluster '" + clusterName + "' of namespace " + namespace
                        + " (" + ObjectWrites.reason(away) + "), and nothing is known of the cluster from before: start again when it does.", away);
            }
            LOG.warn("The API server of Kubernetes does not answer ({}): serving what was known of cluster '{}' until it does.", ObjectWrites.reason(away), clusterName);
            if (leader == null) {
                beProcess(processWithoutApi(remembered), listener);
            }
            follower.follow(new Remembered(remembered), false);
            background.schedule(this::joinLater, RETRY.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** @throws IllegalStateException when it is not the cluster that this broker's data is of */
    private Cluster checked(Cluster cluster) {
        if (cluster == null) {
            throw new IllegalStateException("There is no Cluster '" + clusterName + "' in namespace " + namespace + ": create it, or start the broker of another.");
        }
        if (!cluster.getMetadata().getUid().equals(context.clusterId())) {
            throw new IllegalStateException("The data directory " + context.directory() + " belongs to cluster " + context.clusterId() + ", but Cluster '" + clusterName
                    + "' of namespace " + namespace + " is " + cluster.getMetadata().getUid() + ": use the right directory, or an empty one.");
        }
        return cluster;
    }

    private void beProcess(String process, ImageListener listener) throws IOException {
        context.incarnation().begin(process);
        leader = new Leader(self.id(), process);
        leaderships = new Leaderships(writes, context.incarnation(), context.config(), leader, this::lookAgain);
        follower = new ImageFollower(context.clusterId(), objects -> ObjectImages.image(objects, membership::isThere, leader, self), listener);
        commands = new ObjectCommands(writes, context, commandTimeout, follower, id -> cache == null ? null : cache.objects().topic(id));
    }

    /**
     * While the API server is away no epoch can be had, so this process leads nothing; but where the one before it died on the same boot of this machine, and has nobody
     * beside it who might have been elected since, it goes on in its place: nothing is different from a pause of that process.
     */
    private String processWithoutApi(SeenObjects remembered) {
        String former = context.incarnation().formerProcess();
        Leader formerLeader = former == null ? null : new Leader(self.id(), former);
        boolean alone = former != null && remembered.topics().stream()
                .flatMap(topic -> topic.getStatus().partitions.stream())
                .filter(partition -> formerLeader.equals(partition.leader()))
                .allMatch(partition -> partition.replicas().size() == 1);
        return alone ? former : LogIncarnation.newName(context.entropy());
    }

    private void joinLater() {
        if (closed) {
            return;
        }
        try {
            join(checked(writes.cluster()));
            LOG.info("The API server of Kubernetes is back: cluster '{}' is joined.", clusterName);
        } catch (KubernetesClientException away) {
            LOG.debug("The API server of Kubernetes is still away: {}", ObjectWrites.reason(away));
            background.schedule(this::joinLater, RETRY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (IllegalStateException other) {
            LOG.error("This broker goes on with what it knows: {}", other.getMessage());
        }
    }

    private void join(Cluster cluster) {
        membership.join(cluster, self, leader.process());
        ObjectCache listed = new ObjectCache(client, namespace, clusterName, LIST, new ObjectCache.Follower() {
            @Override
            public void changed() {
                lookAgain();
            }

            @Override
            public void seen(Lease lease) {
                membership.seen(lease);
            }
        });
        cache = listed;
        follower.follow(new Watched(listed), true);
    }

    private void lookAgain() {
        ImageFollower current = follower;
        if (current != null) {
            current.changed();
        }
    }

    /** What the API server says. */
    private final class Watched implements ImageFollower.View {

        private final ObjectCache objects;

        private Watched(ObjectCache objects) {
            this.objects = objects;
        }

        @Override
        public SeenObjects objects() {
            return objects.objects();
        }

        @Override
        public void looked(SeenObjects seen) {
            leaderships.consider(seen);
        }

        @Override
        public void applied(SeenObjects seen) {
            if (toRemember.getAndSet(seen) == null) {
                background.schedule(KubernetesMetadataStore.this::remember, REMEMBER.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
    }

    /** What was known before this start. */
    private record Remembered(SeenObjects objects) implements ImageFollower.View {

        @Override
        public void looked(SeenObjects seen) {
            // Nobody can be elected while the API server is away.
        }

        @Override
        public void applied(SeenObjects seen) {
            // It is in the file already.
        }
    }

    private void remember() {
        SeenObjects seen = toRemember.getAndSet(null);
        if (seen != null) {
            file.write(seen);
        }
    }

    // ---- commands

    @Override
    public CompletionStage<List<Result<TopicImage>>> createTopics(List<NewTopic> topics, boolean validateOnly) {
        return commands.createTopics(topics, validateOnly);
    }

    @Override
    public CompletionStage<List<Result<TopicImage>>> deleteTopics(List<TopicSelector> topics) {
        return commands.deleteTopics(topics);
    }

    @Override
    public CompletionStage<List<Result<TopicImage>>> createPartitions(List<NewPartitions> additions, boolean validateOnly) {
        return commands.createPartitions(additions, validateOnly);
    }

    @Override
    public CompletionStage<List<Result<Void>>> alterConfigs(List<ConfigAlteration> alterations, boolean validateOnly) {
        return commands.alterConfigs(alterations, validateOnly);
    }

    // ---- the way out

    @Override
    public CompletionStage<Void> close() {
        closed = true;
        CompletionStage<Void> drained = commands == null ? CompletableFuture.completedStage(null) : commands.close();
        return drained.thenRunAsync(this::end, task -> Thread.ofVirtual().name("metadata-close").start(task));
    }

    private void end() {
        background.shutdownNow();
        ImageFollower following = follower;
        if (following != null) {
            following.close(new IllegalStateException("the metadata store is closed, because the broker is stopping"));
        }
        if (cache != null) {
            leave(cache.objects());
            cache.close();
        }
        membership.close();
    }

    /** Gives up leaderships and registration, as far as the API server takes it in time. */
    private void leave(SeenObjects seen) {
        boolean resigned = leaderships.resign(seen).completeOnTimeout(false, RESIGN.toMillis(), TimeUnit.MILLISECONDS).join();
        membership.leave();
        if (resigned) {
            try {
                // What was given up must not be gone on with.
                context.incarnation().begin("");
            } catch (IOException e) {
                LOG.warn("The end of this process could not be noted in {}: {}.", context.directory(), e.toString());
            }
        }
    }
}
