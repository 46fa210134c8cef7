package io.partita.operator.cluster;

import static io.partita.operator.cluster.ClusterSamples.IMAGE;
import static io.partita.operator.cluster.ClusterSamples.cluster;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatusBuilder;
import io.partita.crds.Cluster;
import io.partita.operator.cluster.Observed.Sign;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RollMemoryTest {

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    private final Cluster cluster = cluster(2);
    private final Map<String, Pod> pods = new HashMap<>();
    private RollMemory memory = RollMemory.NONE;
    private ClusterPlan written;

    /** What the operator would have pods made of, after it has written that and looked what becomes of it. */
    private ClusterPlan look() {
        step();
        return step();
    }

    private ClusterPlan step() {
        ClusterPlan asWanted = ClusterPlan.of(cluster, Observed.nothing(), IMAGE);
        memory = RollMemory.read(memory.object(cluster)).next(cluster, IMAGE, asWanted.template(), observed(written == null ? asWanted : written), NOW);
        RollMemory.Kept instead = memory.instead(cluster, asWanted.template());
        written = instead == null ? asWanted : ClusterPlan.of(RollMemory.with(cluster, instead), Observed.nothing(), instead.image());
        return written;
    }

    private Observed observed(ClusterPlan plan) {
        StatefulSet set = ClusterSamples.statefulSet(plan);
        set.getMetadata().setGeneration(1L);
        set.setStatus(new StatefulSetStatusBuilder().withObservedGeneration(1L).withUpdateRevision("new").build());
        return Observed.nothing().with(set).withPods(pods).withSigns(Map.of(0, new Sign(true, null), 1, new Sign(true, null)));
    }

    private void pods(boolean isUp, String waitingFor) {
        for (int broker = 0; broker < 2; broker++) {
            boolean isReady = broker == 0 || isUp;
            Pod pod = new PodBuilder().withNewMetadata().withName("main-" + broker).addToLabels(BrokerRoll.REVISION, isReady && !isUp ? "old" : "new")
                    .endMetadata()
                    .withNewSpec().endSpec().withNewStatus()
                    .addNewCondition().withType("Ready").withStatus(isReady ? "True" : "False").withLastTransitionTime("2026-01-01T11:59:00Z").endCondition()
                    .endStatus()
                    .build();
            if (!isReady && waitingFor.equals("node")) {
                pod = new PodBuilder(pod).editStatus().addNewCondition().withType("PodScheduled").withStatus("False").withMessage("no node fits").endCondition()
                        .endStatus().build();
            } else if (!isReady && waitingFor.equals("image")) {
                pod = new PodBuilder(pod).editStatus().addNewContainerStatus().withName("broker").withNewState().withNewWaiting().withReason("ImagePullBackOff")
                        .endWaiting().endState().endContainerStatus().endStatus().build();
            }
            pods.put("main-" + broker, pod);
        }
    }

    private static String image(ClusterPlan plan) {
        return ClusterSamples.statefulSet(plan).getSpec().getTemplate().getSpec().getContainers().getFirst().getImage();
    }

    @Test
    void whatABrokerIsStuckWithIsTakenBackUntilTheSpecSaysSomethingElse() {
        // Given
        pods(true, "");
        look();
        assertNotNull(memory.good());
        // When a broker comes up slowly, that is nothing
        cluster.getSpec().image = "better";
        pods(false, "");
        assertEquals("better", image(look()));
        // When it cannot come up
        pods(false, "image");
        ClusterPlan back = look();
        // Then
        assertEquals(IMAGE, image(back));
        assertEquals(memory.good().template(), back.template());
        String told = memory.problem(cluster, ClusterPlan.of(cluster, Observed.nothing(), IMAGE).template()).message();
        assertTrue(told.contains("because broker 1 did not come up with it: it waits: ImagePullBackOff"), told);
        // Also when all are up again, and when the number of brokers changes
        pods(true, "");
        cluster.getSpec().brokers = 1;
        assertEquals(1, ClusterSamples.statefulSet(look()).getSpec().getReplicas());
        assertEquals(IMAGE, image(look()));
        // When something else is wanted, or the same again
        cluster.getMetadata().setAnnotations(Map.of(BrokerStatefulSet.RESTART, "1"));
        assertEquals("better", image(look()));
        assertNull(memory.refused());
        assertEquals("better", memory.good().spec().path("image").asText());
        assertFalse(memory.before().spec().has("image"));
    }

    @Test
    void thatThereIsNoNodeIsBlamedOnAChangeThatSaysSomethingOfNodesAlone() {
        pods(true, "");
        look();
        pods(false, "node");
        cluster.getSpec().image = "better";
        assertEquals("better", image(look()));
        cluster.getSpec().nodeSpread = "Required";
        assertEquals(IMAGE, image(look()));
    }

    @Test
    void aBrokerThatFailsWhereAnotherHasComeUpIsNotBlamedOnTheChange() {
        pods(true, "");
        look();
        cluster.getSpec().image = "better";
        pods(false, "image");
        pods.get("main-0").getMetadata().setLabels(Map.of(BrokerRoll.REVISION, "new"));
        assertEquals("better", image(look()));
    }

    @Test
    void whoKnowsNothingOfBeforeTakesNothingBack() {
        pods(false, "image");
        look();
        assertEquals(RollMemory.NONE, memory);
        assertEquals(RollMemory.NONE, RollMemory.read(new ConfigMapBuilder().withData(Map.of("roll.json", "?")).build()));
    }

    @Test
    void theLastChangeIsTakenBackWhereSomebodyAsksAlsoWhenItWasDone() {
        pods(true, "");
        look();
        cluster.getSpec().image = "better";
        look();
        cluster.getMetadata().setAnnotations(Map.of(Cluster.UNDO_ROLL, ""));
        assertEquals(IMAGE, image(look()));
        assertEquals(IMAGE, image(look()));
        cluster.getMetadata().setAnnotations(Map.of());
        assertEquals("better", image(look()));
    }

    /** Whatever happens: what is remembered came up, and what was refused is not made pods of. */
    @Test
    void whatWasRefusedIsNotTriedAndWhatIsRememberedCameUp() {
        Random random = new Random(47);
        for (int i = 0; i < 2_000; i++) {
            cluster.getSpec().image = "image-" + random.nextInt(3);
            pods(random.nextBoolean(), random.nextBoolean() ? "image" : "");
            boolean isUp = ClusterStatuses.isReady(pods.get("main-1"));
            RollMemory before = memory;
            ClusterPlan plan = step();
            if (memory.refused() != null) {
                assertFalse(plan.template().equals(memory.refused().template()));
                assertEquals(memory.good().template(), plan.template());
            }
            assertTrue(isUp || Objects.equals(before.good(), memory.good()));
        }
    }
}
