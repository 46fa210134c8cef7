package io.partita.operator.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateTerminatedBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import org.junit.jupiter.api.Test;

class PodTroublesTest {

    @Test
    void theWordsAreThoseOfKubernetes() {
        Pod unschedulable = new PodBuilder().withNewMetadata().endMetadata().withNewStatus()
                .addNewCondition().withType("PodScheduled").withStatus("False").withMessage("0/2 nodes are available").endCondition().endStatus().build();
        Pod noImage = waiting("ImagePullBackOff", "no such image", null);
        Pod crashing = waiting("CrashLoopBackOff", null, new ContainerStateTerminatedBuilder().withReason("Error").withExitCode(1).build());
        Pod stopping = new PodBuilder().withNewMetadata().withDeletionTimestamp("2026-01-01T00:00:00Z").endMetadata().build();
        Pod starting = new PodBuilder().withNewMetadata().endMetadata().withNewStatus().endStatus().build();

        assertEquals("has no pod yet: if that lasts, kubectl describe statefulset says why", PodTroubles.of(null));
        assertEquals("has no node: 0/2 nodes are available", PodTroubles.of(unschedulable));
        assertEquals("waits: ImagePullBackOff, no such image", PodTroubles.of(noImage));
        assertEquals("waits: CrashLoopBackOff. It ended with Error, exit code 1: kubectl logs --previous says more", PodTroubles.of(crashing));
        assertEquals("is stopping", PodTroubles.of(stopping));
        assertEquals("is starting", PodTroubles.of(starting));
        assertTrue(PodTroubles.isStuck(unschedulable) && PodTroubles.isStuck(noImage) && PodTroubles.isStuck(crashing));
        assertFalse(PodTroubles.isStuck(starting) || PodTroubles.isStuck(waiting("ContainerCreating", null, null)));
    }

    @Test
    void whatEndedForWantOfMemorySaysWhatToRaise() {
        // Given one that runs again already
        Pod killed = running(new ContainerStateTerminatedBuilder().withReason("OOMKilled").withExitCode(137).build());
        Pod full = running(new ContainerStateTerminatedBuilder().withReason("Error").withExitCode(3).build());
        Pod spoke = running(
                new ContainerStateTerminatedBuilder().withReason("Error").withExitCode(1).withMessage("The broker did not start:\nno space\n").build());
        // Then
        assertEquals("is starting again. It ended with OOMKilled: the container used more memory than its limit, raise spec.resources.limits.memory",
                PodTroubles.of(killed));
        assertTrue(PodTroubles.of(full).contains("the heap of its JVM was full"), PodTroubles.of(full));
        assertEquals("is starting again. It ended with Error, exit code 1: The broker did not start: no space", PodTroubles.of(spoke));
    }

    @Test
    void ofManyLastWordsThereAreWholeLines() {
        String line = "x".repeat(90) + "\n";
        Pod spoke = running(new ContainerStateTerminatedBuilder().withReason("Error").withExitCode(1).withMessage(line.repeat(30) + "The end.").build());
        assertTrue(PodTroubles.of(spoke).matches(".*exit code 1: (x{90} )+The end\\."), PodTroubles.of(spoke));
    }

    private static Pod waiting(String reason, String message, ContainerStateTerminated last) {
        return new PodBuilder().withNewMetadata().endMetadata().withNewStatus().addNewContainerStatus()
                .withNewState().withNewWaiting().withReason(reason).withMessage(message).endWaiting().endState()
                .withNewLastState().withTerminated(last).endLastState()
                .endContainerStatus().endStatus().build();
    }

    private static Pod running(ContainerStateTerminated last) {
        return new PodBuilder().withNewMetadata().endMetadata().withNewStatus().addNewContainerStatus()
                .withReady(false)
                .withNewState().withNewRunning().endRunning().endState()
                .withNewLastState().withTerminated(last).endLastState()
                .endContainerStatus().endStatus().build();
    }
}
