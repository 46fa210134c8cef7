package io.partita.broker.metadata;

import java.util.List;

/**
 * Something that happened in the cluster, as one broker saw it by its metadata: to one partition, or to several at once in the same way. Immutable.
 *
 * @param sequence number of the event on this broker, from 1 on
 * @param atMillis when the broker saw it
 * @param topic of the first of {@code partitions}; empty where it is about a broker
 * @param partitions the first of the partitions concerned, as {@code topic-partition}
 * @param count how many partitions are concerned in all
 * @param from the broker that led before, that left the in-sync set or the cluster; {@link PartitionImage#NO_LEADER} for none
 * @param to the broker that leads now, that entered the in-sync set or the cluster; {@link PartitionImage#NO_LEADER} for none
 * @param cause why, as far as the metadata tell
 * @param leaderlessMillis for an election after a time without a leader: how long that was for the partition that waited longest; −1 where it is not known, or nobody waited
 */
public record ClusterEvent(
        long sequence, long atMillis, Kind kind, String topic, List<String> partitions, int count, int from, int to, Cause cause, long leaderlessMillis) {

    /** What happened. */
    public enum Kind {
        BROKER_JOINED,
        BROKER_LEFT,
        TOPIC_CREATED,
        TOPIC_DELETED,
        LEADER_ELECTED,
        LEADER_LOST,
        REPLICA_FELL_BEHIND,
        REPLICA_IN_SYNC,
        REPLICAS_MOVED
    }

    /** Why. */
    public enum Cause {
        /** Somebody asked for it, or it is the ordinary course of things. */
        ASKED,
        /** The broker concerned is not there any more. */
        BROKER_GONE,
        /** The leader is the one that should lead. */
        PREFERRED,
        /** The leader handed over, or another one took over from it while it is there. */
        HANDED_OVER,
        /** There was none before. */
        WAS_LEADERLESS,
        /** Its replica does not keep up with the leader. */
        SLOW,
        /** Its broker stops. */
        STOPPING,
        /** Its broker's disk lacks space or fails. */
        DISK,
        /** Its replica has everything again. */
        CAUGHT_UP
    }
}
