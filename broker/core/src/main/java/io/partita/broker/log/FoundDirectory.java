package io.partita.broker.log;

import io.partita.broker.env.Clock;
import io.partita.broker.env.Disk;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.Workers;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * A data directory at a start, locked and looked at, with nothing in it changed yet: whether it may be used at all is decided by what all of them together say.
 * {@link #claim} is what comes then.
 */
public final class FoundDirectory implements Closeable {

    private static final String LOCK = ".lock";
    /** What {@code kafka-storage format} leaves. */
    private static final String KAFKA_BOOTSTRAP = "bootstrap.checkpoint";

    private final Path path;
    private final Disk disk;
    private final Closeable lock;
    private final DirectoryIdentity.Written written;
    private final UUID id;
    private final Set<LogId> logs;
    private final boolean isOfKafka;
    private final boolean closedProperly;
    private boolean handedOver;
    /** What this start has made, and takes away again when it comes to nothing. */
    private boolean madeLock;
    private boolean madeDirectory;

    private FoundDirectory(Path path, Disk disk, Closeable lock, Entropy entropy) throws IOException {
        this.path = path;
        this.disk = disk;
        this.lock = lock;
        this.written = DirectoryIdentity.read(disk, path);
        this.id = written != null && written.directoryId() != null ? written.directoryId() : entropy.nextUuid();
        List<String> names = disk.list(path);
        this.logs = new HashSet<>();
        for (String name : names) {
            LogId log = LogDirectory.logIn(name);
            if (log != null) {
                logs.add(log);
            }
        }
        this.isOfKafka = names.contains(LogDirectory.KAFKA_METADATA) || names.contains(KAFKA_BOOTSTRAP) || written != null && written.isOfOldKafka();
        this.closedProperly = names.contains(LogDirectory.CLEAN_SHUTDOWN);
    }

    /**
     * Locks a directory, making an empty one where there is none, and looks at it.
     *
     * @throws InUseException when another broker has it
     * @throws IOException when it cannot be used
     */
    static FoundDirectory lock(Path path, Disk disk, Entropy entropy) throws IOException {
        boolean wasThere = disk.exists(path);
        boolean lockWasThere = wasThere && disk.exists(path.resolve(LOCK));
        if (!wasThere) {
            disk.createDirectories(path);
            disk.syncDirectory(path.toAbsolutePath().getParent());
        }
        Closeable lock = disk.tryLock(path.resolve(LOCK));
        if (lock == null) {
            throw new InUseException(path);
        }
        try {
            FoundDirectory found = new FoundDirectory(path, disk, lock, entropy);
            found.madeLock = !lockWasThere;
            found.madeDirectory = !wasThere;
            return found;
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /**
     * As {@link #lock}, for a look at a directory that must stay as it is: nothing is made.
     *
     * @throws InUseException when another broker has it
     * @throws IOException when it cannot be read, or is not there
     */
    static FoundDirectory look(Path path, Disk disk, Entropy entropy) throws IOException {
        if (disk.list(path).isEmpty()) {
            throw new IOException("There is nothing in " + path + ".");
        }
        Closeable lock = disk.exists(path.resolve(LOCK)) ? disk.tryLock(path.resolve(LOCK)) : () -> {};
        if (lock == null) {
            throw new InUseException(path);
        }
        try {
            return new FoundDirectory(path, disk, lock, entropy);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Somebody else has the directory open: no reason to go on without it. */
    static final class InUseException extends IOException {
        InUseException(Path path) {
            super("Data directory " + path + " is in use by another broker. Stop that one, or use another directory.");
        }
    }

    public Path path() {
        return path;
    }

    /** The directory's own id: what it says of itself, or what it will once it is claimed. */
    public UUID id() {
        return id;
    }

    /** Whether it belongs to nobody yet. */
    public boolean isNew() {
        return written == null;
    }

    /** The partitions that have a log in it. */
    public Set<LogId> logs() {
        return logs;
    }

    /** Whether there are signs that Kafka wrote it. That there are none says nothing. */
    public boolean isOfKafka() {
        return isOfKafka;
    }

    /** The logs that were compacted at least once, as far as a checkpoint tells. Reads a small file. */
    public Set<LogId> compacted() throws IOException {
        Map<LogId, Long> offsets = OffsetCheckpoint.read(disk, path.resolve(OffsetCheckpoint.CLEANER));
        return offsets == null ? Set.of() : offsets.keySet();
    }

    /** Whether the last broker closed it properly. */
    public boolean wasClosedProperly() {
        return closedProperly;
    }

    DirectoryIdentity.Written written() {
        return written;
    }

    /** Makes it this broker's, durably, and opens it. Whoever has the result closes it. */
    LogDirectory claim(String clusterId, int nodeId, LogLimits limits, Clock clock, Workers workers, Entropy entropy) throws IOException {
        DirectoryIdentity identity = new DirectoryIdentity(clusterId, nodeId, id, written == null);
        boolean isComplete = written != null && written.directoryId() != null && !written.isOfOldKafka();
        if (!isComplete) {
            identity.write(disk, path);
        }
        if (closedProperly) {
            disk.delete(path.resolve(LogDirectory.CLEAN_SHUTDOWN));
            disk.syncDirectory(path);
        }
        LogDirectory directory = new LogDirectory(path, disk, clock, workers, limits, entropy, identity, lock, closedProperly);
        handedOver = true;
        return directory;
    }

    /** Lets go of the directory, unless it was claimed: it is as it was before. */
    @Override
    public void close() throws IOException {
        if (!handedOver) {
            handedOver = true;
            try (lock) {
                // While it is held: whoever waits for it would have a file that is nowhere.
                if (madeLock) {
                    disk.delete(path.resolve(LOCK));
                }
                if (madeDirectory && disk.list(path).isEmpty()) {
                    disk.delete(path);
                }
            }
        }
    }
}
