package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandLineTest {

    private static Map<String, String> settings(String... words) throws CommandLine.UsageException {
        return CommandLine.parse(words, "/default").settings();
    }

    @Test
    void withoutWordsItListensOnLocalhost() throws Exception {
        assertEquals(
                Map.of("listeners", "PLAINTEXT://localhost:9092", "log.dirs", "/default", "node.id", "1", "group.initial.rebalance.delay.ms", "0"),
                settings());
    }

    @Test
    void optionsBecomeSettings() throws Exception {
        Map<String, String> settings = settings("--port", "9192", "--host=::1", "--data", "/d", "--node-id", "7", "--set", "a.b = c=d");
        assertEquals("PLAINTEXT://[::1]:9192", settings.get("listeners"));
        assertEquals("/d", settings.get("log.dirs"));
        assertEquals("7", settings.get("node.id"));
        assertEquals("c=d", settings.get("a.b"));
    }

    @Test
    void wordsWinOverTheFile(@TempDir Path directory) throws Exception {
        Path file = write(directory, "broker.id=3\nlisteners=PLAINTEXT://:1\nlog.dirs=/file\nnum.partitions = 4 \n");
        Map<String, String> fromFile = settings("--config", file.toString());
        assertEquals("PLAINTEXT://:1", fromFile.get("listeners"));
        assertEquals("/file", fromFile.get("log.dirs"));
        assertEquals("4", fromFile.get("num.partitions"));
        assertEquals(null, fromFile.get("node.id"), "broker.id says it");
        Map<String, String> both = settings("--set", "num.partitions=5", "--port", "2", "--config", file.toString());
        assertEquals("5", both.get("num.partitions"));
        assertEquals("PLAINTEXT://localhost:2", both.get("listeners"));
    }

    private static Path write(Path directory, String content) throws IOException {
        return Files.writeString(directory.resolve("server.properties"), content);
    }

    @Test
    void whatCannotBeUnderstoodIsSaid() {
        assertTrue(assertThrows(CommandLine.UsageException.class, () -> settings("--prot", "1")).getMessage().contains("--prot"));
        assertTrue(assertThrows(CommandLine.UsageException.class, () -> settings("--port")).getMessage().contains("needs a value"));
        assertTrue(assertThrows(CommandLine.UsageException.class, () -> settings("--set", "novalue")).getMessage().contains("NAME=VALUE"));
        assertTrue(assertThrows(CommandLine.UsageException.class, () -> settings("--config", "/no/such/file")).getMessage().contains("/no/such/file"));
    }

    @Test
    void helpIsHelp() throws Exception {
        assertTrue(CommandLine.parse(new String[] {"--port", "1", "--help"}, "/default").help());
    }
}
