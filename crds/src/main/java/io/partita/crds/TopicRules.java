package io.partita.crds;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a Topic may ask for, and the status it gets. */
public final class TopicRules {

    /** Replicas of a partition when nobody says anything, as far as there are brokers. */
    public static final int REPLICAS_DEFAULT = 3;

    /** By name of a topic that brokers make for themselves: the setting that says how many replicas it has. */
    private static final Map<String, String> REPLICATION_FACTORS = Map.of("__consumer_offsets", "offsets.topic.replication.factor",
            "__transaction_state", "transaction.state.log.replication.factor", "__share_group_state", "share.coordinator.state.topic.replication.factor");

    /** Reason of a topic that is ready. */
    public static final String SERVED = "Served";
    /** Reason of a topic that is as the spec wants it, but for leaders. */
    public static final String NO_LEADER = "NoLeader";
    /** Reason of a topic whose partitions have leaders, but some of these are away. */
    public static final String BROKER_AWAY = "BrokerAway";
    /** Reasons of a topic as its spec wants it. */
    private static final Set<String> OF_LEADERS = Set.of(SERVED, NO_LEADER, BROKER_AWAY);
    /** Reason of a topic that waits for brokers to be placed on: nothing is wrong with it. */
    public static final String WAITING_FOR_BROKERS = "WaitingForBrokers";
    /** Reason of a topic whose Kafka name, or one that metrics cannot tell from it, an older Topic of the cluster has. */
    public static final String NAME_TAKEN = "NameTaken";
    /** Reason of a topic whose status somebody has damaged. */
    public static final String DAMAGED_STATUS = "DamagedStatus";

    private TopicRules() {}

    /**
     * Why this topic cannot be in its cluster, {@code null} when it can. Settings are not looked at here.
     *
     * @param cluster the cluster its spec names, {@code null} when there is none
     * @param others the other Topics of the namespace; the topic itself may be among them
     */
    public static Problem problem(Topic topic, Cluster cluster, Collection<Topic> others) {
        TopicSpec spec = topic.getSpec();
        if (cluster == null) {
            return new Problem("UnknownCluster", "There is no Cluster '" + spec.cluster + "' in namespace " + topic.getMetadata().getNamespace()
                    + ": create it, or create this Topic anew with the name of one that is there.");
        }
        Topic rival = rival(topic, others);
        if (rival != null) {
            String name = ObjectNames.kafkaName(topic);
            String rivalName = ObjectNames.kafkaName(rival);
            String taken = rivalName.equals(name)
                    ? "has the Kafka name '" + name + "' already"
                    : "has the Kafka name '" + rivalName + "', which metrics cannot tell from '" + name + "'";
            return new Problem(NAME_TAKEN, "The older Topic '" + rival.getMetadata().getName() + "' of the same cluster " + taken + ": delete one of them.");
        }
        return numbersProblem(spec, topic.getStatus(), cluster);
    }

    private static Problem numbersProblem(TopicSpec spec, TopicStatus status, Cluster cluster) {
        int placed = status == null ? 0 : Math.max(status.places.size(), status.partitions.size());
        if (spec.partitions < placed) {
            return new Problem("PartitionsShrink", "The topic has " + placed + " partitions and cannot have " + spec.partitions
                    + ": records of a partition cannot be moved into another. Set partitions to at least " + placed + ".");
        }
        if (spec.partitions < 1 || spec.partitions > TopicSpec.PARTITIONS_MAX) {
            return new Problem("PartitionsOutOfBounds", "A topic has 1 to " + TopicSpec.PARTITIONS_MAX + " partitions, not " + spec.partitions + ".");
        }
        int replicas = replicas(spec, cluster);
        if (replicas > cluster.getSpec().brokers) {
            return new Problem("TooFewBrokers", "Each partition shall have " + replicas + " replicas, but cluster '" + spec.cluster + "' has "
                    + cluster.getSpec().brokers + " brokers: lower replicas, or scale the cluster up first.");
        }
        if (replicas < 1 || replicas > TopicSpec.REPLICAS_MAX) {
            return new Problem("ReplicasOutOfBounds", "A partition has 1 to " + TopicSpec.REPLICAS_MAX + " replicas, not " + replicas + ".");
        }
        return null;
    }

    /** Replicas that each new partition of a topic shall have. Those of the topics that brokers make for themselves are a setting of brokers, as with Kafka. */
    public static int replicas(TopicSpec spec, Cluster cluster) {
        if (spec.replicas != null) {
            return spec.replicas;
        }
        String setting = spec.topicName == null ? null : REPLICATION_FACTORS.get(spec.topicName);
        String wanted = setting == null ? null : cluster.getSpec().config.get(setting);
        boolean isNumber = wanted != null && wanted.strip().matches("[0-9]{1,4}");
        return Math.clamp(isNumber ? Integer.parseInt(wanted.strip()) : REPLICAS_DEFAULT, 1, Math.max(1, cluster.getSpec().brokers));
    }

    /** The older Topic of the same cluster whose Kafka name collides with this one's, {@code null} when there is none. */
    private static Topic rival(Topic topic, Collection<Topic> others) {
        String folded = ObjectNames.folded(ObjectNames.kafkaName(topic));
        return others.stream()
                .filter(other -> !other.getMetadata().getName().equals(topic.getMetadata().getName()))
                .filter(other -> other.getSpec() != null && topic.getSpec().cluster.equals(other.getSpec().cluster))
                .filter(other -> folded.equals(ObjectNames.folded(ObjectNames.kafkaName(other))))
                .filter(other -> AGE.compare(other.getMetadata(), topic.getMetadata()) < 0)
                .findFirst()
                .orElse(null);
    }

