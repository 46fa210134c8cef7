package io.partita.broker.log;

import io.partita.broker.env.Disk;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A breaker before a disk is full: when less than a reserve is free, clients are refused, and what is left is for what the broker itself has to write: committed offsets,
 * ends of transactions, checkpoints, compaction, which makes room. It closes by itself when twice the reserve is free again, so that it does not open again with the next
 * batch. Reads go on. Any thread may ask; {@link #look} is for a worker's, since a disk that hangs does not answer.
 */
final class SpaceReserve {

    private static final Logger LOG = LoggerFactory.getLogger(SpaceReserve.class);

    /** On a small disk the reserve is no more than a part of it. */
    private static final int PARTS_OF_DISK = 20;

    /** Where nothing is kept back, so much has to be free before a full disk counts as one that is not: enough that it is not full again with the next batch. */
    private static final long FREE_BYTES_MIN = 16L << 20;

    private final Path directory;
    private final Disk disk;
    private volatile boolean isUsed;
    private volatile String reason = "";
    private volatile long freeBytes = -1;
    private volatile long totalBytes = -1;
    /** As it was when it was looked at last. */
    private volatile long reserveBytes;

    SpaceReserve(Path directory, Disk disk) {
        this.directory = directory;
        this.disk = disk;
    }

    /** Whether clients are to be refused now. */
    boolean isUsed() {
        return isUsed;
    }

    /** Why, empty while they are not. */
    String reason() {
        return reason;
    }

    /** What was free when it was looked at last, -1 before that. */
    long freeBytes() {
        return freeBytes;
    }

    /** How large the disk is, -1 before it was looked at. */
    long totalBytes() {
        return totalBytes;
    }

    /** So much is free before a disk that was full takes what the brokers keep themselves again: no more than is kept back for it. */
    long ownBytesMin() {
        return reserveBytes == 0 ? FREE_BYTES_MIN : Math.min(FREE_BYTES_MIN, reserveBytes);
    }

    /** So much is free before clients are served again. */
    long clientsBytesMin() {
        return Math.max(ownBytesMin(), 2 * reserveBytes);
    }

    /** Sees how much is free. A disk that does not say stays as it was: writing to it tells more. */
    void look(long reserveBytes) {
        long free;
        long reserve;
        try {
            free = disk.usableSpace(directory);
            long total = disk.totalSpace(directory);
            reserve = Math.min(reserveBytes, total / PARTS_OF_DISK);
            this.reserveBytes = reserve;
            freeBytes = free;
            totalBytes = total;
        } catch (IOException e) {
            return;
        }
        if (!isUsed && free < reserve) {
            reason = "The disk of " + directory + " has only " + megabytes(free) + " MB free; the last " + megabytes(reserve)
                    + " (log.dirs.reserve.bytes) are for what the brokers keep themselves. Records are read, and written again when there is space";
            isUsed = true;
            LOG.error("Data directory {} has {} MB free, less than {} (log.dirs.reserve.bytes): producers are refused until {} MB are free; reads go on.",
                    directory, megabytes(free), megabytes(reserve), megabytes(clientsBytesMin()));
        } else if (isUsed && free >= 2 * reserve) {
            isUsed = false;
            reason = "";
            LOG.info("Data directory {} has {} MB free again; producers are served.", directory, megabytes(free));
        }
    }

    static long megabytes(long bytes) {
        return bytes >> 20;
    }
}
