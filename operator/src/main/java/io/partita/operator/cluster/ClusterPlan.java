package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec;
import io.partita.crds.ClusterSpec.ListenerSpec;
import io.partita.crds.ClusterSpec.ListenerType;
import io.partita.crds.Problem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What is wanted of a cluster, in the order in which it is written: what others need comes first.
 *
 * @param objects the objects, the StatefulSet last
 * @param surplus services that were needed and are no longer
 * @param brokers brokers that shall run
 * @param problem why it is not all that the spec wants, {@code null} when it is
 */
record ClusterPlan(List<HasMetadata> objects, List<Service> surplus, int brokers, Problem problem) {

    private static final String WAITING_FOR_ADDRESS = "WaitingForAddress";

    /** Reason of a cluster that sleeps. */
    static final String HIBERNATED = "Hibernated";

    /** The plan for a cluster. A spec that cannot be met as a whole changes nothing: no objects. */
    static ClusterPlan of(Cluster cluster, Observed observed, String defaultImage) {
        Problem problem = specProblem(cluster);
        if (problem != null) {
            return new ClusterPlan(List.of(), List.of(), running(observed), problem);
        }
        Problem fixed = BrokerSecurity.problem(cluster, observed.statefulSet());
        if (fixed != null) {
            return new ClusterPlan(List.of(), List.of(), running(observed), fixed);
        }
        int brokers = brokers(cluster, observed);
        Problem kept = BrokerVolumes.ofAnotherCluster(cluster, brokers, observed);
        if (kept != null) {
            return new ClusterPlan(List.of(), List.of(), running(observed), kept);
        }
        Problem incomplete = brokers > cluster.getSpec().brokers ? scaleProblem(cluster, brokers, observed) : BrokerVolumes.problem(cluster, observed);
        List<HasMetadata> objects = new ArrayList<>(BrokerAccess.desired(cluster, brokers));
        List<Service> services = BrokerServices.desired(cluster, brokers, observed);
        objects.addAll(services);
        // A broker without an address for its clients would tell them nothing of use, so it waits for one.
        int reachable = reachable(cluster, brokers, observed);
        if (reachable < brokers) {
            incomplete = new Problem(WAITING_FOR_ADDRESS, "Broker " + reachable + " has no address for its external listener yet: see whether the load balancer"
                    + " of its service was made, or give the listener an advertisedHost.");
        }
        int startable = cluster.getSpec().isHibernated() ? 0 : Math.max(reachable, Math.min(brokers, running(observed)));
        if (cluster.getSpec().isHibernated()) {
            incomplete = new Problem(HIBERNATED, "No broker runs, because spec.hibernated is true. Volumes, topics and users stay: kubectl patch cluster "
                    + ClusterLabels.name(cluster) + " --type merge -p '{\"spec\":{\"hibernated\":false}}' wakes the cluster.");
        }
        objects.add(BrokerSettingsMap.desired(cluster, brokers, observed));
        objects.add(new PodDisruptionBudgetBuilder()
                .withMetadata(ClusterLabels.owned(cluster, ClusterLabels.name(cluster)))
                .withNewSpec()
                .withMaxUnavailable(new IntOrString(observed.stored().isAnyoneSpare() ? 1 : 0))
                // Who is not ready serves nobody: whoever drains its node is not to wait for it.
                .withUnhealthyPodEvictionPolicy("AlwaysAllow")
                .withNewSelector()
                .withMatchLabels(ClusterLabels.selector(cluster))
                .endSelector()
                .endSpec()
                .build());
        objects.add(BrokerStatefulSet.desired(cluster, startable, observed, defaultImage));
        return new ClusterPlan(List.copyOf(objects), surplus(services, observed), startable, incomplete);
    }

    /** Whether brokers may be restarted to take what has changed. One without an address could not tell its clients where it is. */
    boolean mayRestart() {
        return !objects.isEmpty() && (problem == null || !WAITING_FOR_ADDRESS.equals(problem.reason()));
    }

    /** The same plan, of which something could not be carried out. */
    ClusterPlan with(Problem refusal) {
        return new ClusterPlan(objects, surplus, brokers, refusal);
    }

    /** By what the template of the brokers' pods is known, {@code null} where nothing is planned. */
    String template() {
        return objects.isEmpty() ? null : RollMemory.template(((StatefulSet) objects.getLast()).getSpec().getTemplate());
    }

