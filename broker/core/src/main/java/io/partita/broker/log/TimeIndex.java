package io.partita.broker.log;

import java.io.IOException;

/**
 * Where in a segment a timestamp is, roughly: entries of the largest timestamp up to there (int64) and the last offset of the batch that
 * has it (relative, int32), each larger than the one before. Kafka's {@code .timeindex}.
 */
final class TimeIndex extends EntryIndex {

    static final int ENTRY_BYTES = 12;

    private long lastTimestamp = Long.MIN_VALUE;

    TimeIndex(LogFile file, long baseOffset, int entries) throws IOException {
        super(file, baseOffset, ENTRY_BYTES, entries);
        if (entries > 0) {
            lastTimestamp = lastEntry().timestamp();
        }
    }

    @Override
    long key(byte[] bytes, int at) {
        return longAt(bytes, at);
    }

    /** Notes that the largest timestamp so far is {@code timestamp}, in the batch that ends with {@code offset}; nothing when that is known. */
    void add(long timestamp, long offset) {
        if (timestamp <= lastTimestamp || timestamp < 0) {
            return;
        }
        int at = reserve();
        byte[] bytes = tailBytes();
        putLong(bytes, at, timestamp);
        putInt(bytes, at + 8, (int) (offset - baseOffset));
        added();
        lastTimestamp = timestamp;
    }

    /** The last entry, {@link TimestampOffset#NONE} when there is none. */
    TimestampOffset lastEntry() throws IOException {
        int entries = entries();
        if (entries == 0) {
            return TimestampOffset.NONE;
        }
        byte[] entry = new byte[ENTRY_BYTES];
        entry(entries - 1, entry);
        return at(entry);
    }

    /** The last entry of a batch that ends before {@code offset}, {@link TimestampOffset#NONE} when there is none. */
    TimestampOffset lastEntryBefore(long offset) throws IOException {
        byte[] entry = new byte[ENTRY_BYTES];
        for (int index = entries() - 1; index >= 0; index--) {
            entry(index, entry);
            if (baseOffset + intAt(entry, 8) < offset) {
                return at(entry);
            }
        }
        return TimestampOffset.NONE;
    }

    /** The entry with the largest timestamp ≤ {@code timestamp}, {@link TimestampOffset#NONE} when there is none. */
    TimestampOffset floorEntry(long timestamp) throws IOException {
        byte[] entry = new byte[ENTRY_BYTES];
        return floor(timestamp, entry) < 0 ? TimestampOffset.NONE : at(entry);
    }

    /** Drops the entries of batches that hold {@code offset} or anything after it. */
    void truncateTo(long offset) throws IOException {
        byte[] entry = new byte[ENTRY_BYTES];
        int count = entries();
        while (count > 0) {
            entry(count - 1, entry);
            if (baseOffset + intAt(entry, 8) < offset) {
                break;
            }
            count--;
        }
        truncateEntries(count);
        lastTimestamp = count == 0 ? Long.MIN_VALUE : lastEntry().timestamp();
    }

    private TimestampOffset at(byte[] entry) {
        return new TimestampOffset(longAt(entry, 0), baseOffset + intAt(entry, 8));
    }
}
