package io.partita.operator.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PodTroublesTest {

    private static final Pod READY = new PodBuilder().withNewMetadata().endMetadata()
            .withNewStatus().addNewCondition().withType("Ready").withStatus("True").endCondition().endStatus().build();

    private static String first(Map<String, Pod> pods) {
        return PodTroubles.first(2, pods, broker -> "c-" + broker);
    }

    @Test
    void whatIsReadyIsNotNamed() {
        assertEquals("", first(Map.of("c-0", READY, "c-1", READY)));
        assertEquals("c-1 has no pod yet: if that lasts, kubectl describe statefulset says why.", first(Map.of("c-0", READY)));
    }

    @Test
    void theWordsAreThoseOfKubernetes() {
        Pod unschedulable = new PodBuilder().withNewMetadata().endMetadata().withNewStatus()
                .addNewCondition().withType("PodScheduled").withStatus("False").withMessage("0/2 nodes are available").endCondition().endStatus().build();
        Pod noImage = new PodBuilder().withNewMetadata().endMetadata().withNewStatus().addNewContainerStatus()
                .withNewState().withNewWaiting().withReason("ImagePullBackOff").withMessage("no such image").endWaiting().endState()
                .endContainerStatus().endStatus().build();
        Pod crashing = new PodBuilder().withNewMetadata().endMetadata().withNewStatus().addNewContainerStatus()
                .withNewState().withNewWaiting().withReason("CrashLoopBackOff").endWaiting().endState()
                .withNewLastState().withNewTerminated().withReason("Error").withExitCode(1).endTerminated().endLastState()
                .endContainerStatus().endStatus().build();
        Pod stopping = new PodBuilder().withNewMetadata().withDeletionTimestamp("2026-01-01T00:00:00Z").endMetadata().build();
        Pod starting = new PodBuilder().withNewMetadata().endMetadata().withNewStatus().endStatus().build();

        assertEquals("c-0 has no node: 0/2 nodes are available", first(Map.of("c-0", unschedulable)));
        assertEquals("c-0 waits: ImagePullBackOff, no such image", first(Map.of("c-0", noImage)));
        assertEquals("c-0 waits: CrashLoopBackOff. It ended with Error, exit code 1: kubectl logs --previous says more.", first(Map.of("c-0", crashing)));
        assertEquals("c-0 is stopping.", first(Map.of("c-0", stopping)));
        assertEquals("c-0 is starting.", first(Map.of("c-0", starting)));
    }
}
