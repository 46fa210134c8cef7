package io.partita.operator.topic;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionSetText.Reading;
import io.partita.broker.control.PartitionState;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus.BrokerStatus;
import io.partita.crds.Conditions;
import io.partita.crds.ForeignTopics;
import io.partita.crds.ObjectNames;
import io.partita.crds.ObjectPatch;
import io.partita.crds.PartitionSetObject;
import io.partita.crds.Placed;
import io.partita.crds.Topic;
import io.partita.crds.TopicRules;
import io.partita.crds.TopicStatus;
import io.partita.operator.EventRecorder;
import io.partita.operator.FailedLooks;
import io.partita.operator.LeaderElection;
import io.partita.operator.PartitionSets;
import io.partita.operator.Retries;
import io.partita.operator.SeenSets;
import io.partita.operator.topic.TopicDecision.Decided;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Places partitions and says in the status what is wrong, and how partitions stand. The status is written with the resource version it was computed from: where somebody was faster, the
 * write is refused and everything is computed again. There is no finalizer: an object that goes is gone, and brokers drop its data when they notice.
 */
@GradualRetry(maxAttempts = Retries.NO_LIMIT, initialInterval = Retries.MILLIS_MIN, maxInterval = Retries.MILLIS_MAX)
@ControllerConfiguration(name = "topics", generationAwareEventProcessing = false)
public class TopicReconciler implements Reconciler<Topic> {

    private static final String BY_CLUSTER = "cluster";
    /** Topics of other namespaces by the Cluster that they are to be in. */
    private static final String BY_FOREIGN_CLUSTER = "foreignCluster";
    private static final String BY_KAFKA_NAME = "kafkaName";
    private static final String BY_UID = "uid";
    private static final Duration AGAIN = Duration.ofSeconds(1);
    /** So long a topic is new. */
    private static final Duration NEW = Duration.ofMinutes(1);
    /** Why a topic is not served yet that may end without an event about it: brokers are waited for no longer, or the older topic of its name is gone. */
    private static final Set<String> PASSING = Set.of(TopicRules.WAITING_FOR_BROKERS, TopicRules.NAME_TAKEN);
    private static final Duration PASSING_INTERVAL = Duration.ofSeconds(5);
    private static final int NOT_FOUND = 404;

    private final LeaderElection election;
    private final PlacementBook placements;
    private final PartitionSets partitionSets;
    private final LateStatuses late;
    private final EventRecorder events;
    private final ForeignCopies copies;
    private InformerEventSource<PartitionSetObject, Topic> sets;
    private SimpleInboundEventSource<Topic> dueStatuses;
    /** By set: what was told of it last. */
    private final Map<String, PartitionSet> told = new ConcurrentHashMap<>();

    TopicReconciler(LeaderElection election, PlacementBook placements, PartitionSets partitionSets, LateStatuses late, EventRecorder events) {
        this.election = election;
        this.placements = placements;
        this.partitionSets = partitionSets;
        this.late = late;
        this.events = events;
        this.copies = new ForeignCopies(events);
    }

