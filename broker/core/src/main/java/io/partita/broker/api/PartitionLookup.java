package io.partita.broker.api;

import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.replication.PartitionLeader;

/** What every request about a partition asks first: whether it is led here, and in the epoch the client believes in (KIP-320). */
public final class PartitionLookup {

    /** The client did not say which epoch it knows. */
    private static final int NO_EPOCH = -1;

    private PartitionLookup() {}

    /** NONE, or the error with which a request that knows {@code currentLeaderEpoch} is answered. {@code leader} is null when there is none here. */
    public static ErrorCode check(PartitionLeader leader, int currentLeaderEpoch) {
        if (leader == null) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        if (leader.isClosed()) {
            return ErrorCode.NOT_LEADER_OR_FOLLOWER;
        }
        if (currentLeaderEpoch == NO_EPOCH || currentLeaderEpoch == leader.leaderEpoch()) {
            return ErrorCode.NONE;
        }
        return currentLeaderEpoch < leader.leaderEpoch() ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH;
    }
}
