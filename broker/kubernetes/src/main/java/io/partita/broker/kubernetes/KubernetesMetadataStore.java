package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.partita.broker.log.LogIncarnation;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ConfigAlteration;
import io.partita.broker.metadata.ImageChange.Basis;
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
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metadata of a cluster on Kubernetes: Cluster and Topic objects are all there is. A command of a Kafka client becomes a write of objects, and is answered
 * once the watch has brought it back and this broker has applied it; what {@code kubectl} writes comes the same way.
 *
 * <p>{@link ImageFollower} makes images of what {@link ObjectCache} sees, {@link ObjectCommands} writes, {@link Leaderships} takes and gives up partitions,
 * {@link Membership} says that this broker is there. While the API server is away images stand still and commands fail; a start then goes by what {@link ObjectMemory}
 * remembers.
 */
public final class KubernetesMetadataStore implements MetadataStore {

    private static final Logger LOG = LoggerFactory.getLogger(KubernetesMetadataStore.class);

    /** While the API server is away at the start, the next attempt. */
    private static final Duration RETRY = Duration.ofSeconds(1);
    /** The first lists of all objects. A start that has to wait longer goes by what is remembered. */
    private static final Duration LIST = Duration.ofSeconds(10);
    /** A watch that has brought nothing for so long, not even a bookmark, is made anew; and how often that is looked at. */
    private static final Duration SILENCE = Duration.ofMinutes(3);
    private static final Duration SILENCE_CHECK = Duration.ofSeconds(30);
    /** Logs of topics that are gone stay so long: whoever deletes Cluster and Topics together means to keep them, or decides by storage.onDelete. */
    private static final Duration SWEEP = Duration.ofSeconds(10);
    /** A stop waits so long for leaderships and registration to be given up: its logs are still to be closed, and there may be ten seconds in all. */
    private static final Duration GOODBYE = Duration.ofSeconds(4);
    /** An API server that was not heard of for so long is not said goodbye to. */
    private static final Duration UNHEARD = Membership.SILENCE;

    private final KubernetesClient client;
    private final String namespace;
    private final String clusterName;
    private final Context context;
    private final Duration commandTimeout;
    private final ObjectWrites writes;
    private final ObjectMemory memory;
    private final Membership membership;

