package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.security.tls.KeysInForce;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus;
import io.partita.crds.ClusterStatus.BrokerStatus;
import io.partita.crds.Conditions;
import io.partita.crds.ObjectNames;
import io.partita.crds.ObjectPatch;
import io.partita.crds.PartitionSetObject;
import io.partita.crds.Problem;
import io.partita.crds.ForeignTopics;
import io.partita.crds.Topic;
import io.partita.operator.BrokerImage;
import io.partita.operator.ClusterMetrics;
import io.partita.operator.EventRecorder;
import io.partita.operator.FailedLooks;
import io.partita.operator.LeaderElection;
import io.partita.operator.ObjectWriter;
import io.partita.operator.ObjectWriter.Outcome.Taken;
import io.partita.operator.ObjectWriter.Outcome.Unchanged;
import io.partita.operator.ObjectWriter.Outcome.Written;
import io.partita.operator.OperatorConfig;
import io.partita.operator.PartitionSets;
import io.partita.operator.Refusals;
import io.partita.operator.Retries;
import io.partita.operator.SeenSets;
import io.partita.operator.cluster.BrokerRoll.Outdated;
import io.partita.operator.cluster.Observed.NodeSeen;
import io.partita.operator.cluster.Observed.Sign;
import io.partita.operator.topic.PlacementBook;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Writes what a cluster lacks of its {@link ClusterPlan}, and its status. Every look takes in everything and repairs what drifted; nothing waits, for what is not
 * there yet sends an event when it comes.
 */
@GradualRetry(maxAttempts = Retries.NO_LIMIT, initialInterval = Retries.MILLIS_MIN, maxInterval = Retries.MILLIS_MAX)
@ControllerConfiguration(name = "clusters", generationAwareEventProcessing = false, maxReconciliationInterval = @MaxReconciliationInterval(interval = 5, timeUnit = TimeUnit.MINUTES))
public class ClusterReconciler implements Reconciler<Cluster> {

    /**
     * Partitions come and go in thousands; their numbers in the status, and a scale down that waits for them, follow within this time. So does what has no event: that a broker
     * is not heard of any more.
     */
    private static final Duration LOOK_INTERVAL = Duration.ofSeconds(5);
    /** Bad request, forbidden, unprocessable: to try once more changes nothing as long as the spec or the rights do not. */
    private static final Set<Integer> REFUSALS = Set.of(400, 403, 422);
    /** So begins what server-side apply says, as an internal error, of a field that there is not. */
    private static final String UNTYPED = "failed to create typed patch object";
    private static final int CONFLICT = 409;
    private static final int NOT_FOUND = 404;

    private final LeaderElection election;
    private final OperatorConfig config;
    private final BrokerImage image;
    private final ObjectWriter writer;
    private final EventRecorder events;
    private final BrokerSigns signs;
    private final BrokerReports reports;
    private final RestartWatch restarts;
    private final ClusterMetrics metrics;
    private final PlacementBook placements;
    private final PartitionSets partitionSets;
    private final StateEvents states;
    private final BrokerCertificates certificates;
    /** Ids of clusters with the broker that does not want to be stopped. */
    private final Set<String> refusing = ConcurrentHashMap.newKeySet();
    private InformerEventSource<Node, Cluster> nodes;
    private InformerEventSource<PartitionSetObject, Cluster> sets;

    ClusterReconciler(
            LeaderElection election, OperatorConfig config, BrokerImage image, ObjectWriter writer, EventRecorder events, BrokerSigns signs,
            BrokerReports reports,
            RestartWatch restarts,
            ClusterMetrics metrics,
            PlacementBook placements,
            PartitionSets partitionSets,
            StateEvents states,
            BrokerCertificates certificates) {
        this.states = states;
        this.certificates = certificates;
        this.partitionSets = partitionSets;
        this.election = election;
        this.config = config;
        this.image = image;
        this.writer = writer;
        this.events = events;
        this.signs = signs;
        this.reports = reports;
        this.restarts = restarts;
        this.metrics = metrics;
        this.placements = placements;
    }

