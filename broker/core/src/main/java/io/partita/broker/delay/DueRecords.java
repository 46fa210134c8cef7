package io.partita.broker.delay;

import java.util.Arrays;
import java.util.function.LongPredicate;

/**
 * The records of a partition that wait, in arrays: 44 bytes for each, twice as many at most while they grow and shrink. A heap orders them by due time, those
 * of the same time by offset; slots are in order of offsets, so the first that is alive is the oldest; those of one key are chained, the newest first.
 *
 * <p>Not thread-safe.
 */
final class DueRecords {

    private static final int SLOTS_MIN = 1_024;
    private static final int NONE = -1;
    /** In place of the position of one that waits no more. Its due time stays, so that the heap's order does. */
    private static final int GONE = -1;

    private long[] due = new long[SLOTS_MIN];
    private long[] offset = new long[SLOTS_MIN];
    private long[] key = new long[SLOTS_MIN];
    private int[] position = new int[SLOTS_MIN];
    /** The slot before with the same key hash, or at least the same place in the table. */
    private int[] previous = new int[SLOTS_MIN];
    private int[] newest = table(SLOTS_MIN);
    private int[] heap = new int[SLOTS_MIN];
    private int heapSize;
    private int slots;
    /** No slot below this is alive. */
    private int oldest;
    private int count;

    private static int[] table(int slots) {
        int[] table = new int[Integer.highestOneBit(slots) << 1];
        Arrays.fill(table, NONE);
        return table;
    }

    int count() {
        return count;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Bytes of its arrays. */
    long bytes() {
        return 8L * (due.length + offset.length + key.length) + 4L * (position.length + previous.length + newest.length + heap.length);
    }

    /** Adds one, at an offset above all that were added before. {@code keyHash} 0: it has no key. */
    void add(long offsetOf, int positionOf, long dueMillis, long keyHash) {
        if (slots == due.length) {
            resize();
        }
        int slot = slots++;
        offset[slot] = offsetOf;
        position[slot] = positionOf;
        due[slot] = Math.max(0, dueMillis);
        key[slot] = keyHash;
        count++;
        chain(slot);
        heap[heapSize] = slot;
        up(heapSize++);
    }

    private void chain(int slot) {
        if (key[slot] == 0) {
            previous[slot] = NONE;
            return;
        }
        int place = (int) (key[slot] & newest.length - 1);
        previous[slot] = newest[place];
        newest[place] = slot;
    }

    /** The offset of the one that waits for longest; {@code Long.MAX_VALUE} when none waits. */
    long oldestOffset() {
        while (oldest < slots && position[oldest] == GONE) {
            oldest++;
        }
        return oldest < slots ? offset[oldest] : Long.MAX_VALUE;
    }

    /** When the first one is due; {@code Long.MAX_VALUE} when none waits. */
    long nextDueMillis() {
        dropGone();
        return heapSize == 0 ? Long.MAX_VALUE : due[heap[0]];
    }

    private void dropGone() {
        while (heapSize > 0 && position[heap[0]] == GONE) {
            removeTop();
        }
    }

    /** What one is, in the order of {@link #take}. */
    record Due(long offset, int position, long dueMillis) {}

    /** The next one that is due by then, which is out of the order now, but waits until it is {@linkplain #remove removed}; null when there is none. */
    Due take(long nowMillis) {
        dropGone();
        if (heapSize == 0 || due[heap[0]] > nowMillis) {
            return null;
        }
        int slot = heap[0];
        removeTop();
        return new Due(offset[slot], position[slot], due[slot]);
    }

    /** Puts back one that was taken, if it still waits. */
    void putBack(long offsetOf) {
        int slot = find(offsetOf);
        if (slot >= 0) {
            heap[heapSize] = slot;
            up(heapSize++);
        }
    }

    /** Whether the one at this offset waits. */
    boolean contains(long offsetOf) {
        return find(offsetOf) >= 0;
    }

    private int find(long offsetOf) {
        int slot = Arrays.binarySearch(offset, 0, slots, offsetOf);
        return slot >= 0 && position[slot] != GONE ? slot : NONE;
    }

    /** The one at this offset waits no more. */
    void remove(long offsetOf) {
        int slot = find(offsetOf);
        if (slot >= 0) {
            kill(slot);
            shrink();
        }
    }

    /** Removes those of a key; how many they were. */
    int cancel(long keyHash) {
        int cancelled = 0;
        for (int slot = newest[(int) (keyHash & newest.length - 1)]; slot != NONE; slot = previous[slot]) {
            if (key[slot] == keyHash && position[slot] != GONE) {
                kill(slot);
                cancelled++;
            }
        }
        shrink();
        return cancelled;
    }

    /** Removes those whose offset is such. */
    void removeIf(LongPredicate isGone) {
        for (int slot = oldest; slot < slots; slot++) {
            if (position[slot] != GONE && isGone.test(offset[slot])) {
                kill(slot);
            }
        }
        shrink();
    }

    private void shrink() {
        // As many as wait, in time, or one that waits for a month would keep the room of a million.
        if (due.length > SLOTS_MIN && count < due.length >> 2) {
            resize();
        }
    }

    private void kill(int slot) {
        position[slot] = GONE;
        count--;
    }

    /** Forgets those that wait no more, and makes room for as many as wait, and half of it again. */
    private void resize() {
        int capacity = Math.max(SLOTS_MIN, count + (count >> 1) + 1);
        long[] formerDue = due;
        long[] formerOffset = offset;
        long[] formerKey = key;
        int[] formerPosition = position;
        int formerSlots = slots;
        boolean[] isInHeap = inHeap();
        due = new long[capacity];
        offset = new long[capacity];
        key = new long[capacity];
        position = new int[capacity];
        previous = new int[capacity];
        newest = table(capacity);
        heap = new int[capacity];
        heapSize = 0;
        slots = 0;
        oldest = 0;
        for (int former = 0; former < formerSlots; former++) {
            if (formerPosition[former] == GONE) {
                continue;
            }
            int slot = slots++;
            due[slot] = formerDue[former];
            offset[slot] = formerOffset[former];
            key[slot] = formerKey[former];
            position[slot] = formerPosition[former];
            chain(slot);
            if (isInHeap[former]) {
                heap[heapSize] = slot;
                up(heapSize++);
            }
        }
    }

    private boolean[] inHeap() {
        boolean[] isInHeap = new boolean[slots];
        for (int i = 0; i < heapSize; i++) {
            isInHeap[heap[i]] = true;
        }
        return isInHeap;
    }

    // ---- the heap

    private boolean isBefore(int slot, int other) {
        return due[slot] < due[other] || due[slot] == due[other] && slot < other;
    }

    private void up(int from) {
        int slot = heap[from];
        int at = from;
        while (at > 0) {
            int parent = at - 1 >>> 1;
            if (!isBefore(slot, heap[parent])) {
                break;
            }
            heap[at] = heap[parent];
            at = parent;
        }
        heap[at] = slot;
    }

    private void removeTop() {
        int slot = heap[--heapSize];
        int at = 0;
        while (true) {
            int child = 2 * at + 1;
            if (child >= heapSize) {
                break;
            }
            if (child + 1 < heapSize && isBefore(heap[child + 1], heap[child])) {
                child++;
            }
            if (!isBefore(heap[child], slot)) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = slot;
    }
}