    /** The same plan, and that what brokers came up with is kept. Before the rest: what is kept is what was seen before that. */
    ClusterPlan remembering(ConfigMap memory) {
        List<HasMetadata> all = new ArrayList<>(objects);
        if (memory != null && !objects.isEmpty()) {
            all.addFirst(memory);
        }
        return new ClusterPlan(List.copyOf(all), surplus, brokers, problem);
    }

    /** The same plan, of which nothing is carried out. */
    ClusterPlan untouched() {
        return new ClusterPlan(List.of(), List.of(), brokers, problem);
    }

    /** Nothing changes. */
    ClusterPlan refused(Problem refusal) {
        return new ClusterPlan(List.of(), List.of(), brokers, refusal);
    }

    /** A broker that holds replicas keeps running, however few the spec wants: nothing else has its records. Unless somebody has said that they are given up. */
    static int brokers(Cluster cluster, Observed observed) {
        Set<Integer> givenUp = cluster.givenUpBrokers();
        int highest = observed.replicas().entrySet().stream()
                .filter(entry -> entry.getValue() > 0 && !givenUp.contains(entry.getKey()))
                .mapToInt(entry -> entry.getKey())
                .max()
                .orElse(-1);
        return Math.min(ClusterSpec.BROKERS_MAX, Math.max(cluster.getSpec().brokers, highest + 1));
    }

    private static Problem scaleProblem(Cluster cluster, int brokers, Observed observed) {
        return new Problem("BrokersHoldPartitions", "The cluster keeps " + brokers + " brokers instead of " + cluster.getSpec().brokers + ", because broker "
                + (brokers - 1) + " holds " + observed.replicasOn(brokers - 1)
                + " replicas. They are moved to the brokers that stay; a partition that has as many replicas as brokers would stay, or more, has no place there: lower spec.replicas of its"
                + " Topic, delete it, or set spec.brokers to " + brokers
                + ". To give the records of these replicas up for ever, so that their partitions begin anew, empty, on the brokers that stay: kubectl annotate cluster "
                + ClusterLabels.name(cluster) + " " + Cluster.GIVE_UP_BROKERS + "=" + (brokers - 1));
    }

    private static Problem specProblem(Cluster cluster) {
        ClusterSpec spec = cluster.getSpec();
        Problem unknown = spec.unknownValue();
        if (unknown != null) {
            return unknown;
        }
        if (spec.listeners.stream().noneMatch(listener -> listener.isOf(ListenerType.Internal))) {
            return new Problem("InvalidListeners", "One listener must be of type Internal, because brokers reach each other through it: add one.");
        }
        Set<Object> taken = new HashSet<>(Set.of("http", BrokerServices.HTTP_PORT, "replication", BrokerServices.REPLICATION_PORT));
        for (ListenerSpec listener : spec.listeners) {
            if (!taken.add(listener.name) || !taken.add(listener.port)) {
                return new Problem("InvalidListeners",
                        "Listener '" + listener.name + "' on port " + listener.port + " has the name or the port of another one, or"
                                + " of health and metrics (http, " + BrokerServices.HTTP_PORT + ") or of replication (replication, "
                                + BrokerServices.REPLICATION_PORT
                                + "): change it.");
            }
        }
        return Stream.of(BrokerSecurity.problem(cluster), BrokerSettingsMap.problem(spec.config), BrokerStatefulSet.problem(cluster))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private static int reachable(Cluster cluster, int brokers, Observed observed) {
        for (int broker = 0; broker < brokers; broker++) {
            for (ListenerSpec listener : cluster.getSpec().listeners) {
                if (BrokerServices.advertised(cluster, listener, broker, observed, BrokerSettingsMap.NODE_ADDRESS) == null) {
                    return broker;
                }
            }
        }
        return brokers;
    }

    private static int running(Observed observed) {
        return observed.statefulSet() == null ? 0 : observed.statefulSet().getSpec().getReplicas();
    }

    private static List<Service> surplus(List<Service> wanted, Observed observed) {
        Set<String> names = new HashSet<>();
        wanted.forEach(service -> names.add(service.getMetadata().getName()));
        return observed.services().values().stream()
                .filter(service -> service.getMetadata().getLabels().containsKey(ClusterLabels.LISTENER))
                .filter(service -> !names.contains(service.getMetadata().getName()))
                .toList();
    }
}
