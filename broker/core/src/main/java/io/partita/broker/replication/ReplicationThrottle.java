package io.partita.broker.replication;

import io.partita.broker.env.Clock;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes a second replicas that catch up may take from this broker, or to it, all of them together: what was taken is paid for by waiting before the next piece, so a piece is never
 * cut, and the rate holds over some of them. Who is in sync never waits. Any thread.
 */
public final class ReplicationThrottle {

    /** Lets everything through. */
    public static final ReplicationThrottle NONE = new ReplicationThrottle(null);

    private static final long UNLIMITED = Long.MAX_VALUE;
    private static final double MICROS_PER_SECOND = 1_000_000;

    private final Clock clock;
    private final AtomicLong paidAtMicros = new AtomicLong();
    private volatile long bytesPerSecond = UNLIMITED;

    public ReplicationThrottle(Clock clock) {
        this.clock = clock;
    }

    /** @param bytes 1 or above, {@link Long#MAX_VALUE} for as many as can be */
    public void bytesPerSecond(long bytes) {
        if (bytes != bytesPerSecond) {
            bytesPerSecond = bytes;
            // What was taken at another rate is forgiven.
            paidAtMicros.set(0);
        }
    }

    private long nowMicros() {
        return clock.monotonicMillis() * 1_000;
    }

    /** Milliseconds until the next piece may be taken; 0 for now. */
    public long waitMillis() {
        return bytesPerSecond == UNLIMITED || clock == null ? 0 : Math.max(0, (paidAtMicros.get() - nowMicros() + 999) / 1_000);
    }

    /** A piece was taken. */
    public void took(int bytes) {
        long rate = bytesPerSecond;
        if (bytes > 0 && rate != UNLIMITED && clock != null) {
            long now = nowMicros();
            long costs = (long) (bytes * MICROS_PER_SECOND / rate);
            paidAtMicros.updateAndGet(until -> Math.max(until, now) + costs);
        }
    }
}
