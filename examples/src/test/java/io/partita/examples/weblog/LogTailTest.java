package io.partita.examples.weblog;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogTailTest {

    @TempDir
    Path directory;

    @Test
    void givesWholeLinesAsTheyAreWritten() throws IOException {
        Path file = directory.resolve("access.log");
        LogTail tail = new LogTail(file);
        assertEquals(List.of(), tail.newLines());

        Files.writeString(file, "first\nseco");
        assertEquals(List.of("first"), tail.newLines());

        Files.writeString(file, "nd\nthird\n", StandardOpenOption.APPEND);
        assertEquals(List.of("second", "third"), tail.newLines());
        assertEquals(List.of(), tail.newLines());
    }

    @Test
    void beginsAgainWhenTheFileWasReplaced() throws IOException {
        Path file = directory.resolve("access.log");
        Files.writeString(file, "first\nsecond\nunfinished");
        LogTail tail = new LogTail(file);
        tail.newLines();

        Files.writeString(file, "new\n");

        assertEquals(List.of("new"), tail.newLines());
    }
}
