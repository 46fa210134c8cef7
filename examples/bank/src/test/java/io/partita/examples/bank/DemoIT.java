package io.partita.examples.bank;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.testing.EmbeddedBroker;
import io.partita.testing.PartitaTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demonstration as {@code examples/bank/run} starts it, against a broker in this process. */
@PartitaTest
class DemoIT {

    private static final Path APPLICATION = Path.of("target/quarkus-app").toAbsolutePath();

    @TempDir
    Path directory;

    @Test
    void noMoneyIsMadeOrLostThoughTellersAreKilled(EmbeddedBroker broker) throws Exception {
        Path log = directory.resolve("log");
        Process demo = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-Dslf4j.provider=org.slf4j.helpers.NOP_FallbackServiceProvider", "-Dslf4j.internal.verbosity=ERROR", "-cp",
                APPLICATION.resolve("app") + "/*:" + APPLICATION.resolve("lib/main") + "/*", Demo.class.getName(), broker.bootstrapServers(),
                APPLICATION.resolve("quarkus-run.jar").toString(), "1000", "2", directory.toString()).redirectErrorStream(true).redirectOutput(log.toFile())
                .start();
        try {
            demo.waitFor(4, TimeUnit.MINUTES);
            List<String> lines = Files.readAllLines(log);
            assertEquals("No money was made, and none was lost.", lines.isEmpty() ? "" : lines.getLast(), () -> String.join("\n", lines));
        } finally {
            demo.destroyForcibly();
        }
    }
}
