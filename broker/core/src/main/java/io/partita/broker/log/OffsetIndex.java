package io.partita.broker.log;

import java.io.IOException;

/**
 * Where in a segment's file an offset is, roughly: for every few KB of batches an entry of the last offset of a batch (relative to the
 * segment's base offset, int32) and the position of that batch (int32). Kafka's {@code .index}.
 */
final class OffsetIndex extends EntryIndex {

    static final int ENTRY_BYTES = 8;

    OffsetIndex(LogFile file, long baseOffset, int entries) {
        super(file, baseOffset, ENTRY_BYTES, entries);
    }

    @Override
    long key(byte[] bytes, int at) {
        return intAt(bytes, at);
    }

    void add(long offset, int position) {
        int at = reserve();
        byte[] bytes = tailBytes();
        putInt(bytes, at, (int) (offset - baseOffset));
        putInt(bytes, at + 4, position);
        added();
    }

    /** The entry of the last batch known to end at or before {@code offset}; {@link Entry#NONE} when there is none. */
    Entry entryBefore(long offset) throws IOException {
        byte[] entry = new byte[ENTRY_BYTES];
        return floor(offset - baseOffset, entry) < 0 ? Entry.NONE : new Entry(baseOffset + intAt(entry, 0), intAt(entry, 4));
    }

    /** The last offset of a batch, and its position. */
    record Entry(long offset, int position) {
        /** Stands for the beginning of the segment. */
        static final Entry NONE = new Entry(-1, 0);
    }

    /** A position at or before {@code position} at which a batch begins: of an entry, or 0. */
    int positionAtOrBefore(int position) throws IOException {
        byte[] entry = new byte[ENTRY_BYTES];
        int low = 0;
        int high = entries() - 1;
        int found = 0;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            entry(middle, entry);
            if (intAt(entry, 4) <= position) {
                found = Math.max(0, intAt(entry, 4));
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return found;
    }

    /** The last entry, {@link Entry#NONE} when there is none. */
    Entry lastEntry() throws IOException {
        int entries = entries();
        if (entries == 0) {
            return Entry.NONE;
        }
        byte[] entry = new byte[ENTRY_BYTES];
        entry(entries - 1, entry);
        return new Entry(baseOffset + intAt(entry, 0), intAt(entry, 4));
    }

    /** Drops the entries of batches that hold {@code offset} or anything after it. */
    void truncateTo(long offset) throws IOException {
        byte[] entry = new byte[ENTRY_BYTES];
        truncateEntries(floor(offset - 1 - baseOffset, entry) + 1);
    }
}