    @Override
    public List<EventSource<?, Cluster>> prepareEventSources(EventSourceContext<Cluster> context) {
        nodes = nodes(context);
        sets = sets(context);
        return List.of(
                nodes,
                sets,
                leases(context),
                labelled(StatefulSet.class, context),
                labelled(Service.class, context),
                labelled(ConfigMap.class, context),
                labelled(ServiceAccount.class, context),
                labelled(Role.class, context),
                labelled(RoleBinding.class, context),
                labelled(PodDisruptionBudget.class, context),
                labelled(PersistentVolumeClaim.class, ClusterLabels.CLUSTER, context),
                labelled(Pod.class, ClusterLabels.CLUSTER, context),
                topics(context));
    }

    /** What the operator writes: a label that somebody takes away from it is back with the next write. */
    private static <T extends HasMetadata> EventSource<T, Cluster> labelled(Class<T> type, EventSourceContext<Cluster> context) {
        return labelled(type, ClusterLabels.MANAGED_SELECTOR, context);
    }

    /** What others write has to be seen by as few labels as possible: tools of all kinds set the one that says who manages an object. */
    private static <T extends HasMetadata> EventSource<T, Cluster> labelled(Class<T> type, String selector, EventSourceContext<Cluster> context) {
        var configuration = InformerEventSourceConfiguration.from(type, Cluster.class)
                .withLabelSelector(selector)
                .withSecondaryToPrimaryMapper(object -> {
                    String cluster = ClusterLabels.clusterOf(object);
                    return cluster == null ? Set.of() : Set.of(new ResourceID(cluster, object.getMetadata().getNamespace()));
                })
                .build();
        return new InformerEventSource<>(configuration, context);
    }

    /** Nodes change their zones and readiness seldom; all clusters are then looked at. */
    private static InformerEventSource<Node, Cluster> nodes(EventSourceContext<Cluster> context) {
        var clusters = context.getPrimaryCache();
        var configuration = InformerEventSourceConfiguration.from(Node.class, Cluster.class)
                .withSecondaryToPrimaryMapper(node -> clusters.list().map(ResourceID::fromResource).collect(Collectors.toSet()))
                .withOnAddFilter(node -> false)
                .withOnUpdateFilter((after, before) -> isReady(after) != isReady(before)
                        || !Objects.equals(after.getMetadata().getLabels(), before.getMetadata().getLabels()))
                .build();
        return new InformerEventSource<>(configuration, context);
    }

    /** What brokers say of themselves. That they renew it is noted, and no reason to look at anything. */
    private EventSource<Lease, Cluster> leases(EventSourceContext<Cluster> context) {
        var configuration = InformerEventSourceConfiguration.from(Lease.class, Cluster.class)
                .withLabelSelector(ClusterLabels.CLUSTER)
                .withSecondaryToPrimaryMapper(lease -> Set.of(new ResourceID(ClusterLabels.clusterOf(lease), lease.getMetadata().getNamespace())))
                .withOnAddFilter(lease -> {
                    signs.seen(lease);
                    return true;
                })
                .withOnUpdateFilter((after, before) -> {
                    signs.seen(after);
                    return !BrokerSigns.saysTheSame(before, after);
                })
                .build();
        return new InformerEventSource<>(configuration, context);
    }

    private static boolean isReady(Node node) {
        return node.getStatus() != null && node.getStatus().getConditions() != null
                && node.getStatus().getConditions().stream().anyMatch(condition -> "Ready".equals(condition.getType()) && "True".equals(condition.getStatus()));
    }

    /** Read for what brokers hold. Only a topic that goes is worth an event of its own: a scale down may wait for it. */
    private static EventSource<Topic, Cluster> topics(EventSourceContext<Cluster> context) {
        var configuration = InformerEventSourceConfiguration.from(Topic.class, Cluster.class)
                .withSecondaryToPrimaryMapper(topic -> ForeignTopics.isForeign(topic)
                        ? Set.of()
                        : Set.of(new ResourceID(topic.getSpec().cluster, topic.getMetadata().getNamespace())))
                .withOnAddFilter(topic -> false)
                .withOnUpdateFilter((after, before) -> false)
                .build();
        return new InformerEventSource<>(configuration, context);
    }

