package io.partita.examples.weblog;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads a log file as it grows. A file that has become shorter was replaced (rotated) and is read from its beginning. One thread at a time. */
final class LogTail {

    private static final int READ_BYTES = 64 * 1024;

    private final Path file;
    private final ByteArrayOutputStream unfinishedLine = new ByteArrayOutputStream();
    private long position;

    LogTail(Path file) {
        this.file = file;
    }

    /** The whole lines written since the last call, of one read at most; empty while there is no such file. */
    List<String> newLines() {
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            if (channel.size() < position) {
                position = 0;
                unfinishedLine.reset();
            }
            ByteBuffer bytes = ByteBuffer.allocate(READ_BYTES);
            channel.position(position).read(bytes);
            position += bytes.position();
            return split(bytes.flip());
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> split(ByteBuffer bytes) {
        List<String> lines = new ArrayList<>();
        while (bytes.hasRemaining()) {
            byte next = bytes.get();
            if (next == '\n') {
                lines.add(unfinishedLine.toString(StandardCharsets.UTF_8));
                unfinishedLine.reset();
            } else {
                unfinishedLine.write(next);
            }
        }
        return lines;
    }
}
