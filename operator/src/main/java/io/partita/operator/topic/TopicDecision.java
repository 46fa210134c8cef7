package io.partita.operator.topic;

import io.fabric8.kubernetes.api.model.Condition;
import io.partita.broker.config.TopicSettings;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionState;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus;
import io.partita.crds.ClusterStatus.BrokerStatus;
import io.partita.crds.Conditions;
import io.partita.crds.ObjectNames;
import io.partita.crds.PartitionSetObject;
import io.partita.crds.PartitionStatus;
import io.partita.crds.PartitionStatus.InSyncReplica;
import io.partita.crds.PartitionStatus.Leader;
import io.partita.crds.Placed;
import io.partita.crds.Placement.Candidate;
import io.partita.crds.Problem;
import io.partita.crds.Topic;
import io.partita.crds.TopicRules;
import io.partita.crds.TopicStatus;
import io.partita.operator.SeenSets;
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
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** The status a topic gets: a pure function of the topic, its cluster, the topics beside it, and what is stored of its partitions. */
final class TopicDecision {

    /** How long placement waits for the last of the brokers to get their nodes. */
    static final Duration FORMING_MAX = Duration.ofMinutes(2);
    /** And for most of them: their first image may be on its way, while partitions stay where they are placed. */
    static final Duration FORMING_MOST_MAX = Duration.ofMinutes(15);

    private TopicDecision() {}

    /**
     * What is to be done about a topic.
     *
     * @param status the next status
     * @param writes by partition: what is to be made of its state, {@code null} where there is none yet, before the status is written
     */
    record Decided(TopicStatus status, Map<Integer, UnaryOperator<PartitionState>> writes) {}

    /**
     * The next status. What is wrong with the spec changes neither partitions nor settings, only the condition.
     *
     * @param rivals other topics whose Kafka name may collide
     * @param sets what is stored of partitions
     * @param placement asked only when there are partitions without a place
     */
    static Decided decide(Topic topic, Cluster cluster, Collection<Topic> rivals, SeenSets sets, Places placement, Instant now) {
        TopicStatus status = copyOf(topic);
        UUID id = UUID.fromString(topic.getMetadata().getUid());
        if (Placed.read(status.places) != null) {
            restore(status, id, sets);
        }
        if (TopicRules.damage(status) == null) {
            status.partitions = view(status, id, sets);
        }
        status.away = away(status, cluster);
        Long generation = topic.getMetadata().getGeneration();
        status.observedGeneration = generation;
        Problem problem = problem(topic, status, cluster, rivals, sets, now);
        if (problem != null) {
            TopicRules.count(status);
            status.conditions = Conditions.with(status.conditions, TopicStatus.READY, false, problem.reason(), problem.message(), generation, now);
            return new Decided(status, Map.of());
        }
        Map<Integer, UnaryOperator<PartitionState>> writes = new TreeMap<>();
        if (isOfAnotherCluster(topic, cluster)) {
            beginAnew(status, id, sets, partition -> true, placement, writes);
        } else if (isGivenUp(status, cluster)) {
            Set<Integer> givenUp = cluster.givenUpBrokers();
            beginAnew(status, id, sets, partition -> givenUp.containsAll(partition.replicas()), placement, writes);
        }
        if (status.places.isEmpty() && !status.partitions.isEmpty()) {
            status.places = Placed.texts(placement.kept(status.partitions.stream().map(PartitionStatus::replicas).toList()));
            status.adopting = true;
        } else if (Boolean.TRUE.equals(status.adopting)) {
            adopt(status, id, sets, writes);
        } else if (status.places.size() < topic.getSpec().partitions) {
            status.places = Placed.texts(placement.grown(Placed.read(status.places)));
        }
        if (writes.isEmpty() && isStored(status, id, sets)) {
            writes.putAll(TopicMoves.of(topic, cluster, sets));
        }
        status.partitions = view(status, id, sets);
        if (isStored(status, id, sets)) {
            status.stored = status.places.size();
        }
        status.topicId = topic.getMetadata().getUid();
        status.replicas = status.partitions.getFirst().replicas().size();
        if (cluster.getStatus() != null && cluster.getStatus().clusterId != null) {
            status.clusterId = cluster.getStatus().clusterId;
        }
        status.config = TopicSettings.canonical(topic.getSpec().config);
        TopicRules.settle(status, generation, now);
        tellOfRefusals(status, id, sets, cluster, generation, now);
        return new Decided(status, writes);
    }

