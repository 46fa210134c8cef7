package io.partita.broker.env;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The machine's file system. Stateless, callable from any thread. */
public final class FileDisk implements Disk {

    /**
     * Locks held by this process. POSIX drops a process's lock on a file when any descriptor of that file is closed, so a second attempt from
     * within this process must not even open the file.
     */
    private static final Set<Path> HELD_LOCKS = new HashSet<>();

    /**
     * From and to the heap so many bytes go at once: the JDK copies them through a direct buffer of the same size, of which each thread keeps one, and
     * those would take direct memory that nobody counts.
     */
    private static final int HEAP_PIECE_BYTES = 256 * 1024;

    private static final String TEMPORARY_SUFFIX = ".tmp";

    /** Where Linux tells it. */
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    @Override
    public DiskFile open(Path path, boolean create) throws IOException {
        FileChannel channel;
        try {
            channel = create
                    ? FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)
                    : FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw classified(e);
        }
        return new ChannelFile(channel);
    }

    @Override
    public Path missingMount(Path path) {
        return MountTable.ofThisMachine().missingAbove(path.toAbsolutePath().normalize());
    }

    @Override
    public String bootId() {
        try {
            return Files.readString(BOOT_ID).strip();
        } catch (IOException notLinux) {
            return null;
        }
    }

    @Override
    public boolean exists(Path path) {
        return Files.exists(path);
    }

    @Override
    public long size(Path path) throws IOException {
        return Files.size(path);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                names.add(entry.getFileName().toString());
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw classified(e);
        }
    }

    @Override
    public void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    @Override
    public void deleteTree(Path directory) throws IOException {
        if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            for (String name : list(directory)) {
                deleteTree(directory.resolve(name));
            }
        }
        Files.deleteIfExists(directory);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw classified(e);
        }
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(directory, StandardOpenOption.READ);
        } catch (IOException e) {
            if (!isWindows()) {
                throw classified(e);
            }
            return; // Windows opens no directory for reading, and keeps its entries durable by itself.
        }
        try (channel) {
            force(channel, true);
        }
    }

    private static void force(FileChannel channel, boolean metadata) throws IOException {
        try {
            channel.force(metadata);
        } catch (IOException e) {
            throw written(e);
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer source, long position) throws IOException {
        int limit = source.limit();
        try {
            long at = position;
            while (source.position() < limit) {
                source.limit(pieceLimit(source, limit));
                at += channel.write(source, at);
            }
        } catch (IOException e) {
            throw written(e);
        } finally {
            source.limit(limit);
        }
    }

    private static int pieceLimit(ByteBuffer buffer, int limit) {
        return buffer.isDirect() ? limit : Math.min(limit, buffer.position() + HEAP_PIECE_BYTES);
    }

    /** What is thrown where a write or fsync failed. That the channel was closed says nothing of the disk. */
    private static IOException written(IOException e) {
        IOException known = classified(e);
        return known != e || e instanceof DiskFullException || e instanceof ClosedChannelException ? known : new DiskWriteException(e.getMessage(), e);
    }

    @Override
    public byte[] readAll(Path path) throws IOException {
        try {
            return Files.readAllBytes(path);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    @Override
    public void writeAtomically(Path path, byte[] content) throws IOException {
        Path temporary = path.resolveSibling(path.getFileName() + TEMPORARY_SUFFIX);
        try {
            try (FileChannel channel = FileChannel.open(temporary,
                    StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                writeFully(channel, ByteBuffer.wrap(content), 0);
                force(channel, true);
            }
            Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw classified(e);
        }
        syncDirectory(path.toAbsolutePath().getParent());
    }

    @Override
    public Closeable tryLock(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        createDirectories(directory);
        Path key = directory.toRealPath().resolve(file.getFileName());
        synchronized (HELD_LOCKS) {
            if (!HELD_LOCKS.add(key)) {
                return null;
            }
        }
        FileChannel channel = null;
        FileLock lock = null;
        try {
            channel = FileChannel.open(key, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // Taken by other code of this process: lock stays null.
        } catch (IOException e) {
            closeQuietly(channel);
            forget(key);
            throw e;
        }
        if (lock == null) {
            closeQuietly(channel);
            forget(key);
            return null;
        }
        FileChannel locked = channel;
        return () -> {
            try {
                locked.close();
            } finally {
                forget(key);
            }
        };
    }

    @Override
    public long usableSpace(Path path) throws IOException {
        return Files.getFileStore(path).getUsableSpace();
    }

    @Override
    public long totalSpace(Path path) throws IOException {
        return Files.getFileStore(path).getTotalSpace();
    }

    private static void forget(Path key) {
        synchronized (HELD_LOCKS) {
            HELD_LOCKS.remove(key);
        }
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // Nothing was written through it.
        }
    }

    private static boolean isWindows() {
        return File.separatorChar == '\\';
    }

    /** The JDK tells a full disk from other errors by the operating system's sentence alone. */
    static IOException classified(IOException e) {
        if (e instanceof DiskFullException || e.getMessage() == null) {
            return e;
        }
        String message = e.getMessage().toLowerCase(Locale.ROOT);
        if (message.contains("too many open files")) {
            return new TooManyOpenFilesException(e.getMessage(), e);
        }
        boolean full = message.contains("no space left") || message.contains("quota exceeded") || message.contains("not enough space");
        return full ? new DiskFullException(e.getMessage(), e) : e;
    }

    private static final class ChannelFile implements DiskFile {

        private final FileChannel channel;

        ChannelFile(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            int total = 0;
            int limit = target.limit();
            try {
                while (target.position() < limit) {
                    target.limit(pieceLimit(target, limit));
                    int count = channel.read(target, position + total);
                    if (count < 0) {
                        break;
                    }
                    total += count;
                }
            } finally {
                target.limit(limit);
            }
            return total;
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            writeFully(channel, source, position);
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            channel.truncate(size);
        }

        @Override
        public void force(boolean metadata) throws IOException {
            FileDisk.force(channel, metadata);
        }

        @Override
        public FileChannel channel() {
            return channel;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