    @Override
    public List<EventSource<?, Topic>> prepareEventSources(EventSourceContext<Topic> context) {
        IndexerResourceCache<Topic> topics = context.getPrimaryCache();
        topics.addIndexer(BY_CLUSTER, topic -> ForeignTopics.isForeign(topic) ? List.of() : List.of(clusterKey(topic)));
        topics.addIndexer(BY_FOREIGN_CLUSTER, topic -> ForeignTopics.isForeign(topic) ? List.of(clusterKey(topic)) : List.of());
        topics.addIndexer(BY_KAFKA_NAME, topic -> ForeignTopics.isForeign(topic) ? List.of() : List.of(nameKey(topic)));
        topics.addIndexer(BY_UID, topic -> List.of(topic.getMetadata().getUid()));
        var clusters = InformerEventSourceConfiguration.from(Cluster.class, Topic.class)
                .withSecondaryToPrimaryMapper(cluster -> Stream
                        .concat(topics.byIndex(BY_CLUSTER, clusterKey(cluster)).stream(), topics.byIndex(BY_FOREIGN_CLUSTER, clusterKey(cluster)).stream())
                        .map(ResourceID::fromResource)
                        .collect(Collectors.toSet()))
                .withPrimaryToSecondaryMapper((Topic topic) -> Set.of(new ResourceID(topic.getSpec().cluster, ForeignTopics.clusterNamespace(topic))))
                // Readiness of brokers, their addresses and the like change nothing for topics.
                .withOnUpdateFilter((after, before) -> !brokersOf(after).equals(brokersOf(before)))
                .build();
        var states = InformerEventSourceConfiguration.from(PartitionSetObject.class, Topic.class)
                .withSecondaryToPrimaryMapper(set -> changedTopics(set).stream()
                        .flatMap(id -> topics.byIndex(BY_UID, id.toString()).stream())
                        .map(ResourceID::fromResource)
                        .collect(Collectors.toSet()))
                .withPrimaryToSecondaryMapper((Topic topic) -> Set.of())
                .build();
        sets = new InformerEventSource<>(states, context);
        dueStatuses = new SimpleInboundEventSource<>();
        late.tell(dueStatuses::propagateEvent);
        return List.of(new InformerEventSource<>(clusters, context), sets, dueStatuses);
    }

    /** Topics whose partitions a set has in another state than when this was asked last. */
    private Set<UUID> changedTopics(PartitionSetObject set) {
        if (!(partitionSets.read(set) instanceof Reading.Whole(PartitionSet now))) {
            return Set.of();
        }
        PartitionSet before = told.put(set.getMetadata().getNamespace() + "/" + set.getMetadata().getName(), now);
        Set<UUID> changed = new HashSet<>();
        now.states().forEach((key, state) -> {
            if (before == null || !state.equals(before.states().get(key))) {
                changed.add(key.topicId());
            }
        });
        return changed;
    }

    private static String brokersOf(Cluster cluster) {
        return cluster.getSpec().brokers + " " + (cluster.getStatus() == null ? null : cluster.getStatus().level) + " " + cluster.givenUpBrokers() + " "
                + (cluster.getStatus() == null ? null : cluster.getStatus().clusterId) + " "
                + TopicDecision.candidates(cluster)
                + " " + away(cluster) + " " + TopicDecision.hindered(cluster) + " "
                + cluster.getSpec().topicNamespaces.stream().map(it -> it.namespace + it.prefix() + it.topics + it.partitions).toList();
    }

    private static String away(Cluster cluster) {
        return cluster.getStatus() == null ? "" : cluster.getStatus().brokers.stream().map(BrokerStatus::away).toList().toString();
    }

