package io.partita.broker.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The transactions whose abort marker is in a segment. Kafka's {@code .txnindex}: entries of version int16 = 0, producerId, firstOffset,
 * lastOffset, lastStableOffset (int64 each). The file exists only once there is an entry.
 *
 * <p>Threads: entries are added by the log's owner; any thread may read.
 */
final class TransactionIndex {

    private static final short VERSION = 0;
    static final int ENTRY_BYTES = 34;

    final LogFile file;
    /** Entries in the file; -1 until it was looked at. */
    private volatile int entries;
    /**
     * Entries that the disk did not take. What is in the log is read on, and must not show what was aborted; and what they are about does not count as flushed
     * before they are written, for recovery makes entries anew for what was not.
     */
    private volatile List<AbortedTransaction> unwritten = List.of();

    TransactionIndex(LogFile file, boolean fresh) {
        this.file = file;
        this.entries = fresh ? 0 : -1;
    }

    synchronized void add(AbortedTransaction aborted) throws IOException {
        List<AbortedTransaction> more = new ArrayList<>(unwritten);
        more.add(aborted);
        unwritten = more;
        writeUnwritten();
    }

    private void writeUnwritten() throws IOException {
        while (!unwritten.isEmpty()) {
            AbortedTransaction aborted = unwritten.getFirst();
            int count = entries();
            ByteBuffer buffer = ByteBuffer.allocate(ENTRY_BYTES);
            buffer.putShort(VERSION).putLong(aborted.producerId()).putLong(aborted.firstOffset()).putLong(aborted.lastOffset())
                    .putLong(aborted.lastStableOffset()).flip();
            file.write(buffer, (long) count * ENTRY_BYTES);
            // Whoever reads now finds it twice rather than not at all.
            entries = count + 1;
            unwritten = List.copyOf(unwritten.subList(1, unwritten.size()));
        }
    }

    /** All entries in the order of their markers. Entries of an unknown version end the list. */
    List<AbortedTransaction> all() throws IOException {
        List<AbortedTransaction> more = unwritten;
        List<AbortedTransaction> all = inFile();
        if (more.isEmpty()) {
            return all;
        }
        List<AbortedTransaction> both = new ArrayList<>(all);
        both.addAll(more);
        return both;
    }

    private List<AbortedTransaction> inFile() throws IOException {
        int count = entries();
        if (count == 0) {
            return List.of();
        }
        ByteBuffer buffer = ByteBuffer.allocate(count * ENTRY_BYTES);
        int read = file.read(buffer, 0);
        buffer.flip();
        List<AbortedTransaction> all = new ArrayList<>(count);
        for (int i = 0; i < read / ENTRY_BYTES; i++) {
            if (buffer.getShort() != VERSION) {
                break;
            }
            all.add(new AbortedTransaction(buffer.getLong(), buffer.getLong(), buffer.getLong(), buffer.getLong()));
        }
        return all;
    }

    /** Whether the file is what was written for a segment of offsets [{@code baseOffset}, {@code endOffset}): whole entries with rising markers of these offsets. */
    boolean isSound(long baseOffset, long endOffset) throws IOException {
        if (!file.exists()) {
            return true;
        }
        long size = file.size();
        List<AbortedTransaction> all = inFile();
        if (size % ENTRY_BYTES != 0 || all.size() != size / ENTRY_BYTES) {
            return false;
        }
        long previous = baseOffset - 1;
        for (AbortedTransaction aborted : all) {
            if (aborted.lastOffset() <= previous || aborted.lastOffset() >= endOffset || aborted.firstOffset() > aborted.lastOffset()
                    || aborted.lastStableOffset() > aborted.lastOffset() + 1) {
                return false;
            }
            previous = aborted.lastOffset();
        }
        return true;
    }

    boolean isEmpty() throws IOException {
        return entries() == 0 && unwritten.isEmpty();
    }

    /** Drops the transactions whose marker is at or after {@code offset}. */
    synchronized void truncateTo(long offset) throws IOException {
        keep(0, offset);
    }

    /** Drops what a crash has left of entries that were not durable. Markers are at or after {@code baseOffset}, and rise. */
    synchronized void repair(long baseOffset) throws IOException {
        keep(baseOffset, Long.MAX_VALUE);
    }

    /** Keeps entries from the first on as long as they are in order and their markers in [{@code minOffset}, {@code endOffset}). */
    private void keep(long minOffset, long endOffset) throws IOException {
        unwritten = unwritten.stream().filter(aborted -> aborted.lastOffset() < endOffset).toList();
        if (entries() == 0 && (!file.exists() || file.size() == 0)) {
            return;
        }
        int kept = 0;
        long previous = minOffset - 1;
        for (AbortedTransaction aborted : inFile()) {
            if (aborted.lastOffset() <= previous || aborted.lastOffset() >= endOffset || aborted.firstOffset() > aborted.lastOffset()) {
                break;
            }
            previous = aborted.lastOffset();
            kept++;
        }
        long bytes = (long) kept * ENTRY_BYTES;
        if (file.size() != bytes) {
            file.truncate(bytes);
            file.force(); // what was cut must not come back after a crash: recovery does not look at sealed segments
            entries = kept;
        }
    }

    synchronized void force() throws IOException {
        writeUnwritten();
        if (!isEmpty()) {
            file.force();
        }
    }

    private int entries() throws IOException {
        int count = entries;
        if (count < 0) {
            count = file.exists() ? (int) (file.size() / ENTRY_BYTES) : 0;
            entries = count;
        }
        return count;
    }
}
