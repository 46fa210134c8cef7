package io.partita.broker.log;

import io.partita.broker.env.Disk;
import io.partita.broker.env.TooManyOpenFilesException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file by name, opened when it is first needed and closed again when others need the descriptor. Whoever uses it {@linkplain #acquire
 * acquires} the open file and releases it, and meanwhile nobody can close it: not a deletion, not the bound on open files.
 *
 * <p>Threads: any.
 */
final class LogFile {

    private static final VarHandle HANDLE;
    private static final VarHandle REFERENCES;

    static {
        try {
            HANDLE = MethodHandles.lookup().findVarHandle(LogFile.class, "handle", Handle.class);
            REFERENCES = MethodHandles.lookup().findVarHandle(Handle.class, "references", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Disk disk;
    private final OpenFiles openFiles;
    private volatile Path path;
    private volatile Handle handle;
    /** Set while this is locked; afterwards the name may be that of another file. */
    private boolean gone;

    LogFile(Disk disk, OpenFiles openFiles, Path path) {
        this.disk = disk;
        this.openFiles = openFiles;
        this.path = path;
    }

    Path path() {
        return path;
    }

    /** The open file, to be released by the caller. Throws {@link java.nio.file.NoSuchFileException} when there is no such file. */
    Handle acquire() throws IOException {
        return acquire(false);
    }

    /** As {@link #acquire()}, creating the file when {@code create} is set and there is none. */
    Handle acquire(boolean create) throws IOException {
        while (true) {
            Handle current = handle;
            if (current != null && current.retain()) {
                long clock = openFiles.clock();
                if (current.lastUse != clock) {
                    current.lastUse = clock;
                }
                return current;
            }
            Handle opened = open(current, create);
            if (opened != null) {
                return opened;
            }
        }
    }

    /** Opens the file, unless another thread has replaced {@code seen} by now. Not while it is renamed, or its name would lead to another. */
    private synchronized Handle open(Handle seen, boolean create) throws IOException {
        if (handle != null && handle != seen) {
            return null;
        }
        requirePresent();
        Handle opened = new Handle(this, openFile(create), openFiles.clock());
        opened.retain();
        handle = opened;
        openFiles.opened(opened);
        return opened;
    }

    /** Logs give up descriptors that they can do without before a request fails for want of one. */
    private Disk.DiskFile openFile(boolean create) throws IOException {
        try {
            return disk.open(path, create);
        } catch (TooManyOpenFilesException e) {
            if (!openFiles.closeSome()) {
                throw e;
            }
            return disk.open(path, create);
        }
    }

    private void requirePresent() throws NoSuchFileException {
        if (gone) {
            throw new NoSuchFileException(path.toString(), null, "removed from the log");
        }
    }

    synchronized boolean exists() throws IOException {
        requirePresent();
        return handle != null || disk.exists(path);
    }

    /** Whether the name leads to a file still, be it open or not. */
    boolean isThere() throws IOException {
        return disk.exists(path);
    }

    long size() throws IOException {
        Handle current = handle;
        if (current != null && current.retain()) {
            try {
                return current.file.size();
            } finally {
                current.release();
            }
        }
        synchronized (this) {
            requirePresent();
            return disk.size(path);
        }
    }

    /** Reads up to {@code target.remaining()} bytes at {@code position}, fewer only at the end of the file. */
    int read(ByteBuffer target, long position) throws IOException {
        Handle open = acquire();
        try {
            return open.file.read(target, position);
        } finally {
            open.release();
        }
    }

    /** Writes all of {@code source} at {@code position}, creating the file when there is none. */
    void write(ByteBuffer source, long position) throws IOException {
        Handle open = acquire(true);
        try {
            open.file.write(source, position);
        } finally {
            open.release();
        }
    }

    void truncate(long size) throws IOException {
        Handle open = acquire();
        try {
            open.file.truncate(size);
        } finally {
            open.release();
        }
    }

    void force() throws IOException {
        Handle open = acquire();
        try {
            open.file.force(false);
        } finally {
            open.release();
        }
    }

    /** Gives the file another name, over a file that has it. Who has it open reads on. Does nothing when that was done before. */
    synchronized void rename(Path to) throws IOException {
        if (!path.equals(to)) {
            if (disk.exists(path)) {
                disk.rename(path, to);
            }
            path = to;
        }
    }

    /** Says that the directory the file is in was renamed. */
    void movedTo(Path directory) {
        path = directory.resolve(path.getFileName());
    }

    /** Closes the file as soon as nobody uses it. It opens again when needed. */
    void close() {
        Handle current = handle;
        if (current != null && HANDLE.compareAndSet(this, current, null)) {
            openFiles.closed(current);
            current.release();
        }
    }

    /** Deletes the file; it may be made again. */
    void delete() throws IOException {
        close();
        disk.delete(path);
    }

    /** Deletes the file for good: who does not have it open finds none from now on, whatever file has its name later. */
    synchronized void remove() throws IOException {
        letGo();
        disk.delete(path);
    }

    /** As {@link #remove}, but another file has taken the name, or is about to. */
    synchronized void letGo() {
        gone = true;
        close();
    }

    /** An open file with the number of its users; the {@link LogFile} itself is one. */
    static final class Handle {
        final Disk.DiskFile file;
        private final LogFile owner;
        private volatile int references = 1;

        /** {@link OpenFiles#clock} at the last use. Racy on purpose: it only decides what is closed first. */
        long lastUse;
        /** Guarded by {@link OpenFiles}. */
        long order;
        int slot = -1;

        Handle(LogFile owner, Disk.DiskFile file, long clock) {
            this.owner = owner;
            this.file = file;
            this.lastUse = clock;
        }

        /** Takes one more reference, unless the last one is gone. */
        boolean retain() {
            while (true) {
                int current = references;
                if (current == 0) {
                    return false;
                }
                if (REFERENCES.compareAndSet(this, current, current + 1)) {
                    return true;
                }
            }
        }

        void release() {
            int before = (int) REFERENCES.getAndAdd(this, -1);
            if (before == 1) {
                try {
                    file.close();
                } catch (IOException e) {
                    // Closing writes nothing: what must be durable was forced before.
                }
            }
        }

        /** The channel for sending, {@code null} on a disk without channels. */
        FileChannel channel() {
            return file.channel();
        }

        void evict() {
            if (HANDLE.compareAndSet(owner, this, null)) {
                release();
            }
        }
    }
}
