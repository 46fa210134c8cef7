package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.util.Map;
import java.util.function.IntFunction;

/** What a pod that is not ready waits for, in the words of Kubernetes. */
final class PodTroubles {

    private PodTroubles() {}

    /** The first broker that is not ready, and why as far as its pod says. */
    static String first(int brokers, Map<String, Pod> pods, IntFunction<String> names) {
        for (int broker = 0; broker < brokers; broker++) {
            String name = names.apply(broker);
            Pod pod = pods.get(name);
            if (!ClusterStatuses.isReady(pod)) {
                return name + " " + (pod == null ? "has no pod yet: if that lasts, kubectl describe statefulset says why." : of(pod));
            }
        }
        return "";
    }

    private static String of(Pod pod) {
        if (pod.getMetadata().getDeletionTimestamp() != null) {
            return "is stopping.";
        }
        if (pod.getStatus() == null) {
            return "has not begun yet.";
        }
        for (PodCondition condition : pod.getStatus().getConditions()) {
            if (condition.getType().equals("PodScheduled") && condition.getStatus().equals("False")) {
                return "has no node: " + condition.getMessage();
            }
        }
        for (ContainerStatus container : pod.getStatus().getContainerStatuses()) {
            ContainerStateWaiting waiting = container.getState() == null ? null : container.getState().getWaiting();
            if (waiting != null) {
                return "waits: " + waiting.getReason() + (waiting.getMessage() == null ? "." : ", " + waiting.getMessage()) + lastEnd(container.getLastState());
            }
        }
        return "is starting.";
    }

    private static String lastEnd(ContainerState last) {
        ContainerStateTerminated ended = last == null ? null : last.getTerminated();
        return ended == null ? "" : " It ended with " + ended.getReason() + ", exit code " + ended.getExitCode() + ": kubectl logs --previous says more.";
    }
}
