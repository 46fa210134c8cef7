package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.Condition;
import io.partita.crds.Cluster;
import io.partita.crds.Conditions;
import io.partita.crds.Problem;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a Cluster's conditions say beside whether it is as its spec wants it. Messages name brokers and not numbers of partitions: these change with every record that a follower catches up with, and
 * each change of a message is a write. Metrics and PartitionSets have the numbers. Pure functions.
 */
final class ClusterConditions {

    private final Cluster cluster;
    private final Observed observed;
    private final int brokers;
    private final Long generation;
    private final Instant now;
    private List<Condition> conditions;

    private ClusterConditions(List<Condition> present, Cluster cluster, Observed observed, int brokers, Long generation, Instant now) {
        this.conditions = present;
        this.cluster = cluster;
        this.observed = observed;
        this.brokers = brokers;
        this.generation = generation;
        this.now = now;
    }

    /**
     * The conditions with those added that this class knows.
     *
     * @param brokers how many there are to be
     * @param problem why the cluster is not as it should be, {@code null} when it is
     * @param level the newest forms of objects that are written, {@code null} while that is not known
     */
    static List<Condition> with(List<Condition> present, Cluster cluster, Observed observed, int brokers, BrokerRoll roll, Problem problem, Integer level,
            Long generation, Instant now) {
        ClusterConditions made = new ClusterConditions(present, cluster, observed, brokers, generation, now);
        made.available();
        made.underReplicated();
        made.degraded(roll, problem);
        made.progressing(roll, problem);
        made.upgrade(level);
        made.fenced();
        made.paused();
        return made.conditions;
    }

    private void put(String type, boolean status, String reason, String message) {
        conditions = Conditions.with(conditions, type, status, reason, message, generation, now);
    }

    private void available() {
        Set<Integer> there = IntStream.range(0, brokers).filter(observed::isThere).boxed().collect(Collectors.toSet());
        Set<Integer> unserved = observed.stored().unserved(there);
        if (there.isEmpty()) {
            put(Conditions.AVAILABLE, false, "NoBroker", "No broker serves. " + BrokerTroubles.first(cluster, brokers, observed));
        } else if (!unserved.isEmpty()) {
            put(Conditions.AVAILABLE, false, "PartitionsUnserved", "Partitions have no leader that is there; one of " + named(unserved) + " has to lead them."
                    + troubles(unserved, " See what it logs, and the status of Topics for which they are."));
        } else {
            put(Conditions.AVAILABLE, true, "Served", "All partitions have a leader that is there.");
        }
    }

    private void underReplicated() {
        Set<Integer> behind = observed.stored().behind();
        if (behind.isEmpty()) {
            put(Conditions.UNDER_REPLICATED, false, "InSync", "All replicas are in sync.");
        } else {
            boolean isAnyAway = behind.stream().anyMatch(broker -> !observed.isThere(broker));
            put(Conditions.UNDER_REPLICATED, true, isAnyAway ? "BrokerAway" : "CatchingUp",
                    "Partitions have fewer replicas in sync than they should: they lack "
                            + named(behind) + "." + troubles(behind, " It is there and catches up; where that lasts see what it logs."));
        }
    }

    private void degraded(BrokerRoll roll, Problem problem) {
        Set<Integer> missing = observed.stored().belowMinimum();
        Set<Integer> hindered = IntStream.range(0, brokers).filter(observed::isHindered).boxed().collect(Collectors.toCollection(TreeSet::new));
        boolean isHibernated = cluster.getSpec().isHibernated();
        boolean isBroken = problem != null && !isHibernated
                && ("BrokersNotReady".equals(problem.reason()) || ClusterStatuses.isStuck(cluster, observed, brokers));
        if (!missing.isEmpty() && !isHibernated) {
            put(Conditions.DEGRADED, true, "BelowMinInSync", "Producers with acks=all are refused, because partitions have fewer replicas in sync than"
                    + " min.insync.replicas: they lack " + named(missing) + "."
                    + troubles(missing, " It is there and catches up; where that lasts see what it logs."));
        } else if (!hindered.isEmpty()) {
            put(Conditions.DEGRADED, true, "DisksShort", "Disks of " + named(hindered)
                    + " lack space (log.dirs.reserve.bytes) or fail, as their logs say. Others lead in their place where they"
                    + " can; where not, clients' records are refused until twice the reserve is free, and reads go on. Raise spec.storage.size, or keep less (retention.bytes, retention.ms).");
        } else if (roll instanceof BrokerRoll.Stopped stopped && !stopped.isPaused()) {
            put(Conditions.DEGRADED, true, ClusterStatuses.ROLL_STOPPED, stopped.reason());
        } else if (isBroken) {
            put(Conditions.DEGRADED, true, "BrokerAway", BrokerTroubles.first(cluster, brokers, observed));
        } else {
            put(Conditions.DEGRADED, false, "Sound", "Nothing is broken.");
        }
    }

