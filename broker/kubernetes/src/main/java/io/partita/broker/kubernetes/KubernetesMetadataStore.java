package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Entropy;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ConfigAlteration;
import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.ImageListener;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.NewPartitions;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.PlannedChanges;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicNames;
import io.partita.broker.metadata.TopicSelector;
import io.partita.broker.protocol.ErrorCode;
import io.partita.crds.Cluster;
import io.partita.crds.Conditions;
import io.partita.crds.PartitionStatus.Leader;
import io.partita.crds.Topic;
import io.partita.crds.TopicRules;
import io.partita.crds.TopicStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metadata of a cluster on Kubernetes: Cluster and Topic objects are all there is. A command of a Kafka client becomes a write of objects, and is answered
 * once the watch has brought it back and this broker has applied it; what {@code kubectl} writes comes the same way.
 *
 * <p>One thread, the owner, makes images of the objects and lets the listener apply them, one at a time. Commands plan and write on a second one, elections on
 * virtual threads of which at most {@link #ELECTIONS_MAX} call the API server at once. While the API server is away, images stand still and commands fail.
 */
public final class KubernetesMetadataStore implements MetadataStore {

    private static final Logger LOG = LoggerFactory.getLogger(KubernetesMetadataStore.class);

    /** Topics for which leadership is asked for at once: a start leads many, and the API server has others to serve. */
    private static final int ELECTIONS_MAX = 16;
    /** After a failed election or application, the next look. Watches bring most things sooner. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

    private final BrokerConfig config;
    private final Entropy entropy;
    private final String process;
    private final String incarnation;
    private final Duration commandTimeout;
    private final ObjectWrites writes;
    private final Supplier<ObjectCache> newCache;

    private final ExecutorService owner = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("metadata").factory());
    private final ExecutorService commands = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("metadata-commands").factory());
    private final Semaphore elections = new Semaphore(ELECTIONS_MAX);
    private final Set<String> electing = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean lookAhead = new AtomicBoolean();

    // Owned by the owner thread.
    private final List<Waiter<?>> waiters = new ArrayList<>();
    private ImageListener listener;
    private boolean started;
    private boolean applying;
    private CompletableFuture<Void> first;

    private volatile Leader self;
    private volatile ObjectCache cache;
    private volatile ClusterImage applied;
    private volatile boolean closed;

    /** A command that was written and waits to be seen: {@code outcome} is {@code null} until then. */
    private record Waiter<T>(Supplier<Result<T>> outcome, CompletableFuture<Result<T>> future) {

        boolean settled() {
            Result<T> result = future.isDone() ? null : outcome.get();
            if (result != null) {
                future.complete(result);
            }
            return future.isDone();
        }
    }

    private KubernetesMetadataStore(KubernetesClient client, Cluster cluster, BrokerConfig config, Entropy entropy, String incarnation, Duration commandTimeout) {
        String namespace = cluster.getMetadata().getNamespace();
        String name = cluster.getMetadata().getName();
        this.config = config;
        this.entropy = entropy;
        this.process = entropy.nextUuid().toString().substring(0, 18).replace("-", "");
        this.incarnation = incarnation;
        this.commandTimeout = commandTimeout;
        this.writes = new ObjectWrites(client, namespace, name);
        this.newCache = () -> new ObjectCache(client, namespace, name, this::changed);
        this.applied = ClusterImage.empty(cluster.getMetadata().getUid());
    }

    /**
     * The metadata of a cluster. Waits for the API server.
     *
     * @param client with timeouts on every request; stays open when the store is closed
     * @param incarnation names this broker's data directory; another one when records may be missing from it
     * @param commandTimeout after which a command is answered that its outcome is not known
     * @throws IllegalStateException when there is no such Cluster
     */
    public static KubernetesMetadataStore open(KubernetesClient client, String namespace, String clusterName, BrokerConfig config, Entropy entropy,
            String incarnation, Duration commandTimeout) {
        Cluster cluster = new ObjectWrites(client, namespace, clusterName).cluster();
        if (cluster == null) {
            throw new IllegalStateException("There is no Cluster '" + clusterName + "' in namespace " + namespace + ": create it, or start the broker of another.");
        }
        return new KubernetesMetadataStore(client, cluster, config, entropy, incarnation, commandTimeout);
    }

    @Override
    public ClusterImage image() {
        return applied;
    }

    @Override
    public CompletionStage<Void> start(BrokerImage broker, ImageListener imageListener) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        commands.execute(() -> {
            try {
                self = new Leader(broker.id(), process);
                writes.register(Registration.lease(writes.cluster(), broker, process));
                // Returns once everything was listed.
                ObjectCache listed = newCache.get();
                owner.execute(() -> {
                    listener = imageListener;
                    first = done;
                    cache = listed;
                    look();
                });
            } catch (RuntimeException failed) {
                done.completeExceptionally(failed);
            }
        });
        return done;
    }

    // ---- from objects to images

    private void changed() {
        // Many events, one look.
        if (!closed && lookAhead.compareAndSet(false, true)) {
            onOwner(() -> {
                lookAhead.set(false);
                look();
            });
        }
    }

    /** Runs something on the owner thread; nothing once the store has ended. */
    private void onOwner(Runnable task) {
        try {
            owner.execute(task);
        } catch (RejectedExecutionException ended) {
            LOG.debug("The metadata store has ended, so a late event is left out.");
        }
    }

    private void look() {
        if (applying || closed || cache == null) {
            return;
        }
        Cluster cluster = cache.cluster();
        if (cluster == null || !cluster.getMetadata().getUid().equals(applied.clusterId())) {
            // Deleted, or another one of its name: what there was is served until the pod goes.
            return;
        }
        List<Topic> topics = cache.topics();
        ClusterImage next = ObjectImages.image(cluster, topics, cache.leases(), self);
        lead(cluster, topics);
        ImageChange change = started ? ImageChange.between(applied, next) : ImageChange.first(next);
        if (change == null) {
            settle();
            return;
        }
        applying = true;
        CompletionStage<Void> stage;
        try {
            stage = listener.apply(change);
        } catch (RuntimeException failed) {
            stage = CompletableFuture.failedStage(failed);
        }
        stage.whenComplete((nothing, failure) -> onOwner(() -> shown(next, failure)));
    }

    private void shown(ClusterImage next, Throwable failure) {
        if (failure != null) {
            LOG.error("A change of the metadata could not be applied completely on this broker; a restart applies it anew.", failure);
        }
        applied = next;
        applying = false;
        if (!started) {
            started = true;
            first.complete(null);
        }
        settle();
        look();
    }

    private void settle() {
        waiters.removeIf(Waiter::settled);
    }

    // ---- leadership

    private void lead(Cluster cluster, List<Topic> topics) {
        for (Topic topic : topics) {
            if (ObjectImages.isVisible(topic, cluster) && topic.getStatus().partitions.stream().anyMatch(partition -> ObjectWrites.waitsFor(partition, self))
                    && electing.add(topic.getMetadata().getUid())) {
                Thread.startVirtualThread(() -> lead(topic.getMetadata().getName(), topic.getMetadata().getUid()));
            }
        }
    }

    private void lead(String name, String uid) {
        int elected = 0;
        elections.acquireUninterruptibly();
        try {
            elected = closed ? 0 : writes.lead(name, uid, self, incarnation);
        } catch (KubernetesClientException failed) {
            LOG.warn("Cannot become leader of partitions of topic object {}: {}. It is tried again.", name, failed.toString());
        } finally {
            elections.release();
            electing.remove(uid);
        }
        if (elected == 0 && !closed) {
            // Refused, or not reached: the watch need not bring anything that makes us look again.
            CompletableFuture.delayedExecutor(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS).execute(() -> onOwner(this::look));
        }
    }

    // ---- commands

    @Override
    public CompletionStage<List<Result<TopicImage>>> createTopics(List<NewTopic> topics, boolean validateOnly) {
        return submit(topics, (changes, topic) -> create(changes, topic, validateOnly));
    }

    private CompletableFuture<Result<TopicImage>> create(PlannedChanges changes, NewTopic topic, boolean validateOnly) {
        NewTopic wanted = TopicNames.isInternal(topic.name()) && topic.replicas() > TopicRules.REPLICAS_SERVED_MAX
                ? new NewTopic(topic.name(), topic.partitions(), TopicRules.REPLICAS_SERVED_MAX, null, topic.configs())
                : topic;
        Result<TopicImage> planned = changes.create(wanted, validateOnly);
        if (!planned.isDone()) {
            return known(planned);
        }
        int replicas = planned.value().partition(0).replicas().size();
        if (topic.assignment() != null) {
            return known(Result.refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, "The operator places the partitions of '" + topic.name()
                    + "': give numbers of partitions and replicas instead of an assignment."));
        }
        if (replicas > TopicRules.REPLICAS_SERVED_MAX) {
            return known(Result.refused(ErrorCode.INVALID_REPLICATION_FACTOR, "Brokers of this version keep one replica of each partition, not " + replicas
                    + ": ask for 1, or for -1."));
        }
        if (validateOnly) {
            return known(planned);
        }
        Result<Topic> written = writes.create(
                new NewTopic(topic.name(), planned.value().partitions().size(), replicas, null, planned.value().configs()));
        if (!written.isDone()) {
            return known(Result.refused(written.error(), written.message()));
        }
        UUID id = UUID.fromString(written.value().getMetadata().getUid());
        return seen(() -> created(id));
    }

    private Result<TopicImage> created(UUID id) {
        TopicImage image = applied.topic(id);
        if (image != null && image.partitions().stream().allMatch(partition -> partition.leader() >= 0)) {
            return Result.done(image);
        }
        Topic object = image == null ? cache.topic(id) : null;
        var ready = object == null || object.getStatus() == null ? null : Conditions.find(object.getStatus().conditions, TopicStatus.READY);
        boolean refused = ready != null && "False".equals(ready.getStatus()) && object.getStatus().partitions.isEmpty();
        return refused ? Result.refused(ErrorCode.INVALID_REQUEST, ready.getMessage()) : null;
    }

    @Override
    public CompletionStage<List<Result<TopicImage>>> deleteTopics(List<TopicSelector> topics) {
        return submit(topics, (changes, selector) -> {
            Result<TopicImage> planned = changes.delete(selector);
            Topic object = planned.isDone() ? cache.topic(planned.value().id()) : null;
            if (object == null) {
                return known(planned);
            }
            writes.delete(object.getMetadata().getName(), object.getMetadata().getUid());
            return seen(() -> applied.topic(planned.value().id()) == null ? planned : null);
        });
    }

    @Override
    public CompletionStage<List<Result<TopicImage>>> createPartitions(List<NewPartitions> additions, boolean validateOnly) {
        return submit(additions, (changes, addition) -> {
            Result<TopicImage> planned = changes.grow(addition, validateOnly);
            if (!planned.isDone() || validateOnly) {
                return known(planned);
            }
            if (addition.assignment() != null) {
                return known(Result.refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, "The operator places the partitions of '" + addition.topic()
                        + "': give their number only."));
            }
            UUID id = planned.value().id();
            Topic object = cache.topic(id);
            if (object == null || !writes.grow(object.getMetadata().getName(), id.toString(), addition.count())) {
                return known(unknownTopic(addition.topic()));
            }
            return seen(() -> {
                TopicImage now = applied.topic(id);
                return now == null ? unknownTopic(addition.topic()) : now.partitions().size() >= addition.count() ? Result.done(now) : null;
            });
        });
    }

    @Override
    public CompletionStage<List<Result<Void>>> alterConfigs(List<ConfigAlteration> alterations, boolean validateOnly) {
        return submit(alterations, (changes, alteration) -> switch (alteration.target()) {
            case ConfigAlteration.Topic(String name) -> alterTopic(changes, name, alteration, validateOnly);
            case ConfigAlteration.Broker(int id) -> alterBrokers(changes, id, alteration, validateOnly);
        });
    }

    private CompletableFuture<Result<Void>> alterTopic(PlannedChanges changes, String name, ConfigAlteration alteration, boolean validateOnly) {
        TopicImage before = changes.topic(name);
        Result<Void> planned = changes.alter(alteration, validateOnly);
        Map<String, String> after = planned.isDone() ? changes.topic(name).configs() : Map.of();
        if (!planned.isDone() || after.equals(before.configs())) {
            return known(planned);
        }
        Topic object = cache.topic(before.id());
        if (object == null || !writes.alter(object.getMetadata().getName(), before.id().toString(), before.configs(), after)) {
            return known(unknownTopic(name));
        }
        return seen(() -> {
            TopicImage now = applied.topic(before.id());
            return now == null || differOnly(before.configs(), after, now.configs()) ? planned : null;
        });
    }

    private CompletableFuture<Result<Void>> alterBrokers(PlannedChanges changes, int id, ConfigAlteration alteration, boolean validateOnly) {
        if (id != ClusterImage.ALL_BROKERS) {
            return known(Result.refused(ErrorCode.INVALID_REQUEST, "On Kubernetes all brokers of a cluster have the same settings: change them for all brokers"
                    + " (kafka-configs --entity-default), or in spec.config of the Cluster."));
        }
        Map<String, String> before = changes.brokerConfigs(id);
        Result<Void> planned = changes.alter(alteration, validateOnly);
        Map<String, String> after = changes.brokerConfigs(id);
        if (!planned.isDone() || after.equals(before)) {
            return known(planned);
        }
        if (!writes.alterCluster(applied.clusterId(), before, after)) {
            return known(Result.refused(ErrorCode.INVALID_REQUEST, "The Cluster is being deleted, so its settings cannot change."));
        }
        return seen(() -> differOnly(before, after, applied.brokerConfigs(id)) ? planned : null);
    }

    /** Whether {@code now} has everything that {@code after} has different from {@code before}. */
    private static boolean differOnly(Map<String, String> before, Map<String, String> after, Map<String, String> now) {
        boolean added = after.entrySet().stream()
                .allMatch(entry -> entry.getValue().equals(before.get(entry.getKey())) || entry.getValue().equals(now.get(entry.getKey())));
        return added && before.keySet().stream().allMatch(name -> after.containsKey(name) || !now.containsKey(name));
    }

    private static <T> Result<T> unknownTopic(String name) {
        return Result.refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "There is no topic '" + name + "'.");
    }

    private static <T> CompletableFuture<Result<T>> known(Result<T> result) {
        return CompletableFuture.completedFuture(result);
    }

    /** An outcome to be seen, or the answer that nobody knows. */
    private <T> CompletableFuture<Result<T>> seen(Supplier<Result<T>> outcome) {
        CompletableFuture<Result<T>> future = new CompletableFuture<>();
        owner.execute(() -> {
            waiters.add(new Waiter<>(outcome, future));
            settle();
        });
        return future.completeOnTimeout(Result.refused(ErrorCode.REQUEST_TIMED_OUT, "The change is stored, but did not come back in " + commandTimeout.toSeconds()
                + " s: see the object's conditions, and whether the operator runs."), commandTimeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    private <P, R> CompletionStage<List<Result<R>>> submit(List<P> parts, BiFunction<PlannedChanges, P, CompletableFuture<Result<R>>> carryOut) {
        CompletableFuture<List<Result<R>>> all = new CompletableFuture<>();
        try {
            commands.execute(() -> {
                PlannedChanges changes = new PlannedChanges(applied, config, entropy);
                List<CompletableFuture<Result<R>>> results = new ArrayList<>(parts.size());
                for (P part : parts) {
                    results.add(guarded(() -> carryOut.apply(changes, part)));
                }
                CompletableFuture.allOf(results.toArray(CompletableFuture[]::new)).whenComplete((nothing, failure) -> {
                    if (failure != null) {
                        all.completeExceptionally(failure);
                    } else {
                        all.complete(results.stream().map(CompletableFuture::join).toList());
                    }
                });
            });
        } catch (RejectedExecutionException stopping) {
            all.completeExceptionally(new IllegalStateException("the metadata store is closed, because the broker is stopping"));
        }
        // Twice: once for what waits before it and the writes, once for what was written to come back.
        Result<R> unknown = Result.refused(ErrorCode.REQUEST_TIMED_OUT, "The API server of Kubernetes does not answer, so it is not known whether the change is"
                + " stored. Look again when it is back.");
        return all.completeOnTimeout(Collections.nCopies(parts.size(), unknown), 2 * commandTimeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static <R> CompletableFuture<Result<R>> guarded(Supplier<CompletableFuture<Result<R>>> part) {
        try {
            return part.get();
        } catch (KubernetesClientException failed) {
            return known(switch (failed.getCode()) {
                case 403, 422 -> Result.refused(ErrorCode.POLICY_VIOLATION, "Kubernetes refuses the change: " + failed.getMessage());
                default -> Result.refused(ErrorCode.REQUEST_TIMED_OUT, "Kubernetes does not take the change now (" + failed.getMessage() + "). Try again.");
            });
        } catch (RuntimeException defect) {
            return CompletableFuture.failedFuture(defect);
        }
    }

    @Override
    public CompletionStage<Void> close() {
        CompletableFuture<Void> drained = new CompletableFuture<>();
        try {
            commands.execute(() -> drained.complete(null));
            commands.shutdown();
        } catch (RejectedExecutionException again) {
            drained.complete(null);
        }
        // A command that the API server does not answer must not keep the broker from stopping.
        return drained.completeOnTimeout(null, commandTimeout.toMillis(), TimeUnit.MILLISECONDS)
                .thenRunAsync(this::end, task -> Thread.ofVirtual().name("metadata-close").start(task));
    }

    private void end() {
        closed = true;
        commands.shutdownNow();
        if (cache != null) {
            cache.close();
        }
        try {
            owner.execute(() -> {
                IllegalStateException stopping = new IllegalStateException("the metadata store is closed, because the broker is stopping");
                waiters.forEach(waiter -> waiter.future.completeExceptionally(stopping));
                waiters.clear();
            });
        } catch (RejectedExecutionException again) {
            return;
        }
        owner.shutdown();
    }
}
