package io.partita.broker.metadata;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.env.Disk;
import io.partita.broker.env.Failures;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.protocol.message.MetadataJournalFrame;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One copy of the file of {@link FileMetadataStore}: one frame that says everything, written as a whole, then a frame for each change since. Used by one
 * thread at a time.
 *
 * <pre>
 * frame:   magic int32 "PMJ1" | length int32 of the payload | CRC32C int32 of length and payload | payload
 * payload: version int16 | MetadataJournalFrame in that version
 * </pre>
 *
 * <p>A frame counts once it is synced. A crash can therefore spoil the last frame only, which nobody was told about: it is cut off at the next
 * start. Damage with a good frame behind it is something else and stops the start, because topics would be missing.
 */
final class Journal implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

    static final String FILE_NAME = "metadata.journal";

    private static final int MAGIC = 0x504D4A31;
    private static final int HEADER_BYTES = 12;
    private static final short VERSION = MetadataJournalFrame.HIGHEST_VERSION;

    /** Changes up to this many bytes are not worth writing everything anew. */
    private static final long CHANGES_KEPT_BYTES = 1 << 20;

    private final Disk disk;
    private final Path path;
    private final List<Integer> checksums = new ArrayList<>();
    private Disk.DiskFile file;
    private long wholeBytes;
    private long endPosition;
    /** Set when a write failed: what the file ends with is not known any more, so the next write must be of everything. */
    private boolean spoiled;
    /** What a crash left behind {@link #endPosition}. */
    private long tornBytes;

    private Journal(Disk disk, Path path) {
        this.disk = disk;
        this.path = path;
    }

    /**
     * Reads the journal in {@code directory}, adding its frames to {@code frames}; {@code null} when there is none yet. Changes nothing: what a crash left at its end is
     * cut off with the first change.
     */
    static Journal open(Disk disk, Path directory, List<MetadataJournalFrame> frames) throws IOException {
        Path path = directory.resolve(FILE_NAME);
        byte[] content = disk.readAll(path);
        if (content == null) {
            return null;
        }
        Journal journal = new Journal(disk, path);
        int end = journal.readFrames(content, frames);
        journal.tornBytes = content.length - end;
        journal.endPosition = end;
        return journal;
    }

    /** A journal in {@code directory}, with nothing in it before it is written as a whole. */
    static Journal none(Disk disk, Path directory) {
        Journal journal = new Journal(disk, directory.resolve(FILE_NAME));
        journal.spoiled = true;
        return journal;
    }

    /** Begins a journal in {@code directory} with everything there is. */
    static Journal create(Disk disk, Path directory, MetadataJournalFrame whole) throws IOException {
        Journal journal = none(disk, directory);
        journal.rewrite(whole);
        return journal;
    }

    Path path() {
        return path;
    }

    /** The checksum of a frame that {@link #open} read, by which equal ones are known. */
    int checksum(int frame) {
        return checksums.get(frame);
    }

    /** Cuts off what a crash left behind the last change. */
    void mend() throws IOException {
        if (file == null) {
            file = disk.open(path, false);
        }
        if (tornBytes > 0) {
            LOG.warn("Cutting off {} bytes at position {} of {}: the last change before a crash was not written completely. It was never confirmed.",
                    tornBytes, endPosition, path);
            file.truncate(endPosition);
            file.force(true);
            tornBytes = 0;
        }
    }

    private int readFrames(byte[] content, List<MetadataJournalFrame> frames) throws IOException {
        int position = 0;
        while (position < content.length) {
            int end = frameEnd(content, position);
            MetadataJournalFrame frame = end < 0 ? null : parse(content, position, end);
            if (frame == null || position == 0 && frame.clusterId == null) {
                break;
            }
            frames.add(frame);
            checksums.add(int32(content, position + 8));
            position = end;
            if (frames.size() == 1) {
                wholeBytes = end;
            }
        }
        if (frames.isEmpty()) {
            throw new IOException(
                    path + " is damaged at its beginning, so that the topics of this broker are not known from it. Where another data directory has a"
                            + " whole copy, delete this one; else restore the file from a backup.");
        }
        for (int later = position + 1; later < content.length; later++) {
            if (frameEnd(content, later) >= 0) {
                throw new IOException(path + " is damaged at position " + position + ", with good changes behind it from position " + later
                        + ". Where another data directory has a whole copy, delete this one; else restore the file from a backup. Cutting it off at position "
                        + position + " gives up the later changes.");
            }
        }
        return position;
    }

    /** Where the frame at {@code position} ends, -1 when there is none or it is damaged. */
    private static int frameEnd(byte[] content, int position) {
        if (content.length - position < HEADER_BYTES || int32(content, position) != MAGIC) {
            return -1;
        }
        int length = int32(content, position + 4);
        if (length < 2 || length > content.length - position - HEADER_BYTES) {
            return -1;
        }
        CRC32C crc = new CRC32C();
        crc.update(content, position + 4, 4);
        crc.update(content, position + HEADER_BYTES, length);
        return (int) crc.getValue() == int32(content, position + 8) ? position + HEADER_BYTES + length : -1;
    }

    private MetadataJournalFrame parse(byte[] content, int position, int end) throws IOException {
        ByteBuf payload = Unpooled.wrappedBuffer(content, position + HEADER_BYTES, end - position - HEADER_BYTES);
        short version = payload.readShort();
        if (version < MetadataJournalFrame.LOWEST_VERSION || version > MetadataJournalFrame.HIGHEST_VERSION) {
            throw new IOException(path + " was written by a newer version of this program (format " + version + " at position " + position
                    + "): start that version.");
        }
        try {
            MetadataJournalFrame frame = new MetadataJournalFrame();
            frame.read(new MessageReader(payload), version);
            return frame;
        } catch (MalformedMessageException damaged) {
            throw new IOException(path + " cannot be read at position " + position + ": " + damaged.getMessage(), damaged);
        }
    }

    private static int int32(byte[] content, int position) {
        return content[position] << 24 | (content[position + 1] & 0xFF) << 16 | (content[position + 2] & 0xFF) << 8 | content[position + 3] & 0xFF;
    }

    /**
     * Adds a change and makes it durable. When this throws, the change is not there, now or after a restart, unless a crash comes first.
     *
     * @param whole everything there is, the change included, for when it is time to write the file anew
     */
    void append(MetadataJournalFrame change, Supplier<MetadataJournalFrame> whole) throws IOException {
        if (spoiled) {
            rewrite(whole.get());
            return;
        }
        appendFrame(change);
        if (isLong()) {
            try {
                rewrite(whole.get());
            } catch (IOException failed) {
                LOG.warn("Cannot shorten {}, which goes on growing with each change of the metadata: {}. It is tried again with the next one.",
                        path, Failures.said(failed));
            }
        }
    }

    private void appendFrame(MetadataJournalFrame change) throws IOException {
        ByteBuffer bytes = encode(change).nioBuffer();
        int length = bytes.remaining();
        try {
            mend();
            file.write(bytes, endPosition);
            file.force(false);
            endPosition += length;
        } catch (IOException failed) {
            spoiled = true;
            try {
                if (file != null) {
                    file.truncate(endPosition);
                }
            } catch (IOException alsoFailed) {
                failed.addSuppressed(alsoFailed);
            }
            throw failed;
        }
    }

    /** Whether the changes outweigh what they change. */
    boolean isLong() {
        return endPosition - wholeBytes > Math.max(CHANGES_KEPT_BYTES, 2 * wholeBytes);
    }

    /** Replaces the file by one that says everything in one frame. When this throws, the old file is still there. */
    void rewrite(MetadataJournalFrame whole) throws IOException {
        ByteBuf bytes = encode(whole);
        byte[] content = new byte[bytes.readableBytes()];
        bytes.readBytes(content);
        disk.writeAtomically(path, content);
        Disk.DiskFile old = file;
        spoiled = true;
        file = disk.open(path, false);
        wholeBytes = content.length;
        endPosition = content.length;
        tornBytes = 0;
        spoiled = false;
        if (old != null) {
            old.close();
        }
    }

    private static ByteBuf encode(MetadataJournalFrame frame) {
        ByteBuf bytes = Unpooled.buffer(256);
        bytes.writeZero(HEADER_BYTES);
        bytes.writeShort(VERSION);
        frame.write(new MessageWriter(bytes), VERSION);
        int length = bytes.readableBytes() - HEADER_BYTES;
        bytes.setInt(0, MAGIC);
        bytes.setInt(4, length);
        CRC32C crc = new CRC32C();
        crc.update(bytes.array(), bytes.arrayOffset() + 4, 4);
        crc.update(bytes.array(), bytes.arrayOffset() + HEADER_BYTES, length);
        bytes.setInt(8, (int) crc.getValue());
        return bytes;
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
