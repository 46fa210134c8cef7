package io.partita.broker.env;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A share of the process's memory that many take from: whoever begins something large takes its whole size first, or waits until it is given it.
 * What is there already and must be counted ({@link #take}) may exceed the share by a little; then nothing new is begun until some was given back.
 *
 * <p>Those who wait are served in order, in two rows: a large one is not overtaken by other large ones, while small ones pass, since they are what
 * most connections need to finish and to give back what they hold. Thread-safe; without contention a call is one atomic operation.
 */
public final class MemoryPool {

    /** Up to this size a wait is in the row of the small ones. */
    public static final int SMALL_BYTES = 64 * 1024;

    /** Where the pool counts as tight: nothing more than necessary is taken from there on. */
    private static final int TIGHT_QUARTERS = 3;

    private final long maxBytes;
    private final AtomicLong usedBytes = new AtomicLong();
    private final ArrayDeque<Waiter> small = new ArrayDeque<>();
    private final ArrayDeque<Waiter> large = new ArrayDeque<>();
    /** The size of both rows, changed under the lock of {@code this}. Raised before a waiter looks at what is used for the last time. */
    private volatile int waiting;

    /** @param maxBytes the share */
    public MemoryPool(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** A wait for memory. */
    public static final class Waiter {
        private final long bytes;
        private final Runnable granted;

        /**
         * @param bytes to be taken in the waiter's name; 0 waits until there is any
         * @param granted called once it has them, on the thread of whoever gave them back
         */
        public Waiter(long bytes, Runnable granted) {
            this.bytes = bytes;
            this.granted = granted;
        }

        private boolean isSmall() {
            return bytes <= SMALL_BYTES;
        }
    }

    /** Takes what {@code waiter} wants if it is free and nobody of its size waits; else the waiter waits, and false is returned. */
    public boolean takeOrWait(Waiter waiter) {
        if ((waiting == 0 || waiter.isSmall()) && takeIfFree(waiter.bytes)) {
            return true;
        }
        synchronized (this) {
            // Looked at again when the wait can be seen: what was given back before that has found nobody to wake.
            waiting++;
            ArrayDeque<Waiter> row = waiter.isSmall() ? small : large;
            if (row.isEmpty() && takeIfFree(waiter.bytes)) {
                waiting--;
                return true;
            }
            row.add(waiter);
            return false;
        }
    }

    /** Takes {@code bytes} if they are free and nobody waits. */
    public boolean tryTake(long bytes) {
        return waiting == 0 && takeIfFree(bytes);
    }

    /** Counts what is taken already, however much is free. */
    public void take(long bytes) {
        usedBytes.addAndGet(bytes);
    }

    /** Gives back what was taken, and hands it on to whoever waits. */
    public void give(long bytes) {
        long used = usedBytes.addAndGet(-bytes);
        if (used < 0) {
            throw new IllegalStateException("more memory was given back than had been taken: " + -used + " bytes");
        }
        if (waiting != 0) {
            grant();
        }
    }

    private void grant() {
        List<Waiter> served = new ArrayList<>();
        synchronized (this) {
            serve(small, served);
            serve(large, served);
            waiting = small.size() + large.size();
        }
        for (Waiter waiter : served) {
            waiter.granted.run();
        }
    }

    private void serve(ArrayDeque<Waiter> row, List<Waiter> served) {
        while (!row.isEmpty() && takeIfFree(row.peek().bytes)) {
            served.add(row.poll());
        }
    }

    /** {@code waiter} waits no longer. Returns false when it had been given its memory already, which it still has to give back then. */
    public boolean cancel(Waiter waiter) {
        synchronized (this) {
            boolean waited = (waiter.isSmall() ? small : large).remove(waiter);
            waiting = small.size() + large.size();
            return waited;
        }
    }

    /** Something larger than all of the share has its turn when nothing is taken. */
    private boolean takeIfFree(long bytes) {
        while (true) {
            long used = usedBytes.get();
            if (used != 0 && (used >= maxBytes || used + bytes > maxBytes)) {
                return false;
            }
            if (usedBytes.compareAndSet(used, used + bytes)) {
                return true;
            }
        }
    }

    /** Whether so much more could be taken now. */
    public boolean hasRoomFor(long bytes) {
        return bytes <= 0 || usedBytes.get() + bytes <= maxBytes;
    }

    /** Whether all of it is taken. */
    public boolean isUsedUp() {
        return usedBytes.get() >= maxBytes;
    }

    /** Whether little is left. */
    public boolean isTight() {
        return usedBytes.get() >= maxBytes / 4 * TIGHT_QUARTERS;
    }

    /** Whether somebody waits. */
    public boolean isContested() {
        return waiting != 0;
    }

    public long usedBytes() {
        return usedBytes.get();
    }

    public long maxBytes() {
        return maxBytes;
    }
}
