package io.partita.broker.group.consumer;

import io.partita.broker.env.EventLoop;

/** A member of a consumer group as it stands now. What the log has of it changes with its records; the rest is lost with the shard. Owned by its group. */
final class ConsumerMember {

    final String memberId;
    private MemberMetadata metadata;
    private CurrentAssignment current = CurrentAssignment.NONE;

    /** When the session ends, by the monotonic clock. The timer may fire earlier and is then set again: most heartbeats only move this. */
    long sessionDeadlineMillis;
    EventLoop.Timer sessionTimer;
    /** Ends the wait for it to give up partitions, or to join again, in the epoch {@link #awaitedEpoch}; null when none is set. */
    EventLoop.Timer rebalanceTimer;
    int awaitedEpoch;
    /** A heartbeat whose answer waits for a change; null when none does. */
    HeldHeartbeat held;

    ConsumerMember(String memberId, MemberMetadata metadata) {
        this.memberId = memberId;
        this.metadata = metadata;
    }

    MemberMetadata metadata() {
        return metadata;
    }

    /** A record of it was taken in. */
    void metadata(MemberMetadata written) {
        metadata = written;
    }

    CurrentAssignment current() {
        return current;
    }

    /** A record of it was taken in. */
    void current(CurrentAssignment written) {
        current = written;
    }

    boolean isStatic() {
        return metadata.isStatic();
    }

    boolean isClassic() {
        return metadata.isClassic();
    }

    /** Whether it is a static member that said it would be back. */
    boolean isAway() {
        return current.epoch() == ConsumerHeartbeatRequest.LEAVES_FOR_A_WHILE;
    }

    void stopTimers() {
        if (sessionTimer != null) {
            sessionTimer.cancel();
            sessionTimer = null;
        }
        stopAwaiting();
    }

    /** It has done what it was waited for. */
    void stopAwaiting() {
        if (rebalanceTimer != null) {
            rebalanceTimer.cancel();
            rebalanceTimer = null;
        }
    }

    @Override
    public String toString() {
        return isStatic() ? memberId + " (" + metadata.instanceId() + ")" : memberId;
    }
}