    @Override
    public UpdateControl<Topic> reconcile(Topic topic, Context<Topic> context) {
        if (!election.isHeld()) {
            return UpdateControl.<Topic>noUpdate().rescheduleAfter(LeaderElection.LOOK_AGAIN);
        }
        if (Cluster.isPaused(topic)) {
            bePaused(topic, context.getClient());
            return UpdateControl.noUpdate();
        }
        Cluster cluster = context.getSecondaryResource(Cluster.class).orElse(null);
        var topics = context.getPrimaryCache();
        if (ForeignTopics.isForeign(topic)) {
            ResourceID copy = copies.see(topic, cluster, topics.byIndex(BY_CLUSTER, clusterKey(topic)), context.getClient());
            if (copy != null) {
                dueStatuses.propagateEvent(copy);
            }
            return UpdateControl.<Topic>noUpdate().rescheduleAfter(ForeignCopies.LOOK_INTERVAL);
        }
        ResourceID source = ForeignCopies.source(topic);
        Topic original = source == null ? null : topics.get(source).orElse(null);
        if (source != null && !ForeignTopics.isAskedFor(topic, original) && copies.removed(topic, source, cluster, context.getClient())) {
            return UpdateControl.noUpdate();
        }
        Collection<Topic> rivals = topics.byIndex(BY_KAFKA_NAME, nameKey(topic));
        SeenSets seen = partitionSets.seen(sets.list(topic.getMetadata().getNamespace(), set -> true).toList(), topic.getSpec().cluster);
        Decided decided = TopicDecision.decide(topic, cluster, rivals, seen, new Places() {
            @Override
            public List<Placed> grown(List<Placed> present) {
                return placements.place(topic, cluster, present, topics.byIndex(BY_CLUSTER, clusterKey(topic)));
            }

            @Override
            public List<Placed> kept(List<List<Integer>> replicas) {
                return placements.keep(topic, replicas, topics.byIndex(BY_CLUSTER, clusterKey(topic)));
            }
        }, Instant.now());
        if (!store(topic, cluster, decided, context.getClient())) {
            return UpdateControl.<Topic>noUpdate().rescheduleAfter(AGAIN);
        }
        TopicStatus next = decided.status();
        boolean isGranted = source != null && ForeignTopics.isAskedFor(topic, original)
                && ForeignTopics.grant(cluster, original.getMetadata().getNamespace()) != null;
        next.grants = isGranted ? ForeignTopics.granted(original) : List.of();
        // Of a status that is another object's nothing stays.
        TopicStatus present = TopicRules.isOwnStatus(topic) ? topic.getStatus() : null;
        String patch = ObjectPatch.between(topic, "status", present, next);
        ResourceID id = ResourceID.fromResource(topic);
        if (patch == null) {
            late.settled(id);
        } else if (!tellsOnlyHowItStands(topic, present, next) || late.mayWrite(id, isNew(topic), System.nanoTime())) {
            if (write(topic, next, patch, context)) {
                late.settled(id);
                tellWhatBeganAnew(topic, next, cluster, context.getClient());
                if (source != null) {
                    dueStatuses.propagateEvent(source);
                }
            }
        }
        boolean isPassing = PASSING.contains(Conditions.find(next.conditions, TopicStatus.READY).getReason());
        if (source != null && !isPassing) {
            return UpdateControl.<Topic>noUpdate().rescheduleAfter(ForeignCopies.LOOK_INTERVAL);
        }
        return isPassing ? UpdateControl.<Topic>noUpdate().rescheduleAfter(PASSING_INTERVAL) : UpdateControl.noUpdate();
    }

    @Override
    public ErrorStatusUpdateControl<Topic> updateErrorStatus(Topic topic, Context<Topic> context, Exception failure) {
        FailedLooks.tell(topic, failure);
        return ErrorStatusUpdateControl.defaultErrorProcessing();
    }

    private static boolean isNew(Topic topic) {
        return Instant.parse(topic.getMetadata().getCreationTimestamp()).plus(NEW).isAfter(Instant.now());
    }

    /** What the status says stays as it is, but for the condition that says so. */
    private void bePaused(Topic topic, KubernetesClient client) {
        TopicStatus present = topic.getStatus();
        TopicStatus next = present == null ? new TopicStatus() : present.copy();
        next.conditions = Conditions.with(next.conditions, Conditions.PAUSED, true, "Annotated", Cluster.pausedSentence(topic),
                topic.getMetadata().getGeneration(),
                Instant.now());
        String patch = ObjectPatch.between(topic, "status", present, next);
        if (patch == null) {
            return;
        }
        try {
            client.resource(topic).subresource("status").patch(PatchContext.of(PatchType.JSON), patch);
        } catch (KubernetesClientException e) {
            if (e.getCode() != NOT_FOUND && !ObjectPatch.isOutdated(e)) {
                throw e;
            }
            // Deleted or changed: the event of that is under way.
        }
    }

    /** Stores what is to be made of partitions; whether nobody was faster. */
    private boolean store(Topic topic, Cluster cluster, Decided decided, KubernetesClient client) {
        UUID id = UUID.fromString(topic.getMetadata().getUid());
        Map<String, Map<Integer, UnaryOperator<PartitionState>>> bySet = new TreeMap<>();
        decided.writes().forEach((partition, write) -> bySet
                .computeIfAbsent(Placed.read(decided.status().places.get(partition)).set(), none -> new TreeMap<>()).put(partition, write));
        boolean isStored = true;
        for (var set : bySet.entrySet()) {
            isStored &= partitionSets.change(client, cluster, set.getKey(), before -> {
                PartitionSet after = before;
                for (var write : set.getValue().entrySet()) {
                    PartitionKey key = new PartitionKey(id, write.getKey());
                    after = after.with(key, write.getValue().apply(before.states().get(key)));
                }
                return after;
            });
        }
        return isStored;
    }