    /** Read for what brokers hold. */
    private static InformerEventSource<PartitionSetObject, Cluster> sets(EventSourceContext<Cluster> context) {
        var configuration = InformerEventSourceConfiguration.from(PartitionSetObject.class, Cluster.class)
                .withSecondaryToPrimaryMapper(set -> Set.of(new ResourceID(set.getSpec().cluster, set.getMetadata().getNamespace())))
                .withOnAddFilter(set -> false)
                .withOnUpdateFilter((after, before) -> false)
                .build();
        return new InformerEventSource<>(configuration, context);
    }

    @Override
    public UpdateControl<Cluster> reconcile(Cluster said, Context<Cluster> context) {
        if (!election.isHeld()) {
            return UpdateControl.<Cluster>noUpdate().rescheduleAfter(LeaderElection.LOOK_AGAIN);
        }
        Cluster cluster = SecureDefaults.of(said, named(ours(said, context.getSecondaryResources(StatefulSet.class)), ClusterLabels.name(said)));
        KubernetesClient client = context.getClient();
        SeenSets seen = partitionSets.seen(sets(cluster), cluster.getMetadata().getName());
        Observed observed = observe(cluster, seen, context);
        // By it brokers find them.
        sets(cluster).forEach(set -> PartitionSets.labelAgain(client, set));
        elect(cluster, observed, client);
        Problem privileged = config.privilegedPodTemplates() ? null : PodTemplateRules.privileges(cluster.getSpec().podTemplate);
        Planned planned = plan(cluster, observed, image.get(client), context);
        ClusterPlan plan = planned.plan;
        if (privileged != null && !plan.objects().isEmpty()) {
            plan = plan.refused(privileged);
        }
        boolean isBehind = false;
        boolean isPaused = Cluster.isPaused(cluster);
        BrokerCertificates.Look issued = null;
        try {
            if (!isPaused && !plan.objects().isEmpty()) {
                issued = issued(cluster, observed, client);
                plan = issued == null || issued.problem() == null || plan.problem() != null ? plan : plan.with(issued.problem());
            }
            if (isPaused) {
                plan = plan.untouched();
            }
            // First, because what is new may want a port of what is no longer needed.
            plan.surplus().forEach(service -> accepted(service, () -> client.resource(service).lockResourceVersion().delete()));
            isBehind = write(plan.objects(), context);
            if (!plan.objects().isEmpty()) {
                Problem noStorage = plan.problem() == null ? StorageClasses.problem(client, cluster, observed) : null;
                plan = noStorage == null ? plan : plan.with(noStorage);
                grow(BrokerVolumes.toGrow(cluster, observed), cluster, client);
                BrokerVolumes.toLabel(observed).forEach(claim -> accepted(claim, () -> client.resource(claim).edit(volume -> {
                    volume.getMetadata().getLabels().put(ClusterLabels.CLUSTER_ID, cluster.id());
                    return volume;
                })));
            }
        } catch (Refused refused) {
            plan = plan.with(asBefore(refused.problem, cluster));
        }
        BrokerRoll roll = isPaused ? new BrokerRoll.Complete() : BrokerRoll.next(planned.cluster, plan.brokers(), observed, Instant.now());
        if (plan.mayRestart() && !isBehind) {
            BrokerRoll asked = reports.asked(roll);
            tellRefusal(roll, asked, cluster, client);
            roll = asked;
        }
        ClusterStatus status = ClusterStatuses.of(planned.cluster, observed, plan, roll, isBehind, Instant.now());
        if (issued != null) {
            status.conditions = issued.on(status.conditions, status.observedGeneration, Instant.now());
        }
        // Who sleeps is to wake nobody.
        boolean isHibernated = planned.cluster.getSpec().isHibernated();
        metrics.set(cluster, isHibernated ? 0 : Leaderless.unserved(seen, ids(context.getSecondaryResources(Topic.class)), observed),
                isHibernated || Conditions.isTrue(status.conditions, ClusterStatus.READY));
        writeStatus(cluster, status, client);
        if (plan.mayRestart() && !isBehind && roll instanceof BrokerRoll.Restart restart) {
            restart(restart, cluster, client);
        }
        tellStates(cluster, seen, observed, context);
        restarts.since(observed.pods().values())
                .forEach((pod, end) -> events.record(client, cluster, true, "BrokerRestarted", pod + " was started again. It ended with "
                        + end));
        return UpdateControl.<Cluster>noUpdate().rescheduleAfter(LOOK_INTERVAL);
    }

