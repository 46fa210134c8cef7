package io.partita.broker.metadata;

import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionState;
import java.util.List;

/**
 * A partition: where it lives and who leads it.
 *
 * @param leader the broker that takes reads and writes, {@link #NO_LEADER} when none can
 * @param leaderEpoch number of the leadership; a later one has a higher number
 * @param version number of this state; every change has a higher one
 * @param replicas the brokers that hold it, the preferred leader first
 * @param inSyncReplicas those of them that have everything that was acknowledged
 * @param stored what a store for several brokers keeps of it, {@code null} where one broker alone decides
 */
public record PartitionImage(int leader, int leaderEpoch, int version, List<Integer> replicas, List<Integer> inSyncReplicas, Stored stored) {

    /**
     * What is stored of a partition. Two are equal when their states are: that an object was written for the sake of other partitions changes nothing.
     *
     * @param objectVersion a version of the object with this state, higher for later ones
     */
    public record Stored(PartitionState state, long objectVersion) {

        @Override
        public boolean equals(Object other) {
            return other instanceof Stored(PartitionState that, long version) && state.equals(that);
        }

        @Override
        public int hashCode() {
            return state.hashCode();
        }
    }

    /** A partition that one broker decides on alone. */
    public PartitionImage(int leader, int leaderEpoch, int version, List<Integer> replicas, List<Integer> inSyncReplicas) {
        this(leader, leaderEpoch, version, replicas, inSyncReplicas, null);
    }

    /** A partition as it is stored for several brokers. */
    public static PartitionImage of(PartitionState state, long objectVersion) {
        return new PartitionImage(state.leader() == null ? NO_LEADER : state.leader().broker(), state.epoch(), state.version(), state.replicas(),
                state.isr().stream().map(InSyncReplica::broker).toList(), new Stored(state, objectVersion));
    }

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
