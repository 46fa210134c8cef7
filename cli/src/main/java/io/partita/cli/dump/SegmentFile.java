package io.partita.cli.dump;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.record.BatchFormatException;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import io.partita.cli.record.ReadRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** A segment, batch by batch. */
final class SegmentFile implements AutoCloseable {

    private static final int OPENED_BYTES_MAX = 1 << 30;
    private static final int BATCH_BYTES_MAX = 1 << 30;

    /**
     * A batch as it lies in the file.
     *
     * @param problem what is wrong with it; null when nothing is
     */
    record Batch(long position, int bytes, ByteBuf content, String problem) {

        long baseOffset() {
            return RecordBatch.baseOffset(content, 0);
        }

        int magic() {
            return RecordBatch.magic(content, 0);
        }
    }

    private final FileChannel channel;
    private final long size;

    SegmentFile(Path file) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.READ);
        size = channel.size();
    }

    /**
     * Hands on batches until {@code wanted} says no.
     *
     * @return how many bytes at the end are no whole batch
     */
    long batches(Predicate<Batch> wanted) throws IOException {
        long position = 0;
        while (size - position >= RecordBatch.MAGIC_OVERHEAD) {
            ByteBuf head = read(position, RecordBatch.MAGIC_OVERHEAD);
            int bytes = RecordBatch.sizeInBytes(head, 0);
            if (bytes < RecordBatch.MAGIC_OVERHEAD || bytes > BATCH_BYTES_MAX || bytes > size - position) {
                return size - position;
            }
            ByteBuf content = read(position, bytes);
            if (!wanted.test(new Batch(position, bytes, content, problem(content, bytes)))) {
                return 0;
            }
            position += bytes;
        }
        return size - position;
    }

    private static String problem(ByteBuf content, int bytes) {
        if (RecordBatch.magic(content, 0) != RecordBatch.MAGIC_V2) {
            return null;
        }
        return bytes < RecordBatch.HEADER_BYTES ? "shorter than its header" : RecordBatch.crcMatches(content, 0) ? null : "its checksum is another one";
    }

    /** The records of a batch of format v2. Of a damaged one, those before the damage, and the damage is thrown. */
    static List<ReadRecord> records(String topic, int partition, Batch batch) {
        List<ReadRecord> records = new ArrayList<>();
        RecordReader reader = new RecordReader(OPENED_BYTES_MAX);
        reader.open(batch.content(), 0);
        while (reader.next()) {
            records.add(new ReadRecord(topic, partition, reader.offset(), reader.timestamp(), bytes(reader.key()), bytes(reader.value()), reader.headers()));
        }
        return records;
    }

    private static byte[] bytes(ByteBuf part) {
        return part == null ? null : ByteBufUtil.getBytes(part);
    }

    private ByteBuf read(long position, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) >= 0) {
            // Until it is full, or somebody cuts the file meanwhile.
        }
        return Unpooled.wrappedBuffer(buffer.array());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
