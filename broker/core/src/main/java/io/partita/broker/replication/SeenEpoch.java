package io.partita.broker.replication;

import io.partita.broker.env.Disk;
import io.partita.broker.env.Disk.DiskFile;
import io.partita.broker.log.LogDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The highest epoch that a replica ever acted under, in a file beside its log (rule 7). The log's own epochs do not tell it: an epoch may have left no record.
 *
 * <p>It is one write of a few bytes in place, which no failing process tears. A failing machine may lose it, and then the log goes under another name, whose word of
 * before counts for nothing; where acknowledgements mean fsync the name stays, and so the file is flushed too (rule 15).
 *
 * <p>Threads: the partition's owner, or whoever opens the log.
 */
public final class SeenEpoch {

    static final String FILE = LogDirectory.SEEN_EPOCH_FILE;

    private static final int BYTES = Integer.BYTES * 2;

    private final Disk disk;
    private final Path file;
    private final boolean durable;
    private int epoch;

    private SeenEpoch(Disk disk, Path file, boolean durable, int epoch) {
        this.disk = disk;
        this.file = file;
        this.durable = durable;
        this.epoch = epoch;
    }

    /**
     * Reads what there is of a replica.
     *
     * @param logEpoch the latest epoch that its log knows, -1 for none: it was seen, whatever the file says
     * @param durable whether a raise is flushed before it returns
     * @throws IOException when the file is there and cannot be read
     */
    public static SeenEpoch open(Disk disk, Path logDirectory, int logEpoch, boolean durable) throws IOException {
        Path file = logDirectory.resolve(FILE);
        byte[] content = disk.readAll(file);
        int written = -1;
        if (content != null && content.length >= BYTES) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            int epoch = bytes.getInt();
            written = bytes.getInt() == checksum(epoch) ? epoch : -1;
        }
        return new SeenEpoch(disk, file, durable, Math.max(written, logEpoch));
    }

    /** The highest epoch acted under, -1 for none. */
    public int get() {
        return epoch;
    }

    /** Notes an epoch before anything is done under it. A lower one changes nothing. */
    public void raise(int next) throws IOException {
        if (next <= epoch) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).putInt(next).putInt(checksum(next)).flip();
        try (DiskFile opened = disk.open(file, true)) {
            opened.write(bytes, 0);
            if (durable) {
                opened.force(true);
            }
        }
        if (durable) {
            disk.syncDirectory(file.getParent());
        }
        epoch = next;
    }

    private static int checksum(int epoch) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, epoch));
        return (int) crc.getValue();
    }
}
