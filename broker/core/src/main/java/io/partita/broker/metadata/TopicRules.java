package io.partita.broker.metadata;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.ConfigChange;
import io.partita.broker.config.TopicSettings;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Which changes are allowed, and what becomes of them, as pure functions over an image: the same for every store. Error codes are those
 * Kafka's controller gives.
 */
public final class TopicRules {

    /** Most partitions in one request, and so of a new topic: each costs a directory and files. */
    public static final int PARTITIONS_PER_REQUEST_MAX = 10_000;

    private TopicRules() {}

    /** Checks a topic to be created and fills in its numbers. */
    static Result<NewTopic> resolve(NewTopic topic, ClusterImage.Edit image, BrokerConfig config, Supplier<List<Integer>> awaited) {
        String problem = TopicNames.problem(topic.name());
        if (problem != null) {
            return Result.refused(ErrorCode.INVALID_TOPIC_EXCEPTION, problem);
        }
        if (image.topic(topic.name()) != null) {
            return Result.refused(ErrorCode.TOPIC_ALREADY_EXISTS, "Topic '" + topic.name() + "' already exists.");
        }
        TopicImage other = image.collidingTopic(topic.name());
        if (other != null) {
            return Result.refused(ErrorCode.INVALID_TOPIC_EXCEPTION, "Topic '" + topic.name() + "' collides with the existing topic '" + other.name()
                    + "': metrics cannot tell '.' from '_', so use one of them throughout.");
        }
        Result<NewTopic> resolved = topic.assignment() == null ? resolveNumbers(topic, image, config, awaited) : resolveAssignment(topic, image, awaited);
        if (!resolved.isDone()) {
            return resolved;
        }
        problem = TopicSettings.problem(topic.configs());
        if (problem != null) {
            return Result.refused(ErrorCode.INVALID_CONFIG, problem);
        }
        return resolved;
    }

    private static Result<NewTopic> resolveNumbers(NewTopic topic, ClusterImage.Edit image, BrokerConfig config, Supplier<List<Integer>> awaited) {
        int partitions = topic.partitions() == NewTopic.DEFAULT ? config.intValue("num.partitions") : topic.partitions();
        int replicas = topic.replicas() == NewTopic.DEFAULT ? config.intValue("default.replication.factor") : topic.replicas();
        if (partitions < 1) {
            return Result.refused(ErrorCode.INVALID_PARTITIONS, "Cannot create '" + topic.name() + "' with " + partitions
                    + " partitions: give at least 1, or -1 for the broker's default.");
        }
        if (partitions > PARTITIONS_PER_REQUEST_MAX) {
            return tooMany(topic.name(), partitions);
        }
        if (replicas < 1) {
            return Result.refused(ErrorCode.INVALID_REPLICATION_FACTOR, "Cannot create '" + topic.name() + "' with " + replicas
                    + " replicas: give at least 1, or -1 for the broker's default.");
        }
        if (isTooMany(replicas, image, awaited)) {
            return Result.refused(ErrorCode.INVALID_REPLICATION_FACTOR, "Cannot place " + replicas + " replicas of '" + topic.name() + "': there "
                    + brokers(image, awaited) + ", and each replica needs its own. Ask for fewer replicas or add brokers.");
        }
        return Result.done(new NewTopic(topic.name(), partitions, replicas, null, topic.configs()));
    }

    private static boolean isTooMany(int replicas, ClusterImage.Edit image, Supplier<List<Integer>> awaited) {
        int there = image.brokers().size();
        return replicas > there && replicas > there + awaited.get().size();
    }

    /** {@code are 2 brokers, and 1 that is away}. */
    private static String brokers(ClusterImage.Edit image, Supplier<List<Integer>> awaited) {
        int there = image.brokers().size();
        int away = awaited.get().size();
        return (there == 1 ? "is 1 broker" : "are " + there + " brokers")
                + (away == 0 ? "" : ", and " + away + (away == 1 ? " that is" : " that are") + " away");
    }

    /** Brokers that are away get replicas only where those that are there are too few. */
    private static List<List<Integer>> placement(ClusterImage.Edit image, Supplier<List<Integer>> awaited, int first, int count, int replicas, String topic) {
        int there = Math.min(replicas, image.brokers().size());
        List<List<Integer>> placed = Placement.spread(image.brokers(), first, count, there, topic.hashCode());
        return there == replicas ? placed : Placement.withMore(placed, first, awaited.get(), replicas);
    }

