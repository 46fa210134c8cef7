package io.partita.broker.log;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A sorted index of fixed-size entries in a file. The newest entries are in memory and reach the file a block at a time, so that appending
 * costs a few stores; the file is searched with small reads of whole blocks, of which the last one read is kept. A log full of sealed
 * segments therefore holds no index in memory, and a consumer that reads on finds its block still there.
 *
 * <p>Threads: entries are added, and the index truncated, by the log's owner. Any thread may look up and may write what is in memory to the
 * file ({@link #writeBehind}).
 */
abstract sealed class EntryIndex permits OffsetIndex, TimeIndex {

    /** Entries per block: 4 to 6 KB, which is one read of one or two pages, and a few MB of log at Kafka's index interval. */
    static final int BLOCK_ENTRIES = 512;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int TAIL_ENTRIES_MIN = 8;

    final LogFile file;
    final long baseOffset;
    private final int entryBytes;

    /** Entries from {@link Tail#firstEntry} on. Replaced as a whole, so a reader has all of one state. */
    private volatile Tail tail;

    /** The block read last; {@code null} before the first read. */
    private volatile Block lastRead;

    /** Entries the file is known to hold. Guarded by this. */
    private int written;

    /** Whether what the file holds behind {@link #written} is to be cut off before anything is written. Guarded by this. */
    private boolean cutFirst;

    /** An index whose file holds {@code entries}. */
    EntryIndex(LogFile file, long baseOffset, int entryBytes, int entries) {
        this.file = file;
        this.baseOffset = baseOffset;
        this.entryBytes = entryBytes;
        this.written = entries;
        this.tail = new Tail(entries, new byte[0]);
    }

    /** Number of entries. */
    final int entries() {
        Tail current = tail;
        return current.firstEntry + current.count;
    }

    /** The value entries are searched by. */
    abstract long key(byte[] bytes, int at);

    /** Space for one more entry: its bytes are to be stored at the returned index of {@link #tailBytes} before {@link #added} is called. */
    final int reserve() {
        Tail current = tail;
        if (current.count >= BLOCK_ENTRIES && (current.firstEntry + current.count) % BLOCK_ENTRIES == 0) {
            current = spill(current);
        }
        if ((current.count + 1) * entryBytes > current.bytes.length) {
            int capacity = Math.max(TAIL_ENTRIES_MIN, current.count * 2);
            Tail grown = new Tail(current.firstEntry, Arrays.copyOf(current.bytes, capacity * entryBytes));
            grown.count = current.count;
            tail = grown;
            current = grown;
        }
        return current.count * entryBytes;
    }

    final byte[] tailBytes() {
        return tail.bytes;
    }

    final void added() {
        Tail current = tail;
        current.count = current.count + 1;
    }

    /** Starts a new tail when the file takes the old one. When it does not, the tail grows and the next block tries again. */
    private Tail spill(Tail full) {
        try {
            writeBehind();
        } catch (IOException e) {
            return full; // Not worth failing an append for: an index can be rebuilt, and the flush meets the same disk and reports it.
        }
        Tail next = new Tail(full.firstEntry + full.count, new byte[BLOCK_ENTRIES * entryBytes]);
        tail = next;
        return next;
    }

    /** Writes the entries that are in memory only to the file. */
    final synchronized void writeBehind() throws IOException {
        Tail current = tail;
        int end = current.firstEntry + current.count;
        if (written >= end && !cutFirst) {
            return;
        }
        if (cutFirst) {
            cutFile();
            cutFirst = false;
        }
        int from = Math.max(written, current.firstEntry);
        int first = (from - current.firstEntry) * entryBytes;
        file.write(ByteBuffer.wrap(current.bytes, first, (end - from) * entryBytes), (long) from * entryBytes);
        written = end;
    }

    /** Says that what the file holds is not this index. It is replaced when entries are written. */
    final synchronized void replaceFile() {
        cutFirst = true;
    }

    private void cutFile() throws IOException {
        LogFile.Handle open = file.acquire(true);
        try {
            open.file.truncate((long) written * entryBytes);
        } finally {
            open.release();
        }
    }

    /** Writes everything and keeps nothing in memory: no entry will be added. */
    final synchronized void seal() throws IOException {
        writeBehind();
        tail = new Tail(entries(), new byte[0]);
    }

    /** The entry with the largest key ≤ {@code target}, or -1; {@code into} receives its bytes. */
    final int floor(long target, byte[] into) throws IOException {
        Tail current = tail;
        int count = current.count;
        if (count > 0 && key(current.bytes, 0) <= target) {
            int slot = floorIn(current.bytes, count, target);
            System.arraycopy(current.bytes, slot * entryBytes, into, 0, entryBytes);
            return current.firstEntry + slot;
        }
        Block block = blockFor(target, current.firstEntry);
        if (block == null) {
            return -1;
        }
        int slot = floorIn(block.bytes, block.count, target);
        if (slot < 0) {
            return -1;
        }
        System.arraycopy(block.bytes, slot * entryBytes, into, 0, entryBytes);
        return block.firstEntry + slot;
    }

    /** Copies entry {@code index} to {@code into}. */
    final void entry(int index, byte[] into) throws IOException {
        Tail current = tail;
        if (index >= current.firstEntry) {
            System.arraycopy(current.bytes, (index - current.firstEntry) * entryBytes, into, 0, entryBytes);
        } else {
            readFully(into, entryBytes, index);
        }
    }

    /** Drops the entries from {@code count} on. Not beside a lookup that matters: callers keep readers away from what is truncated. */
    final synchronized void truncateEntries(int count) throws IOException {
        Tail current = tail;
        if (count >= current.firstEntry + current.count) {
            return;
        }
        lastRead = null;
        if (count >= current.firstEntry) {
            Tail cut = new Tail(current.firstEntry, current.bytes.clone());
            cut.count = count - current.firstEntry;
            tail = cut;
        } else {
            tail = new Tail(count, new byte[0]);
        }
        if (written > count) {
            file.truncate((long) count * entryBytes);
            written = count;
        }
    }

    /** Largest slot whose key is ≤ target, or -1. */
    private int floorIn(byte[] bytes, int count, long target) {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (key(bytes, middle * entryBytes) <= target) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    private Block blockFor(long target, int fileEntries) throws IOException {
        if (fileEntries == 0) {
            return null;
        }
        Block cached = lastRead;
        if (cached != null && key(cached.bytes, 0) <= target) {
            int end = cached.firstEntry + cached.count;
            if (end == fileEntries || end < fileEntries && target < cached.nextKey) {
                return cached;
            }
        }
        byte[] probe = new byte[entryBytes];
        int low = 0;
        int high = (fileEntries - 1) / BLOCK_ENTRIES;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            readFully(probe, entryBytes, middle * BLOCK_ENTRIES);
            if (key(probe, 0) <= target) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        int first = low * BLOCK_ENTRIES;
        int count = Math.min(BLOCK_ENTRIES, fileEntries - first);
        int withNext = Math.min(BLOCK_ENTRIES + 1, fileEntries - first);
        byte[] bytes = new byte[withNext * entryBytes];
        readFully(bytes, bytes.length, first);
        // With nothing after it in the file the block has no end yet: it serves as long as it is the last.
        long nextKey = withNext > count ? key(bytes, count * entryBytes) : Long.MIN_VALUE;
        Block block = new Block(first, count, bytes, nextKey);
        lastRead = block;
        return block;
    }

    private void readFully(byte[] into, int length, int firstEntry) throws IOException {
        int count = file.read(ByteBuffer.wrap(into, 0, length), (long) firstEntry * entryBytes);
        if (count < length) {
            throw new IOException("Index " + file.path() + " ends at entry " + (firstEntry + count / entryBytes) + ", but more were written");
        }
    }

    static int intAt(byte[] bytes, int at) {
        return (int) INT.get(bytes, at);
    }

    static void putInt(byte[] bytes, int at, int value) {
        INT.set(bytes, at, value);
    }

    static long longAt(byte[] bytes, int at) {
        return (long) LONG.get(bytes, at);
    }

    static void putLong(byte[] bytes, int at, long value) {
        LONG.set(bytes, at, value);
    }

    private static final class Tail {
        final int firstEntry;
        final byte[] bytes;
        volatile int count;

        Tail(int firstEntry, byte[] bytes) {
            this.firstEntry = firstEntry;
            this.bytes = bytes;
        }
    }

    private record Block(int firstEntry, int count, byte[] bytes, long nextKey) {}
}
