package io.partita.broker.log;

import io.netty.buffer.ByteBuf;

/**
 * The last offset of each key in a piece of a log, in bounded memory: 24 bytes for a key, whatever its length, as {@link KeyHash} stands for it.
 * Begins small and grows up to its bound; then it takes no new key. Any other number that rises along a log does in place of offsets. One thread at
 * a time.
 */
final class KeyOffsets {

    /** What {@link #replace} says of a key that was not there, and of one for which there is no place. */
    static final long NONE = -1;
    static final long FULL = -2;

    private static final int FIELDS = 3;
    private static final int SLOT_BYTES = FIELDS * Long.BYTES;
    private static final int FIRST_SLOTS = 512;
    private static final int SLOTS_MAX = Integer.MAX_VALUE / FIELDS - 8;

    private final long bytesMax;
    private final double loadFactor;
    private final KeyHash hash;
    /** For each slot the two halves of the hash, and the offset + 1; 0 there is an empty slot. */
    private long[] table;
    private int slots;
    private int keys;
    private int keysMax;

    /**
     * @param bytesMax memory taken at most, the moment of growing included
     * @param loadFactor share of the slots that may be taken
     */
    KeyOffsets(long bytesMax, double loadFactor, KeyHash hash) {
        this.bytesMax = bytesMax;
        this.loadFactor = Math.clamp(loadFactor, 0.1, 0.9);
        this.hash = hash;
        allocate((int) Math.clamp(bytesMax / SLOT_BYTES, 2, FIRST_SLOTS));
    }

    private KeyOffsets(int slots, double loadFactor) {
        this.bytesMax = 0;
        this.loadFactor = loadFactor;
        this.hash = null;
        allocate(slots);
    }

    /** A table for so many hashes at most, that does not grow. */
    static KeyOffsets ofHashes(int count) {
        return new KeyOffsets((int) Math.min(SLOTS_MAX, count + count / 3 + 1L), 0.75);
    }

    private void allocate(int newSlots) {
        slots = newSlots;
        table = new long[newSlots * FIELDS];
        keysMax = Math.max(1, (int) (newSlots * loadFactor));
        keys = 0;
    }

    int keys() {
        return keys;
    }

    /** Sets the offset of a key. False when the key is new and there is no place for it. */
    boolean put(ByteBuf key, long offset) {
        hash.compute(key);
        return replace(hash.high, hash.low, offset) != FULL;
    }

    /** Sets the offset of the key with this hash and returns the one it had, {@link #NONE}, or {@link #FULL} when nothing was set. */
    long replace(long high, long low, long offset) {
        int at = slot(high, low);
        long before = table[at + 2] - 1;
        if (before == NONE) {
            if (keys == keysMax) {
                if (!grow()) {
                    return FULL;
                }
                at = slot(high, low);
            }
            table[at] = high;
            table[at + 1] = low;
            keys++;
        }
        table[at + 2] = offset + 1;
        return before;
    }

    /** The offset of a key, or -1. */
    long get(ByteBuf key) {
        hash.compute(key);
        return table[slot(hash.high, hash.low) + 2] - 1;
    }

    /** Where the key is in the table, or the empty slot it would take. */
    private int slot(long high, long low) {
        int slot = (int) Math.unsignedMultiplyHigh(high, slots);
        while (true) {
            int at = slot * FIELDS;
            if (table[at + 2] == 0 || table[at] == high && table[at + 1] == low) {
                return at;
            }
            slot = slot + 1 == slots ? 0 : slot + 1;
        }
    }

    /** Doubles the table, or makes it as large as it may be beside the one it is made from. */
    private boolean grow() {
        long affordable = Math.min(SLOTS_MAX, bytesMax / SLOT_BYTES - slots);
        int newSlots = (int) Math.min(2L * slots, affordable);
        if (newSlots < slots + slots / 4) {
            return false;
        }
        long[] old = table;
        int count = keys;
        allocate(newSlots);
        for (int at = 0; at < old.length; at += FIELDS) {
            if (old[at + 2] != 0) {
                System.arraycopy(old, at, table, slot(old[at], old[at + 1]), FIELDS);
            }
        }
        keys = count;
        return true;
    }
}
