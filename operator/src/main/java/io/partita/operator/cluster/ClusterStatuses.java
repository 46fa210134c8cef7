package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus;
import io.partita.crds.ClusterStatus.BrokerStatus;
import io.partita.crds.ClusterStatus.ListenerStatus;
import io.partita.crds.Conditions;
import io.partita.crds.Problem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The status of a cluster: what is seen, and how far it is from what is wanted. */
final class ClusterStatuses {

    private ClusterStatuses() {}

    /**
     * The status for what is seen.
     *
     * @param isBehind whether the StatefulSet was changed just now, so that what is seen of its pods is of before
     */
    static ClusterStatus of(Cluster cluster, Observed observed, ClusterPlan plan, boolean isBehind, Instant now) {
        ClusterStatus before = cluster.getStatus();
        Long generation = cluster.getMetadata().getGeneration();
        ClusterStatus status = new ClusterStatus();
        status.observedGeneration = generation;
        // Until the cluster is made, its id can still be that of another one.
        status.clusterId = !plan.objects().isEmpty() ? cluster.id() : before == null ? null : before.clusterId;
        status.selector = ClusterLabels.selector(cluster).entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .collect(Collectors.joining(","));
        status.brokers = brokers(cluster, observed, Math.max(plan.brokers(), cluster.getSpec().brokers));
        status.replicas = (int) status.brokers.stream().filter(broker -> observed.pods().containsKey(broker.pod())).count();
        status.readyReplicas = (int) status.brokers.stream().filter(BrokerStatus::ready).count();
        status.listeners = new ArrayList<>();
        cluster.getSpec().listeners.forEach(listener -> {
            String servers = BrokerServices.bootstrapServers(cluster, listener, plan.brokers(), observed);
            status.listeners.add(new ListenerStatus(listener.name, servers.isEmpty() ? null : servers));
        });
        Problem problem = plan.problem() != null ? plan.problem() : progress(cluster, observed, plan.brokers(), status.readyReplicas, isBehind);
        status.conditions = problem == null
                ? Conditions.with(conditions(before), ClusterStatus.READY, true, "Serving", "All " + plan.brokers() + " brokers serve.", generation, now)
                : Conditions.with(conditions(before), ClusterStatus.READY, false, problem.reason(), problem.message(), generation, now);
        return status;
    }

    private static List<Condition> conditions(ClusterStatus before) {
        return before == null ? List.of() : before.conditions;
    }

    private static List<BrokerStatus> brokers(Cluster cluster, Observed observed, int count) {
        List<BrokerStatus> brokers = new ArrayList<>();
        for (int id = 0; id < count; id++) {
            String name = ClusterLabels.pod(cluster, id);
            Pod pod = observed.pods().get(name);
            String node = pod == null || pod.getSpec() == null ? null : pod.getSpec().getNodeName();
            BrokerStatus before = before(cluster, id);
            boolean isAway = node == null && before != null;
            brokers.add(new BrokerStatus(id, name, isAway ? before.node() : node, isAway ? before.zone() : node == null ? null : observed.zones().get(node),
                    isReady(pod), observed.replicasOn(id)));
        }
        return brokers;
    }

    private static BrokerStatus before(Cluster cluster, int id) {
        return cluster.getStatus() == null || id >= cluster.getStatus().brokers.size() ? null : cluster.getStatus().brokers.get(id);
    }

    static boolean isReady(Pod pod) {
        return pod != null
                && pod.getMetadata().getDeletionTimestamp() == null
                && pod.getStatus() != null
                && pod.getStatus().getConditions() != null
                && pod.getStatus().getConditions().stream().anyMatch(condition -> condition.getType().equals("Ready") && condition.getStatus().equals("True"));
    }

    private static Problem progress(Cluster cluster, Observed observed, int wanted, int ready, boolean isBehind) {
        if (ready < wanted) {
            return new Problem("BrokersNotReady", ready + " of " + wanted + " brokers serve. "
                    + PodTroubles.first(wanted, observed.pods(), broker -> ClusterLabels.pod(cluster, broker)));
        }
        StatefulSet statefulSet = observed.statefulSet();
        var seen = statefulSet == null ? null : statefulSet.getStatus();
        boolean unseen = seen == null || seen.getObservedGeneration() == null || seen.getObservedGeneration() < statefulSet.getMetadata().getGeneration();
        boolean rolling = unseen || seen.getUpdateRevision() != null && !seen.getUpdateRevision().equals(seen.getCurrentRevision());
        return rolling || isBehind ? new Problem("Rolling", "Brokers restart one at a time to take changed settings.") : null;
    }
}
