package io.partita.broker.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Where the newest batches of the active segment begin, in memory, so that a consumer at the tail is served without reading a header. A ring
 * of boundaries: offset and position of a batch's first byte, the last one being the end of the log. One thread adds; any thread looks up
 * without a lock: it takes the count, searches, and takes the count again to see whether what it read was overwritten meanwhile.
 */
final class TailPositions {

    /** Boundaries kept: some MB of log at 16 KB a batch, and 1.5 KB of memory for a partition that is much written to. */
    static final int CAPACITY_MAX = 128;
    /** Enough for a partition that is seldom written to, of which a broker may have ten thousand. */
    private static final int CAPACITY_MIN = 8;

    private static final VarHandle COUNT;

    static {
        try {
            COUNT = MethodHandles.lookup().findVarHandle(TailPositions.class, "count", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The boundaries; what a smaller ring has is at the same places of a larger one, since it grows before it is full. */
    private record Ring(long[] offsets, int[] positions) {

        Ring(int capacity) {
            this(new long[capacity], new int[capacity]);
        }

        int capacity() {
            return offsets.length;
        }

        int at(long index) {
            return (int) index & offsets.length - 1;
        }

        Ring grown() {
            return new Ring(Arrays.copyOf(offsets, 2 * offsets.length), Arrays.copyOf(positions, 2 * positions.length));
        }
    }

    /** Published with {@link #count}: who has seen a count sees a ring that holds what it counts. */
    private Ring ring = new Ring(CAPACITY_MIN);
    @SuppressWarnings("unused") // through COUNT
    private long count;

    /** Adds the boundary at which the batch before ends and the next one will begin. */
    void add(long offset, int position) {
        long index = count;
        if (index == ring.capacity() - 1 && ring.capacity() < CAPACITY_MAX) {
            ring = ring.grown();
        }
        Ring into = ring;
        VarHandle.releaseFence();
        into.offsets[into.at(index)] = offset;
        into.positions[into.at(index)] = position;
        COUNT.setRelease(this, index + 1);
    }

    /**
     * Position and size of the batch that holds {@code offset}, packed as position · 2³² + size; size is 0 when the offset is the end of the
     * log. -1 when the offset is older than what is remembered.
     */
    long find(long offset) {
        long end = (long) COUNT.getAcquire(this);
        Ring in = ring;
        long oldest = Math.max(0, end - (in.capacity() - 1));
        long low = oldest;
        long high = end - 1;
        while (low <= high) {
            long middle = (low + high) >>> 1;
            if (in.offsets[in.at(middle)] <= offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        if (high < oldest) {
            return -1;
        }
        int position = in.positions[in.at(high)];
        int size = high + 1 < end ? in.positions[in.at(high + 1)] - position : 0;
        long found = in.offsets[in.at(high)];
        VarHandle.acquireFence();
        boolean overwritten = (long) COUNT.getAcquire(this) - high > in.capacity() - 1;
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
