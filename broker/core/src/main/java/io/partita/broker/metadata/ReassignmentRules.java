package io.partita.broker.metadata;

import io.partita.broker.protocol.ErrorCode;
import java.util.HashSet;
import java.util.List;

/** Which moves are allowed: pure functions over an image, with the error codes that Kafka's controller gives. */
public final class ReassignmentRules {

    private ReassignmentRules() {}

    /** Why a partition is not to be moved so, {@code null} where it may be. */
    public static Result<Void> refusal(ReassignmentWish wish, ClusterImage image) {
        TopicImage topic = image.topic(wish.topic());
        PartitionImage partition = topic == null ? null : topic.partition(wish.partition());
        if (partition == null) {
            return Result.refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, topic == null
                    ? "There is no topic '" + wish.topic() + "'."
                    : "Topic '" + wish.topic() + "' has no partition " + wish.partition() + ", it has " + topic.partitions().size() + ".");
        }
        if (wish.replicas() == null) {
            return isMoving(partition)
                    ? null
                    : Result.refused(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, "The partition is not on its way to other brokers, so nothing can be cancelled.");
        }
        String problem = problem(wish.replicas(), partition, image);
        if (problem != null) {
            return Result.refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, problem);
        }
        int count = wished(partition).size();
        return wish.isCountOpen() || wish.replicas().size() == count
                ? null
                : Result.refused(ErrorCode.INVALID_REPLICATION_FACTOR,
                        "The partition is to have " + count + " replicas, and would have " + wish.replicas().size()
                                + ": allow another number, or on Kubernetes change spec.replicas of the Topic.");
    }

    /** Whether somebody has asked for other brokers, and it is not there yet. */
    public static boolean isMoving(PartitionImage partition) {
        return partition.stored() != null && partition.stored().state().reassignment() != null;
    }

    /** The brokers that a partition is to be on in the end. */
    public static List<Integer> wished(PartitionImage partition) {
        return isMoving(partition) ? partition.stored().state().reassignment().to() : partition.replicas();
    }

    private static String problem(List<Integer> replicas, PartitionImage partition, ClusterImage image) {
        if (replicas.isEmpty()) {
            return "A partition needs at least one broker.";
        }
        if (new HashSet<>(replicas).size() != replicas.size()) {
            return "The brokers " + replicas + " name one twice.";
        }
        for (int broker : replicas) {
            // One that is away now may keep what it has.
            if (image.broker(broker) == null && !partition.replicas().contains(broker)) {
                return "Broker " + broker + " is not in the cluster.";
            }
        }
        return null;
    }
}
