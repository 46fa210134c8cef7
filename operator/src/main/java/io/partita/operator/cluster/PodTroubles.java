package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** What a pod that is not ready waits for, in the words of Kubernetes, as the end of a sentence. */
final class PodTroubles {

    /** What a container waits for that comes up by itself. */
    private static final Set<String> PASSING = Set.of("ContainerCreating", "PodInitializing");
    private static final String OUT_OF_MEMORY = "OOMKilled";
    /** Exit code of a JVM that ended for want of heap. */
    private static final int HEAP_EXHAUSTED = 3;
    private static final int LAST_WORDS_MAX = 300;

    private PodTroubles() {}

    /** What is the matter with a pod that is not ready; there may be none. */
    static String of(Pod pod) {
        if (pod == null) {
            return "has no pod yet: if that lasts, kubectl describe statefulset says why";
        }
        if (pod.getMetadata().getDeletionTimestamp() != null) {
            return "is stopping";
        }
        if (pod.getStatus() == null) {
            return "has not begun yet";
        }
        String unscheduled = unscheduled(pod);
        if (unscheduled != null) {
            return "has no node: " + unscheduled;
        }
        for (ContainerStatus container : containers(pod)) {
            ContainerStateWaiting waiting = waiting(container);
            if (waiting != null) {
                return "waits: " + waiting.getReason() + (waiting.getMessage() == null ? "" : ", " + waiting.getMessage()) + lastEnd(container.getLastState());
            }
        }
        return containers(pod).stream()
                .filter(container -> !Boolean.TRUE.equals(container.getReady()) && ended(container.getLastState()) != null)
                .findFirst()
                .map(container -> "is starting again" + lastEnd(container.getLastState()))
                .orElse("is starting");
    }

    /** Whether a pod that is not ready stays so unless something is changed. */
    static boolean isStuck(Pod pod) {
        return unscheduled(pod) != null || containers(pod).stream()
                .map(PodTroubles::waiting)
                .filter(Objects::nonNull)
                .anyMatch(waiting -> waiting.getReason() != null && !PASSING.contains(waiting.getReason()));
    }

    /** Whether a pod waits for a node that can have it. */
    static boolean isUnscheduled(Pod pod) {
        return unscheduled(pod) != null;
    }

    /** How the container of a pod ended last, the end of a sentence; {@code null} when it has not. */
    static String lastEnd(ContainerStatus container) {
        ContainerStateTerminated ended = ended(container.getLastState());
        return ended == null ? null : end(ended);
    }

    private static String unscheduled(Pod pod) {
        if (pod.getStatus() == null || pod.getStatus().getConditions() == null) {
            return null;
        }
        for (PodCondition condition : pod.getStatus().getConditions()) {
            if (condition.getType().equals("PodScheduled") && condition.getStatus().equals("False")) {
                return condition.getMessage();
            }
        }
        return null;
    }

    private static List<ContainerStatus> containers(Pod pod) {
        return pod.getStatus() == null || pod.getStatus().getContainerStatuses() == null ? List.of() : pod.getStatus().getContainerStatuses();
    }

    private static ContainerStateWaiting waiting(ContainerStatus container) {
        return container.getState() == null ? null : container.getState().getWaiting();
    }

    private static ContainerStateTerminated ended(ContainerState last) {
        return last == null ? null : last.getTerminated();
    }

    private static String lastEnd(ContainerState last) {
        ContainerStateTerminated ended = ended(last);
        return ended == null ? "" : ". It ended with " + end(ended);
    }

    private static String end(ContainerStateTerminated ended) {
        if (OUT_OF_MEMORY.equals(ended.getReason())) {
            return OUT_OF_MEMORY + ": the container used more memory than its limit, raise spec.resources.limits.memory";
        }
        String end = ended.getReason() + ", exit code " + ended.getExitCode();
        if (Objects.equals(ended.getExitCode(), HEAP_EXHAUSTED)) {
            return end + ", which means that the heap of its JVM was full: raise spec.resources.limits.memory, or -Xmx in spec.jvmOptions";
        }
        String words = ended.getMessage() == null ? "" : ended.getMessage().strip();
        return words.isEmpty()
                ? end + ": kubectl logs --previous says more"
                : end + ": " + last(words).replace('\n', ' ');
    }

    /** As many of the last lines as there is room for; the end of the last one where there is none for all of it. */
    private static String last(String words) {
        int from = words.length() - LAST_WORDS_MAX;
        if (from <= 0) {
            return words;
        }
        int line = words.indexOf('\n', from - 1);
        return words.substring(line < 0 ? from : line + 1);
    }
}
