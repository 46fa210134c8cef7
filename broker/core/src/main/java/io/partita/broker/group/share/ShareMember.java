package io.partita.broker.group.share;

import io.partita.broker.env.EventLoop;

/** A member of a share group as it stands now. What the log has of it changes with its records; the rest is lost with the shard. Owned by its group. */
final class ShareMember {

    final String memberId;
    private ShareMemberMetadata metadata;
    private ShareAssignment current = ShareAssignment.NONE;

    /** When the session ends, by the monotonic clock. The timer may fire earlier and is then set again: most heartbeats only move this. */
    long sessionDeadlineMillis;
    EventLoop.Timer sessionTimer;
    /** A heartbeat whose answer waits for a change; null when none does. */
    HeldShareHeartbeat held;

    ShareMember(String memberId, ShareMemberMetadata metadata) {
        this.memberId = memberId;
        this.metadata = metadata;
    }

    ShareMemberMetadata metadata() {
        return metadata;
    }

    /** A record of it was taken in. */
    void metadata(ShareMemberMetadata written) {
        metadata = written;
    }

    ShareAssignment current() {
        return current;
    }

    /** A record of it was taken in. */
    void current(ShareAssignment written) {
        current = written;
    }

    void stopTimers() {
        if (sessionTimer != null) {
            sessionTimer.cancel();
            sessionTimer = null;
        }
    }

    @Override
    public String toString() {
        return memberId;
    }
}
