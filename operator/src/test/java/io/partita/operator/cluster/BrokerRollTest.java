package io.partita.operator.cluster;

import static io.partita.operator.cluster.ClusterSamples.IMAGE;
import static io.partita.operator.cluster.ClusterSamples.cluster;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionState;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.ListenerType;
import io.partita.crds.ClusterStatus;
import io.partita.crds.Conditions;
import io.partita.operator.cluster.BrokerRoll.Complete;
import io.partita.operator.cluster.BrokerRoll.Outdated;
import io.partita.operator.cluster.BrokerRoll.Restart;
import io.partita.operator.cluster.BrokerRoll.Stopped;
import io.partita.operator.cluster.BrokerRoll.Waiting;
import io.partita.operator.cluster.Observed.NodeSeen;
import io.partita.operator.cluster.Observed.Sign;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BrokerRollTest {

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final String LONG_AGO = "2026-01-01T10:00:00Z";

    private final Cluster cluster = cluster(3);
    private final Map<String, Pod> pods = new HashMap<>();
    private final Map<Integer, Sign> signs = new HashMap<>();
    private final Map<Integer, Integer> leaderless = new HashMap<>();
    private final Map<String, NodeSeen> nodes = new HashMap<>();
    private List<PartitionState> stored = List.of();
    private final StatefulSet set = BrokerStatefulSet.desired(cluster, 3, Observed.nothing(), IMAGE);

    BrokerRollTest() {
        set.getMetadata().setGeneration(2L);
        set.setStatus(new io.fabric8.kubernetes.api.model.apps.StatefulSetStatusBuilder().withObservedGeneration(2L).withUpdateRevision("new").build());
        for (int broker = 0; broker < 3; broker++) {
            pod(broker, "old", true, LONG_AGO, pod -> {});
            signs.put(broker, new Sign(true, null));
            nodes.put("node-" + broker, new NodeSeen(null, true));
        }
    }

    @Test
    void theHighestNumberIsFirst() {
        assertEquals(List.of(2), restarted());
        // When it is done
        pod(2, "new", true, LONG_AGO, pod -> {});
        // Then
        assertEquals(List.of(1), restarted());
        assertEquals(2, assertInstanceOf(Restart.class, next()).outdated());
        // When all are done
        pod(1, "new", true, LONG_AGO, pod -> {});
        pod(0, "new", true, LONG_AGO, pod -> {});
        // Then
        assertEquals(new Complete(), next());
    }

    @Test
    void nobodyIsRestartedWhileAnotherBrokerIsDown() {
        // When its pod is not ready
        pod(0, "old", false, "2026-01-01T11:59:00Z", pod -> {});
        // Then
        assertEquals(new Waiting(3, "No other is restarted before: broker 0 is starting."), next());
        // When its pod says that it is ready, but nobody has heard of it
        pod(0, "old", true, LONG_AGO, pod -> {});
        signs.put(0, new Sign(false, null));
        nodes.put("node-0", new NodeSeen(null, false));
        // Then
        assertEquals(new Waiting(3, "No other is restarted before: broker 0 is away: its node node-0 is not ready."), next());
        // When there is no pod
        pods.remove("main-0");
        signs.put(0, new Sign(true, null));
        // Then
        assertInstanceOf(Waiting.class, next());
    }

    @Test
    void theNextOneWaitsUntilPartitionsAreLedAgainButNotForEver() {
        // Given
        pod(2, "new", true, "2026-01-01T11:59:00Z", pod -> {});
        leaderless.put(2, 4);
        // Then
        assertEquals(new Waiting(2, "No other is restarted before: of the partitions on broker 2 4 have no leader yet."), next());
        // When
        pod(2, "new", true, LONG_AGO, pod -> {});
        // Then
        assertEquals(List.of(1), restarted());
    }

    @Test
    void whoCannotComeUpIsRestartedAtOnceWhateverTheOthersDo() {
        // Given
        pod(0, "old", false, "2026-01-01T11:59:00Z", pod -> pod.editStatus().addNewContainerStatus()
                .withNewState().withNewWaiting().withReason("CrashLoopBackOff").endWaiting().endState().endContainerStatus().endStatus());
        signs.put(0, new Sign(false, null));
        // Then
        assertEquals(List.of(0), restarted());
        // When it reads its logs
        pod(0, "old", false, "2026-01-01T11:50:00Z", pod -> {});
        // Then
        assertInstanceOf(Waiting.class, next());
        // When it does so for ever
        pod(0, "old", false, LONG_AGO, pod -> {});
        // Then
        assertEquals(List.of(0), restarted());
    }

    @Test
    void brokersThatHaveNoPartitionInCommonRestartTogetherAThirdAtMost() {
        // Given brokers in a ring, as they are placed
        List<Outdated> nine = new ArrayList<>();
        List<PartitionState> ring = new ArrayList<>();
        for (int broker = 8; broker >= 0; broker--) {
            nine.add(new Outdated(broker, pods.get("main-0"), "why"));
            ring.add(state(List.of(broker, (broker + 1) % 9, (broker + 2) % 9), broker, (broker + 1) % 9, (broker + 2) % 9));
        }
        // Then
        assertEquals(List.of(8, 5, 2), new StoredPartitions(ring).apart(nine, 9).stream().map(Outdated::broker).toList());
        assertEquals(List.of(8, 7), StoredPartitions.NONE.apart(nine, 2).stream().map(Outdated::broker).toList());
        // When all share one
        ring.add(state(List.of(8, 5, 2), 8, 5, 2));
        assertEquals(List.of(8, 4), new StoredPartitions(ring).apart(nine, 9).stream().map(Outdated::broker).toList());
        // Then of three one goes, whatever they have
        assertEquals(List.of(2), restarted());
    }

    @Test
    void theNextOneWaitsUntilTheOneBeforeIsInSyncButNotForEver() {
        // Given
        pod(2, "new", true, "2026-01-01T11:59:00Z", pod -> {});
        stored = List.of(state(List.of(2, 1, 0), 1, 0));
        // Then
        assertEquals(new Waiting(2, "No other is restarted before: broker 2 is not in sync with all that is placed on it yet."), next());
        assertEquals(List.of("Rolling", "True", "UnderReplicated CatchingUp", "Degraded False"), List.of(status().reason, condition("Progressing").getStatus(),
                "UnderReplicated " + condition("UnderReplicated").getReason(), "Degraded " + condition("Degraded").getStatus()));
        // When
        stored = List.of(state(List.of(2, 1, 0), 1, 0, 2));
        // Then
        assertEquals(List.of(1), restarted());
        // When it never is
        stored = List.of(state(List.of(2, 1, 0), 1, 0));
        pod(2, "new", true, LONG_AGO, pod -> {});
        // Then the brokers say whether they may be stopped
        assertEquals(List.of(1), restarted());
    }

    @Test
    void aBrokerThatDoesNotComeUpWithTheChangeStopsTheRollUntilTheChangeIsTakenBack() {
        // Given
        pod(2, "new", false, "2026-01-01T11:59:00Z", pod -> pod.editStatus().addNewContainerStatus().withNewState().withNewWaiting()
                .withReason("ImagePullBackOff").withMessage("no such image").endWaiting().endState().endContainerStatus().endStatus());
        signs.put(2, new Sign(false, null));
        // Then
        Stopped stopped = assertInstanceOf(Stopped.class, next());
        assertEquals(2, stopped.outdated());
        Condition told = status();
        assertEquals("RollStopped", told.reason);
        assertTrue(told.message
                .startsWith("2 of 3 brokers have not restarted to take what has changed. 2 of 3 brokers serve. The roll has stopped: broker 2 does not"
                        + " come up with what has changed, it waits: ImagePullBackOff, no such image. No other is restarted."),
                told.message);
        assertEquals("False", condition("Progressing").getStatus());
        assertEquals("RollStopped", condition("Degraded").getReason());
        // When the template is as it was before
        set.getStatus().setUpdateRevision("old");
        // Then
        assertEquals(List.of(2), restarted());
        assertEquals(1, assertInstanceOf(Restart.class, next()).outdated());
    }

    @Test
    void aRollIsPausedByAnAnnotation() {
        cluster.getMetadata().setAnnotations(Map.of(Cluster.PAUSE_ROLL, ""));
        Condition told = status();
        assertEquals("RollPaused", told.reason);
        assertTrue(told.message.endsWith("kubectl annotate cluster main partita.io/pause-roll- has them restarted."), told.message);
        assertEquals("Degraded False", "Degraded " + condition("Degraded").getStatus());
    }

    @Test
    void aPausedClusterSaysSoAndTellsNothingOfASpecThatIsNotLookedAt() {
        // Given
        cluster.getMetadata().setGeneration(4L);
        status();
        // When
        cluster.getMetadata().setGeneration(5L);
        cluster.getMetadata().setAnnotations(Map.of(Cluster.PAUSE, ""));
        status();
        // Then
        assertEquals(4, cluster.getStatus().observedGeneration);
        assertEquals("True", condition("Paused").getStatus());
        // When
        cluster.getMetadata().setAnnotations(null);
        status();
        // Then
        assertEquals(5, cluster.getStatus().observedGeneration);
        assertNull(condition("Paused"));
    }

    @Test
    void conditionsTellWhoIsMissedAndWhatForAndNobodyIsEvictedThen() {
        // Given all is well
        for (int broker = 0; broker < 3; broker++) {
            pod(broker, "new", true, LONG_AGO, pod -> {});
        }
        stored = List.of(state(List.of(2, 1, 0), 2, 1, 0), state(List.of(1), 1));
        status();
        assertEquals(List.of("True Served", "False InSync", "False Sound", "False Complete"), conditions());
        assertEquals(1, budget());
        // When one is not in sync
        stored = List.of(state(List.of(2, 1, 0), 1, 0), state(List.of(1), 1));
        status();
        // Then the others are needed
        assertEquals(List.of("True Served", "True CatchingUp", "False Sound", "False Complete"), conditions());
        assertEquals(0, budget());
        // When a disk is full
        signs.put(2, new Sign(true, null, "process", 2, false, Map.of(), true));
        status();
        assertEquals(List.of("True Served", "True CatchingUp", "True DisksShort", "False Complete"), conditions());
        // When its pod is gone
        pods.remove("main-2");
        signs.put(2, new Sign(false, null));
        status();
        assertEquals(List.of("True Served", "True BrokerAway", "True BrokerAway", "False BrokersNotReady"), conditions());
        // When another is
        stored = List.of(state(List.of(2, 1, 0), 0), state(List.of(1), 1));
        pods.remove("main-1");
        signs.put(1, new Sign(false, null));
        status();
        // Then
        assertEquals(List.of("False PartitionsUnserved", "True BrokerAway", "True BelowMinInSync", "False BrokersNotReady"), conditions());
        assertEquals(
                "Producers with acks=all are refused, because partitions have fewer replicas in sync than min.insync.replicas: they lack brokers 1, 2. Broker 1 has"
                        + " no pod yet: if that lasts, kubectl describe statefulset says why.",
                condition("Degraded").getMessage());
    }

    private List<String> conditions() {
        return Stream.of("Available", "UnderReplicated", "Degraded", "Progressing").map(type -> condition(type).getStatus() + " " + condition(type).getReason())
                .toList();
    }

    private int budget() {
        return ClusterPlan.of(cluster, observed(), IMAGE).objects().stream().filter(PodDisruptionBudget.class::isInstance).map(PodDisruptionBudget.class::cast)
                .findFirst().orElseThrow().getSpec().getMaxUnavailable().getIntVal();
    }

    private io.fabric8.kubernetes.api.model.Condition condition(String type) {
        return Conditions.find(cluster.getStatus().conditions, type);
    }

    /** A partition with a minimum of 2, or 1 where it has one replica, led by the first of those in sync. */
    private static PartitionState state(List<Integer> replicas, Integer... inSync) {
        List<InSyncReplica> isr = Stream.of(inSync).map(broker -> new InSyncReplica(broker, "log-" + broker)).toList();
        return new PartitionState(replicas, new BrokerProcess(inSync[0], "process"), 1, 1, isr, Math.min(2, replicas.size()), 0);
    }

    private List<Integer> restarted() {
        return assertInstanceOf(Restart.class, next()).brokers().stream().map(Outdated::broker).toList();
    }

    @Test
    void nothingHappensOnWhatIsNotSeenYet() {
        set.getMetadata().setGeneration(3L);
        assertEquals(new Waiting(3, "Kubernetes has not taken up the change yet."), next());
    }

    @Test
    void theReasonIsTold() {
        assertEquals("settings have changed that need it",
                reason(pod -> pod.editMetadata().addToAnnotations(BrokerStatefulSet.RESTART_HASH, "h").endMetadata()));
        assertEquals("image " + IMAGE + " follows older", reason(pod -> pod.editSpec().editFirstContainer().withImage("older").endContainer().endSpec()));
        assertEquals("the annotation partita.io/restart of the Cluster asks for it",
                reason(pod -> pod.editMetadata().addToAnnotations(BrokerStatefulSet.RESTART, "once").endMetadata()));
        assertEquals("its pod template has changed", reason(pod -> pod.editSpec().withPriorityClassName("high").endSpec()));
    }

    private String reason(Consumer<PodBuilder> difference) {
        pod(2, "old", true, LONG_AGO, difference);
        return assertInstanceOf(Restart.class, next()).brokers().getFirst().reason();
    }

    @Test
    void theStatusSaysRollingUntilTheLastBrokerServesAgain() {
        // When
        Condition ready = status();
        // Then
        assertEquals("Rolling", ready.reason);
        assertTrue(ready.message.contains("3 of 3 brokers have to restart") && ready.message.contains("Broker 2 restarts now"), ready.message);
        // When all are new and the last one starts
        pod(2, "new", true, LONG_AGO, pod -> {});
        pod(1, "new", true, LONG_AGO, pod -> {});
        pod(0, "new", false, "2026-01-01T11:59:00Z", pod -> {});
        // Then
        assertEquals("Rolling", status().reason);
        // When it serves
        pod(0, "new", true, "2026-01-01T11:59:00Z", pod -> {});
        assertEquals("Serving", status().reason);
        // When it is away later
        signs.put(0, new Sign(false, null));
        nodes.put("node-0", new NodeSeen(null, false));
        Condition away = status();
        // Then
        assertEquals("BrokersNotReady", away.reason);
        assertEquals("2 of 3 brokers serve. Broker 0 (main-0) is away: its node node-0 is not ready.", away.message);
        assertEquals("is away: its node node-0 is not ready", cluster.getStatus().brokers.getFirst().away());
    }

    @Test
    void whoseNodeIsOutOfSightIsNotSaidToBeStarting() {
        // Given
        pod(2, "new", true, LONG_AGO, pod -> {});
        pod(1, "new", true, LONG_AGO, pod -> {});
        // When
        pod(0, "new", false, "2026-01-01T11:59:00Z", pod -> {});
        nodes.put("node-0", new NodeSeen(null, false));
        // Then
        assertEquals(
                "2 of 3 brokers serve. Broker 0 (main-0) is there by its own word, but Kubernetes has not heard of its node node-0 and counts it as not ready.",
                status().message);
    }

    @Test
    void addressesThatBrokersDoNotTellYetAreNotReady() {
        // Given
        for (int broker = 0; broker < 3; broker++) {
            pod(broker, "new", true, LONG_AGO, pod -> pod.editStatus().withHostIP("10.0.0.1").endStatus());
            signs.put(broker, new Sign(true, "PLAIN://main:9092,EXTERNAL://kafka-" + broker + ".example.org:9094"));
        }
        cluster.getSpec().listeners.add(ClusterSamples.external(ListenerType.LoadBalancer));
        cluster.getSpec().listeners.getLast().advertisedHost = "kafka-{broker}.example.org";
        assertEquals("Serving", status().reason);
        // When
        cluster.getSpec().listeners.getLast().advertisedHost = "broker-{broker}.example.org";
        Condition told = status();
        // Then
        assertEquals("AddressesNotCurrent", told.reason);
        assertTrue(told.message.contains("its address broker-0.example.org:9094 yet"), told.message);
    }

    private record Condition(String reason, String message) {}

    private Condition status() {
        Observed observed = observed();
        ClusterPlan plan = ClusterPlan.of(cluster, observed, IMAGE);
        ClusterStatus status = ClusterStatuses.of(cluster, observed, plan, BrokerRoll.next(cluster, 3, observed, NOW), false, NOW);
        cluster.setStatus(status);
        var ready = Conditions.find(status.conditions, ClusterStatus.READY);
        return new Condition(ready.getReason(), ready.getMessage());
    }

    private BrokerRoll next() {
        return BrokerRoll.next(cluster, 3, observed(), NOW);
    }

    private Observed observed() {
        return Observed.nothing().with(set).withPods(pods).withSigns(signs).withNodes(nodes).withReplicas(Map.of(), leaderless)
                .withStored(new StoredPartitions(stored));
    }

    private void pod(int broker, String revision, boolean isReady, String since, Consumer<PodBuilder> more) {
        PodBuilder pod = new PodBuilder()
                .withNewMetadata()
                .withName("main-" + broker)
                .addToLabels(BrokerRoll.REVISION, revision)
                .withAnnotations(new HashMap<>(set.getSpec().getTemplate().getMetadata().getAnnotations()))
                .endMetadata()
                .withSpec(set.getSpec().getTemplate().getSpec())
                .editSpec()
                .withNodeName("node-" + broker)
                .endSpec()
                .withNewStatus()
                .addNewCondition()
                .withType("Ready")
                .withStatus(isReady ? "True" : "False")
                .withLastTransitionTime(since)
                .endCondition()
                .endStatus();
        more.accept(pod);
        pods.put("main-" + broker, pod.build());
    }
}
