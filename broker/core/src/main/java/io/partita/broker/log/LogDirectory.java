package io.partita.broker.log;

import io.partita.broker.env.Clock;
import io.partita.broker.env.Disk;
import io.partita.broker.env.DiskFullException;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.Failures;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.Workers;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A data directory: a directory per log, checkpoints, and a lock that keeps a second broker out. It makes, finds and deletes logs.
 *
 * <p>Life: {@link #open} locks it and sees whether it was closed properly; {@link #load} makes its logs known, recovering them after a crash;
 * {@link #close} flushes all and leaves what the next start needs to begin at once.
 *
 * <p>Failure: without space appends are refused until there is some; after any other I/O error on a write until the broker restarts. Reads go
 * on in either case.
 *
 * <p>Threads: any, except that {@link #load} and {@link #close} are called once, and everything here may block.
 */
public final class LogDirectory implements Closeable {

    /** A file of each log: the highest epoch that its replica acted under, kept by replication. */
    public static final String SEEN_EPOCH_FILE = "seen-epoch";

    private static final Logger LOG = LoggerFactory.getLogger(LogDirectory.class);

    static final String CLEAN_SHUTDOWN = ".kafka_cleanshutdown";
    /** What Kafka's controllers keep there, which looks like a log and is none of a topic. */
    static final String KAFKA_METADATA = "__cluster_metadata-0";
    private static final byte[] CLEAN_SHUTDOWN_CONTENT = "{\"version\":0,\"brokerEpoch\":-1}".getBytes(StandardCharsets.UTF_8);

    /** Longest name of a file on the file systems we meet. */
    private static final int NAME_LENGTH_MAX = 255;

    private final Path path;
    private final LogEnvironment environment;
    private final Entropy entropy;
    private final DirectoryIdentity identity;
    private final Closeable lock;
    private final boolean cleanAtStart;
    private final Map<LogId, Long> highWatermarks;
    private int threads = 1;
    private final Map<LogId, PartitionLog> logs = new ConcurrentHashMap<>();
    private final Set<StrayLog> strays = ConcurrentHashMap.newKeySet();
    /** Guarded by this. */
    private boolean closed;
    /** The logs that may have an entry in the checkpoints on disk. Guarded by this. */
    private final Set<LogId> checkpointed = new HashSet<>();

    LogDirectory(Path path, Disk disk, Clock clock, Workers workers, LogLimits limits, Entropy entropy, DirectoryIdentity identity,
            Closeable lock, boolean cleanAtStart) throws IOException {
        this.path = path;
        SpaceReserve reserve = new SpaceReserve(path, disk);
        this.environment = new LogEnvironment(disk, new OpenFiles(limits.openFiles()), clock, workers, new DirectoryHealth(path, disk, clock, reserve), reserve,
                this::checkpoint, new CleanerCheckpoint(disk, path), new ProducerBudget(limits.producers()),
                new MemoryPool(limits.delayedBytes()));
        this.entropy = entropy;
        this.identity = identity;
        this.lock = lock;
        this.cleanAtStart = cleanAtStart;
        this.highWatermarks = readCheckpoint(OffsetCheckpoint.HIGH_WATERMARKS);
    }

    /** As {@link #open(Path, String, int, LogLimits, Disk, Clock, Workers, Entropy)}, for the only directory of a process. */
    public static LogDirectory open(Path path, String clusterId, int nodeId, int openFilesMax, Disk disk, Clock clock, Workers workers,
            Entropy entropy) throws IOException {
        return open(path, clusterId, nodeId, new LogLimits(openFilesMax, LogLimits.ofProcess(1).producers()), disk, clock, workers, entropy);
    }

    /**
     * Locks and takes one directory, creating it when there is none.
     *
     * @param clusterId the cluster this broker is of, {@code null} to take the directory's or make one
     * @param limits what its logs may use
     * @throws IOException when another broker has it open, or it belongs to another cluster or broker; the message says what to do
     */
    public static LogDirectory open(Path path, String clusterId, int nodeId, LogLimits limits, Disk disk, Clock clock, Workers workers,
            Entropy entropy) throws IOException {
        try (DataDirectories one = DataDirectories.find(List.of(path), clusterId, nodeId, disk, entropy)) {
            List<LogDirectory> claimed = new ArrayList<>();
            one.claim(Set.of(), nodeId, limits, clock, workers, entropy, claimed);
            return claimed.getFirst();
        }
    }

    /** The log that a name in a data directory is of, {@code null} when it is none of a log that is in use. */
    static LogId logIn(String name) {
        boolean isOther = name.endsWith("-checkpoint") || name.equals(KAFKA_METADATA);
        return isOther ? null : LogId.parse(name);
    }

    public Path path() {
        return path;
    }

    /** Whose the directory is. */
    public DirectoryIdentity identity() {
        return identity;
    }

    /** Whether the directory was made or first used by this start. */
    public boolean isNew() {
        return identity.isNew();
    }

    /** Whether the directory was closed properly before this start, so that nothing written to it can be missing. */
    public boolean wasClosedProperly() {
        return cleanAtStart;
    }

    /** Whether appends are served; false while the disk is full and after an I/O error. */
    public boolean isWritable() {
        return environment.health().state() == DirectoryHealth.State.ONLINE;
    }

    /** Whether an I/O error has taken the directory offline for writes until the broker restarts. */
    public boolean isOffline() {
        return environment.health().state() == DirectoryHealth.State.OFFLINE;
    }

    /** Whether producers are refused because little space is left, which the broker keeps for itself. */
    public boolean isShortOfSpace() {
        return environment.reserve().isUsed();
    }

    /** Bytes free for the broker when it looked last, some seconds ago at most; -1 before that. */
    public long freeBytes() {
        return environment.reserve().freeBytes();
    }

    /** Size of the disk, or of the volume; -1 before it was looked at. */
    public long totalBytes() {
        return environment.reserve().totalBytes();
    }

    /**
     * Whether a new log has more room here than in another directory: bytes free for each log, so that a larger or an emptier disk gets more of them. Logs alone count where the disks have about as
     * much free, or are one, or were not looked at yet. Any thread.
     */
    public boolean isRoomierThan(LogDirectory other) {
        long free = freeBytes();
        long othersFree = other.freeBytes();
        boolean isAlike = free < 0 || othersFree < 0 || Math.abs(free - othersFree) <= Math.max(free, othersFree) / 10;
        return isAlike ? logs.size() < other.logs.size() : free / (logs.size() + 1.0) > othersFree / (other.logs.size() + 1.0);
    }

    /** Sees whether at least so many bytes are free for producers. Asks the disk, so it is for a worker's thread. */
    public void reserve(long bytes) {
        environment.reserve().look(bytes);
    }

    // ---- loading ----

    /**
     * Makes the logs in the directory known, and recovers them when the broker had not closed it. After a proper close no log is read here.
     *
     * @param configs the settings for a topic's logs
     * @param sideBySide how many threads may recover logs now, and close them at the end, side by side
     */
    public void load(Function<String, LogConfig> configs, int sideBySide) throws IOException {
        threads = sideBySide;
        Disk disk = environment.disk();
        boolean known = OffsetCheckpoint.read(disk, path.resolve(OffsetCheckpoint.RECOVERY_POINTS)) != null;
        Map<LogId, Long> recoveryPoints = readCheckpoint(OffsetCheckpoint.RECOVERY_POINTS);
        Map<LogId, Long> starts = readCheckpoint(OffsetCheckpoint.LOG_STARTS);
        synchronized (this) {
            checkpointed.addAll(recoveryPoints.keySet());
            checkpointed.addAll(starts.keySet());
        }
        List<PartitionLog> unsure = new ArrayList<>();
        Set<LogId> undecided = cleanAtStart ? UndecidedLogs.read(disk, path) : null;
        for (String name : disk.list(path)) {
            if (name.endsWith(FileNames.DELETED_DIRECTORY)) {
                deleteLater(path.resolve(name));
                continue;
            }
            if (StrayLog.isStray(name)) {
                strays.add(StrayLog.read(disk, path.resolve(name)));
                continue;
            }
            LogId id = logIn(name);
            if (id == null) {
                continue;
            }
            Long recoveryPoint = recoveryPoints.get(id);
            boolean clean = cleanAtStart && recoveryPoint != null;
            long start = starts.getOrDefault(id, 0L);
            // A log that is not in the checkpoint was made after it: nothing of it is known to be flushed. Without a checkpoint nothing is known.
            LogLoader.Trust trust = clean ? LogLoader.Trust.CLOSED : known ? LogLoader.Trust.RECOVERY_POINT : LogLoader.Trust.NONE;
            PartitionLog log = new PartitionLog(id, path.resolve(name), environment, configs.apply(id.topic()), start,
                    recoveryPoint == null ? 0 : recoveryPoint, trust);
            logs.put(id, log);
            if (clean && undecided != null && !undecided.contains(id)) {
                log.hasNoTransactions();
            }
            if (!clean) {
                unsure.add(log);
            }
        }
        tellStrays();
        recover(unsure);
        if (!known || !cleanAtStart) {
            // From now on a log without an entry is known to be new, and what was checked needs no second check.
            try {
                checkpoint();
            } catch (DiskFullException e) {
                environment.health().failed(path, e); // a full disk can be read from; the next checkpoint does it
            }
        }
    }

    private void tellStrays() {
        long kept = strays.stream().filter(stray -> stray.fate() == StrayLog.Fate.KEPT).count();
        if (kept > 0) {
            LOG.warn(
                    "{} logs in {} are not served, because the metadata did not name them when they were found: their directories end in {}. Each goes back into use"
                            + " when its topic is there again under the id it had; delete the directories when nobody needs their records.",
                    kept, path,
                    FileNames.STRAY_DIRECTORY);
        }
    }

    private Map<LogId, Long> readCheckpoint(String name) throws IOException {
        Map<LogId, Long> offsets = OffsetCheckpoint.read(environment.disk(), path.resolve(name));
        return offsets != null ? offsets : new HashMap<>();
    }

    private void recover(List<PartitionLog> unsure) throws IOException {
        if (unsure.isEmpty()) {
            return;
        }
        long began = environment.clock().monotonicMillis();
        AtomicReference<Throwable> defect = new AtomicReference<>();
        inParallel(unsure, log -> {
            try {
                log.recover();
            } catch (IOException e) {
                // The others can be served. Whoever uses this one makes it try again, and is told.
                LOG.error("Log {} cannot be opened, its partition is not served until it can: {}.", log.directory(), Failures.said(e));
            } catch (RuntimeException | Error e) {
                defect.compareAndSet(null, e);
            }
        });
        if (defect.get() != null) {
            throw new IOException("The logs of " + path + " cannot be recovered: " + defect.get(), defect.get());
        }
        LOG.info("Checked {} logs of {} in {} ms, as the broker had not closed them.", unsure.size(), path,
                environment.clock().monotonicMillis() - began);
    }

    /** This thread and some workers take one log after the other until all are done. The task throws nothing. */
    private void inParallel(List<PartitionLog> some, Consumer<PartitionLog> task) throws IOException {
        AtomicInteger next = new AtomicInteger();
        CountDownLatch left = new CountDownLatch(some.size());
        Runnable share = () -> {
            int index;
            while ((index = next.getAndIncrement()) < some.size()) {
                try {
                    task.accept(some.get(index));
                } finally {
                    left.countDown();
                }
            }
        };
        for (int helpers = Math.min(threads, some.size()) - 1; helpers > 0; helpers--) {
            environment.workers().execute(share);
        }
        share.run();
        try {
            left.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while the logs of " + path + " were opened or closed", e);
        }
    }

    // ---- logs ----

    /** The log of a partition, or {@code null} when there is none here. */
    public PartitionLog log(LogId id) {
        return logs.get(id);
    }

    /** All logs, in no particular order; a live view. */
    public Collection<PartitionLog> logs() {
        return Collections.unmodifiableCollection(logs.values());
    }

    /** Makes a log for a partition, or returns the one there is. The directory is made at once, files with the first append. */
    public PartitionLog create(LogId id, UUID topicId, LogConfig config) throws IOException {
        PartitionLog existing = logs.get(id);
        if (existing != null) {
            return existing;
        }
        Path directory = path.resolve(id.directoryName());
        Disk disk = environment.disk();
        if (!environment.health().writable()) {
            throw new IOException(environment.health().reason());
        }
        try {
            forgetFormer(id);
            disk.createDirectories(directory);
            if (topicId != null && disk.readAll(directory.resolve(FileNames.PARTITION_METADATA)) == null) {
                PartitionMetadata.write(disk, directory, topicId);
            }
        } catch (DiskFullException e) {
            environment.health().failed(directory, e); // the next log is made elsewhere, if there is room
            throw e;
        }
        PartitionLog log = new PartitionLog(id, directory, environment, config, 0, 0, LogLoader.Trust.CLOSED);
        log.isNew();
        log.hasNoTransactions();
        PartitionLog raced = logs.putIfAbsent(id, log);
        return raced != null ? raced : log;
    }

    /** What was written down of a log of this name that is gone must not be taken for that of the one to come. */
    private void forgetFormer(LogId id) throws IOException {
        if (mayBeCheckpointed(id)) {
            checkpoint();
        }
        environment.cleaned().created(id);
    }

    private synchronized boolean mayBeCheckpointed(LogId id) {
        return checkpointed.contains(id);
    }

    /** Notes which topic a log is of, where it does not tell: its machine failed before that was on the disk. */
    public void identify(PartitionLog log, UUID topicId) throws IOException {
        PartitionMetadata.write(environment.disk(), log.directory(), topicId);
    }

    /** The topic id a log's directory was made for, or {@code null} when it does not say. */
    public UUID topicIdOf(PartitionLog log) throws IOException {
        return PartitionMetadata.topicId(environment.disk(), log.directory());
    }

    /**
     * Deletes a log. It is gone for new users at once, and for the next start; fetches that are sending from its files finish. The owner must
     * have stopped using it.
     */
    public void delete(LogId id) throws IOException {
        PartitionLog log = logs.remove(id);
        if (log == null) {
            return;
        }
        log.markDeleted();
        Path target = awayName(id, FileNames.DELETED_DIRECTORY);
        moveAway(log, target, -1);
        deleteLater(target);
    }

    /**
     * Takes a log out of use and keeps it, under a name that ends in {@code -stray}: the metadata do not name it, and whether they are right is not for this
     * directory to say. It can be had again by {@link #takeBack}. The owner must have stopped using it.
     */
    public StrayLog setAside(LogId id, StrayLog.Fate fate) throws IOException {
        PartitionLog log = logs.remove(id);
        if (log == null) {
            return null;
        }
        long end = log.close();
        Path target = awayName(id, FileNames.STRAY_DIRECTORY);
        StrayLog stray;
        try {
            stray = new StrayLog(target, id, topicIdOf(log), environment.clock().wallMillis(), fate, log.logStartOffset(), end);
            stray.write(environment.disk(), log.directory());
        } catch (IOException e) {
            logs.putIfAbsent(id, again(log, end));
            throw e;
        }
        moveAway(log, target, end);
        environment.disk().syncDirectory(path);
        strays.add(stray);
        return stray;
    }

    /**
     * Takes a log from its files, as a start after a crash does, because what it has in memory is not to be trusted; nothing where it is not of this directory. The
     * owner must have stopped using it. Blocks.
     *
     * @throws IOException when it cannot be read; whoever uses it makes it try again
     */
    public void reload(PartitionLog log) throws IOException {
        if (logs.get(log.id()) != log) {
            return;
        }
        log.markDeleted();
        boolean known = OffsetCheckpoint.read(environment.disk(), path.resolve(OffsetCheckpoint.RECOVERY_POINTS)) != null;
        PartitionLog anew = new PartitionLog(log.id(), log.directory(), environment, log.config(),
                readCheckpoint(OffsetCheckpoint.LOG_STARTS).getOrDefault(log.id(), 0L),
                readCheckpoint(OffsetCheckpoint.RECOVERY_POINTS).getOrDefault(log.id(), 0L),
                known ? LogLoader.Trust.RECOVERY_POINT : LogLoader.Trust.NONE);
        logs.put(log.id(), anew);
        anew.recover();
    }

    /** A name for the directory of a log that is to go, which no other has. */
    private Path awayName(LogId id, String ending) {
        String suffix = "." + entropy.nextUuid().toString().replace("-", "") + ending;
        String name = id.directoryName();
        if (name.length() + suffix.length() > NAME_LENGTH_MAX) {
            name = name.substring(0, NAME_LENGTH_MAX - suffix.length());
        }
        return path.resolve(name + suffix);
    }

    /** Renames the directory of a closed log. Where that fails the log is as it was, for a new one must not begin in its files. */
    private void moveAway(PartitionLog log, Path target, long end) throws IOException {
        try {
            environment.disk().rename(log.directory(), target);
        } catch (IOException e) {
            logs.putIfAbsent(log.id(), again(log, end));
            throw e;
        }
        environment.cleaned().deleted(log.id());
    }

    private PartitionLog again(PartitionLog closed, long end) {
        return new PartitionLog(closed.id(), closed.directory(), environment, closed.config(), closed.logStartOffset(),
                end >= 0 ? end : closed.flushedEndOffset(), end >= 0 ? LogLoader.Trust.CLOSED : LogLoader.Trust.RECOVERY_POINT);
    }

    /** The time by which {@link StrayLog#sinceMillis} is told. */
    public long wallMillis() {
        return environment.clock().wallMillis();
    }

    /** The logs that were set aside, in no particular order. */
    public List<StrayLog> strays() {
        return List.copyOf(strays);
    }

    /** The log of a partition that was set aside last and is for this topic, {@code null} when there is none. */
    private StrayLog stray(LogId id, UUID topicId) {
        StrayLog latest = null;
        for (StrayLog stray : strays) {
            boolean isIt = topicId.equals(stray.topicId()) && id.equals(stray.id());
            if (isIt && (latest == null || stray.sinceMillis() > latest.sinceMillis())) {
                latest = stray;
            }
        }
        return latest;
    }

    /** Whether {@link #takeBack} would find something, if there were no log in its place. */
    public boolean isSetAside(LogId id, UUID topicId) {
        return stray(id, topicId) != null;
    }

    /** The latest epoch in which a log that {@link #isSetAside} was led, -1 for none. */
    public int latestEpochOfStray(LogId id, UUID topicId) throws IOException {
        StrayLog stray = stray(id, topicId);
        byte[] content = stray == null ? null : environment.disk().readAll(stray.directory().resolve(FileNames.LEADER_EPOCHS));
        EpochCache epochs = new EpochCache();
        return content != null && epochs.parse(content) ? epochs.latestEpoch() : EpochCache.UNDEFINED_EPOCH;
    }

    /**
     * Puts a log that was set aside into use again, where the metadata name its topic by the very id it was made for.
     *
     * @return {@code null} when there is none
     */
    public PartitionLog takeBack(LogId id, UUID topicId, LogConfig config) throws IOException {
        return takeBack(id, topicId, topicId, config);
    }

    /**
     * The same for a topic that is to have the records of another one, which was deleted.
     *
     * @param from the id of the topic that the log was made for
     */
    public PartitionLog takeBack(LogId id, UUID from, UUID topicId, LogConfig config) throws IOException {
        StrayLog latest = stray(id, from);
        if (latest == null || logs.containsKey(id)) {
            return null;
        }
        Disk disk = environment.disk();
        Path directory = path.resolve(id.directoryName());
        forgetFormer(id);
        disk.rename(latest.directory(), directory);
        disk.syncDirectory(path);
        strays.remove(latest);
        disk.delete(directory.resolve(StrayLog.FILE));
        if (!topicId.equals(PartitionMetadata.topicId(disk, directory))) {
            PartitionMetadata.write(disk, directory, topicId); // somebody has given it to another topic
            disk.delete(directory.resolve(SEEN_EPOCH_FILE)); // and nobody has acted for that one
        }
        boolean clean = latest.endOffset() >= 0;
        PartitionLog log = new PartitionLog(id, directory, environment, config, latest.startOffset(), clean ? latest.endOffset() : 0,
                clean ? LogLoader.Trust.CLOSED : LogLoader.Trust.NONE);
        logs.put(id, log);
        checkpoint();
        return log;
    }

    /** Deletes a log that was set aside. */
    public void purge(StrayLog stray) throws IOException {
        if (!strays.remove(stray)) {
            return;
        }
        String name = stray.directory().getFileName().toString();
        Path target = path.resolve(name.substring(0, name.length() - FileNames.STRAY_DIRECTORY.length()) + FileNames.DELETED_DIRECTORY);
        try {
            environment.disk().rename(stray.directory(), target);
        } catch (IOException e) {
            strays.add(stray);
            throw e;
        }
        deleteLater(target);
    }

    private void deleteLater(Path directory) {
        environment.workers().of(Workers.Kind.UPKEEP).execute(() -> {
            try {
                environment.disk().deleteTree(directory);
            } catch (IOException e) {
                LOG.warn("{} could not be removed and will be at the next start: {}.", directory, Failures.said(e));
            }
        });
    }

    // ---- checkpoints ----

    /** The high watermark a log had when it was last written down, or 0. */
    public long highWatermark(LogId id) {
        return highWatermarks.getOrDefault(id, 0L);
    }

    /** Writes down how far the logs are flushed and where they begin: what the next start relies on after a crash. */
    public synchronized void checkpoint() throws IOException {
        if (closed) {
            return;
        }
        Map<LogId, Long> recoveryPoints = new HashMap<>();
        Map<LogId, Long> starts = new HashMap<>();
        for (PartitionLog log : logs.values()) {
            // Before a log is looked at its offsets are those of the last checkpoint.
            recoveryPoints.put(log.id(), log.flushedEndOffset());
            if (log.logStartOffset() > 0) {
                starts.put(log.id(), log.logStartOffset());
            }
        }
        checkpointed.addAll(recoveryPoints.keySet());
        writeCheckpoint(OffsetCheckpoint.RECOVERY_POINTS, recoveryPoints);
        writeCheckpoint(OffsetCheckpoint.LOG_STARTS, starts);
        checkpointed.retainAll(recoveryPoints.keySet());
    }

    /**
     * To be called every five minutes: what was appended longer than that ago counts as cold from then on, and is verified before it is served.
     */
    public void age() {
        logs.values().forEach(PartitionLog::age);
    }

    /** Writes down the high watermarks. */
    public synchronized void checkpointHighWatermarks(Map<LogId, Long> current) throws IOException {
        if (!closed) {
            writeCheckpoint(OffsetCheckpoint.HIGH_WATERMARKS, current);
        }
    }

    private void writeCheckpoint(String name, Map<LogId, Long> offsets) throws IOException {
        OffsetCheckpoint.write(environment.disk(), path.resolve(name), offsets);
    }

    /** Closes all logs, notes that this was a proper close, and lets go of the lock. The owners must have stopped using their logs. */
    @Override
    public void close() throws IOException {
        try {
            Map<LogId, Long> ends = new ConcurrentHashMap<>();
            Map<LogId, Long> starts = new HashMap<>();
            inParallel(new ArrayList<>(logs.values()), log -> {
                long end = log.close();
                if (end >= 0) {
                    ends.put(log.id(), end);
                }
            });
            logs.values().forEach(log -> starts.put(log.id(), log.logStartOffset()));
            synchronized (this) {
                // From here on a worker that still removes an old segment writes nothing down any more.
                closed = true;
                if (environment.health().state() != DirectoryHealth.State.OFFLINE) {
                    writeCheckpoint(OffsetCheckpoint.RECOVERY_POINTS, ends);
                    writeCheckpoint(OffsetCheckpoint.LOG_STARTS, starts);
                    UndecidedLogs.write(environment.disk(), path,
                            logs.values().stream().filter(PartitionLog::mayHaveUndecidedTransactions).map(PartitionLog::id).toList());
                    environment.disk().writeAtomically(path.resolve(CLEAN_SHUTDOWN), CLEAN_SHUTDOWN_CONTENT);
                }
            }
        } finally {
            lock.close();
        }
    }

    /** Lets go of the lock and writes nothing down any more, as if the process were killed: the next start recovers. The owners must have stopped using their logs. */
    public void abandon() throws IOException {
        synchronized (this) {
            closed = true;
        }
        lock.close();
    }
}
