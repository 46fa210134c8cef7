package io.partita.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Check, bundle and bench. */
class HelpersTest {

    @Test
    void aMachineIsLookedAt(@TempDir Path directory) {
        Tool.Result result = Tool.alone("", false, "check", "--data", directory.toString(), "--port", "0", "-o", "json");
        Map<String, String> grades = new TreeMap<>();
        result.jsonArray().forEach(finding -> grades.put(((io.vertx.core.json.JsonObject) finding).getString("what"),
                ((io.vertx.core.json.JsonObject) finding).getString("grade")));
        assertEquals("good", grades.get("java"));
        assertTrue(grades.keySet().containsAll(List.of("open files", "memory", "swap", "clock", "port", "file system", "space", "fsync")), result.out());
        assertEquals(0, directory.toFile().list().length);
    }

    @Test
    void aDirectoryThatCannotBeUsedIsBad(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        Tool.Result result = Tool.alone("", false, "check", "--data", file.resolve("data").toString());
        assertEquals(6, result.code());
        assertTrue(result.out().contains("Who runs the broker must be able to write there."), result.out());
    }

    @Test
    void aBundleHasTheStateOfTheClusterAndNoSecrets(@TempDir Path directory) throws IOException {
        Path log = directory.resolve("broker.log");
        Files.writeString(log, """
                started with password=hunter2 and sasl.jaas.config=org.x.PlainLoginModule required username="bob" password="hunter2" user_al="hunter2";
                {"token": "hunter2", "ssl.keystore.key": "hunter2"} Authorization: Bearer hunter2
                -----BEGIN PRIVATE KEY-----
                hunter2
                -----END PRIVATE KEY-----
                nothing secret here
                """);
        Path archive = directory.resolve("bundle.zip");
        try (Tool tool = Tool.withBroker()) {
            tool.run("topic", "create", "orders");
            Tool.Result result = tool.run("bundle", "--file", archive.toString(), "--log", log.toString());
            assertEquals(0, result.code(), result.err());
            assertEquals(2, tool.run("bundle", "--file", archive.toString()).code());
        }
        Map<String, String> entries = new TreeMap<>();
        try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(archive))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName(), new String(zip.readAllBytes()));
            }
        }
        assertTrue(entries.get("cluster/topics.json").contains("orders"), entries.toString());
        assertTrue(entries.keySet().containsAll(List.of("cluster/status.json", "cluster/groups.json", "cluster/broker-1.json", "logs/broker.log")),
                entries.keySet().toString());
        assertTrue(entries.get("logs/broker.log").contains("nothing secret here"));
        entries.forEach((name, text) -> assertFalse(text.contains("hunter2"), name + ": " + text));
    }

    @Test
    void aBenchCleansUpBehindItself() {
        try (Tool tool = Tool.withBroker()) {
            Tool.Result result = tool.run("bench", "-n", "5000", "-o", "json");
            assertEquals(0, result.code(), result.err());
            assertTrue(result.json().getDouble("readRecordsPerSecond") > 0, result.out());
            assertEquals("", tool.run("topic", "list", "-q").out());
        }
    }
}
