package io.partita.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.cli.PartitaMain;
import io.partita.cli.output.Terminal;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tool of {@code ./partita} on three brokers. */
@PartitaTest(brokers = 3, topics = @Topic(name = "orders", partitions = 6))
class CommandLineOnClusterTest {

    private record Result(int code, String out, String err) {}

    private static Result run(EmbeddedCluster cluster, String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = PartitaMain.run(Stream.concat(Stream.of(words), Stream.of("--bootstrap", cluster.bootstrapServers())).toArray(String[]::new), new Terminal(
                InputStream.nullInputStream(), new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8), false,
                false));
        return new Result(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void aBrokerThatIsAwayIsNamedWithWhatToDo(EmbeddedCluster cluster) {
        cluster.kill(2);
        Result status = run(cluster, "cluster", "status");
        while (!status.out().contains("is away")) {
            // Until the others have noticed, it is there and cannot be reached, which is not well either.
            assertEquals(6, status.code(), status.out());
            status = run(cluster, "cluster", "status");
        }
        assertEquals(6, status.code(), status.out());
        assertTrue(status.out().contains("! Broker 2 is away, and has replicas.\n  Start it again; what it missed it fetches by itself."), status.out());
        cluster.restart(2);
    }

    @Test
    void aDrainThatHasNowhereToGoIsRefused(EmbeddedCluster cluster) {
        Result drained = run(cluster, "reassign", "drain", "2", "--dry-run");
        assertEquals(1, drained.code(), drained.out());
        assertTrue(drained.err().startsWith("No other broker can take the replica of "), drained.err());
        assertEquals("Nothing moves now.\n", run(cluster, "reassign", "list").err());
    }

    @Test
    void aBrokerIsDrained() {
        try (EmbeddedCluster cluster = EmbeddedCluster.builder(3).start()) {
            run(cluster, "topic", "create", "a", "b", "-p", "3", "-r", "2");
            Result drained = run(cluster, "reassign", "drain", "3", "-y");
            assertEquals(0, drained.code(), drained.err());
            while (!run(cluster, "reassign", "list", "-o", "json").out().strip().equals("[ ]")) {
                Thread.onSpinWait();
            }
            Result status = run(cluster, "cluster", "status", "-o", "json");
            JsonObject third = new JsonObject(status.out()).getJsonArray("brokers").getJsonObject(2);
            assertEquals(3, third.getInteger("broker"));
            assertEquals(0, third.getInteger("replicas"));
            assertEquals("Broker 3 has no replicas.\n", run(cluster, "reassign", "drain", "3", "-y").out());
        }
    }
}
