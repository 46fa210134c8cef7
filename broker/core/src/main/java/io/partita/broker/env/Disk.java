package io.partita.broker.env;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;

/**
 * A file system, as far as the log needs one. Two implementations serve users: {@code FileDisk} (the machine's files) and
 * {@code MemoryDisk} (an embedded broker without files); tests wrap them to lose unsynced data, tear writes, flip bytes and run out of
 * space. Every method may block and may throw {@link IOException}; none is retried here.
 */
public interface Disk {

    /** Opens a file for reading and writing, creating it when {@code create} is set. */
    DiskFile open(Path path, boolean create) throws IOException;

    boolean exists(Path path) throws IOException;

    /** Size of a file in bytes. */
    long size(Path path) throws IOException;

    /** The names (not paths) in a directory, in no particular order; empty when there is no such directory. */
    List<String> list(Path directory) throws IOException;

    void createDirectories(Path directory) throws IOException;

    /** Deletes a file or an empty directory; nothing happens when there is none. */
    void delete(Path path) throws IOException;

    /** Deletes a directory with all it holds; nothing happens when there is none. */
    void deleteTree(Path directory) throws IOException;

    /** Renames a file or directory within one file system, atomically, replacing a file that is in the way. */
    void rename(Path from, Path to) throws IOException;

    /** Makes creations, renames and deletions in {@code directory} durable. */
    void syncDirectory(Path directory) throws IOException;

    /** A whole small file, or {@code null} when there is none. */
    byte[] readAll(Path path) throws IOException;

    /** Replaces a small file so that after any crash either the old or the new content is there, whole: temporary file, fsync, rename, fsync. */
    void writeAtomically(Path path, byte[] content) throws IOException;

    /** Takes the lock that keeps a second process (or a second broker in this one) out of {@code file}'s directory; {@code null} when it is held. */
    Closeable tryLock(Path file) throws IOException;

    /**
     * Names the time since the machine was started: as long as it is the same, what was written is still there, flushed or not. {@code null} where that cannot be
     * known.
     */
    String bootId();

    /** The place at or above {@code path} where the machine should have mounted a disk of its own and has not; {@code null} when there is none, or nobody knows. */
    default Path missingMount(Path path) {
        return null;
    }

    /** Bytes that can still be written below {@code path}. */
    long usableSpace(Path path) throws IOException;

    /** Bytes that the volume below {@code path} has in all, used or not. */
    long totalSpace(Path path) throws IOException;

    /** One open file. Reads and writes give their position, so any number of threads may read while one writes. */
    interface DiskFile extends Closeable {

        /** Reads up to {@code target.remaining()} bytes; fewer only at the end of the file. Returns the count, 0 at the end. */
        int read(ByteBuffer target, long position) throws IOException;

        /** Writes all of {@code source} at {@code position}. When it throws, any part of the bytes may have reached the file. */
        void write(ByteBuffer source, long position) throws IOException;

        long size() throws IOException;

        void truncate(long size) throws IOException;

        /** Makes what was written durable (fdatasync when {@code metadata} is false). */
        void force(boolean metadata) throws IOException;

        /** The channel to send file content from without copying it, or {@code null} where there is none; then {@link #read} serves. */
        FileChannel channel();

        @Override
        void close() throws IOException;
    }
}
