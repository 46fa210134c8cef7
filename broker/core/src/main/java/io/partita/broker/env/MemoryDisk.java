package io.partita.broker.env;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Files in memory, for a broker embedded in a test. Everything is lost with this object; until then it behaves as {@link FileDisk} does,
 * an open file that was deleted or renamed included. Callable from any thread.
 */
public final class MemoryDisk implements Disk {

    /** What a disk without a stated capacity holds at most: the heap ends long before. */
    public static final long UNBOUNDED = Long.MAX_VALUE;

    private final long capacityBytes;
    private final AtomicLong usedBytes = new AtomicLong();

    /** Guards the four collections of names; what a file holds is guarded by the file. */
    private final Object names = new Object();
    private final Map<Path, MemoryFile> files = new HashMap<>();
    private final Map<Path, Set<String>> directories = new HashMap<>();
    private final Set<Path> locks = new HashSet<>();

    public MemoryDisk() {
        this(UNBOUNDED);
    }

    /** A disk on which writes fail with {@link DiskFullException} once the files together take {@code capacityBytes}. */
    public MemoryDisk(long capacityBytes) {
        this.capacityBytes = capacityBytes;
    }

    @Override
    public DiskFile open(Path path, boolean create) throws IOException {
        Path key = key(path);
        synchronized (names) {
            MemoryFile file = files.get(key);
            if (file == null) {
                if (!create || !directories.containsKey(key.getParent())) {
                    throw new NoSuchFileException(path.toString());
                }
                if (directories.containsKey(key)) {
                    throw new FileAlreadyExistsException(path.toString());
                }
                file = new MemoryFile(this);
                link(key, file);
            }
            return file;
        }
    }

    /** The files last as long as this object, so whoever finds them finds all of them. */
    @Override
    public String bootId() {
        return "memory";
    }

    @Override
    public boolean exists(Path path) {
        Path key = key(path);
        synchronized (names) {
            return files.containsKey(key) || directories.containsKey(key);
        }
    }

    @Override
    public long size(Path path) throws IOException {
        synchronized (names) {
            MemoryFile file = files.get(key(path));
            if (file == null) {
                throw new NoSuchFileException(path.toString());
            }
            return file.size();
        }
    }

    @Override
    public List<String> list(Path directory) {
        synchronized (names) {
            Set<String> entries = directories.get(key(directory));
            return entries == null ? List.of() : new ArrayList<>(entries);
        }
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        synchronized (names) {
            createDirectory(key(directory));
        }
    }

    private void createDirectory(Path key) throws IOException {
        if (directories.containsKey(key)) {
            return;
        }
        if (files.containsKey(key)) {
            throw new FileAlreadyExistsException(key.toString());
        }
        Path parent = key.getParent();
        if (parent != null) {
            createDirectory(parent);
            directories.get(parent).add(key.getFileName().toString());
        }
        directories.put(key, new HashSet<>());
    }

    @Override
    public void delete(Path path) throws IOException {
        Path key = key(path);
        synchronized (names) {
            Set<String> entries = directories.get(key);
            if (entries != null) {
                if (!entries.isEmpty()) {
                    throw new DirectoryNotEmptyException(path.toString());
                }
                directories.remove(key);
                unlinkName(key);
            } else {
                MemoryFile file = files.remove(key);
                if (file != null) {
                    unlinkName(key);
                    file.unlinked();
                }
            }
        }
    }

    @Override
    public void deleteTree(Path directory) throws IOException {
        synchronized (names) {
            for (String name : list(directory)) {
                deleteTree(directory.resolve(name));
            }
            delete(directory);
        }
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Path source = key(from);
        Path target = key(to);
        synchronized (names) {
            if (!directories.containsKey(target.getParent())) {
                throw new NoSuchFileException(to.toString());
            }
            if (directories.containsKey(source)) {
                if (!source.equals(target)) {
                    delete(target);
                    renameTree(source, target);
                }
                return;
            }
            MemoryFile file = files.get(source);
            if (file == null) {
                throw new NoSuchFileException(from.toString());
            }
            if (source.equals(target)) {
                return;
            }
            delete(target);
            files.remove(source);
            unlinkName(source);
            link(target, file);
        }
    }

    private void renameTree(Path source, Path target) throws IOException {
        createDirectory(target);
        for (String name : list(source)) {
            Path from = source.resolve(name);
            if (directories.containsKey(from)) {
                renameTree(from, target.resolve(name));
            } else {
                link(target.resolve(name), files.remove(from));
            }
        }
        directories.remove(source);
        unlinkName(source);
    }

    @Override
    public void syncDirectory(Path directory) {
        // Memory has nothing to make durable.
    }

    @Override
    public byte[] readAll(Path path) throws IOException {
        MemoryFile file;
        synchronized (names) {
            file = files.get(key(path));
        }
        if (file == null) {
            return null;
        }
        ByteBuffer content = ByteBuffer.allocate((int) file.size());
        file.read(content, 0);
        return content.array();
    }

    @Override
    public void writeAtomically(Path path, byte[] content) throws IOException {
        MemoryFile file = new MemoryFile(this);
        file.write(ByteBuffer.wrap(content), 0);
        Path key = key(path);
        synchronized (names) {
            if (!directories.containsKey(key.getParent())) {
                file.unlinked();
                throw new NoSuchFileException(path.toString());
            }
            delete(key);
            link(key, file);
        }
    }

    @Override
    public Closeable tryLock(Path file) throws IOException {
        Path key = key(file);
        synchronized (names) {
            createDirectory(key.getParent());
            if (!locks.add(key)) {
                return null;
            }
        }
        return () -> {
            synchronized (names) {
                locks.remove(key);
            }
        };
    }

    @Override
    public long usableSpace(Path path) {
        return Math.max(0, capacityBytes - usedBytes.get());
    }

    @Override
    public long totalSpace(Path path) {
        return capacityBytes;
    }

    /** Counts {@code bytes} more (or fewer) as used. */
    void reserve(long bytes) throws DiskFullException {
        if (usedBytes.addAndGet(bytes) > capacityBytes && bytes > 0) {
            usedBytes.addAndGet(-bytes);
            throw new DiskFullException("No space left: the memory disk holds " + capacityBytes + " bytes at most");
        }
    }

    void free(long bytes) {
        usedBytes.addAndGet(-bytes);
    }

    private void link(Path key, MemoryFile file) {
        files.put(key, file);
        directories.get(key.getParent()).add(key.getFileName().toString());
    }

    private void unlinkName(Path key) {
        Path parent = key.getParent();
        if (parent != null && directories.containsKey(parent)) {
            directories.get(parent).remove(key.getFileName().toString());
        }
    }

    private static Path key(Path path) {
        return path.toAbsolutePath().normalize();
    }
}