    /** Times of creation are whole seconds, so the uid decides among those of one second: at random, but the same for everybody. */
    private static final Comparator<ObjectMeta> AGE = Comparator
            .comparing(ObjectMeta::getCreationTimestamp, Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(ObjectMeta::getUid, Comparator.nullsLast(Comparator.naturalOrder()));

    /** Whether the partitions of this status belong to this very object, not to an earlier one whose backup it was restored from. */
    public static boolean isOwnStatus(Topic topic) {
        TopicStatus status = topic.getStatus();
        return status == null || status.topicId == null || status.topicId.equals(topic.getMetadata().getUid());
    }

    /** What is wrong with the places of a status, {@code null} when nothing is. Only the operator writes them; but anybody with the rights can edit them, and nobody must act on what comes of it. */
    public static String damage(TopicStatus status) {
        for (int i = 0; i < status.places.size(); i++) {
            if (Placed.read(status.places.get(i)) == null) {
                return "status.places[" + i + "] is '" + status.places.get(i) + "' and should be the name of a PartitionSet and numbers of brokers";
            }
        }
        boolean isStored = status.stored == null || status.stored >= 0 && status.stored <= status.places.size();
        return isStored ? null : "status.stored is " + status.stored + ", and there are " + status.places.size() + " places";
    }

    /** What is wrong with the partitions of an earlier release's status, {@code null} when nothing is. */
    public static String damageOfPartitions(TopicStatus status) {
        for (int i = 0; i < status.partitions.size(); i++) {
            PartitionStatus partition = status.partitions.get(i);
            if (partition == null || partition.partition() != i) {
                return "entry " + i + " of status.partitions is not partition " + i;
            }
            String damage = damage(partition);
            if (damage != null) {
                return "partition " + i + " " + damage;
            }
        }
        return null;
    }

    private static String damage(PartitionStatus partition) {
        List<Integer> replicas = partition.replicas();
        if (replicas.isEmpty() || new HashSet<>(replicas).size() < replicas.size() || replicas.stream().anyMatch(broker -> broker < 0)) {
            return "has the replicas " + replicas;
        }
        if (partition.leaderEpoch() < 0 || partition.version() < 0) {
            return "has epoch " + partition.leaderEpoch() + " and version " + partition.version();
        }
        if (partition.leader() != null && (!replicas.contains(partition.leader().broker()) || partition.leaderEpoch() == 0
                || partition.leader().process() == null || partition.leader().process().isEmpty())) {
            return "is led by " + partition.leader() + " in epoch " + partition.leaderEpoch() + ", its replicas are " + replicas;
        }
        return partition.isr().stream().allMatch(member -> replicas.contains(member.broker()) && member.incarnation() != null)
                ? null
                : "has the ISR " + partition.isr() + ", its replicas are " + replicas;
    }

    /** Whether a condition says no more of a topic than whether its partitions have leaders: its spec is met. */
    public static boolean isOfLeaders(Condition ready) {
        return ready != null && OF_LEADERS.contains(ready.getReason());
    }

    /** Sets the counts and whether all partitions have a leader that is there. For the operator, which calls it for a topic whose spec is met. */
    public static void settle(TopicStatus status, Long generation, Instant now) {
        count(status);
        int all = status.partitions.size();
        long leaderless = status.partitions.stream().filter(partition -> partition.leader() == null).count();
        boolean served = status.leaders == all && all > 0;
        Problem problem = served
                ? new Problem(SERVED, "All partitions have a leader.")
                : leaderless > 0 || all == 0
                        ? new Problem(NO_LEADER, leaderless + " of " + all + " partitions have no leader: see whether their brokers run, and what they log"
                                + " (status.partitions names them)." + awaySentence(status))
                        : new Problem(BROKER_AWAY,
                                all - status.leaders + " of " + all + " partitions are not served, because their leader is away." + awaySentence(status));
        status.conditions = Conditions.with(status.conditions, TopicStatus.READY, served, problem.reason(), problem.message(), generation, now);
        boolean isUnder = status.underReplicated > 0;
        status.conditions = Conditions.with(status.conditions, Conditions.UNDER_REPLICATED, isUnder, isUnder ? "ReplicasMissing" : "InSync",
                isUnder
                        ? "Partitions have fewer replicas in sync than they should (status.partitions names them): see the conditions of Cluster and which brokers are away."
                        : "All replicas are in sync.",
                generation, now);
    }

    private static String awaySentence(TopicStatus status) {
        StringBuilder sentence = new StringBuilder();
        if (status.away != null) {
            new TreeMap<>(status.away).forEach((broker, reason) -> sentence.append(" Broker ").append(broker).append(' ').append(reason).append('.'));
        }
        return sentence.toString();
    }

    private static boolean isThere(PartitionStatus.Leader leader, TopicStatus status) {
        return leader != null && (status.away == null || !status.away.containsKey(Integer.toString(leader.broker())));
    }

    /** Sets the counts that people see. */
    public static void count(TopicStatus status) {
        int leaders = 0;
        int underReplicated = 0;
        for (PartitionStatus partition : status.partitions) {
            leaders += isThere(partition.leader(), status) ? 1 : 0;
            underReplicated += partition.isr().size() < partition.replicas().size() ? 1 : 0;
        }
        status.leaders = leaders;
        status.underReplicated = underReplicated;
    }
}
