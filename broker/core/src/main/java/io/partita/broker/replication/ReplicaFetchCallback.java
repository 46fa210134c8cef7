package io.partita.broker.replication;

import io.partita.broker.log.LogSlice;

/** Told how a leader answers a follower's fetch; on the partition's owner. */
public interface ReplicaFetchCallback {

    /** The answer; whoever takes it releases its records. */
    void answered(ReplicaAnswer<LogSlice> answer);

    /** This fetch is not answered: the partition is not led here under its epoch, or its sender is no replica. */
    void refused();

    /** Whether an answer would still reach the follower: the connection that the fetch came by is there. */
    boolean isOpen();
}
