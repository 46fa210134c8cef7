package io.partita.broker.group;

import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;

/** Waits for a deadline that is moved on and on. Most moves cost nothing: the timer fires when it was set to, and is set again then. Owned by an event loop. */
public final class SessionTimer {

    private EventLoop.Timer timer;
    /** By the monotonic clock. */
    private long deadlineMillis;

    /** Runs {@code expired} in {@code millis}, unless it is restarted or stopped before. */
    public void restart(EventLoop loop, Clock clock, long millis, Runnable expired) {
        long deadline = clock.monotonicMillis() + millis;
        if (timer != null && deadline < deadlineMillis) {
            stop();
        }
        deadlineMillis = deadline;
        if (timer == null) {
            set(loop, clock, millis, expired);
        }
    }

    private void set(EventLoop loop, Clock clock, long millis, Runnable expired) {
        timer = loop.schedule(millis, () -> {
            timer = null;
            long left = deadlineMillis - clock.monotonicMillis();
            if (left > 0) {
                set(loop, clock, left, expired);
            } else {
                expired.run();
            }
        });
    }

    public boolean isRunning() {
        return timer != null;
    }

    public void stop() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
