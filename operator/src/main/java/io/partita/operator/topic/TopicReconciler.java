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
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus.BrokerStatus;
import io.partita.crds.Conditions;
import io.partita.crds.ObjectNames;
import io.partita.crds.ObjectPatch;
import io.partita.crds.Topic;
import io.partita.crds.TopicRules;
import io.partita.crds.TopicStatus;
import io.partita.operator.EventRecorder;
import io.partita.operator.FailedLooks;
import io.partita.operator.LeaderElection;
import io.partita.operator.Retries;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Places partitions and says in the status what is wrong. The status is written with the resource version it was computed from: where a broker was faster, the
 * write is refused and everything is computed again. There is no finalizer: an object that goes is gone, and brokers drop its data when they notice.
 */
@GradualRetry(maxAttempts = Retries.NO_LIMIT, initialInterval = Retries.MILLIS_MIN, maxInterval = Retries.MILLIS_MAX)
@ControllerConfiguration(name = "topics", generationAwareEventProcessing = false)
public class TopicReconciler implements Reconciler<Topic> {

    private static final String BY_CLUSTER = "cluster";
    private static final String BY_KAFKA_NAME = "kafkaName";
    /** Why a topic is not served yet that may end without an event about it: brokers are waited for no longer, or the older topic of its name is gone. */
    private static final Set<String> PASSING = Set.of(TopicRules.WAITING_FOR_BROKERS, TopicRules.NAME_TAKEN);
    private static final Duration PASSING_INTERVAL = Duration.ofSeconds(5);
    private static final int CONFLICT = 409;
    private static final int NOT_FOUND = 404;

    private final LeaderElection election;
    private final PlacementBook placements;
    private final EventRecorder events;

    TopicReconciler(LeaderElection election, PlacementBook placements, EventRecorder events) {
        this.election = election;
        this.placements = placements;
        this.events = events;
    }

    @Override
    public List<EventSource<?, Topic>> prepareEventSources(EventSourceContext<Topic> context) {
        IndexerResourceCache<Topic> topics = context.getPrimaryCache();
        topics.addIndexer(BY_CLUSTER, topic -> List.of(clusterKey(topic)));
        topics.addIndexer(BY_KAFKA_NAME, topic -> List.of(nameKey(topic)));
        var clusters = InformerEventSourceConfiguration.from(Cluster.class, Topic.class)
                .withSecondaryToPrimaryMapper(cluster -> topics.byIndex(BY_CLUSTER, clusterKey(cluster)).stream()
                        .map(ResourceID::fromResource)
                        .collect(Collectors.toSet()))
                .withPrimaryToSecondaryMapper((Topic topic) -> Set.of(new ResourceID(topic.getSpec().cluster, topic.getMetadata().getNamespace())))
                // Readiness of brokers, their addresses and the like change nothing for topics.
                .withOnUpdateFilter((after, before) -> !brokersOf(after).equals(brokersOf(before)))
                .build();
        return List.of(new InformerEventSource<>(clusters, context));
    }

    private static String brokersOf(Cluster cluster) {
        return cluster.getSpec().brokers + " " + cluster.givenUpBrokers() + " " + (cluster.getStatus() == null ? null : cluster.getStatus().clusterId) + " "
                + TopicDecision.candidates(cluster)
                + " " + away(cluster);
    }

    private static String away(Cluster cluster) {
        return cluster.getStatus() == null ? "" : cluster.getStatus().brokers.stream().map(BrokerStatus::away).toList().toString();
    }

    @Override
    public UpdateControl<Topic> reconcile(Topic topic, Context<Topic> context) {
        if (!election.isHeld()) {
            return UpdateControl.<Topic>noUpdate().rescheduleAfter(LeaderElection.LOOK_AGAIN);
        }
        Cluster cluster = context.getSecondaryResource(Cluster.class).orElse(null);
        var topics = context.getPrimaryCache();
        Collection<Topic> rivals = topics.byIndex(BY_KAFKA_NAME, nameKey(topic));
        TopicStatus next = TopicDecision.decide(
                topic,
                cluster,
                rivals,
                present -> placements.place(topic, cluster, present, topics.byIndex(BY_CLUSTER, clusterKey(topic))),
                Instant.now());
        // Of a status that is another object's nothing stays.
        TopicStatus present = TopicRules.isOwnStatus(topic) ? topic.getStatus() : null;
        String patch = ObjectPatch.between(topic, "status", present, next);
        if (patch != null && write(topic, next, patch, context)) {
            tellWhatBeganAnew(topic, next, cluster, context.getClient());
        }
        boolean isPassing = PASSING.contains(Conditions.find(next.conditions, TopicStatus.READY).getReason());
        return isPassing ? UpdateControl.<Topic>noUpdate().rescheduleAfter(PASSING_INTERVAL) : UpdateControl.noUpdate();
    }

    @Override
    public ErrorStatusUpdateControl<Topic> updateErrorStatus(Topic topic, Context<Topic> context, Exception failure) {
        FailedLooks.tell(topic, failure);
        return ErrorStatusUpdateControl.defaultErrorProcessing();
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
            if (e.getCode() == NOT_FOUND || e.getCode() == CONFLICT) {
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
        return topic.getMetadata().getNamespace() + "/" + topic.getSpec().cluster;
    }

    private static String clusterKey(Cluster cluster) {
        return cluster.getMetadata().getNamespace() + "/" + cluster.getMetadata().getName();
    }

    private static String nameKey(Topic topic) {
        return clusterKey(topic) + "/" + ObjectNames.folded(ObjectNames.kafkaName(topic));
    }
}
