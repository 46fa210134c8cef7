package io.partita.broker.log;

import io.partita.broker.env.Disk;
import io.partita.broker.env.DiskFullException;
import io.partita.broker.env.DiskWriteException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * A disk in memory that fails on purpose and can lose what was not synced, as a machine does that loses power. It keeps for every file what
 * the operating system has and what is durable, and for every directory its entries likewise.
 *
 * <ul>
 *   <li>{@link #crashProcess}: the process is gone, the operating system is not: all that was written stays.
 *   <li>{@link #crashMachine}: of unsynced writes each block survives or not, as the random numbers say; so do unsynced directory entries.
 *   <li>{@link #failOperation}: the n-th changing operation from now on fails, a write after some of its bytes were written.
 *   <li>{@link #capacity}: writes fail with {@link DiskFullException}.
 *   <li>{@link #flip}: a bit changes.
 * </ul>
 */
public final class FaultyDisk implements Disk {

    private static final int BLOCK_BYTES = 512;

    private final Random random;
    /** What the operating system shows: path to file; directories with an empty set of their own. */
    private final Map<Path, Node> files = new TreeMap<>();
    private final Set<Path> directories = new HashSet<>();
    /** What survives a loss of power: names as of the last sync of their directory. */
    private final Map<Path, Node> durableNames = new TreeMap<>();
    private final Set<Path> durableDirectories = new HashSet<>();
    private final Set<Path> locks = new HashSet<>();
    /** Renames of files since their directory was synced, new name to old: as on a journaling file system both names change or neither. */
    private final Map<Path, Path> renames = new HashMap<>();

    long capacity = Long.MAX_VALUE;
    /** What it says to have in all. */
    long totalBytes = Long.MAX_VALUE;
    /** Files that are not made, for there is no space for them. */
    Predicate<Path> noSpaceFor = path -> false;
    private long failAfter = -1;
    private boolean failWithFull;
    private int failures;
    private boolean readsFail;
    private long stopAfter = -1;
    private boolean gone;
    private int generation;
    private int boots;
    int changes;

    public FaultyDisk(Random random) {
        this.random = random;
        directories.add(Path.of("/"));
        durableDirectories.add(Path.of("/"));
    }

    /** From now on {@code bytes} more can be written, and then no more; {@link Long#MAX_VALUE} for no such bound. */
    public synchronized void leaveSpace(long bytes) {
        capacity = bytes == Long.MAX_VALUE ? bytes : used() + bytes;
    }

    /** The {@code n}-th changing operation from now on fails, from 0; only that one. */
    public synchronized void failOperation(long n, boolean full) {
        failAfter = n;
        failWithFull = full;
    }

    public synchronized void failNothing() {
        failAfter = -1;
    }

    /** The process that used the disk is gone: what it still does with open files fails, its locks are free. */
    public synchronized void crashProcess() {
        generation++;
        locks.clear();
        failAfter = -1;
        stopAfter = -1;
        gone = false;
    }

    /** All operations fail from now on until {@link #crashProcess} or {@link #crashMachine}: the process is about to be gone. */
    public synchronized void stopWriting() {
        gone = true;
    }

    /** As {@link #stopWriting}, from the {@code n}-th changing operation from now on, from 0. */
    public synchronized void stopWritingAfter(long n) {
        stopAfter = n;
    }

    /** Whether reads of open files fail from now on. */
    public synchronized void failReads(boolean fail) {
        readsFail = fail;
    }

    /** How many operations have failed because {@link #failOperation} asked for it. */
    synchronized int failures() {
        return failures;
    }

    synchronized boolean hasStopped() {
        return gone;
    }

    public synchronized void crashMachine() {
        crashProcess();
        boots++;
        // A name that was made or removed since its directory was synced is there or not.
        Map<Path, Node> names = new TreeMap<>();
        Set<Path> all = new HashSet<>(files.keySet());
        all.addAll(durableNames.keySet());
        Map<Path, Boolean> renamed = new HashMap<>();
        renames.forEach((to, from) -> {
            boolean done = random.nextBoolean();
            renamed.put(to, done);
            renamed.put(from, done);
        });
        for (Path path : all) {
            Node shown = files.get(path);
            Node durable = durableNames.get(path);
            Boolean done = renamed.get(path);
            Node kept = shown == durable || (done != null ? done : random.nextBoolean()) ? shown : durable;
            if (kept != null) {
                names.put(path, kept);
            }
        }
        directories.removeIf(directory -> !durableDirectories.contains(directory) && random.nextBoolean());
        names.keySet().removeIf(path -> !hasParents(path));
        files.clear();
        files.putAll(names);
        for (Node node : new LinkedHashSet<>(files.values())) {
            node.losePower();
        }
        renames.clear();
        durableNames.clear();
        durableNames.putAll(files);
        durableDirectories.clear();
        durableDirectories.addAll(directories);
    }

    private boolean hasParents(Path path) {
        for (Path parent = path.getParent(); parent != null; parent = parent.getParent()) {
            if (!directories.contains(parent)) {
                return false;
            }
        }
        return true;
    }

    /** Flips one bit of a file, durably. */
    public synchronized void flip(Path path, long position) {
        Node node = files.get(path.toAbsolutePath().normalize());
        node.current[(int) position] ^= 0x10;
        if (position < node.durable.length) {
            node.durable[(int) position] ^= 0x10;
        }
    }

    /** Overwrites a file's content, durably; creates it when there is none. */
    public synchronized void put(Path path, byte[] content) {
        Path key = path.toAbsolutePath().normalize();
        Node node = files.computeIfAbsent(key, p -> new Node());
        node.current = content.clone();
        node.size = content.length;
        node.durable = content.clone();
        durableNames.put(key, node);
    }

    /** The files below a directory. */
    synchronized List<Path> filesBelow(Path directory) {
        Path key = directory.toAbsolutePath().normalize();
        return files.keySet().stream().filter(path -> path.startsWith(key)).toList();
    }

    private void change() throws IOException {
        change("Input/output error", false);
    }

    private void change(String error, boolean written) throws IOException {
        if (gone) {
            throw new IOException("the process is gone");
        }
        if (stopAfter >= 0 && stopAfter-- == 0) {
            gone = true;
            throw new IOException("the process is gone");
        }
        changes++;
        if (failAfter >= 0 && failAfter-- == 0) {
            failAfter = -1;
            failures++;
            throw failWithFull ? new DiskFullException("No space left on device") : written ? new DiskWriteException(error) : new IOException(error);
        }
    }

    private long used() {
        long used = 0;
        for (Node node : new HashSet<>(files.values())) {
            used += node.size;
        }
        return used;
    }

    @Override
    public synchronized DiskFile open(Path path, boolean create) throws IOException {
        Path key = key(path);
        Node node = files.get(key);
        if (node == null) {
            if (!create) {
                throw new NoSuchFileException(path.toString());
            }
            requireDirectory(key.getParent());
            if (noSpaceFor.test(path)) {
                throw new DiskFullException("No space left on device");
            }
            change();
            node = new Node();
            files.put(key, node);
        }
        return new OpenFile(node, generation);
    }

    @Override
    public synchronized boolean exists(Path path) {
        return files.containsKey(key(path)) || directories.contains(key(path));
    }

    @Override
    public synchronized long size(Path path) throws IOException {
        Node node = files.get(key(path));
        if (node == null) {
            throw new NoSuchFileException(path.toString());
        }
        return node.size;
    }

    @Override
    public synchronized List<String> list(Path directory) {
        Path key = key(directory);
        List<String> names = new ArrayList<>();
        for (Path file : files.keySet()) {
            if (file.getParent().equals(key)) {
                names.add(file.getFileName().toString());
            }
        }
        for (Path child : directories) {
            if (key.equals(child.getParent())) {
                names.add(child.getFileName().toString());
            }
        }
        return names;
    }

    @Override
    public synchronized void createDirectories(Path directory) throws IOException {
        Path key = key(directory);
        if (directories.contains(key)) {
            return;
        }
        if (files.containsKey(key)) {
            throw new FileAlreadyExistsException(directory.toString());
        }
        change();
        for (Path parent = key; parent != null; parent = parent.getParent()) {
            directories.add(parent);
        }
    }

    @Override
    public synchronized void delete(Path path) throws IOException {
        Path key = key(path);
        if (files.containsKey(key) || directories.contains(key)) {
            change();
            files.remove(key);
            directories.remove(key);
        }
    }

    @Override
    public synchronized void deleteTree(Path directory) throws IOException {
        for (String name : list(directory)) {
            deleteTree(directory.resolve(name));
        }
        delete(directory);
    }

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        Path source = key(from);
        Path target = key(to);
        change();
        if (directories.contains(source)) {
            Map<Path, Node> moved = new HashMap<>();
            files.entrySet().removeIf(entry -> {
                if (entry.getKey().startsWith(source)) {
                    moved.put(target.resolve(source.relativize(entry.getKey())), entry.getValue());
                    return true;
                }
                return false;
            });
            files.putAll(moved);
            durableNames.keySet().removeIf(path -> path.startsWith(source));
            durableNames.putAll(moved);
            directories.remove(source);
            directories.add(target);
            durableDirectories.remove(source);
            durableDirectories.add(target);
            return;
        }
        Node node = files.remove(source);
        if (node == null) {
            throw new NoSuchFileException(from.toString());
        }
        files.put(target, node);
        renames.put(target, source);
    }

    @Override
    public synchronized void syncDirectory(Path directory) throws IOException {
        change("Input/output error", true);
        syncNames(key(directory));
    }

    private void syncNames(Path key) {
        renames.keySet().removeIf(path -> path.getParent().equals(key));
        durableNames.keySet().removeIf(path -> path.getParent().equals(key) && !files.containsKey(path));
        files.forEach((path, node) -> {
            if (path.getParent().equals(key)) {
                durableNames.put(path, node);
            }
        });
        for (Path child : directories) {
            if (key.equals(child.getParent()) || child.equals(key)) {
                durableDirectories.add(child);
            }
        }
    }

    @Override
    public synchronized byte[] readAll(Path path) {
        Node node = files.get(key(path));
        return node == null ? null : Arrays.copyOf(node.current, node.size);
    }

    @Override
    public synchronized void writeAtomically(Path path, byte[] content) throws IOException {
        change("Input/output error", true);
        requireDirectory(key(path).getParent());
        if (used() + content.length > capacity) {
            throw new DiskFullException("No space left on device");
        }
        put(path, content);
        syncNames(key(path).getParent());
    }

    @Override
    public synchronized Closeable tryLock(Path file) throws IOException {
        Path key = key(file);
        createDirectories(key.getParent());
        if (!locks.add(key)) {
            return null;
        }
        int lockedIn = generation;
        return () -> {
            synchronized (this) {
                if (lockedIn == generation) {
                    locks.remove(key);
                }
            }
        };
    }

    @Override
    public synchronized long usableSpace(Path path) {
        return capacity - used();
    }

    @Override
    public synchronized String bootId() {
        return "boot-" + boots;
    }

    @Override
    public synchronized long totalSpace(Path path) {
        return totalBytes;
    }

    private void requireDirectory(Path directory) throws IOException {
        if (!directories.contains(directory)) {
            throw new NoSuchFileException(directory.toString());
        }
    }

    private static Path key(Path path) {
        return path.toAbsolutePath().normalize();
    }

    private final class Node {
        byte[] current = new byte[0];
        int size;
        /** What an fsync has made durable; as long as the file was then. */
        byte[] durable = new byte[0];

        void write(ByteBuffer source, long position, int bytes) {
            int end = (int) position + bytes;
            if (end > current.length) {
                current = Arrays.copyOf(current, Math.max(end, current.length * 2));
            }
            source.get(current, (int) position, bytes);
            size = Math.max(size, end);
        }

        void sync() {
            durable = Arrays.copyOf(current, size);
        }

        /** Blocks written since the last sync survive or not; the file's length is any between the synced and the last one. */
        void losePower() {
            int kept = size <= durable.length
                    ? (random.nextBoolean() ? size : durable.length)
                    : durable.length + random.nextInt(size - durable.length + 1);
            byte[] content = new byte[kept];
            for (int from = 0; from < kept; from += BLOCK_BYTES) {
                int to = Math.min(kept, from + BLOCK_BYTES);
                boolean survives = random.nextInt(4) != 0;
                for (int i = from; i < to; i++) {
                    byte synced = i < durable.length ? durable[i] : 0;
                    byte written = i < size ? current[i] : synced;
                    content[i] = survives ? written : synced;
                }
            }
            current = content;
            size = kept;
            durable = content.clone();
        }
    }

    private final class OpenFile implements DiskFile {
        private final Node node;
        private final int openedIn;

        OpenFile(Node node, int openedIn) {
            this.node = node;
            this.openedIn = openedIn;
        }

        private void checkProcess() throws IOException {
            if (openedIn != generation) {
                throw new IOException("the process that opened the file is gone");
            }
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            synchronized (FaultyDisk.this) {
                checkProcess();
                if (readsFail) {
                    throw new IOException("Input/output error");
                }
                int count = (int) Math.max(0, Math.min(target.remaining(), node.size - position));
                target.put(node.current, (int) position, count);
                return count;
            }
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            synchronized (FaultyDisk.this) {
                checkProcess();
                int bytes = source.remaining();
                try {
                    change("Input/output error", true);
                    if (used() + Math.max(0, position + bytes - node.size) > capacity) {
                        throw new DiskFullException("No space left on device");
                    }
                } catch (IOException e) {
                    if (!gone) {
                        node.write(source, position, bytes == 0 ? 0 : random.nextInt(bytes));
                    }
                    throw e;
                }
                node.write(source, position, bytes);
            }
        }

        @Override
        public long size() throws IOException {
            synchronized (FaultyDisk.this) {
                checkProcess();
                return node.size;
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (FaultyDisk.this) {
                checkProcess();
                change();
                if (size < node.size) {
                    Arrays.fill(node.current, (int) size, node.size, (byte) 0);
                    node.size = (int) size;
                }
            }
        }

        @Override
        public void force(boolean metadata) throws IOException {
            synchronized (FaultyDisk.this) {
                checkProcess();
                change("Input/output error", true);
                node.sync();
            }
        }

        @Override
        public FileChannel channel() {
            return null;
        }

        @Override
        public void close() {
            // The node belongs to the disk.
        }
    }
}
