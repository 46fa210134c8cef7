package io.partita.broker.replication;

import io.partita.broker.env.EventLoop;
import io.partita.broker.env.OwnedLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.protocol.ErrorCode;
import java.util.UUID;

/** What a replica has in either role: its name, its log and whose that is, who reads, and whether the role lasts. */
abstract sealed class HeldReplica implements Replica permits PartitionLeader, FollowingReplica {

    final String topic;
    final UUID topicId;
    final int partition;
    final OwnedLoop owner;
    final Workers workers;
    final PartitionLog log;
    final FetchWaiters waiters = new FetchWaiters();
    final PartitionTraffic traffic = new PartitionTraffic();
    /** For what replicas fetch that are not in sync. */
    volatile ReplicationThrottle throttle = ReplicationThrottle.NONE;
    volatile long highWatermark;
    /** What whoever comes is answered with; NONE while the role lasts. */
    volatile ErrorCode ended = ErrorCode.NONE;

    HeldReplica(String topic, UUID topicId, int partition, EventLoop owner, Workers workers, PartitionLog log) {
        this.topic = topic;
        this.topicId = topicId;
        this.partition = partition;
        this.owner = new OwnedLoop(owner, this::broken);
        this.workers = workers;
        this.log = log;
    }

    /** A defect shows in a task of this replica: ends the role so that it is loaded anew. */
    abstract void broken(Throwable defect);

    /** Ends the role; whoever waits, and whoever comes, is answered with {@code why}. */
    abstract void end(ErrorCode why);

    @Override
    public final String topic() {
        return topic;
    }

    @Override
    public final UUID topicId() {
        return topicId;
    }

    @Override
    public final int partition() {
        return partition;
    }

    @Override
    public final EventLoop owner() {
        return owner;
    }

    @Override
    public final PartitionLog log() {
        return log;
    }

    @Override
    public final long highWatermark() {
        return highWatermark;
    }

    @Override
    public final long lastStableOffset() {
        return Math.min(log.lastStableOffset(), highWatermark);
    }

    @Override
    public final PartitionTraffic traffic() {
        return traffic;
    }

    @Override
    public final ErrorCode ended() {
        return ended;
    }

    /** Whether the partition was deleted or moved, or has another role here: nothing is appended or woken any more. Any thread. */
    public final boolean isClosed() {
        return ended != ErrorCode.NONE;
    }

    @Override
    public final boolean isBroken() {
        return ended == ErrorCode.KAFKA_STORAGE_ERROR;
    }

    /** What replicas fetch that are not in sync is bounded by this from now on. Any thread. */
    public final void throttle(ReplicationThrottle next) {
        throttle = next;
    }

    @Override
    public final void await(long offset, FetchWaiter waiter) {
        owner.run(() -> {
            if (isClosed() || highWatermark > offset) {
                waiter.wake(this);
            } else {
                waiters.add(waiter);
            }
        });
    }

    @Override
    public final void cancel(FetchWaiter waiter) {
        owner.run(() -> waiters.remove(waiter));
    }

    @Override
    public final void close() {
        owner.check();
        end(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }

    @Override
    public final String toString() {
        return topic + "-" + partition;
    }
}
