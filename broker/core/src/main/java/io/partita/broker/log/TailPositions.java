package io.partita.broker.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Where the newest batches of the active segment begin, in memory, so that a consumer at the tail is served without reading a header. A ring
 * of boundaries: offset and position of a batch's first byte, the last one being the end of the log. One thread adds; any thread looks up
 * without a lock: it takes the count, searches, and takes the count again to see whether what it read was overwritten meanwhile.
 */
final class TailPositions {

    /** Boundaries kept: some MB of log at 16 KB a batch, and 1.5 KB of memory a partition. */
    private static final int CAPACITY = 128;
    private static final int MASK = CAPACITY - 1;

    private static final VarHandle COUNT;

    static {
        try {
            COUNT = MethodHandles.lookup().findVarHandle(TailPositions.class, "count", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final long[] offsets = new long[CAPACITY];
    private final int[] positions = new int[CAPACITY];
    @SuppressWarnings("unused") // through COUNT
    private long count;

    /** Adds the boundary at which the batch before ends and the next one will begin. */
    void add(long offset, int position) {
        long index = count;
        VarHandle.releaseFence();
        offsets[(int) index & MASK] = offset;
        positions[(int) index & MASK] = position;
        COUNT.setRelease(this, index + 1);
    }

    /**
     * Position and size of the batch that holds {@code offset}, packed as position · 2³² + size; size is 0 when the offset is the end of the
     * log. -1 when the offset is older than what is remembered.
     */
    long find(long offset) {
        long end = (long) COUNT.getAcquire(this);
        long oldest = Math.max(0, end - (CAPACITY - 1));
        long low = oldest;
        long high = end - 1;
        while (low <= high) {
            long middle = (low + high) >>> 1;
            if (offsets[(int) middle & MASK] <= offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        if (high < oldest) {
            return -1;
        }
        int position = positions[(int) high & MASK];
        int size = high + 1 < end ? positions[(int) (high + 1) & MASK] - position : 0;
        long found = offsets[(int) high & MASK];
        VarHandle.acquireFence();
        boolean overwritten = (long) COUNT.getAcquire(this) - high > CAPACITY - 1;
        if (overwritten || found > offset || size == 0 && found != offset) {
            return -1;
        }
        return (long) position << 32 | size;
    }

    /** The first offset of the batch that holds {@code offset}, or -1 when it is older than what is remembered. */
    static int position(long found) {
        return (int) (found >>> 32);
    }

    static int size(long found) {
        return (int) found;
    }
}
