package io.partita.broker.log;

import java.util.Arrays;

/**
 * Keeps the number of open files below a bound: opening one more closes those not used for longest. A file that a fetch is still sending
 * from closes when that fetch lets go of it. Callable from any thread.
 */
final class OpenFiles {

    /** Closed when the process has no descriptor left: more than one request needs. */
    private static final int CLOSED_AT_ONCE = 8;

    private final int filesMax;
    private LogFile.Handle[] open = new LogFile.Handle[16];
    private int count;

    /** Counts openings: how recently a handle was used is told in openings of others, which is free to read on the hot path. */
    private volatile long clock;

    /** @param filesMax files kept open at most, besides those that are being sent from */
    OpenFiles(int filesMax) {
        this.filesMax = Math.max(1, filesMax);
    }

    long clock() {
        return clock;
    }

    void opened(LogFile.Handle handle) {
        LogFile.Handle[] victims = null;
        synchronized (this) {
            clock++;
            if (count >= filesMax) {
                victims = takeOldest(Math.max(1, filesMax / 8));
            }
            if (count == open.length) {
                open = Arrays.copyOf(open, count * 2);
            }
            handle.slot = count;
            open[count++] = handle;
        }
        if (victims != null) {
            for (LogFile.Handle victim : victims) {
                victim.evict();
            }
        }
    }

    /** Closes some of the files not used for longest; returns whether there were any. */
    boolean closeSome() {
        LogFile.Handle[] victims;
        synchronized (this) {
            victims = takeOldest(Math.max(CLOSED_AT_ONCE, count / 8));
        }
        for (LogFile.Handle victim : victims) {
            victim.evict();
        }
        return victims.length > 0;
    }

    synchronized void closed(LogFile.Handle handle) {
        int slot = handle.slot;
        if (slot >= 0) {
            LogFile.Handle last = open[--count];
            open[slot] = last;
            last.slot = slot;
            open[count] = null;
            handle.slot = -1;
        }
    }

    synchronized int count() {
        return count;
    }

    /** Several at once, so that a sorted pass over all of them is paid for once in a while only. */
    private LogFile.Handle[] takeOldest(int wanted) {
        LogFile.Handle[] sorted = Arrays.copyOf(open, count);
        long[] lastUse = new long[count];
        for (int i = 0; i < count; i++) {
            lastUse[i] = sorted[i].lastUse;
            sorted[i].order = lastUse[i];
        }
        Arrays.sort(sorted, (a, b) -> Long.compare(a.order, b.order));
        LogFile.Handle[] victims = Arrays.copyOf(sorted, Math.min(wanted, sorted.length));
        for (LogFile.Handle victim : victims) {
            closed(victim);
        }
        return victims;
    }
}
