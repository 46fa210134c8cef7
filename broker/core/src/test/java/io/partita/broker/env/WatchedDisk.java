package io.partita.broker.env;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * Another disk, watched: how many files are open, and whether one is used after it was closed. Reads and fsyncs can be made to fail, or
 * those of worker threads to wait at a gate. Callable from any thread.
 */
public final class WatchedDisk implements Disk {

    /** Those who may wait for disks. An event loop that reads where a batch begins is let through. */
    private static final List<String> HELD_THREADS = List.of("partita-worker", "partita-reader", "partita-lookup");
    private static final Predicate<Path> NONE = path -> false;

    private final Disk disk;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private final AtomicInteger usedAfterClose = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile Predicate<Path> failingReads = NONE;
    private volatile CountDownLatch readGate;
    private volatile CountDownLatch syncGate;

    public WatchedDisk(Disk disk) {
        this.disk = disk;
    }

    /** Files that somebody has open. */
    public int openFiles() {
        return open.get();
    }

    /** How often a file was closed. */
    public int closedFiles() {
        return closed.get();
    }

    /** How often a file was read, written or closed once more after its end. */
    public int usedAfterClose() {
        return usedAfterClose.get();
    }

    /** How many threads stand at a gate. */
    public int waiting() {
        return waiting.get();
    }

    /** Reads of these files fail. */
    public void failReads(Predicate<Path> files) {
        failingReads = files;
    }

    public void failNothing() {
        failingReads = NONE;
    }

    /** Holds reads of log files until {@link #open()}. */
    public void holdReads() {
        readGate = new CountDownLatch(1);
    }

    /** Holds fsyncs of log files until {@link #open()}. */
    public void holdSyncs() {
        syncGate = new CountDownLatch(1);
    }

    /** Opens the gates. */
    public void open() {
        CountDownLatch reads = readGate;
        CountDownLatch syncs = syncGate;
        readGate = null;
        syncGate = null;
        if (reads != null) {
            reads.countDown();
        }
        if (syncs != null) {
            syncs.countDown();
        }
    }

    private void pass(CountDownLatch gate) throws IOException {
        if (gate == null || HELD_THREADS.stream().noneMatch(Thread.currentThread().getName()::startsWith)) {
            return;
        }
        waiting.incrementAndGet();
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        } finally {
            waiting.decrementAndGet();
        }
    }

    private static boolean isLog(Path path) {
        return path.toString().endsWith(".log");
    }

    @Override
    public DiskFile open(Path path, boolean create) throws IOException {
        return new WatchedFile(path, disk.open(path, create));
    }

    @Override
    public boolean exists(Path path) throws IOException {
        return disk.exists(path);
    }

    @Override
    public long size(Path path) throws IOException {
        return disk.size(path);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        return disk.list(directory);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        disk.createDirectories(directory);
    }

    @Override
    public void delete(Path path) throws IOException {
        disk.delete(path);
    }

    @Override
    public void deleteTree(Path directory) throws IOException {
        disk.deleteTree(directory);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        disk.rename(from, to);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        disk.syncDirectory(directory);
    }

    @Override
    public byte[] readAll(Path path) throws IOException {
        return disk.readAll(path);
    }

    @Override
    public void writeAtomically(Path path, byte[] content) throws IOException {
        disk.writeAtomically(path, content);
    }

    @Override
    public Closeable tryLock(Path file) throws IOException {
        return disk.tryLock(file);
    }

    @Override
    public long usableSpace(Path path) throws IOException {
        return disk.usableSpace(path);
    }

    @Override
    public String bootId() {
        return disk.bootId();
    }

    @Override
    public long totalSpace(Path path) throws IOException {
        return disk.totalSpace(path);
    }

    private final class WatchedFile implements DiskFile {

        private final Path path;
        private final DiskFile file;
        private volatile boolean ended;

        WatchedFile(Path path, DiskFile file) {
            this.path = path;
            this.file = file;
            open.incrementAndGet();
        }

        private void use() {
            if (ended) {
                usedAfterClose.incrementAndGet();
            }
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            use();
            if (isLog(path)) {
                pass(readGate);
            }
            if (failingReads.test(path)) {
                throw new IOException("Input/output error");
            }
            return file.read(target, position);
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            use();
            file.write(source, position);
        }

        @Override
        public long size() throws IOException {
            use();
            return file.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            use();
            file.truncate(size);
        }

        @Override
        public void force(boolean metadata) throws IOException {
            use();
            if (isLog(path)) {
                pass(syncGate);
            }
            file.force(metadata);
        }

        @Override
        public FileChannel channel() {
            return file.channel();
        }

        @Override
        public void close() throws IOException {
            use();
            ended = true;
            open.decrementAndGet();
            closed.incrementAndGet();
            file.close();
        }
    }
}