    @Override
    public ErrorStatusUpdateControl<Cluster> updateErrorStatus(Cluster cluster, Context<Cluster> context, Exception failure) {
        FailedLooks.tell(cluster, failure);
        return ErrorStatusUpdateControl.defaultErrorProcessing();
    }

    /**
     * What is wanted.
     *
     * @param cluster the Cluster, or as it was before a change that was taken back
     */
    private record Planned(Cluster cluster, ClusterPlan plan) {}

    private static Planned plan(Cluster cluster, Observed observed, String image, Context<Cluster> context) {
        ClusterPlan asWanted = ClusterPlan.of(cluster, observed, image);
        String template = asWanted.template();
        if (template == null) {
            return new Planned(cluster, asWanted);
        }
        ConfigMap kept = named(ours(cluster, context.getSecondaryResources(ConfigMap.class)), RollMemory.name(cluster));
        RollMemory memory = RollMemory.read(kept).next(cluster, image, template, observed, Instant.now());
        RollMemory.Kept instead = memory.instead(cluster, template);
        Cluster then = instead == null ? cluster : RollMemory.with(cluster, instead);
        ClusterPlan plan = instead == null ? asWanted : ClusterPlan.of(then, observed, instead.image());
        Problem undone = memory.problem(cluster, template);
        return new Planned(then, (plan.problem() == null && undone != null ? plan.with(undone) : plan).remembering(memory.object(cluster)));
    }

    /** Their StatefulSet makes the pods anew. Where one has changed since it was looked at, that is looked at first. */
    private void restart(BrokerRoll.Restart restart, Cluster cluster, KubernetesClient client) {
        for (Outdated broker : restart.brokers()) {
            try {
                client.resource(broker.pod()).lockResourceVersion().delete();
                events.record(client, cluster, false, "Restarting", "Broker " + broker.broker() + " restarts, because " + broker.reason() + ".");
            } catch (KubernetesClientException e) {
                if (e.getCode() != NOT_FOUND && e.getCode() != CONFLICT) {
                    throw e;
                }
            }
        }
    }

    /** Once for as long as it stays so. */
    private void tellRefusal(BrokerRoll wanted, BrokerRoll asked, Cluster cluster, KubernetesClient client) {
        String id = cluster.getMetadata().getUid();
        if (wanted instanceof BrokerRoll.Restart restart && asked instanceof BrokerRoll.Waiting waiting) {
            if (refusing.add(id + "/" + restart.brokers().getFirst().broker())) {
                events.record(client, cluster, false, "RestartRefused", waiting.reason());
            }
        } else if (!(asked instanceof BrokerRoll.Waiting)) {
            refusing.removeIf(refused -> refused.startsWith(id));
        }
    }

    private void tellStates(Cluster cluster, SeenSets seen, Observed observed, Context<Cluster> context) {
        Map<UUID, String> names = new HashMap<>();
        context.getSecondaryResources(Topic.class).forEach(topic -> names.put(UUID.fromString(topic.getMetadata().getUid()), ObjectNames.kafkaName(topic)));
        states.since(cluster.getMetadata().getUid(), seen, names::get, broker -> BrokerTroubles.of(cluster, broker, observed))
                .forEach(said -> events.record(context.getClient(), cluster, said.isWarning(), said.reason(), said.message()));
    }

