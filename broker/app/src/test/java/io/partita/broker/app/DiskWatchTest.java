package io.partita.broker.app;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskWatchTest {

    @TempDir
    Path healthy;

    @TempDir
    Path hanging;

    @Test
    void noticesADiskThatHangsAndThatItGoesOn() throws Exception {
        // Given a file that nobody reads, to open which waits as a hanging disk does
        Path file = hanging.resolve(DiskWatch.FILE);
        assertEquals(0, new ProcessBuilder("mkfifo", file.toString()).start().waitFor());
        try (DiskWatch watch = new DiskWatch(Duration.ofMillis(10), Duration.ofMillis(300))) {
            // When
            watch.watch(List.of(healthy, hanging));
            // Then
            await().until(() -> hanging.equals(watch.standstill()));
            // When it goes on
            try (InputStream reader = Files.newInputStream(file)) {
                await().until(() -> watch.standstill() == null);
            }
        }
    }

    @Test
    void aDiskThatRefusesAnswers() throws Exception {
        Path missing = healthy.resolve("missing");
        try (DiskWatch watch = new DiskWatch(Duration.ofMillis(1), Duration.ofMillis(200))) {
            watch.watch(List.of(missing, healthy));

            await().until(() -> Files.exists(healthy.resolve(DiskWatch.FILE)));
            assertNull(watch.standstill());
        }
    }
}
