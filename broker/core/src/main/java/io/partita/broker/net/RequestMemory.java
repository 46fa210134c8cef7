package io.partita.broker.net;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory that large requests of all connections share. A connection reserves a request's size before receiving it, so that a request once
 * begun can always be finished, and gives it back when the request is answered. Thread-safe.
 */
final class RequestMemory {

    private final long maxBytes;
    private final AtomicLong usedBytes = new AtomicLong();
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

    RequestMemory(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /**
     * Takes {@code bytes} if they are free, or if nothing at all is taken (so that one request of any admissible size can proceed). Otherwise
     * {@code retry} is called, once and on any thread, when memory was given back.
     */
    boolean reserve(long bytes, Runnable retry) {
        if (take(bytes)) {
            return true;
        }
        synchronized (waiting) {
            // Looked at again under the lock: what was given back meanwhile has found nobody to wake.
            if (take(bytes)) {
                return true;
            }
            waiting.add(retry);
            return false;
        }
    }

    /** Nobody waits behind {@code retry} any more. Nothing happens when it was called already. */
    void cancel(Runnable retry) {
        synchronized (waiting) {
            waiting.remove(retry);
        }
    }

    /** Whether somebody waits for memory. */
    boolean isContested() {
        synchronized (waiting) {
            return !waiting.isEmpty();
        }
    }

    private boolean take(long bytes) {
        while (true) {
            long used = usedBytes.get();
            if (used != 0 && used + bytes > maxBytes) {
                return false;
            }
            if (usedBytes.compareAndSet(used, used + bytes)) {
                return true;
            }
        }
    }

    void release(long bytes) {
        usedBytes.addAndGet(-bytes);
        Runnable[] woken;
        synchronized (waiting) {
            if (waiting.isEmpty()) {
                return;
            }
            woken = waiting.toArray(new Runnable[0]);
            waiting.clear();
        }
        for (Runnable retry : woken) {
            retry.run();
        }
    }

    long usedBytes() {
        return usedBytes.get();
    }
}
