package io.partita.broker.replication;

import io.partita.broker.env.EventLoop;
import io.partita.broker.log.EpochCache;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.protocol.ErrorCode;
import java.io.IOException;
import java.util.UUID;

/** A partition that this broker holds, in whichever role; as those see it who look after its log, or read what is committed of it. */
public sealed interface Replica permits HeldReplica {

    /** Waits for records behind the high watermark. */
    interface FetchWaiter {
        /** There may be something new in {@code replica}, or its role is over. Called on the owner's event loop; the waiter has been removed. */
        void wake(Replica replica);
    }

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

    /** The offset up to which a read_committed consumer may read. Any thread. */
    long lastStableOffset();

    /** Where the records of {@code epoch} end, or those of the largest epoch before it. Any thread; may read the directory of a log not used yet. */
    EpochCache.EpochEndOffset endOfEpoch(int epoch) throws IOException;

    /** How much clients have written and read. */
    PartitionTraffic traffic();

    /** Why nobody is served here any more; NONE while the role lasts. Any thread. */
    ErrorCode ended();

    /** Adds a waiter for committed records from {@code offset} on; wakes it at once when they are there already. Any thread. */
    void await(long offset, FetchWaiter waiter);

    /** Removes a waiter that no longer waits. Any thread. */
    void cancel(FetchWaiter waiter);

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
