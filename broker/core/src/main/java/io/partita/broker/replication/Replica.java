package io.partita.broker.replication;

import io.partita.broker.env.EventLoop;
import io.partita.broker.log.PartitionLog;
import java.util.UUID;

/** A partition that this broker holds, in whichever role; as those see it who look after its log. */
public sealed interface Replica permits PartitionLeader, FollowingReplica {

    String topic();

    UUID topicId();

    int partition();

    /** The loop that everything about the partition is done on. */
    EventLoop owner();

    /** The log. Its reading methods may be called from any thread, the others on {@link #owner} alone. */
    PartitionLog log();

    /** The offset behind the last record that is known here to be committed. Any thread. */
    long highWatermark();

    /** Whether a defect has ended it, so that what it has in memory is not to be trusted. Any thread. */
    boolean isBroken();

    /** Number of the leadership it is part of. */
    int leaderEpoch();

    /** To be called every second or so: flushes what has waited long enough, and what a disk did not take before. Any thread. */
    void flushIfTimely();

    /** Retention: removes what has outlived the topic's settings. Any thread. */
    void expire();

    /** To be called every second or so: what has to be done when time goes by without anything happening. Any thread. */
    void tick();

    /** Ends the role. Owner's thread. */
    void close();
}
