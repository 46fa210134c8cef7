package io.partita.operator.topic;

import io.fabric8.kubernetes.api.model.Condition;
import io.partita.broker.config.TopicSettings;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus;
import io.partita.crds.ClusterStatus.BrokerStatus;
import io.partita.crds.Conditions;
import io.partita.crds.ObjectNames;
import io.partita.crds.PartitionStatus;
import io.partita.crds.PartitionStatus.Leader;
import io.partita.crds.Placement.Candidate;
import io.partita.crds.Problem;
import io.partita.crds.Topic;
import io.partita.crds.TopicRules;
import io.partita.crds.TopicStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The status a topic gets: a pure function of the topic, its cluster and the topics beside it. */
final class TopicDecision {

    /** How long placement waits for the last of the brokers to get their nodes. */
    static final Duration FORMING_MAX = Duration.ofMinutes(2);
    /** And for most of them: their first image may be on its way, while partitions stay where they are placed. */
    static final Duration FORMING_MOST_MAX = Duration.ofMinutes(15);

    private static final String PARTITIONS_LEFT = " partitions are left of ";

    private TopicDecision() {}

    /**
     * The next status. What is wrong with the spec changes neither partitions nor settings, only the condition.
     *
     * @param rivals other topics whose Kafka name may collide
     * @param placement gives replicas for all partitions, asked only when there are too few
     */
    static TopicStatus decide(
            Topic topic, Cluster cluster, Collection<Topic> rivals, Function<List<List<Integer>>, List<List<Integer>>> placement, Instant now) {
        TopicStatus status = copyOf(topic);
        status.away = away(status, cluster);
        Long generation = topic.getMetadata().getGeneration();
        status.observedGeneration = generation;
        Problem problem = problem(topic, cluster, rivals, now);
        if (problem != null) {
            TopicRules.count(status);
            status.conditions = Conditions.with(status.conditions, TopicStatus.READY, false, problem.reason(), problem.message(), generation, now);
            return status;
        }
        if (isOfAnotherCluster(topic, cluster)) {
            List<PartitionStatus> before = status.partitions;
            List<List<Integer>> placed = placement.apply(List.of());
            status.partitions = IntStream.range(0, placed.size())
                    .mapToObj(i -> i < before.size() ? before.get(i).begunAnew(placed.get(i)) : PartitionStatus.placed(i, placed.get(i)))
                    .toList();
        } else if (isGivenUp(status, cluster)) {
            status.partitions = withoutGivenUp(status.partitions, cluster.givenUpBrokers(), placement);
        } else if (status.partitions.size() < topic.getSpec().partitions) {
            List<List<Integer>> present = status.partitions.stream().map(PartitionStatus::replicas).toList();
            status.partitions = TopicRules.grown(status.partitions, placement.apply(present));
        }
        status.topicId = topic.getMetadata().getUid();
        if (cluster.getStatus() != null && cluster.getStatus().clusterId != null) {
            status.clusterId = cluster.getStatus().clusterId;
        }
        status.config = TopicSettings.canonical(topic.getSpec().config);
        TopicRules.settle(status, generation, now);
        return status;
    }

    /** Of the brokers that are named as leaders those that are away, {@code null} when none is. */
    private static Map<String, String> away(TopicStatus status, Cluster cluster) {
        if (cluster == null || cluster.getStatus() == null) {
            return null;
        }
        Set<Integer> leaders = status.partitions.stream().map(PartitionStatus::leader).filter(Objects::nonNull).map(Leader::broker).collect(Collectors.toSet());
        Map<String, String> away = new TreeMap<>();
        for (BrokerStatus broker : cluster.getStatus().brokers) {
            if (broker.away() != null && leaders.contains(broker.id())) {
                away.put(Integer.toString(broker.id()), broker.away());
            }
        }
        return away.isEmpty() ? null : away;
    }

    private static Problem problem(Topic topic, Cluster cluster, Collection<Topic> rivals, Instant now) {
        String damage = topic.getStatus() == null || !TopicRules.isOwnStatus(topic) ? null : damage(topic);
        if (damage != null) {
            return new Problem(TopicRules.DAMAGED_STATUS,
                    "Somebody has changed what only operator and brokers may: " + damage + ". Brokers go on with what they saw before;"
                            + " put it back as it was (kubectl edit --subresource=status).");
        }
        Problem problem = TopicRules.problem(topic, cluster, rivals);
        if (problem != null) {
            return problem;
        }
        String setting = TopicSettings.problem(topic.getSpec().config);
        if (setting != null) {
            return new Problem("InvalidConfig", "spec.config: " + setting);
        }
        boolean grows = topic.getStatus() == null || topic.getStatus().partitions.size() < topic.getSpec().partitions;
        boolean isPlaced = grows || isOfAnotherCluster(topic, cluster) || isGivenUp(topic.getStatus(), cluster);
        if (isPlaced && (candidates(cluster).size() < topic.getSpec().replicas || isForming(cluster, now))) {
            return new Problem(TopicRules.WAITING_FOR_BROKERS,
                    "Cluster '" + topic.getSpec().cluster + "' has not the brokers to place partitions on yet: see its conditions.");
        }
        return null;
    }

