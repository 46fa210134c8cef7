package io.partita.broker.log;

import io.partita.broker.env.Clock;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what compaction reads and writes, and holds it to its bound. Shared by the threads that compact; {@link #read} and {@link #wrote} may
 * wait.
 */
final class CleanerMeter {

    /** A debt smaller than this is not worth waiting for. */
    private static final long PAUSE_MILLIS_MIN = 20;
    /** Waiting at once at most, so that being told to stop is noticed. */
    private static final long PAUSE_MILLIS_MAX = 500;
    /** What was not used is not saved up for longer than this. */
    private static final long CREDIT_MILLIS_MAX = 1_000;

    /** Waits. A test only counts. */
    interface Pause {
        void millis(long millis) throws InterruptedException;
    }

    private final LongAdder bytesRead = new LongAdder();
    private final LongAdder bytesWritten = new LongAdder();
    private final LongAdder recordsRemoved = new LongAdder();
    private final double bytesPerMilli;
    private final Clock clock;
    private final Pause pause;
    private volatile boolean stopped;

    /** When the bytes moved so far may have been moved at the earliest, in fractions of monotonic milliseconds. Guarded by this. */
    private double paidUntilMillis = Double.NEGATIVE_INFINITY;

    CleanerMeter(double bytesPerSecondMax, Clock clock, Pause pause) {
        this.bytesPerMilli = Math.max(1, bytesPerSecondMax) / 1000;
        this.clock = clock;
        this.pause = pause;
    }

    void read(int bytes) {
        bytesRead.add(bytes);
        moved(bytes);
    }

    void wrote(int bytes) {
        bytesWritten.add(bytes);
        moved(bytes);
    }

    void removed(int records) {
        recordsRemoved.add(records);
    }

    /** Makes all that compacts give up at its next batch. */
    void stop() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    long bytesRead() {
        return bytesRead.sum();
    }

    long bytesWritten() {
        return bytesWritten.sum();
    }

    long recordsRemoved() {
        return recordsRemoved.sum();
    }

    /** Holds to the bound what was read or written beside the batches. */
    void moved(int bytes) {
        if (bytesPerMilli >= Long.MAX_VALUE) {
            return;
        }
        double until;
        synchronized (this) {
            paidUntilMillis = Math.max(paidUntilMillis, clock.monotonicMillis() - CREDIT_MILLIS_MAX) + bytes / bytesPerMilli;
            until = paidUntilMillis;
        }
        long debt = (long) (until - clock.monotonicMillis());
        while (debt >= PAUSE_MILLIS_MIN && !stopped) {
            try {
                pause.millis(Math.min(debt, PAUSE_MILLIS_MAX));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                stopped = true;
            }
            debt = (long) (until - clock.monotonicMillis());
        }
    }
}
