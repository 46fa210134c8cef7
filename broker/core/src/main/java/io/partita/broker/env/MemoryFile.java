package io.partita.broker.env;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;

/**
 * One file of a {@link MemoryDisk}: chunks of bytes. Writers exclude each other; readers take the size first and then bytes below it, which
 * no append changes, so they need no lock.
 */
final class MemoryFile implements Disk.DiskFile {

    /** Small enough that an idle partition's files cost little, large enough that a full segment has few chunks. */
    private static final int CHUNK_BYTES = 64 * 1024;
    private static final int FIRST_CHUNK_BYTES_MIN = 256;
    private static final byte[][] NO_CHUNKS = {};

    private final MemoryDisk disk;
    private volatile byte[][] chunks = NO_CHUNKS;
    private volatile long size;
    private boolean unlinked;

    MemoryFile(MemoryDisk disk) {
        this.disk = disk;
    }

    @Override
    public int read(ByteBuffer target, long position) {
        long end = size;
        byte[][] current = chunks;
        int total = 0;
        long at = position;
        while (target.hasRemaining() && at < end) {
            int index = (int) (at / CHUNK_BYTES);
            int offset = (int) (at % CHUNK_BYTES);
            if (index >= current.length || offset >= current[index].length) {
                break; // truncated since the size was taken
            }
            byte[] chunk = current[index];
            int count = (int) Math.min(Math.min(target.remaining(), end - at), chunk.length - offset);
            target.put(chunk, offset, count);
            at += count;
            total += count;
        }
        return total;
    }

    @Override
    public synchronized void write(ByteBuffer source, long position) throws IOException {
        long end = position + source.remaining();
        if (end > size) {
            if (!unlinked) {
                disk.reserve(end - size);
            }
            grow(end);
        }
        byte[][] current = chunks;
        long at = position;
        while (source.hasRemaining()) {
            int offset = (int) (at % CHUNK_BYTES);
            byte[] chunk = current[(int) (at / CHUNK_BYTES)];
            int count = Math.min(source.remaining(), chunk.length - offset);
            source.get(chunk, offset, count);
            at += count;
        }
        if (end > size) {
            size = end;
        }
    }

    private void grow(long end) {
        int needed = (int) ((end + CHUNK_BYTES - 1) / CHUNK_BYTES);
        byte[][] current = chunks;
        int firstLength = needed > 1 ? CHUNK_BYTES : firstChunkBytes((int) end);
        if (current.length >= needed && current[0].length >= firstLength) {
            return;
        }
        byte[][] grown = Arrays.copyOf(current, Math.max(needed, current.length));
        for (int i = current.length; i < needed; i++) {
            grown[i] = new byte[i == 0 ? firstLength : CHUNK_BYTES];
        }
        if (grown[0].length < firstLength) {
            grown[0] = Arrays.copyOf(grown[0], firstLength);
        }
        chunks = grown;
    }

    /** The first chunk doubles up to its full size: most files of an idle partition hold a few bytes. */
    private static int firstChunkBytes(int needed) {
        return Math.min(CHUNK_BYTES, Math.max(FIRST_CHUNK_BYTES_MIN, Integer.highestOneBit(Math.max(1, needed - 1)) << 1));
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public synchronized void truncate(long newSize) {
        if (newSize >= size) {
            return;
        }
        if (!unlinked) {
            disk.free(size - newSize);
        }
        size = newSize;
        int needed = (int) ((newSize + CHUNK_BYTES - 1) / CHUNK_BYTES);
        byte[][] kept = Arrays.copyOf(chunks, needed);
        if (needed > 0) {
            // What is written later beyond the new end must not bring the cut bytes back.
            byte[] last = kept[needed - 1].clone();
            int from = (int) (newSize - (long) (needed - 1) * CHUNK_BYTES);
            if (from < last.length) {
                Arrays.fill(last, from, last.length, (byte) 0);
            }
            kept[needed - 1] = last;
        }
        chunks = kept;
    }

    /** Its last name is gone: its bytes no longer count, though whoever has it open reads on. */
    synchronized void unlinked() {
        if (!unlinked) {
            unlinked = true;
            disk.free(size);
        }
    }

    @Override
    public void force(boolean metadata) {
        // Memory has nothing to make durable.
    }

    @Override
    public FileChannel channel() {
        return null;
    }

    @Override
    public void close() {
        // The file belongs to the disk.
    }
}