    private void progressing(BrokerRoll roll, Problem problem) {
        boolean isStopped = roll instanceof BrokerRoll.Stopped;
        boolean isRolling = problem != null && ClusterStatuses.ROLLING.equals(problem.reason());
        if (problem == null) {
            put(Conditions.PROGRESSING, false, "Complete", "The cluster is as its spec wants it.");
        } else {
            put(Conditions.PROGRESSING, isRolling && !isStopped, problem.reason(), problem.message());
        }
    }

    private void upgrade(Integer level) {
        int readable = ClusterStatuses.readable(observed);
        boolean isAnybodyThere = observed.signs().values().stream().anyMatch(sign -> sign.process() != null);
        if (level == null || !isAnybodyThere || readable == level && wanted(level) == level) {
            conditions = Conditions.without(conditions, Conditions.UPGRADE_PENDING);
        } else if (readable < level) {
            put(Conditions.UPGRADE_PENDING, true, Conditions.BROKERS_TOO_OLD, "There are brokers that read objects up to level " + readable + ", and level "
                    + level
                    + " has been finalized: they leave alone what they cannot read. Give them an image of the release that finalized it, or a newer one.");
        } else if (readable < wanted(level)) {
            put(Conditions.UPGRADE_PENDING, true, "WaitingForBrokers",
                    "spec.level asks for level " + wanted(level) + ", and brokers and operator read up to " + readable
                            + ": it is raised when all do.");
        } else {
            put(Conditions.UPGRADE_PENDING, true, "NotFinalized", "All brokers read level " + readable + ", and the cluster is at " + level
                    + ", so that the release before can be gone back to. To have what is new, for good: kubectl patch cluster " + ClusterLabels.name(cluster)
                    + " --type merge -p '{\"spec\":{\"level\":" + readable + "}}'");
        }
    }

    private int wanted(int level) {
        return cluster.getSpec().level == null ? level : Math.max(level, cluster.getSpec().level);
    }

    private void fenced() {
        Set<Integer> fenced = cluster.fencedBrokers().stream().filter(broker -> broker < brokers).collect(Collectors.toCollection(TreeSet::new));
        if (fenced.isEmpty()) {
            conditions = Conditions.without(conditions, Conditions.FENCED);
        } else {
            put(Conditions.FENCED, true, "Annotated", "The annotation " + Cluster.FENCE_BROKERS + " keeps " + named(fenced)
                    + " from leading what others can lead, and from getting more replicas: kubectl annotate cluster " + ClusterLabels.name(cluster) + " "
                    + Cluster.FENCE_BROKERS + "- ends that.");
        }
    }

    private void paused() {
        if (Cluster.isPaused(cluster)) {
            put(Conditions.PAUSED, true, "Annotated", Cluster.pausedSentence(cluster));
        } else {
            conditions = Conditions.without(conditions, Conditions.PAUSED);
        }
    }

    private static String named(Collection<Integer> numbers) {
        return (numbers.size() == 1 ? "broker " : "brokers ") + numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    /** What is the matter with the first of these that is not well; where all are, the sentence. */
    private String troubles(Set<Integer> numbers, String sentence) {
        for (int broker : numbers) {
            String trouble = BrokerTroubles.of(cluster, broker, observed);
            if (trouble != null) {
                return " Broker " + broker + " " + trouble + (trouble.endsWith(".") ? "" : ".");
            }
        }
        return sentence;
    }
}