    /** Sees to certificates first, because pods wait for the Secrets that they mount. */
    private BrokerCertificates.Look issued(Cluster cluster, Observed observed, KubernetesClient client) {
        try {
            return certificates.look(cluster, observed, client);
        } catch (KubernetesClientException e) {
            if (e.getCode() == CONFLICT) {
                // Somebody else was faster: the next look sees what is there.
                return null;
            }
            throw e;
        }
    }

    /** Whether the StatefulSet was changed. What comes after an object that is refused is not written. */
    private boolean write(List<HasMetadata> objects, Context<Cluster> context) {
        boolean isBehind = false;
        for (HasMetadata wanted : objects) {
            HasMetadata actual = named(context.getSecondaryResources(wanted.getClass()), wanted.getMetadata().getName());
            switch (accepted(wanted, () -> writer.write(context.getClient(), wanted, actual))) {
                case Unchanged unchanged -> {}
                case Written written -> isBehind |= wanted instanceof StatefulSet;
                case Taken(HasMetadata present) -> throw new Refused(taken(present));
            }
        }
        return isBehind;
    }

    private static void grow(List<PersistentVolumeClaim> claims, Cluster cluster, KubernetesClient client) {
        Map<String, Quantity> size = Map.of("storage", Quantity.parse(cluster.getSpec().storage.size));
        for (PersistentVolumeClaim claim : claims) {
            accepted(claim, () -> client.resource(claim).edit(volume -> {
                volume.getSpec().getResources().setRequests(size);
                return volume;
            }));
        }
    }

    /** Refused for the same as before, whose words stand: some webhooks word each refusal anew, and a new status would be looked at again at once. */
    private static Problem asBefore(Problem refusal, Cluster cluster) {
        Condition ready = cluster.getStatus() == null ? null : Conditions.find(cluster.getStatus().conditions, ClusterStatus.READY);
        boolean isSame = ready != null && refusal.reason().equals(ready.getReason())
                && cluster.getMetadata().getGeneration().equals(ready.getObservedGeneration())
                && object(refusal.message()).equals(object(ready.getMessage()));
        return isSame ? new Problem(refusal.reason(), ready.getMessage()) : refusal;
    }

    private static String object(String refusal) {
        return refusal.substring(0, refusal.indexOf(':'));
    }

    private static Problem taken(HasMetadata present) {
        boolean isLeaving = ObjectWriter.controller(present) != null;
        return new Problem("ObjectTaken", present.getKind() + " " + present.getMetadata().getName()
                + ": there is one that is not this Cluster's, and it is left alone. "
                + (isLeaving
                        ? "It has another owner: where that is a Cluster of this name that was deleted, it goes soon; else give this Cluster another name."
                        : "Delete it if nobody needs it, or give this Cluster another name."));
    }

    /** An object of the plan cannot be had: the API server does not take it for what is in it, or somebody else has its name. */
    private static final class Refused extends RuntimeException {
        private final transient Problem problem;

        private Refused(Problem problem) {
            this.problem = problem;
        }

        private Refused(HasMetadata object, KubernetesClientException cause) {
            super(cause);
            problem = new Problem("Refused", "Kubernetes refuses " + object.getKind() + " " + object.getMetadata().getName() + ": " + Refusals.reason(cause));
        }
    }

    private static <T> T accepted(HasMetadata object, Supplier<T> write) {
        try {
            return write.get();
        } catch (KubernetesClientException e) {
            if (REFUSALS.contains(e.getCode()) || Refusals.reason(e).startsWith(UNTYPED)) {
                throw new Refused(object, e);
            }
            throw e;
        }
    }

