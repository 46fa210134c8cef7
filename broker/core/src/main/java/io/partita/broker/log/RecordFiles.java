package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.env.Disk;
import io.partita.broker.record.BatchFormatException;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads segments of a directory that is not opened, without changing a byte: what another broker left, before it is decided what becomes of it. Blocks. */
public final class RecordFiles {

    private static final int BATCH_BYTES_MAX = 256 << 20;

    private RecordFiles() {}

    /** Is given records. */
    public interface Reader {
        /**
         * One record; key and value are {@code null} where it has none, and live until this returns.
         *
         * @return whether to go on
         */
        boolean record(long offset, ByteBuf key, ByteBuf value);
    }

    /** The files of a log with a suffix, in the order of their offsets. */
    public static List<Path> segments(Disk disk, Path directory, String suffix) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String name : disk.list(directory).stream().sorted().toList()) {
            if (name.endsWith(suffix)) {
                files.add(directory.resolve(name));
            }
        }
        return files;
    }

    /** Reads the records of a file up to its end, or to a batch that is not whole, as a crash leaves one. Control records are left out. */
    public static void read(Disk disk, Path path, Reader reader) throws IOException {
        Disk.DiskFile file = disk.open(path, false);
        try (file) {
            long size = file.size();
            long position = 0;
            RecordReader records = new RecordReader(BATCH_BYTES_MAX);
            while (size - position >= RecordBatch.HEADER_BYTES) {
                ByteBuf header = bytes(file, position, RecordBatch.HEADER_BYTES);
                long bytes = Integer.toUnsignedLong(header.getInt(RecordBatch.LENGTH_POSITION)) + RecordBatch.LENGTH_OVERHEAD;
                boolean isWhole = RecordBatch.magic(header, 0) == RecordBatch.MAGIC_V2 && bytes >= RecordBatch.HEADER_BYTES && bytes <= BATCH_BYTES_MAX
                        && bytes <= size - position;
                if (!isWhole) {
                    return;
                }
                ByteBuf batch = bytes(file, position, (int) bytes);
                if (!RecordBatch.crcMatches(batch, 0)) {
                    return;
                }
                position += bytes;
                if (!RecordBatch.isControl(batch, 0) && !read(records.open(batch, 0), reader)) {
                    return;
                }
            }
        } catch (BatchFormatException damaged) {
            throw new IOException(path + " cannot be read: " + damaged.getMessage(), damaged);
        }
    }

    private static boolean read(RecordReader records, Reader reader) {
        while (records.next()) {
            if (!reader.record(records.offset(), records.key(), records.value())) {
                return false;
            }
        }
        return true;
    }

    /** The format of the first batch of a file, which Kafka calls magic; -1 when it has none. */
    public static int format(Disk disk, Path path) throws IOException {
        Disk.DiskFile file = disk.open(path, false);
        try (file) {
            return file.size() < RecordBatch.MAGIC_OVERHEAD ? -1 : bytes(file, 0, RecordBatch.MAGIC_OVERHEAD).getByte(RecordBatch.MAGIC_POSITION);
        }
    }

    private static ByteBuf bytes(Disk.DiskFile file, long position, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        file.read(buffer, position);
        return Unpooled.wrappedBuffer(buffer.array());
    }
}
