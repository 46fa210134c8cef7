package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.ListenerSpec;
import io.partita.crds.ClusterSpec.ListenerType;
import io.partita.crds.ClusterStatus;
import io.partita.crds.ClusterStatus.BrokerStatus;
import io.partita.crds.ClusterStatus.ListenerStatus;
import io.partita.crds.Conditions;
import io.partita.crds.Problem;
import io.partita.operator.cluster.BrokerRoll.Outdated;
import io.partita.operator.cluster.Observed.NodeSeen;
import io.partita.operator.cluster.Observed.Sign;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The status of a cluster: what is seen, and how far it is from what is wanted. */
final class ClusterStatuses {

    /** Reason of a cluster whose brokers restart one after the other. */
    static final String ROLLING = "Rolling";
    /** Reasons of one whose brokers are not restarted although they have to. */
    static final String ROLL_STOPPED = "RollStopped";
    static final String ROLL_PAUSED = "RollPaused";

    private ClusterStatuses() {}

    /**
     * The status for what is seen.
     *
     * @param roll which brokers are to restart
     * @param isBehind whether the StatefulSet was changed just now, so that what is seen of its pods is of before
     */
    static ClusterStatus of(Cluster cluster, Observed observed, ClusterPlan plan, BrokerRoll roll, boolean isBehind, Instant now) {
        ClusterStatus before = cluster.getStatus();
        // Of a spec that nothing is done about the status says nothing.
        Long generation = Cluster.isPaused(cluster) && before != null ? before.observedGeneration : cluster.getMetadata().getGeneration();
        ClusterStatus status = new ClusterStatus();
        status.observedGeneration = generation;
        status.level = level(cluster, observed);
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
            status.listeners.add(new ListenerStatus(listener.name, servers.isEmpty() ? null : servers,
                    BrokerServices.nodePort(observed.services().get(ClusterLabels.bootstrapService(cluster, listener.name)))));
        });
        Problem problem = plan.problem() != null ? plan.problem() : progress(cluster, observed, plan.brokers(), status.readyReplicas, roll, isBehind);
        status.conditions = problem == null
                ? Conditions.with(conditions(before), ClusterStatus.READY, true, "Serving", "All " + plan.brokers() + " brokers serve.", generation, now)
                : Conditions.with(conditions(before), ClusterStatus.READY, false, problem.reason(), problem.message(), generation, now);
        status.conditions = ClusterConditions.with(status.conditions, cluster, observed, plan.brokers(), roll, problem, status.level, generation, now);
        return status;
    }

    /**
     * A new cluster has the newest level, one that is there the level that it had until somebody raises it and no broker is left that reads only older forms. Never lowered: what was written since would
     * not be read.
     */
    static Integer level(Cluster cluster, Observed observed) {
        ClusterStatus before = cluster.getStatus();
        Integer wanted = cluster.getSpec().level;
        int readable = readable(observed);
        if (before == null) {
            return Math.min(readable, wanted == null ? ClusterStatus.LEVEL_NEWEST : wanted);
        }
        Integer present = before.level != null ? before.level : readable >= ClusterStatus.LEVEL_SETS ? Integer.valueOf(ClusterStatus.LEVEL_SETS) : null;
        boolean isAnybodyThere = observed.signs().values().stream().anyMatch(sign -> sign.process() != null);
        return wanted == null || !isAnybodyThere || wanted > readable || present != null && present >= wanted ? present : wanted;
    }

    /** The newest level that all brokers read which are there, and this operator. */
    static int readable(Observed observed) {
        return observed.signs().values().stream().filter(sign -> sign.process() != null).mapToInt(Sign::level).reduce(ClusterStatus.LEVEL_NEWEST, Math::min);
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
            boolean isNowhere = node == null && before != null;
            NodeSeen seen = observed.nodeOf(pod);
            brokers.add(new BrokerStatus(id, name, isNowhere ? before.node() : node, isNowhere ? before.zone() : seen == null ? null : seen.zone(),
                    isReady(pod) && observed.isThere(id), observed.replicasOn(id), BrokerTroubles.away(cluster, id, observed), observed.lost().get(id),
                    observed.isHindered(id) ? true : null));
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

    private static Problem progress(Cluster cluster, Observed observed, int wanted, int ready, BrokerRoll roll, boolean isBehind) {
        Condition before = cluster.getStatus() == null ? null : Conditions.find(cluster.getStatus().conditions, ClusterStatus.READY);
        boolean wasRolling = before != null && ROLLING.equals(before.getReason());
        String serving = ready + " of " + wanted + " brokers serve. ";
        switch (roll) {
            case BrokerRoll.Waiting(int outdated, String reason) -> {
                return new Problem(ROLLING, outdated + " of " + wanted + " brokers still have to restart to take what has changed. " + serving + reason);
            }
            case BrokerRoll.Stopped(int outdated, boolean isPaused, String reason) -> {
                return new Problem(isPaused ? ROLL_PAUSED : ROLL_STOPPED,
                        outdated + " of " + wanted + " brokers have not restarted to take what has changed. " + serving + reason);
            }
            case BrokerRoll.Restart(int outdated, List<Outdated> brokers) -> {
                String numbers = brokers.stream().map(broker -> String.valueOf(broker.broker())).collect(Collectors.joining(", "));
                return new Problem(ROLLING, outdated + " of " + wanted + " brokers have to restart to take what has changed. " + serving
                        + (brokers.size() == 1
                                ? "Broker " + numbers + " restarts now"
                                : "Brokers " + numbers + ", which have no partition in common, restart now")
                        + ", because " + brokers.getFirst().reason() + ".");
            }
            case BrokerRoll.Complete complete -> {
                boolean isNew = ready == 0 && !wasRolling;
                if (!isNew && (isBehind || isUnseen(observed.statefulSet()))) {
                    return new Problem(ROLLING, "What has changed was just written. " + serving.strip());
                }
            }
        }
        if (ready < wanted) {
            boolean isComingUp = wasRolling && !isStuck(cluster, observed, wanted);
            return new Problem(isComingUp ? ROLLING : "BrokersNotReady", serving + BrokerTroubles.first(cluster, wanted, observed));
        }
        return addresses(cluster, observed, wanted);
    }

    private static boolean isUnseen(StatefulSet statefulSet) {
        var seen = statefulSet == null ? null : statefulSet.getStatus();
        return seen == null || seen.getObservedGeneration() == null || seen.getObservedGeneration() < statefulSet.getMetadata().getGeneration();
    }

    /** Whether a broker that does not serve stays so unless something changes. */
    static boolean isStuck(Cluster cluster, Observed observed, int wanted) {
        for (int broker = 0; broker < wanted; broker++) {
            Pod pod = observed.pods().get(ClusterLabels.pod(cluster, broker));
            NodeSeen node = observed.nodeOf(pod);
            boolean isLost = node != null && !node.isReady();
            if (pod != null && !isReady(pod) && (isLost || PodTroubles.isStuck(pod))) {
                return true;
            }
        }
        return false;
    }

    /** The brokers serve, but do they tell clients outside where they are? The address of a load balancer or a port of the nodes may have changed since they started. */
    private static Problem addresses(Cluster cluster, Observed observed, int wanted) {
        for (int broker = 0; broker < wanted; broker++) {
            String endpoints = observed.signs().containsKey(broker) ? observed.signs().get(broker).endpoints() : null;
            if (endpoints == null) {
                continue;
            }
            for (ListenerSpec listener : cluster.getSpec().listeners) {
                Pod pod = observed.pods().get(ClusterLabels.pod(cluster, broker));
                String address = listener.isOf(ListenerType.Internal) ? null : BrokerServices.advertised(cluster, listener, broker, observed, hostIp(pod));
                String told = address == null ? null : BrokerSettingsMap.kafkaName(listener) + "://" + address;
                if (told != null && !List.of(endpoints.split(",")).contains(told)) {
                    return new Problem("AddressesNotCurrent",
                            "Broker " + broker + " does not tell clients of listener '" + listener.name + "' its address " + address
                                    + " yet, but " + endpoints
                                    + ": it follows when Kubernetes has brought it the change, within two minutes; else restart it.");
                }
            }
        }
        return null;
    }

    static String hostIp(Pod pod) {
        return pod == null || pod.getStatus() == null ? null : pod.getStatus().getHostIP();
    }
}