    private Observed observe(Cluster cluster, SeenSets seen, Context<Cluster> context) {
        StatefulSet statefulSet = named(ours(cluster, context.getSecondaryResources(StatefulSet.class)), ClusterLabels.name(cluster));
        Map<String, Pod> pods = byName(context.getSecondaryResources(Pod.class).stream().filter(pod -> isOf(statefulSet, pod)).collect(Collectors.toSet()));
        Map<String, NodeSeen> nodesByName = new HashMap<>();
        for (Pod pod : pods.values()) {
            String name = pod.getSpec() == null ? null : pod.getSpec().getNodeName();
            Node node = name == null ? null : nodes.get(new ResourceID(name)).orElse(null);
            if (node != null) {
                Map<String, String> labels = Objects.requireNonNullElse(node.getMetadata().getLabels(), Map.of());
                nodesByName.put(name, new NodeSeen(labels.get(cluster.getSpec().zoneKey), isReady(node)));
            }
        }
        Observed observed = new Observed(
                statefulSet,
                byName(ours(cluster, context.getSecondaryResources(Service.class))),
                pods,
                byName(context.getSecondaryResources(PersistentVolumeClaim.class)),
                nodesByName,
                signs(cluster, context),
                replicas(seen, context.getSecondaryResources(Topic.class)),
                seen.leaderless(ids(context.getSecondaryResources(Topic.class))),
                StoredPartitions.of(seen, ids(context.getSecondaryResources(Topic.class))),
                Map.of());
        return observed.withLost(LostBrokers.of(cluster, observed, look(cluster, context.getClient())));
    }

    /** Asked where a broker is away and a cache lacks something that was there: what is done about it is dear. */
    private static LostBrokers.Look look(Cluster cluster, KubernetesClient client) {
        return new LostBrokers.Look() {
            @Override
            public boolean isNode(String name) {
                return client.nodes().withName(name).get() != null;
            }

            @Override
            public PersistentVolumeClaim claim(String name) {
                return client.persistentVolumeClaims().inNamespace(cluster.getMetadata().getNamespace()).withName(name).get();
            }

            @Override
            public PersistentVolume volume(String name) {
                return client.persistentVolumes().withName(name).get();
            }
        };
    }

    private static Set<UUID> ids(Set<Topic> topics) {
        return topics.stream().map(topic -> UUID.fromString(topic.getMetadata().getUid())).collect(Collectors.toSet());
    }

    /** Replicas by broker: as they are stored, or were placed where nothing is yet. */
    private Map<Integer, Integer> replicas(SeenSets seen, Set<Topic> topics) {
        Map<Integer, Integer> count = new HashMap<>(seen.replicas(ids(topics)));
        Set<Topic> unstored = topics.stream().filter(topic -> seen.setOf(new PartitionKey(UUID.fromString(topic.getMetadata().getUid()), 0)) == null)
                .collect(Collectors.toSet());
        placements.load(unstored).forEach((broker, replicas) -> count.merge(broker, replicas, Integer::sum));
        return count;
    }

    /** The sets of a cluster, as they were seen last. */
    private List<PartitionSetObject> sets(Cluster cluster) {
        String name = cluster.getMetadata().getName();
        return sets.list(cluster.getMetadata().getNamespace(), set -> set.setOf(name) != null).toList();
    }

    /**
     * Elects for brokers that are gone, as their peers do, which are faster where they notice. Who is elected is the process that its Lease names.
     */
    private void elect(Cluster cluster, Observed observed, KubernetesClient client) {
        Map<Integer, BrokerProcess> alive = Absent.electable(cluster, observed);
        if (alive.isEmpty()) {
            // Who sees nobody may be the one that is cut off.
            return;
        }
        for (PartitionSetObject set : sets(cluster)) {
            partitionSets.change(client, set, before -> {
                PartitionSet after = before;
                for (int gone : Absent.gone(before, cluster, observed)) {
                    after = after.afterDeathOf(gone, alive);
                }
                return after;
            });
        }
    }

