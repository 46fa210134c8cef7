package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Notices containers that were started again without anybody wanting it. What happened before this operator started is not told. For any thread. */
@ApplicationScoped
class RestartWatch {

    private static final int PODS_MAX = 10_000;

    private final Map<String, Integer> counts = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
            return size() > PODS_MAX;
        }
    };

    /** Pods whose broker was started again since the last look, with how it had ended. */
    synchronized Map<String, String> since(Collection<Pod> pods) {
        Map<String, String> ended = new TreeMap<>();
        for (Pod pod : pods) {
            if (pod.getStatus() == null || pod.getStatus().getContainerStatuses() == null) {
                continue;
            }
            for (ContainerStatus container : pod.getStatus().getContainerStatuses()) {
                if (!BrokerStatefulSet.CONTAINER.equals(container.getName()) || container.getRestartCount() == null) {
                    continue;
                }
                Integer before = counts.put(pod.getMetadata().getUid(), container.getRestartCount());
                if (before != null && before < container.getRestartCount()) {
                    String end = PodTroubles.lastEnd(container);
                    ended.put(pod.getMetadata().getName(), end == null ? "for a reason that Kubernetes does not tell" : end);
                }
            }
        }
        return ended;
    }
}