    /** Says for people whether producers are refused: what brokers do at once, by what is stored and by what they know of their disks, and end by themselves. */
    private static void tellOfRefusals(TopicStatus status, UUID id, SeenSets sets, Cluster cluster, Long generation, Instant now) {
        boolean isBelow = false;
        boolean isShort = false;
        Set<Integer> hindered = hindered(cluster);
        for (PartitionStatus partition : status.partitions) {
            PartitionState state = sets.state(new PartitionKey(id, partition.partition()));
            isBelow |= state != null && !state.isUntouched() && state.isr().size() < state.minInSync();
            isShort |= partition.leader() != null && hindered.contains(partition.leader().broker());
        }
        status.conditions = Conditions.with(status.conditions, Conditions.WRITES_REFUSED, isBelow || isShort,
                isBelow ? "BelowMinInSync" : isShort ? "DisksShort" : "Accepted",
                isBelow
                        ? "Producers with acks=all are refused for partitions with fewer replicas in sync than min.insync.replicas; they try again. Reads go on."
                        : isShort
                                ? "Producers are refused for partitions whose leader's disk lacks space or fails, and that nobody else can lead; they try again. Reads go on."
                                : "Producers are served.",
                generation, now);
    }

    /** Brokers whose disks lack space or fail. */
    static Set<Integer> hindered(Cluster cluster) {
        return cluster.getStatus() == null
                ? Set.of()
                : cluster.getStatus().brokers.stream().filter(BrokerStatus::isHindered).map(BrokerStatus::id).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Places that somebody took away, where what was in them is still there. */
    private static void restore(TopicStatus status, UUID id, SeenSets sets) {
        List<String> places = new ArrayList<>(status.places);
        for (PartitionKey key = new PartitionKey(id, places.size()); sets.setOf(key) != null; key = new PartitionKey(id, places.size())) {
            places.add(new Placed(sets.setOf(key), sets.state(key).replicas()).text());
        }
        if (places.size() > status.places.size()) {
            status.places = places;
            status.stored = places.size();
        }
    }

    /** The partitions as they are stored, for people; where nothing is yet, as they were before. */
    private static List<PartitionStatus> view(TopicStatus status, UUID id, SeenSets sets) {
        List<PartitionStatus> view = new ArrayList<>(status.partitions);
        for (int i = 0; i < status.places.size(); i++) {
            PartitionState state = sets.state(new PartitionKey(id, i));
            PartitionStatus seen = state == null
                    ? i < view.size() ? view.get(i) : PartitionStatus.placed(i, Placed.read(status.places.get(i)).replicas())
                    : view(i, state);
            if (i < view.size()) {
                view.set(i, seen);
            } else {
                view.add(seen);
            }
        }
        return view;
    }

    private static PartitionStatus view(int partition, PartitionState state) {
        Leader leader = state.leader() == null ? null : new Leader(state.leader().broker(), state.leader().process());
        return new PartitionStatus(partition, leader, state.epoch(), state.version(), state.replicas(),
                state.isr().stream().map(member -> new InSyncReplica(member.broker(), member.isAnyLog() ? InSyncReplica.ANY_LOG : member.incarnation()))
                        .toList());
    }

    /** Whether all partitions are stored and led. What nobody has led yet would begin with nothing anyway. */
    private static boolean isStored(TopicStatus status, UUID id, SeenSets sets) {
        for (int i = 0; i < status.places.size(); i++) {
            PartitionState state = sets.state(new PartitionKey(id, i));
            if (state == null || state.leader() == null) {
                return false;
            }
        }
        return !Boolean.TRUE.equals(status.adopting);
    }

    /** Partitions whose records are gone, or given up, begin anew where they are placed now. They stay in their sets. */
    private static void beginAnew(TopicStatus status, UUID id, SeenSets sets, Predicate<PartitionStatus> isGone, Places placement,
            Map<Integer, UnaryOperator<PartitionState>> writes) {
        List<PartitionStatus> before = List.copyOf(status.partitions);
        List<Placed> kept = new ArrayList<>();
        before.stream().filter(partition -> !isGone.test(partition)).forEach(partition -> kept.add(new Placed("0-0", partition.replicas())));
        Iterator<Placed> anew = placement.grown(kept).listIterator(kept.size());
        for (PartitionStatus partition : before) {
            if (isGone.test(partition)) {
                List<Integer> on = anew.next().replicas();
                PartitionState seen = sets.state(new PartitionKey(id, partition.partition()));
                // Not twice: what has begun anew may have records already.
                writes.put(partition.partition(), state -> Objects.equals(state, seen) ? (state == null ? adopted(partition) : state).begunAnew(on) : state);
            }
        }
    }

    /** Takes partitions of an earlier release over that are not stored yet. */
    private static void adopt(TopicStatus status, UUID id, SeenSets sets, Map<Integer, UnaryOperator<PartitionState>> writes) {
        for (PartitionStatus partition : status.partitions) {
            if (sets.state(new PartitionKey(id, partition.partition())) == null) {
                writes.putIfAbsent(partition.partition(), state -> state == null ? adopted(partition) : state);
            }
        }
        if (writes.isEmpty()) {
            status.adopting = null;
        }
    }

    private static PartitionState adopted(PartitionStatus partition) {
        if (partition.leaderEpoch() == 0 || partition.isr().isEmpty()) {
            return PartitionState.placed(partition.replicas(), 1);
        }
        List<io.partita.broker.control.InSyncReplica> isr = partition.isr().stream()
                .map(member -> new io.partita.broker.control.InSyncReplica(member.broker(),
                        member.incarnation().isEmpty() ? io.partita.broker.control.InSyncReplica.ANY_LOG : member.incarnation()))
                .toList();
        boolean isLed = partition.leader() != null && isr.stream().anyMatch(member -> member.broker() == partition.leader().broker());
        BrokerProcess leader = isLed ? new BrokerProcess(partition.leader().broker(), partition.leader().process()) : null;
        return new PartitionState(partition.replicas(), leader, partition.leaderEpoch(), partition.version(), isr, 1, 0);
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

    private static Problem problem(Topic topic, TopicStatus status, Cluster cluster, Collection<Topic> rivals, SeenSets sets, Instant now) {
        String damage = TopicRules.damage(status);
        if (damage == null && status.places.isEmpty()) {
            damage = TopicRules.damageOfPartitions(status);
        }
        if (damage != null) {
            return new Problem(TopicRules.DAMAGED_STATUS,
                    "Somebody has changed what only the operator may: " + damage + ". Brokers go on with what they saw before;"
                            + " put it back as it was (kubectl edit --subresource=status).");
        }
        Problem lost = isOfAnotherCluster(topic, cluster) ? null : lost(topic, status, sets);
        if (lost != null) {
            return lost;
        }
        Problem problem = TopicRules.problem(topic, cluster, rivals);
        if (problem != null) {
            return problem;
        }
        String setting = TopicSettings.problem(topic.getSpec().config);
        if (setting != null) {
            return new Problem("InvalidConfig", "spec.config: " + setting);
        }
        boolean isAdopted = status.places.isEmpty() && !status.partitions.isEmpty() || Boolean.TRUE.equals(status.adopting);
        boolean grows = !isAdopted && status.places.size() < topic.getSpec().partitions;
        boolean isPlaced = grows || isOfAnotherCluster(topic, cluster) || isGivenUp(status, cluster);
        int replicas = TopicRules.replicas(topic.getSpec(), cluster);
        if (isPlaced && replicas > 1 && !isReplicating(cluster)) {
            return new Problem(TopicRules.WAITING_FOR_BROKERS, "Cluster '" + topic.getSpec().cluster
                    + "' has brokers of an earlier release, which keep one replica of a partition: it is placed when all have restarted.");
        }
        if (isPlaced && (candidates(cluster).size() < replicas || isForming(cluster, now))) {
            return new Problem(TopicRules.WAITING_FOR_BROKERS,
                    "Cluster '" + topic.getSpec().cluster + "' has not the brokers to place partitions on yet: see its conditions.");
        }
        return null;
    }

    private static boolean isReplicating(Cluster cluster) {
        return cluster.getStatus() != null && cluster.getStatus().level != null && cluster.getStatus().level >= ClusterStatus.LEVEL_SETS;
    }

    /** What was stored and is not there any more: to begin with nothing in its place would lose all records. */
    private static Problem lost(Topic topic, TopicStatus status, SeenSets sets) {
        UUID id = UUID.fromString(topic.getMetadata().getUid());
        int stored = status.stored == null ? 0 : status.stored;
        for (int i = 0; i < stored; i++) {
            if (sets.setOf(new PartitionKey(id, i)) == null) {
                String set = Placed.read(status.places.get(i)).set();
                String found = sets.damaged().getOrDefault(set, "it has no partition " + i + " of the topic");
                return new Problem("LostState", "PartitionSet " + PartitionSetObject.name(topic.getSpec().cluster, set)
                        + " does not say any more who has the records: " + found + ". Brokers that have seen it go on; put it back as it was.");
            }
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
                        .filter(broker -> broker.id() < cluster.getSpec().brokers && broker.node() != null && !cluster.fencedBrokers().contains(broker.id()))
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
            copy.replicas = present.replicas;
            copy.places = present.places;
            copy.stored = present.stored;
            copy.adopting = present.adopting;
            copy.partitions = present.partitions;
            copy.conditions = Conditions.without(present.conditions, Conditions.PAUSED);
        }
        return copy;
    }
}