    private Map<Integer, Sign> signs(Cluster cluster, Context<Cluster> context) {
        Map<Integer, Sign> byBroker = new HashMap<>();
        for (Lease lease : context.getSecondaryResources(Lease.class)) {
            String number = lease.getMetadata().getLabels().get(BrokerSigns.BROKER);
            if (number == null || !number.matches("[0-9]{1,3}")
                    || !lease.getMetadata().getName().equals(ClusterLabels.pod(cluster, Integer.parseInt(number)))) {
                continue;
            }
            Lease newest = lease;
            if (BrokerSigns.isHeld(lease) && !signs.isThere(lease, election.heldSinceNanos())) {
                // Before a broker is said to be away: the watch may be what has fallen silent.
                newest = context.getClient().resource(lease).get();
            }
            Map<String, String> annotations = newest == null || newest.getMetadata().getAnnotations() == null
                    ? Map.of()
                    : newest.getMetadata().getAnnotations();
            String level = annotations.getOrDefault(BrokerSigns.LEVEL, "1");
            byBroker.put(Integer.parseInt(number),
                    new Sign(newest != null && signs.isThere(newest, election.heldSinceNanos()), annotations.get(BrokerSigns.ENDPOINTS),
                            BrokerSigns.isHeld(newest) ? newest.getSpec().getHolderIdentity() : null, level.matches("[0-9]{1,4}") ? Integer.parseInt(level) : 1,
                            annotations.containsKey(BrokerSigns.LEAVING), KeysInForce.read(annotations.get(BrokerSigns.KEYS)),
                            Boolean.parseBoolean(annotations.get(BrokerSigns.HINDERED))));
        }
        return byBroker;
    }

    /** What belongs to this very Cluster, not to one before it of the same name, or to nobody. */
    private static <T extends HasMetadata> Set<T> ours(Cluster cluster, Set<T> objects) {
        return objects.stream().filter(object -> ObjectWriter.isControlledBy(object, cluster.getMetadata().getUid())).collect(Collectors.toSet());
    }

    /** Pods of a Cluster before it of the same name may still be stopping. */
    private static boolean isOf(StatefulSet statefulSet, Pod pod) {
        return statefulSet != null && ObjectWriter.isControlledBy(pod, statefulSet.getMetadata().getUid());
    }

    private static <T extends HasMetadata> T named(Set<T> objects, String name) {
        return objects.stream().filter(object -> object.getMetadata().getName().equals(name)).findFirst().orElse(null);
    }

    private static <T extends HasMetadata> Map<String, T> byName(Set<T> objects) {
        return objects.stream().collect(Collectors.toMap(object -> object.getMetadata().getName(), object -> object));
    }

    private void writeStatus(Cluster cluster, ClusterStatus next, KubernetesClient client) {
        String patch = ObjectPatch.between(cluster, "status", cluster.getStatus(), next);
        if (patch == null) {
            return;
        }
        try {
            client.resource(cluster).subresource("status").patch(PatchContext.of(PatchType.JSON), patch);
        } catch (KubernetesClientException e) {
            if (e.getCode() == NOT_FOUND || ObjectPatch.isOutdated(e)) {
                // Deleted or changed: the event of that is under way.
                return;
            }
            throw e;
        }
        Condition before = cluster.getStatus() == null ? null : Conditions.find(cluster.getStatus().conditions, ClusterStatus.READY);
        Condition after = Conditions.find(next.conditions, ClusterStatus.READY);
        if (before == null || !Objects.equals(before.getReason(), after.getReason())) {
            boolean isProgress = Set
                    .of("Serving", "BrokersNotReady", "Rolling", "WaitingForAddress", "AddressesNotCurrent", ClusterPlan.HIBERNATED,
                            ClusterStatuses.ROLL_PAUSED)
                    .contains(after.getReason());
            events.record(client, cluster, !isProgress, after.getReason(), after.getMessage());
        }
        for (BrokerStatus broker : next.brokers) {
            boolean wasLost = cluster.getStatus() != null
                    && cluster.getStatus().brokers.stream().anyMatch(one -> one.id() == broker.id() && one.lost() != null);
            if (broker.lost() != null && !wasLost) {
                events.record(client, cluster, true, "BrokerLost", "Broker " + broker.id() + " " + broker.away() + ".");
            }
        }
    }
}
