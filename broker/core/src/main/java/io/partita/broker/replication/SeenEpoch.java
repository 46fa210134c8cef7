package io.partita.broker.replication;

import io.partita.broker.env.Disk;
import io.partita.broker.env.Disk.DiskFile;
import io.partita.broker.log.LogDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The highest epoch that a replica ever acted under, in a file beside its log (rule 7). The log's own epochs do not tell it: an epoch may have left no record.
 *
 * <p>It is one write of a few bytes in place, which no failing process tears. A failing machine may lose it, and then the log goes under another name, whose word of
 * before counts for nothing; where acknowledgements mean fsync the name stays, and so the file is flushed too (rule 15). The topic's id is in it, because a failing machine may leave
 * it where a topic of the same name comes to be: epochs of another topic count for nothing.
 *
 * <p>Threads: the partition's owner, or whoever opens the log.
 */
public final class SeenEpoch {

    static final String FILE = LogDirectory.SEEN_EPOCH_FILE;

    /** Epoch, topic id, checksum. */
    private static final int BYTES = Integer.BYTES + Long.BYTES * 2 + Integer.BYTES;
    /** Epoch, checksum: as written before there was the id. */
    private static final int BYTES_WITHOUT_ID = Integer.BYTES * 2;

    private final Disk disk;
    private final Path file;
    private final UUID topicId;
    private final boolean durable;
    private int epoch;

    private SeenEpoch(Disk disk, Path file, UUID topicId, boolean durable, int epoch) {
        this.disk = disk;
        this.file = file;
        this.topicId = topicId;
        this.durable = durable;
        this.epoch = epoch;
    }

    /**
     * Reads what there is of a replica.
     *
     * @param topicId whose replica it is
     * @param logEpoch the latest epoch that its log knows, -1 for none: it was seen, whatever the file says
     * @param durable whether a raise is flushed before it returns
     * @throws IOException when the file is there and cannot be read
     */
    public static SeenEpoch open(Disk disk, Path logDirectory, UUID topicId, int logEpoch, boolean durable) throws IOException {
        Path file = logDirectory.resolve(FILE);
        return new SeenEpoch(disk, file, topicId, durable, Math.max(read(disk.readAll(file), topicId), logEpoch));
    }

    private static int read(byte[] content, UUID topicId) {
        int size = content == null ? 0 : content.length >= BYTES ? BYTES : content.length;
        if (size != BYTES && size != BYTES_WITHOUT_ID) {
            return -1;
        }
        ByteBuffer bytes = ByteBuffer.wrap(content, 0, size);
        boolean isWhole = bytes.getInt(size - Integer.BYTES) == checksum(bytes.slice(0, size - Integer.BYTES));
        int epoch = bytes.getInt();
        boolean isOurs = size == BYTES_WITHOUT_ID || new UUID(bytes.getLong(), bytes.getLong()).equals(topicId);
        return isWhole && isOurs ? epoch : -1;
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
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).putInt(next).putLong(topicId.getMostSignificantBits()).putLong(topicId.getLeastSignificantBits());
        bytes.putInt(checksum(bytes.slice(0, bytes.position()))).flip();
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

    private static int checksum(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
