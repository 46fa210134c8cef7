package io.partita.broker.log;

import io.partita.broker.env.Clock;
import io.partita.broker.env.Disk;
import io.partita.broker.env.DiskFullException;
import io.partita.broker.env.DiskWriteException;
import io.partita.broker.env.Failures;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a data directory may be written to. Any thread may ask and report.
 *
 * <pre>
 *   ONLINE --no space--> FULL --space is there again--> ONLINE
 *   ONLINE, FULL --any other failure of a write or fsync--> OFFLINE (until the broker restarts)
 * </pre>
 *
 * Reads go on in every state. OFFLINE is final because after a failed fsync nobody knows what the disk has: the pages are clean though they
 * were never written. The next start recovers from the last recovery point. Whatever else fails, to open a file or to read one, is a matter of
 * the log it happened to: the request is refused, and the next one tries again.
 */
final class DirectoryHealth {

    enum State {
        ONLINE,
        FULL,
        OFFLINE
    }

    /** How often a full disk is asked whether there is space again. */
    private static final long RETRY_MILLIS = 1_000;

    /** How often it is said that something failed which the next request tries again. */
    private static final long REPORT_MILLIS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryHealth.class);

    private final Path directory;
    private final Disk disk;
    private final Clock clock;
    private final SpaceReserve reserve;
    private volatile State state = State.ONLINE;
    private volatile String reason = "";
    private volatile long nextCheckMillis;
    /** Guarded by this. */
    private long nextReportMillis = Long.MIN_VALUE;

    /** @param reserve says how much has to be free before a full disk is one no more */
    DirectoryHealth(Path directory, Disk disk, Clock clock, SpaceReserve reserve) {
        this.directory = directory;
        this.disk = disk;
        this.clock = clock;
        this.reserve = reserve;
    }

    State state() {
        return state;
    }

    /** Why the directory is not ONLINE, empty while it is. */
    String reason() {
        return reason;
    }

    /** Whether a write may be tried. On a full disk this looks for free space, at most once a second. */
    boolean writable() {
        State current = state;
        if (current == State.ONLINE) {
            return true;
        }
        return current == State.FULL && hasSpaceAgain();
    }

    /** Reports what failed when {@code path} was to be written. */
    synchronized void failed(Path path, IOException cause) {
        if (state == State.OFFLINE) {
            return;
        }
        if (!(cause instanceof DiskFullException) && !(cause instanceof DiskWriteException)) {
            long now = clock.monotonicMillis();
            if (now >= nextReportMillis) {
                nextReportMillis = now + REPORT_MILLIS;
                LOG.error("{} could not be used: {}. Its requests are refused with KAFKA_STORAGE_ERROR; other partitions are served.", path,
                        Failures.said(cause));
            }
            return;
        }
        if (cause instanceof DiskFullException) {
            if (state != State.FULL) {
                LOG.error(
                        "Data directory {} is full: writing {} failed ({}). Reads go on; what the brokers keep themselves is written again when {} MB are free,"
                                + " what producers send when {} MB are.",
                        directory, path, cause.getMessage(), SpaceReserve.megabytes(reserve.ownBytesMin()),
                        SpaceReserve.megabytes(reserve.clientsBytesMin()));
            }
            state = State.FULL;
            reason = "The disk of " + directory + " is full";
            nextCheckMillis = clock.monotonicMillis() + RETRY_MILLIS;
        } else {
            LOG.error("Data directory {} takes no more writes: an I/O error on {} ({}). Reads go on; repair the disk and restart the broker.",
                    directory, path, Failures.said(cause));
            state = State.OFFLINE;
            reason = "The disk of " + directory + " failed: " + cause.getMessage();
        }
    }

    private synchronized boolean hasSpaceAgain() {
        if (state != State.FULL) {
            return state == State.ONLINE;
        }
        long now = clock.monotonicMillis();
        if (now < nextCheckMillis) {
            return false;
        }
        nextCheckMillis = now + RETRY_MILLIS;
        try {
            if (disk.usableSpace(directory) < reserve.ownBytesMin()) {
                return false;
            }
        } catch (IOException e) {
            return false;
        }
        if (reserve.isUsed()) {
            LOG.info("Data directory {} has space again for what the brokers keep themselves; producers are served when {} MB are free.", directory,
                    SpaceReserve.megabytes(reserve.clientsBytesMin()));
        } else {
            LOG.info("Data directory {} has space again; producers are served.", directory);
        }
        state = State.ONLINE;
        reason = "";
        return true;
    }
}