    /** Whether two statuses differ in nothing but what people are told of leaders and in-sync replicas. */
    private static boolean tellsOnlyHowItStands(Topic topic, TopicStatus present, TopicStatus next) {
        Condition before = present == null ? null : Conditions.find(present.conditions, TopicStatus.READY);
        Condition after = Conditions.find(next.conditions, TopicStatus.READY);
        boolean isOfLeaders = TopicRules.isOfLeaders(before) && TopicRules.isOfLeaders(after)
                && Objects.equals(before.getObservedGeneration(), after.getObservedGeneration());
        if (!isOfLeaders || present.partitions.size() != next.partitions.size()) {
            return false;
        }
        TopicStatus calm = next.copy();
        calm.partitions = present.partitions;
        calm.conditions = present.conditions;
        calm.away = present.away;
        calm.leaders = present.leaders;
        calm.underReplicated = present.underReplicated;
        return ObjectPatch.between(topic, "status", present, calm) == null;
    }

    private void tellWhatBeganAnew(Topic topic, TopicStatus next, Cluster cluster, KubernetesClient client) {
        if (TopicDecision.isOfAnotherCluster(topic, cluster) && cluster.getStatus().clusterId.equals(next.clusterId)) {
            events.record(client, topic, true, "BegunAnew", "Cluster '" + topic.getSpec().cluster
                    + "' was deleted and made again under another id, and its volumes were not taken over (spec.clusterId): the partitions begin anew, empty.");
        } else if (TopicDecision.isGivenUp(topic.getStatus(), cluster) && !TopicDecision.isGivenUp(next, cluster)) {
            events.record(client, topic, true, "BegunAnew", "Brokers " + cluster.givenUpBrokers() + " were given up (annotation " + Cluster.GIVE_UP_BROKERS
                    + " of the Cluster): partitions that were on them alone begin anew, empty.");
        }
    }

    /** Whether it was stored. */
    private boolean write(Topic topic, TopicStatus next, String patch, Context<Topic> context) {
        Condition before = topic.getStatus() == null ? null : Conditions.find(topic.getStatus().conditions, TopicStatus.READY);
        Condition after = Conditions.find(next.conditions, TopicStatus.READY);
        try {
            context.getClient().resource(topic).subresource("status").patch(PatchContext.of(PatchType.JSON), patch);
        } catch (KubernetesClientException e) {
            placements.forget(topic);
            if (e.getCode() == NOT_FOUND || ObjectPatch.isOutdated(e)) {
                // Deleted, or changed by a broker or a user: the event of that change is under way and starts this over.
                return false;
            }
            throw e;
        }
        if (before == null || !Objects.equals(before.getReason(), after.getReason()) || !Objects.equals(before.getMessage(), after.getMessage())) {
            announce(topic, after, context);
        }
        return true;
    }

    /** Leaders come and go; an event for each would tell nothing that the status does not. */
    private void announce(Topic topic, Condition ready, Context<Topic> context) {
        boolean isProblem = !TopicRules.isOfLeaders(ready)
                && !TopicRules.WAITING_FOR_BROKERS.equals(ready.getReason());
        if (isProblem) {
            events.record(context.getClient(), topic, true, ready.getReason(), ready.getMessage());
        }
    }

    private static String clusterKey(Topic topic) {
        return ForeignTopics.clusterNamespace(topic) + "/" + topic.getSpec().cluster;
    }

    private static String clusterKey(Cluster cluster) {
        return cluster.getMetadata().getNamespace() + "/" + cluster.getMetadata().getName();
    }

    private static String nameKey(Topic topic) {
        return clusterKey(topic) + "/" + ObjectNames.folded(ObjectNames.kafkaName(topic));
    }
}