    /**
     * Whether the partitions were placed in a Cluster of this name that was deleted, and whose volumes this one did not take over: no log answers to their ISRs any more, so
     * they begin anew. Epochs rise over those of before, because clients that outlived the Cluster ignore lower ones.
     */
    static boolean isOfAnotherCluster(Topic topic, Cluster cluster) {
        TopicStatus status = topic.getStatus();
        String present = cluster == null || cluster.getStatus() == null ? null : cluster.getStatus().clusterId;
        return status != null && TopicRules.isOwnStatus(topic) && status.clusterId != null && present != null && !status.clusterId.equals(present);
    }

    /** Whether all replicas of some partitions are on brokers that are given up. */
    static boolean isGivenUp(TopicStatus status, Cluster cluster) {
        Set<Integer> givenUp = cluster == null ? Set.of() : cluster.givenUpBrokers();
        return status != null && !givenUp.isEmpty() && status.partitions.stream().anyMatch(partition -> givenUp.containsAll(partition.replicas()));
    }

    /** Those partitions begin anew on brokers that stay; new ones are placed with them. */
    private static List<PartitionStatus> withoutGivenUp(
            List<PartitionStatus> partitions, Set<Integer> givenUp, Function<List<List<Integer>>, List<List<Integer>>> placement) {
        List<List<Integer>> kept = partitions.stream().map(PartitionStatus::replicas).filter(replicas -> !givenUp.containsAll(replicas)).toList();
        List<List<Integer>> placed = placement.apply(kept);
        Iterator<List<Integer>> anew = placed.subList(kept.size(), placed.size()).iterator();
        List<PartitionStatus> next = new ArrayList<>(placed.size());
        partitions.forEach(partition -> next.add(givenUp.containsAll(partition.replicas()) ? partition.begunAnew(anew.next()) : partition));
        while (anew.hasNext()) {
            next.add(PartitionStatus.placed(next.size(), anew.next()));
        }
        return next;
    }

    /** Partitions of a topic whose spec was met do not become fewer: to place them anew would lead them from empty logs. */
    private static String damage(Topic topic) {
        TopicStatus status = topic.getStatus();
        Condition ready = Conditions.find(status.conditions, TopicStatus.READY);
        boolean wasWhole = ready != null && topic.getMetadata().getGeneration() != null
                && topic.getMetadata().getGeneration().equals(ready.getObservedGeneration())
                && (TopicRules.isOfLeaders(ready) || ready.getMessage().contains(PARTITIONS_LEFT));
        return wasWhole && status.partitions.size() < topic.getSpec().partitions
                ? status.partitions.size() + PARTITIONS_LEFT + topic.getSpec().partitions
                : TopicRules.damage(status);
    }

    /**
     * Whether brokers are about to get their nodes: what is placed now would all go to those that have one. Brokers that are long in coming are not waited for.
     */
    private static boolean isForming(Cluster cluster, Instant now) {
        Condition ready = cluster.getStatus() == null ? null : Conditions.find(cluster.getStatus().conditions, ClusterStatus.READY);
        int present = candidates(cluster).size();
        Duration patience = 2 * present > cluster.getSpec().brokers ? FORMING_MAX : FORMING_MOST_MAX;
        return present < cluster.getSpec().brokers && (ready == null || ready.getLastTransitionTime() == null
                || Instant.parse(ready.getLastTransitionTime()).plus(patience).isAfter(now));
    }

    /** Brokers that take partitions: those that have a node and are to stay. A broker that is away for a while takes some too; it will be back. */
    static List<Candidate> candidates(Cluster cluster) {
        return cluster.getStatus() == null
                ? List.of()
                : cluster.getStatus().brokers.stream()
                        .filter(broker -> broker.id() < cluster.getSpec().brokers && broker.node() != null)
                        .map(broker -> new Candidate(broker.id(), broker.node(), broker.zone(), 0))
                        .toList();
    }

    /** A status of another object, restored from a backup, is not taken over: its leaders and epochs mean nothing here. */
    private static TopicStatus copyOf(Topic topic) {
        TopicStatus copy = new TopicStatus();
        copy.topicName = ObjectNames.kafkaName(topic);
        TopicStatus present = topic.getStatus();
        if (present != null && TopicRules.isOwnStatus(topic)) {
            copy.topicId = present.topicId;
            copy.clusterId = present.clusterId;
            copy.config = present.config;
            copy.partitions = present.partitions;
            copy.conditions = present.conditions;
        }
        return copy;
    }
}