    private final ScheduledExecutorService background = Executors
            .newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("metadata-background").factory());

    private volatile BrokerImage self;
    private volatile String processName;
    private volatile Leaderships leaderships;
    private volatile ObjectCache cache;
    private volatile ImageFollower follower;
    private volatile ObjectCommands commands;
    /** Why joining was refused last, so that it is said once. On the background thread. */
    private String refusal;

    private KubernetesMetadataStore(KubernetesClient client, String namespace, String clusterName, Context context, Duration commandTimeout) {
        this.client = client;
        this.namespace = namespace;
        this.clusterName = clusterName;
        this.context = context;
        this.commandTimeout = commandTimeout;
        this.writes = new ObjectWrites(client, namespace, clusterName);
        this.memory = new ObjectMemory(context, this::inBackground);
        this.membership = new Membership(writes, context.clock(), new Membership.Listener() {
            @Override
            public void changed() {
                lookAgain();
            }

            @Override
            public void silent() {
                inBackground(KubernetesMetadataStore.this::watchAnew, Duration.ZERO);
            }
        });
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
        String process = LogIncarnation.newName(context.entropy());
        ObjectCache listed = null;
        try {
            listed = listed();
            membership.join(checked(listed.objects().cluster()), self, process);
        } catch (KubernetesClientException away) {
            if (listed != null) {
                listed.close();
            }
            beginWithout(away, listener);
            return;
        } catch (RuntimeException refused) {
            if (listed != null) {
                listed.close();
            }
            throw refused;
        }
        beProcess(process, listener);
        watch(listed);
    }

    private void beginWithout(KubernetesClientException away, ImageListener listener) throws IOException {
        SeenObjects remembered = memory.read();
        if (remembered == null) {
            throw new IllegalStateException("The API server of Kubernetes does not let this broker join cluster '" + clusterName + "' of namespace " + namespace
                    + " (" + ObjectWrites.reason(away) + "), and nothing is known of the cluster from before: start again when it does.", away);
        }
        LOG.warn("The API server of Kubernetes does not answer ({}): serving what was known of cluster '{}' until it does.", ObjectWrites.reason(away),
                clusterName);
        beProcess(processWithoutApi(remembered), listener);
        follower.follow(new Remembered(remembered));
        inBackground(this::joinLater, RETRY);
    }

    private ObjectCache listed() {
        return new ObjectCache(client, namespace, clusterName, LIST, context.clock(), new ObjectCache.Follower() {
            @Override
            public void changed() {
                lookAgain();
            }

            @Override
            public void seen(Lease lease) {
                membership.seen(lease);
            }
        });
    }

    /** @throws IllegalStateException when it is not the cluster that this broker's data is of */
    private Cluster checked(Cluster cluster) {
        if (cluster == null) {
            throw new IllegalStateException(
                    "There is no Cluster '" + clusterName + "' in namespace " + namespace + ": create it, or start the broker of another.");
        }
        if (!cluster.id().equals(context.clusterId())) {
            throw new IllegalStateException(
                    "The data directory " + context.directory() + " belongs to cluster " + context.clusterId() + ", but Cluster '" + clusterName
                            + "' of namespace " + namespace + " is " + cluster.id() + ": use the right directory, or an empty one.");
        }
        return cluster;
    }

    private void beProcess(String process, ImageListener listener) throws IOException {
        context.incarnation().begin(process);
        Leader leader = new Leader(self.id(), process);
        leaderships = new Leaderships(writes, context, leader, () -> !membership.isStandingBack(), this::lookAgain);
        follower = new ImageFollower(context.clusterId(),
                (objects, last) -> ObjectImages.look(objects, membership::isThere, leader, membership.isStandingBack(), self, last), listener);
        commands = new ObjectCommands(writes, context, commandTimeout, follower, () -> cache == null ? null : cache.objects());
        processName = process;
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
        ObjectCache listed = null;
        try {
            listed = listed();
            membership.join(checked(listed.objects().cluster()), self, processName);
            watch(listed);
            LOG.info("The API server of Kubernetes is back: cluster '{}' is joined.", clusterName);
        } catch (RuntimeException notYet) {
            if (listed != null) {
                listed.close();
            }
            boolean isNew = !(notYet instanceof KubernetesClientException) && !notYet.getMessage().equals(refusal);
            if (isNew) {
                refusal = notYet.getMessage();
                LOG.error("This broker goes on with what it knows: {}", refusal);
            }
            inBackground(this::joinLater, RETRY);
        }
    }

    private void watch(ObjectCache listed) {
        cache = listed;
        follower.follow(new Watched(listed));
        inBackground(this::sweep, SWEEP);
        inBackground(this::checkSilence, SILENCE_CHECK);
    }

    private void checkSilence() {
        if (cache.isSilent(SILENCE)) {
            watchAnew();
        }
        inBackground(this::checkSilence, SILENCE_CHECK);
    }

    /** Lists and watches everything anew, because a watch may be dead without anybody having noticed. */
    private void watchAnew() {
        ObjectCache before = cache;
        try {
            ObjectCache listed = listed();
            cache = listed;
            follower.follow(new Watched(listed));
            before.close();
        } catch (KubernetesClientException away) {
            LOG.debug("The watches cannot be made anew yet: {}", ObjectWrites.reason(away));
        }
    }

    private void lookAgain() {
        ImageFollower current = follower;
        if (current != null) {
            current.changed();
        }
    }

    /** Runs something after a while, on one thread, unless the store ends before. */
    private void inBackground(Runnable task, Duration delay) {
        try {
            background.schedule(() -> {
                try {
                    task.run();
                } catch (RuntimeException | Error defect) {
                    // The executor would keep it to itself.
                    LOG.error("Something the metadata store does from time to time failed. Please report it.", defect);
                }
            }, delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException ended) {
            LOG.debug("The metadata store has ended, so a late task is left out.");
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
        public Basis basis() {
            return Basis.FOLLOWED;
        }

        @Override
        public void looked(SeenObjects seen) {
            leaderships.consider(seen);
        }

        @Override
        public void applied(SeenObjects seen, boolean topicsAreGone) {
            memory.keep(seen);
            if (topicsAreGone) {
                inBackground(KubernetesMetadataStore.this::sweep, SWEEP);
            }
        }
    }

    /** What was known before this start. */
    private record Remembered(SeenObjects objects) implements ImageFollower.View {

        @Override
        public Basis basis() {
            return Basis.REMEMBERED;
        }

        @Override
        public void looked(SeenObjects seen) {
            // Nobody can be elected while the API server is away.
        }

        @Override
        public void applied(SeenObjects seen, boolean topicsAreGone) {
            // It is in the file already.
        }
    }

    /** Has the logs of topics deleted that are gone, if the Cluster is still there to have them deleted. Topics first: one that is made between the two is no harm. */
    private void sweep() {
        try {
            Set<UUID> existing = writes.topicIds();
            Cluster cluster = writes.cluster();
            boolean stays = cluster != null && cluster.id().equals(context.clusterId())
                    && cluster.getMetadata().getDeletionTimestamp() == null;
            if (stays) {
                follower.sweep(existing);
            }
        } catch (KubernetesClientException away) {
            inBackground(this::sweep, SWEEP);
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
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofVirtual().name("metadata-close").start(() -> {
            try {
                end();
            } finally {
                done.complete(null);
            }
        });
        // An API server that hangs must not keep the logs from being closed.
        return done.completeOnTimeout(null, GOODBYE.toMillis(), TimeUnit.MILLISECONDS).thenRun(memory::letGo);
    }

    private void end() {
        background.shutdownNow();
        if (commands != null) {
            commands.close();
        }
        ImageFollower following = follower;
        if (following != null) {
            following.close(new IllegalStateException("the metadata store is closed, because the broker is stopping"));
        }
        ObjectCache watching = cache;
        if (watching != null) {
            memory.write();
            boolean isHeardOf = membership.unreachedMillis() < UNHEARD.toMillis();
            if (isHeardOf) {
                leave(watching.objects());
            }
            watching.close();
        }
        membership.close();
    }

    /** Gives up leaderships and registration. */
    private void leave(SeenObjects seen) {
        boolean resigned = leaderships.resign(seen).join();
        if (resigned) {
            memory.noteResigned(context.incarnation());
        }
        membership.leave();
    }
}