    private static Result<NewTopic> resolveAssignment(NewTopic topic, ClusterImage.Edit image, Supplier<List<Integer>> awaited) {
        if (topic.partitions() != NewTopic.DEFAULT || topic.replicas() != NewTopic.DEFAULT) {
            return Result.refused(ErrorCode.INVALID_REQUEST, "Topic '" + topic.name()
                    + "' is given both an assignment of replicas and a number of partitions or replicas: leave the numbers at -1 or leave the assignment out.");
        }
        if (topic.assignment().isEmpty()) {
            return Result.refused(ErrorCode.INVALID_PARTITIONS, "Cannot create '" + topic.name() + "' with an assignment for no partition at all.");
        }
        if (topic.assignment().size() > PARTITIONS_PER_REQUEST_MAX) {
            return tooMany(topic.name(), topic.assignment().size());
        }
        int replicas = topic.assignment().getFirst().size();
        String problem = assignmentProblem(topic.name(), 0, topic.assignment(), replicas, image, awaited);
        return problem != null
                ? Result.refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, problem)
                : Result.done(new NewTopic(topic.name(), topic.assignment().size(), replicas, topic.assignment(), topic.configs()));
    }

    private static String assignmentProblem(String topic, int first, List<List<Integer>> assignment, int replicas, ClusterImage.Edit image,
            Supplier<List<Integer>> awaited) {
        HashSet<Integer> brokers = new HashSet<>();
        for (BrokerImage broker : image.brokers()) {
            brokers.add(broker.id());
        }
        for (int i = 0; i < assignment.size(); i++) {
            List<Integer> partition = assignment.get(i);
            String name = "Partition " + (first + i) + " of '" + topic + "'";
            if (partition.isEmpty()) {
                return name + " is assigned to no broker: give it at least one.";
            }
            if (partition.size() != replicas) {
                return name + " is assigned to " + partition.size() + " brokers, others of the topic to " + replicas
                        + ": give every partition the same number.";
            }
            if (new HashSet<>(partition).size() != partition.size()) {
                return name + " is assigned to one broker twice: " + partition + ".";
            }
            for (Integer broker : partition) {
                if (!brokers.contains(broker) && !awaited.get().contains(broker)) {
                    return name + " is assigned to broker " + broker + ", which is not in the cluster.";
                }
            }
        }
        return null;
    }

    /** A topic that {@link #resolve} let pass. */
    static TopicImage create(NewTopic resolved, UUID id, ClusterImage.Edit image, Supplier<List<Integer>> awaited) {
        List<List<Integer>> replicas = resolved.assignment() != null
                ? resolved.assignment()
                : placement(image, awaited, 0, resolved.partitions(), resolved.replicas(), resolved.name());
        return new TopicImage(resolved.name(), id, partitions(replicas), TopicSettings.canonical(resolved.configs()));
    }

    private static List<PartitionImage> partitions(List<List<Integer>> assignment) {
        List<PartitionImage> partitions = new ArrayList<>(assignment.size());
        List<Integer> previous = null;
        PartitionImage shared = null;
        for (List<Integer> replicas : assignment) {
            if (replicas != previous) {
                shared = PartitionImage.onReplicas(List.copyOf(replicas));
                previous = replicas;
            }
            partitions.add(shared);
        }
        return partitions;
    }

    /** A topic with the partitions asked for. */
    static Result<TopicImage> grow(NewPartitions addition, ClusterImage.Edit image, Supplier<List<Integer>> awaited) {
        TopicImage topic = image.topic(addition.topic());
        if (topic == null) {
            return unknownTopic(addition.topic());
        }
        int current = topic.partitions().size();
        int count = addition.count();
        if (count <= current) {
            return Result.refused(ErrorCode.INVALID_PARTITIONS, count == current
                    ? "Topic '" + addition.topic() + "' already has " + current + " partitions."
                    : "Topic '" + addition.topic() + "' has " + current + " partitions and cannot have fewer: " + count + " would lose records.");
        }
        if (count - current > PARTITIONS_PER_REQUEST_MAX) {
            return tooMany(addition.topic(), count - current);
        }
        if (topic.internal()) {
            return Result.refused(ErrorCode.INVALID_PARTITIONS, "The number of partitions of '" + addition.topic()
                    + "' cannot change: groups and transactions are found by it, and would be lost.");
        }
        int replicas = topic.partition(0).replicas().size();
        List<List<Integer>> assignment = addition.assignment();
        if (assignment == null) {
            if (isTooMany(replicas, image, awaited)) {
                return Result.refused(ErrorCode.INVALID_REPLICATION_FACTOR, "Cannot place " + replicas + " replicas of '" + addition.topic()
                        + "': there " + brokers(image, awaited) + ". Add brokers first.");
            }
            assignment = placement(image, awaited, current, count - current, replicas, addition.topic());
        } else if (assignment.size() != count - current) {
            return Result.refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, "Topic '" + addition.topic() + "' gets " + (count - current)
                    + " new partitions, but " + assignment.size() + " are assigned to brokers: give one assignment for each.");
        } else {
            String problem = assignmentProblem(addition.topic(), current, assignment, replicas, image, awaited);
            if (problem != null) {
                return Result.refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, problem);
            }
        }
        return Result.done(topic.withMorePartitions(partitions(assignment)));
    }

    /** The topic meant, to be deleted. */
    static Result<TopicImage> find(TopicSelector selector, ClusterImage.Edit image) {
        if (selector.name() != null) {
            TopicImage topic = image.topic(selector.name());
            return topic != null ? Result.done(topic) : unknownTopic(selector.name());
        }
        TopicImage topic = image.topic(selector.id());
        return topic != null
                ? Result.done(topic)
                : Result.refused(ErrorCode.UNKNOWN_TOPIC_ID, "There is no topic with the id " + selector.id() + "; it may have been deleted.");
    }

    /** The settings after an alteration of a topic's. */
    static Result<TopicImage> alter(TopicImage topic, ConfigAlteration alteration, BrokerConfig config) {
        Map<String, String> before = alteration.fromScratch() ? Map.of() : topic.configs();
        ConfigChange.Outcome outcome = ConfigChange.ofTopic(before, alteration.changes(), config);
        return outcome.problem() != null
                ? Result.refused(ErrorCode.INVALID_CONFIG, outcome.problem())
                : Result.done(topic.withConfigs(outcome.overrides()));
    }

    /** Why nobody is to be elected, {@code null} where somebody may be. */
    public static Result<Void> refusal(ElectionWish wish, ClusterImage image) {
        TopicImage topic = image.topic(wish.topic());
        PartitionImage partition = topic == null ? null : topic.partition(wish.partition());
        if (partition == null) {
            return Result.refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, topic == null
                    ? "There is no topic '" + wish.topic() + "'."
                    : "Topic '" + wish.topic() + "' has no partition " + wish.partition() + ", it has " + topic.partitions().size() + ".");
        }
        boolean isLed = partition.leader() != PartitionImage.NO_LEADER && image.broker(partition.leader()) != null;
        boolean needed = wish.unclean() ? !isLed : !isLed || partition.leader() != partition.replicas().getFirst();
        return needed ? null : Result.refused(ErrorCode.ELECTION_NOT_NEEDED, "Broker " + partition.leader() + " leads this partition already.");
    }

    /** Nobody can be elected. */
    public static Result<Void> notThere(ElectionWish wish, ClusterImage image) {
        return wish.unclean()
                ? Result.refused(ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE, "No broker that holds this partition is there to lead it.")
                : Result.refused(ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
                        "Broker " + image.topic(wish.topic()).partition(wish.partition()).replicas().getFirst()
                                + " cannot lead this partition now.");
    }

    private static <T> Result<T> tooMany(String topic, int partitions) {
        return Result.refused(ErrorCode.POLICY_VIOLATION, "Cannot create " + partitions + " partitions of '" + topic + "': at most "
                + PARTITIONS_PER_REQUEST_MAX + " can be created at once. Create fewer and add the others later.");
    }

    static <T> Result<T> unknownTopic(String name) {
        return Result.refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "There is no topic '" + name + "'.");
    }
}
