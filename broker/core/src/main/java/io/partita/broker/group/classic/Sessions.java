package io.partita.broker.group.classic;

import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;

/**
 * Who must be heard from by when. A heartbeat only moves its member's deadline; the timer notices when it fires, so that frequent heartbeats set
 * no timers.
 */
final class Sessions {

    /** What follows from silence. */
    interface Expiry {
        void memberExpired(ClassicGroup group, Member member);

        /** A client did not come back with the id given to it. */
        void pendingExpired(ClassicGroup group, String memberId);
    }

    private final EventLoop loop;
    private final Clock clock;
    private final Expiry expiry;

    Sessions(EventLoop loop, Clock clock, Expiry expiry) {
        this.loop = loop;
        this.clock = clock;
        this.expiry = expiry;
    }

    /** The member was heard from: its session timeout starts again. */
    void restart(ClassicGroup group, Member member) {
        restart(group, member, member.sessionTimeoutMillis);
    }

    void restart(ClassicGroup group, Member member, long millis) {
        long deadline = clock.monotonicMillis() + millis;
        if (member.sessionTimer != null && deadline < member.sessionDeadlineMillis) {
            member.sessionTimer.cancel();
            member.sessionTimer = null;
        }
        member.sessionDeadlineMillis = deadline;
        if (member.sessionTimer == null) {
            watch(group, member, millis);
        }
    }

    private void watch(ClassicGroup group, Member member, long millis) {
        member.sessionTimer = loop.schedule(millis, () -> {
            member.sessionTimer = null;
            if (group.member(member.memberId) != member) {
                return;
            }
            long left = member.sessionDeadlineMillis - clock.monotonicMillis();
            if (left > 0) {
                watch(group, member, left);
            } else if (!member.isExcusedFromHeartbeats()) {
                expiry.memberExpired(group, member);
            }
        });
    }

    /** Gives a client {@code millis} to come back with the id it was given. */
    void awaitPending(ClassicGroup group, String memberId, long millis) {
        group.addPending(memberId, loop.schedule(millis, () -> expiry.pendingExpired(group, memberId)));
    }
}
