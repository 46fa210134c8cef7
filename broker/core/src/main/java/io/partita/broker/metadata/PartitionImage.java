package io.partita.broker.metadata;

import java.util.List;

/**
 * A partition: where it lives and who leads it.
 *
 * @param leader the broker that takes reads and writes, {@link #NO_LEADER} when none can
 * @param leaderEpoch number of the leadership; a later one has a higher number
 * @param version number of this state; every change has a higher one
 * @param replicas the brokers that hold it, the preferred leader first
 * @param inSyncReplicas those of them that have everything that was acknowledged
 */
public record PartitionImage(int leader, int leaderEpoch, int version, List<Integer> replicas, List<Integer> inSyncReplicas) {

    /** In place of a leader when there is none. */
    public static final int NO_LEADER = -1;

    /** A partition that begins on these brokers. The list must be immutable. */
    static PartitionImage onReplicas(List<Integer> replicas) {
        return new PartitionImage(replicas.getFirst(), 0, 0, replicas, replicas);
    }

    /** The same partition under the next epoch of its leader. */
    PartitionImage inNextEpoch() {
        return inEpoch(leaderEpoch + 1);
    }

    /** The same partition under another epoch of its leader. */
    PartitionImage inEpoch(int epoch) {
        return new PartitionImage(leader, epoch, version + 1, replicas, inSyncReplicas);
    }
}
