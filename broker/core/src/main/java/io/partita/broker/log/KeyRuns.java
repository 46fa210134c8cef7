package io.partita.broker.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Finds which records of a range have a later one of the same key, for any number of keys in bounded memory: the hash of each key goes to a file,
 * with the record's number, and what has the same share of all hashes lies in chunks of its own there. Then one share after the other is read
 * back into a small table. So a log is read once, where a table of all its keys would have taken many rounds.
 *
 * <p>The file has a name that the next start removes. One thread at a time.
 */
final class KeyRuns implements AutoCloseable {

    private static final int FIELDS = 3;
    static final int RECORD_BYTES = FIELDS * Long.BYTES;
    /** Written at once. */
    private static final int CHUNK_RECORDS_MAX = 16 * 1024 / RECORD_BYTES;
    /** A table of so many bytes is still found in a processor's cache for the most part. */
    private static final int TABLE_BYTES = 2 << 20;
    private static final int SHARES_MAX = 512;
    private static final int NO_CHUNK = -1;

    private final LogFile file;
    private final CleanerMeter meter;
    private final int records;
    private final int tableKeysMax;
    private final int shares;
    private final int chunkRecords;
    private final ByteBuffer chunk;

    /** For each share what is not in the file yet, how many records that is, how many there are in all, and its last chunk in the file. */
    private final long[] waiting;
    private final int[] waitingCount;
    private final int[] total;
    private final int[] lastChunk;
    /** For each chunk in the file the one of the same share before it. */
    private int[] chunkBefore = new int[64];
    private int chunks;

    /**
     * @param records how many there are, {@link #recordsMax} at most
     * @param memoryBytes what this may take: half of it are the bits of the result
     */
    KeyRuns(LogFile file, long records, long memoryBytes, CleanerMeter meter) {
        this.file = file;
        this.meter = meter;
        this.records = (int) records;
        shares = (int) Math.clamp(records * RECORD_BYTES / TABLE_BYTES, 1, SHARES_MAX);
        chunkRecords = (int) Math.clamp(memoryBytes / 8 / shares / RECORD_BYTES, 1, CHUNK_RECORDS_MAX);
        tableKeysMax = (int) Math.clamp(memoryBytes / 4 / RECORD_BYTES, 1, Integer.MAX_VALUE / 8);
        chunk = ByteBuffer.allocate(chunkRecords * RECORD_BYTES);
        waiting = new long[shares * chunkRecords * FIELDS];
        waitingCount = new int[shares];
        total = new int[shares];
        lastChunk = new int[shares];
        Arrays.fill(lastChunk, NO_CHUNK);
    }

    /** How many records so much memory is enough for. */
    static long recordsMax(long memoryBytes) {
        return Math.min(Integer.MAX_VALUE, memoryBytes * Byte.SIZE / 2);
    }

    /** Takes the key of a record, which is known by its number in the range. */
    void add(KeyHash key, int record) throws IOException {
        // The table is entered by the upper half, so shares go by the lower one.
        int share = (int) Math.unsignedMultiplyHigh(key.low, shares);
        int at = (share * chunkRecords + waitingCount[share]) * FIELDS;
        waiting[at] = key.high;
        waiting[at + 1] = key.low;
        waiting[at + 2] = record;
        total[share]++;
        if (++waitingCount[share] == chunkRecords) {
            write(share);
        }
    }

    private void write(int share) throws IOException {
        chunk.clear();
        chunk.asLongBuffer().put(waiting, share * chunkRecords * FIELDS, chunkRecords * FIELDS);
        file.write(chunk, position(chunks));
        meter.moved(chunk.capacity());
        if (chunks == chunkBefore.length) {
            chunkBefore = Arrays.copyOf(chunkBefore, 2 * chunks);
        }
        chunkBefore[chunks] = lastChunk[share];
        lastChunk[share] = chunks++;
        waitingCount[share] = 0;
    }

    private long position(int index) {
        return (long) index * chunk.capacity();
    }

    /** The numbers of the records that a later one of the same key replaces. */
    BitSet replaced() throws IOException {
        BitSet replaced = new BitSet(records);
        for (int share = 0; share < shares; share++) {
            int parts = (total[share] + tableKeysMax - 1) / tableKeysMax;
            while (!findAll(share, parts, replaced)) {
                parts *= 2;
            }
        }
        return replaced;
    }

    /** Whether a share could be taken in so many parts, each of which has to fit into a table. */
    private boolean findAll(int share, int parts, BitSet replaced) throws IOException {
        for (int part = 0; part < parts; part++) {
            if (!find(share, part, parts, replaced)) {
                return false;
            }
        }
        return true;
    }

    private boolean find(int share, int part, int parts, BitSet replaced) throws IOException {
        KeyOffsets table = KeyOffsets.ofHashes(parts == 1 ? total[share] : tableKeysMax);
        long[] read = new long[chunkRecords * FIELDS];
        for (int index = lastChunk[share]; index != NO_CHUNK; index = chunkBefore[index]) {
            if (meter.isStopped()) {
                throw new Compaction.Abandoned();
            }
            chunk.clear();
            if (file.read(chunk, position(index)) < chunk.capacity()) {
                throw new IOException(file.path() + " is shorter than what was written to it");
            }
            meter.moved(chunk.capacity());
            chunk.flip().asLongBuffer().get(read);
            if (!find(read, 0, chunkRecords, table, part, parts, replaced)) {
                return false;
            }
        }
        return find(waiting, share * chunkRecords * FIELDS, waitingCount[share], table, part, parts, replaced);
    }

    /** Chunks come in any order: of two records of a key the one with the larger number is the later one. */
    private static boolean find(long[] records, int from, int count, KeyOffsets table, int part, int parts, BitSet replaced) {
        for (int at = from; at < from + count * FIELDS; at += FIELDS) {
            if (parts > 1 && Long.remainderUnsigned(records[at], parts) != part) {
                continue;
            }
            long record = records[at + 2];
            long before = table.replace(records[at], records[at + 1], record);
            if (before == KeyOffsets.FULL) {
                return false;
            }
            if (before > record) {
                table.replace(records[at], records[at + 1], before);
                replaced.set((int) record);
            } else if (before >= 0) {
                replaced.set((int) before);
            }
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        file.delete();
    }
}
