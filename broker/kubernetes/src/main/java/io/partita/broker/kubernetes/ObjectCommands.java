package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ConfigAlteration;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.NewPartitions;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.PlannedChanges;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicNames;
import io.partita.broker.metadata.TopicSelector;
import io.partita.broker.protocol.ErrorCode;
import io.partita.crds.Conditions;
import io.partita.crds.Topic;
import io.partita.crds.TopicRules;
import io.partita.crds.TopicStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Kafka's clients ask for, as writes of objects. Commands are planned by the rules that hold for every kind of store, written on one thread, and answered when what
 * was written has come back and this broker has applied it; or with REQUEST_TIMED_OUT when that takes too long, because then nobody knows. Callable from any thread.
 */
final class ObjectCommands {

    private static final Logger LOG = LoggerFactory.getLogger(ObjectCommands.class);

    /** Commands that may wait for those before them. */
    private static final int WAITING_MAX = 1_000;
    private static final String REPLICATION_FACTOR = "default.replication.factor";

    private final ObjectWrites writes;
    private final MetadataStore.Context context;
    private final Duration timeout;
    private final ImageFollower follower;
    private final Supplier<SeenObjects> objects;
    private final RuleCommands rules;
    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(WAITING_MAX),
            Thread.ofPlatform().daemon().name("metadata-commands").factory());

    /**
     * @param timeout after which a command is answered that its outcome is not known
     * @param objects what the API server has shown last, {@code null} when it was not there yet
     */
    ObjectCommands(ObjectWrites writes, MetadataStore.Context context, Duration timeout, ImageFollower follower, Supplier<SeenObjects> objects) {
        this.writes = writes;
        this.context = context;
        this.timeout = timeout;
        this.follower = follower;
        this.objects = objects;
        this.rules = new RuleCommands(writes, context, follower, objects, this);
    }

    CompletionStage<List<Result<TopicImage>>> createTopics(List<NewTopic> topics, boolean validateOnly) {
        return submit(topics, (changes, topic) -> create(changes, topic, validateOnly));
    }

    private CompletableFuture<Result<TopicImage>> create(PlannedChanges changes, NewTopic topic, boolean validateOnly) {
        if (topic.assignment() != null) {
            Result<TopicImage> planned = changes.create(topic, true);
            return known(!planned.isDone()
                    ? planned
                    : Result.refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, "The operator places the partitions of '" + topic.name()
                            + "': give numbers of partitions and replicas instead of an assignment."));
        }
        BrokerConfig inForce = context.config().overlaid(follower.image().brokerConfigs(ClusterImage.ALL_BROKERS), Map.of());
        int brokers = objects.get().cluster().getSpec().brokers;
        // How many replicas the cluster's own topics have is left open, because more are added when there are brokers for them.
        boolean isInternal = TopicNames.isInternal(topic.name());
        boolean isOpen = isInternal || topic.replicas() == NewTopic.DEFAULT && !inForce.isSet(REPLICATION_FACTOR);
        int asked = isOpen && !isInternal
                ? Math.clamp(brokers, 1, TopicRules.REPLICAS_DEFAULT)
                : topic.replicas() == NewTopic.DEFAULT ? inForce.intValue(REPLICATION_FACTOR) : topic.replicas();
        int replicas = isInternal ? Math.clamp(asked, 1, brokers) : asked;
        // Some of the brokers may be away for a moment: they get their replicas all the same.
        int planable = replicas <= brokers ? Math.min(replicas, follower.image().brokers().size()) : replicas;
        Result<TopicImage> planned = changes.create(new NewTopic(topic.name(), topic.partitions(), planable, null, topic.configs()), validateOnly);
        if (!planned.isDone() || validateOnly) {
            return known(planned);
        }
        Result<Topic> written = writes.create(
                new NewTopic(topic.name(), planned.value().partitions().size(), isOpen ? NewTopic.DEFAULT : replicas, null, planned.value().configs()));
        if (!written.isDone()) {
            return known(Result.refused(written.error(), written.message()));
        }
        UUID id = UUID.fromString(written.value().getMetadata().getUid());
        return seen(() -> created(id));
    }

    private Result<TopicImage> created(UUID id) {
        TopicImage image = follower.image().topic(id);
        Topic object = objects.get().topic(id);
        boolean isWhole = image != null && object != null && image.partitions().size() == object.getSpec().partitions;
        if (isWhole && image.partitions().stream().allMatch(partition -> partition.leader() >= 0)) {
            return Result.done(image);
        }
        var ready = object == null || object.getStatus() == null ? null : Conditions.find(object.getStatus().conditions, TopicStatus.READY);
        boolean refused = ready != null && "False".equals(ready.getStatus()) && object.getStatus().places.isEmpty()
                && !TopicRules.WAITING_FOR_BROKERS.equals(ready.getReason());
        if (refused) {
            deleteRefused(object);
        }
        return refused ? Result.refused(ErrorCode.INVALID_REQUEST, ready.getMessage()) : null;
    }

    /** A topic that is refused is not to be in the way of a better one. Where too much waits already it stays, and says what is wrong with it. */
    private void deleteRefused(Topic object) {
        try {
            thread.execute(() -> guarded(() -> {
                writes.delete(object.getMetadata().getName(), object.getMetadata().getUid());
                return known(Result.done(null));
            }));
        } catch (RejectedExecutionException busy) {
            LOG.info(
                    "The object {} of a topic that was refused is left, because too many changes wait already or the broker is stopping: kubectl delete topic {}.",
                    object.getMetadata().getName(), object.getMetadata().getName());
        }
    }

    CompletionStage<List<Result<TopicImage>>> deleteTopics(List<TopicSelector> topics) {
        // By id: by the time its turn comes, a name may be another topic's.
        List<TopicSelector> byId = topics.stream().map(this::byId).toList();
        return submit(byId, (changes, selector) -> {
            Result<TopicImage> planned = changes.delete(selector);
            if (!planned.isDone()) {
                return known(planned);
            }
            Topic object = objects.get().topic(planned.value().id());
            if (object != null) {
                writes.delete(object.getMetadata().getName(), object.getMetadata().getUid());
            }
            return seen(() -> follower.image().topic(planned.value().id()) == null ? planned : null);
        });
    }

    private TopicSelector byId(TopicSelector selector) {
        TopicImage named = selector.name() == null ? null : follower.image().topic(selector.name());
        return named == null ? selector : TopicSelector.byId(named.id());
    }

    CompletionStage<List<Result<TopicImage>>> createPartitions(List<NewPartitions> additions, boolean validateOnly) {
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
            Topic object = objects.get().topic(id);
            if (object == null || !writes.grow(object.getMetadata().getName(), id.toString(), addition.count())) {
                return known(unknownTopic(addition.topic()));
            }
            return seen(() -> {
                TopicImage now = follower.image().topic(id);
                boolean isLed = now != null && now.partitions().size() >= addition.count()
                        && now.partitions().stream().skip(addition.count() - 1L).allMatch(partition -> partition.leader() >= 0);
                return now == null ? unknownTopic(addition.topic()) : isLed ? Result.done(now) : null;
            });
        });
    }

    CompletionStage<List<Result<Void>>> alterConfigs(List<ConfigAlteration> alterations, boolean validateOnly) {
        return submit(alterations, (changes, alteration) -> switch (alteration.target()) {
            case ConfigAlteration.Topic(String name) -> alterTopic(changes, name, alteration, validateOnly);
            case ConfigAlteration.Broker(int id) -> alterBrokers(changes, id, alteration, validateOnly);
            case ConfigAlteration.Group(String id) -> rules.alterGroup(id, alteration, validateOnly);
        });
    }

    private CompletableFuture<Result<Void>> alterTopic(PlannedChanges changes, String name, ConfigAlteration alteration, boolean validateOnly) {
        TopicImage before = changes.topic(name);
        Result<Void> planned = changes.alter(alteration, validateOnly);
        Map<String, String> after = planned.isDone() ? changes.topic(name).configs() : Map.of();
        if (!planned.isDone() || after.equals(before.configs())) {
            return known(planned);
        }
        Topic object = objects.get().topic(before.id());
        if (object == null || !writes.alter(object.getMetadata().getName(), before.id().toString(), before.configs(), after)) {
            return known(unknownTopic(name));
        }
        return seen(() -> {
            TopicImage now = follower.image().topic(before.id());
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
        if (!writes.alterCluster(context.clusterId(), before, after)) {
            return known(Result.refused(ErrorCode.INVALID_REQUEST, "The Cluster is being deleted, so its settings cannot change."));
        }
        return seen(() -> differOnly(before, after, follower.image().brokerConfigs(id)) ? planned : null);
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

    <T> CompletableFuture<Result<T>> seen(Supplier<Result<T>> outcome) {
        return follower.seen(outcome, timeout);
    }

    /** Carries something out in turn with everything else; on the thread of commands. */
    <T> CompletionStage<Result<T>> one(Supplier<CompletableFuture<Result<T>>> carryOut) {
        return submit(List.of(carryOut), (none, part) -> part.get()).thenApply(List::getFirst);
    }

    /** Access rules, quotas, and settings of groups. */
    RuleCommands rules() {
        return rules;
    }

    private <P, R> CompletionStage<List<Result<R>>> submit(List<P> parts, BiFunction<PlannedChanges, P, CompletableFuture<Result<R>>> carryOut) {
        if (objects.get() == null) {
            return CompletableFuture.completedStage(Collections.nCopies(parts.size(), Result.refused(ErrorCode.REQUEST_TIMED_OUT,
                    "The API server of Kubernetes has not answered since this broker was started, so nothing can be changed. Try again when it is back.")));
        }
        CompletableFuture<List<Result<R>>> all = new CompletableFuture<>();
        try {
            thread.execute(() -> carryOut(parts, carryOut, all));
        } catch (RejectedExecutionException rejected) {
            if (thread.isShutdown()) {
                all.completeExceptionally(new IllegalStateException("the metadata store is closed, because the broker is stopping"));
            } else {
                all.complete(Collections.nCopies(parts.size(), Result.refused(ErrorCode.REQUEST_TIMED_OUT,
                        WAITING_MAX + " changes wait for the API server of Kubernetes already. Try again later.")));
            }
        }
        // Twice: once for what waits before it and the writes, once for what was written to come back.
        Result<R> unknown = Result.refused(ErrorCode.REQUEST_TIMED_OUT, "The API server of Kubernetes does not answer, so it is not known whether the change is"
                + " stored. Look again when it is back.");
        return all.completeOnTimeout(Collections.nCopies(parts.size(), unknown), 2 * timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    private <P, R> void carryOut(List<P> parts, BiFunction<PlannedChanges, P, CompletableFuture<Result<R>>> carryOut, CompletableFuture<List<Result<R>>> all) {
        PlannedChanges changes = new PlannedChanges(follower.image(), context.config(), context.entropy());
        List<CompletableFuture<Result<R>>> results = new ArrayList<>(parts.size());
        for (P part : parts) {
            if (all.isDone()) {
                // It was answered that nobody knows; what was not begun by then must not come later, when it may not be wanted any more.
                return;
            }
            results.add(guarded(() -> carryOut.apply(changes, part)));
        }
        CompletableFuture.allOf(results.toArray(CompletableFuture[]::new)).whenComplete((nothing, failure) -> {
            if (failure != null) {
                all.completeExceptionally(failure);
            } else {
                all.complete(results.stream().map(CompletableFuture::join).toList());
            }
        });
    }

    private static <R> CompletableFuture<Result<R>> guarded(Supplier<CompletableFuture<Result<R>>> part) {
        try {
            return part.get();
        } catch (KubernetesClientException failed) {
            return known(switch (failed.getCode()) {
                case 400, 403, 413, 422 -> Result.refused(ErrorCode.POLICY_VIOLATION, "Kubernetes refuses the change: " + ObjectWrites.reason(failed));
                default ->
                    Result.refused(ErrorCode.REQUEST_TIMED_OUT, "Kubernetes does not take the change now (" + ObjectWrites.reason(failed) + "). Try again.");
            });
        } catch (RuntimeException defect) {
            return CompletableFuture.failedFuture(defect);
        }
    }

    /** Takes no more; what waits is answered when its time is up, what is under way is broken off. */
    void close() {
        thread.shutdownNow();
    }
}
