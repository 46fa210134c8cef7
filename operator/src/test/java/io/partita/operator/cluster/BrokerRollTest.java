package io.partita.operator.cluster;

import static io.partita.operator.cluster.ClusterSamples.IMAGE;
import static io.partita.operator.cluster.ClusterSamples.cluster;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.ListenerType;
import io.partita.crds.ClusterStatus;
import io.partita.crds.Conditions;
import io.partita.operator.cluster.BrokerRoll.Complete;
import io.partita.operator.cluster.BrokerRoll.Restart;
import io.partita.operator.cluster.BrokerRoll.Waiting;
import io.partita.operator.cluster.Observed.NodeSeen;
import io.partita.operator.cluster.Observed.Sign;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class BrokerRollTest {

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final String LONG_AGO = "2026-01-01T10:00:00Z";

    private final Cluster cluster = cluster(3);
    private final Map<String, Pod> pods = new HashMap<>();
    private final Map<Integer, Sign> signs = new HashMap<>();
    private final Map<Integer, Integer> leaderless = new HashMap<>();
    private final Map<String, NodeSeen> nodes = new HashMap<>();
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
        assertEquals(2, assertInstanceOf(Restart.class, next()).broker());
        // When it is done
        pod(2, "new", true, LONG_AGO, pod -> {});
        // Then
        Restart next = assertInstanceOf(Restart.class, next());
        assertEquals(1, next.broker());
        assertEquals(2, next.outdated());
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
        assertEquals(1, assertInstanceOf(Restart.class, next()).broker());
    }

    @Test
    void whoCannotComeUpIsRestartedAtOnceWhateverTheOthersDo() {
        // Given
        pod(0, "old", false, "2026-01-01T11:59:00Z", pod -> pod.editStatus().addNewContainerStatus()
                .withNewState().withNewWaiting().withReason("CrashLoopBackOff").endWaiting().endState().endContainerStatus().endStatus());
        signs.put(0, new Sign(false, null));
        // Then
        assertEquals(0, assertInstanceOf(Restart.class, next()).broker());
        // When it reads its logs
        pod(0, "old", false, "2026-01-01T11:50:00Z", pod -> {});
        // Then
        assertInstanceOf(Waiting.class, next());
        // When it does so for ever
        pod(0, "old", false, LONG_AGO, pod -> {});
        // Then
        assertEquals(0, assertInstanceOf(Restart.class, next()).broker());
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
        return assertInstanceOf(Restart.class, next()).reason();
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
        return Observed.nothing().with(set).withPods(pods).withSigns(signs).withNodes(nodes).withReplicas(Map.of(), leaderless);
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
