package io.partita.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.cluster.MemoryObjectStore;
import io.partita.broker.cluster.ObjectMetadataStore;
import io.partita.broker.env.ThreadLoop;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The console in a real browser: every page with three brokers and somebody who writes and reads, then with one of them killed; and the login of a broker that asks. */
class ConsoleIT {

    private static final Path BROWSER = Path.of("src/test/browser").toAbsolutePath();
    private static final Path INSTALLED = Path.of("target/browser").toAbsolutePath();
    private static final Path SCREENSHOTS = Path.of("target/screenshots").toAbsolutePath();

    private static final long PAUSE_NANOS = 100_000_000;

    @TempDir
    Path folder;

    private static void install() throws IOException, InterruptedException {
        Files.createDirectories(INSTALLED);
        Path lock = INSTALLED.resolve("package-lock.json");
        if (Files.exists(lock) && Files.mismatch(lock, BROWSER.resolve("package-lock.json")) < 0) {
            return;
        }
        Files.copy(BROWSER.resolve("package.json"), INSTALLED.resolve("package.json"), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(BROWSER.resolve("package-lock.json"), lock, StandardCopyOption.REPLACE_EXISTING);
        try {
            run(List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"));
        } catch (AssertionError failed) {
            Files.delete(lock);
            throw failed;
        }
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).directory(INSTALLED.toFile()).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), String.join(" ", command) + "\n" + said);
    }

    private static void look(String part, ServedBroker served) throws IOException, InterruptedException {
        run(List.of("node", BROWSER.resolve("console.mjs").toString(), part, served.base(), SCREENSHOTS.toString(), INSTALLED.toString()));
    }

    @Test
    void everyPageWorksUnderLoadAndSaysWhenABrokerIsGone() throws Exception {
        install();
        try (Cluster cluster = new Cluster(); Load load = new Load(cluster.brokers.getFirst())) {
            look("pages", cluster.brokers.getFirst());
            ServedBroker gone = cluster.brokers.removeLast();
            gone.server.close();
            gone.broker.kill();
            look("failure", cluster.brokers.getFirst());
        }
    }

    @Test
    void whoIsAskedLogsInAndOut() throws Exception {
        install();
        Path users = Files.writeString(folder.resolve("users"), "admin=change it\n");
        try (ServedBroker served = ServedBroker.start(Map.of("listeners", "INSIDE://127.0.0.1:0", "listener.security.protocol.map", "INSIDE:SASL_PLAINTEXT",
                "sasl.enabled.mechanisms", "SCRAM-SHA-256", "sasl.users.file", users.toString(), "super.users", "User:admin",
                "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"))) {
            look("login", served);
        }
    }

    /** Three brokers that replicate to each other. */
    private static final class Cluster implements AutoCloseable {

        private final ThreadLoop loop = new ThreadLoop("console-objects");
        private final List<ServedBroker> brokers = new ArrayList<>();

        Cluster() {
            MemoryObjectStore objects = new MemoryObjectStore(loop);
            for (int id = 1; id <= 3; id++) {
                ThreadLoop metadata = new ThreadLoop("console-metadata-" + id);
                brokers.add(ServedBroker.start(Map.of("node.id", Integer.toString(id), "default.replication.factor", "3", "broker.rack", "rack-" + id),
                        ObjectMetadataStore.of(objects.client(), metadata, () -> null, metadata::close)));
            }
        }

        @Override
        public void close() {
            brokers.forEach(served -> {
                served.server.close();
                served.broker.kill();
            });
            loop.close();
        }
    }

    /** Somebody who writes, and somebody who reads more slowly. */
    private static final class Load implements AutoCloseable {

        private final ServedBroker served;
        private volatile boolean stopped;
        private final List<Thread> threads = new ArrayList<>();

        Load(ServedBroker served) {
            this.served = served;
            for (String topic : List.of("orders", "payments", "page-views", "inventory.changes")) {
                served.post("/api/v1/topics", new JsonObject().put("name", topic).put("partitions", topic.equals("orders") ? 6 : 3)
                        .put("configs", topic.equals("inventory.changes") ? new JsonObject().put("cleanup.policy", "compact") : new JsonObject()));
                write(topic, 0);
            }
            served.post("/api/v1/groups/idle/offsets",
                    new JsonObject().put("topics", new JsonArray().add("payments")).put("to", "earliest").put("dryRun", false));
            threads.add(Thread.ofPlatform().start(() -> {
                // So many a second, and not as many as there is room for: the browser needs the processors, too.
                for (int i = 1; !stopped; i++) {
                    write("orders", i);
                    write("page-views", i);
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }));
            threads.add(Thread.ofPlatform().start(this::read));
            threads.add(Thread.ofPlatform().start(this::share));
            // The console is to show who is in it.
            while (!served.send("GET", "/api/v1/groups/workers", null).body().contains("worker-1")) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }

        private void write(String topic, int round) {
            JsonArray records = new JsonArray();
            for (int i = 0; i < 10; i++) {
                int order = round * 10 + i;
                records.add(new JsonObject().put("key", "customer-" + order % 97)
                        .put("value", new JsonObject().put("order", order).put("item", order % 2 == 0 ? "green tea" : "porcelain").put("amount", order % 13))
                        .put("headers", new JsonObject().put("source", "web")));
            }
            served.send("POST", "/api/v1/topics/" + topic + "/records?acks=1", new JsonObject().put("records", records));
        }

        private void read() {
            Properties properties = served.clientProperties();
            properties.putAll(Map.of("group.id", "billing", "client.id", "billing-1", "auto.offset.reset", "earliest", "max.poll.records", "20"));
            try (var consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
                consumer.subscribe(List.of("orders"));
                while (!stopped) {
                    consumer.poll(Duration.ofMillis(200));
                    consumer.commitSync();
                }
            }
        }

        private void share() {
            Properties properties = served.clientProperties();
            properties.putAll(Map.of("group.id", "workers", "client.id", "worker-1", "max.poll.records", "20"));
            try (var consumer = new KafkaShareConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
                consumer.subscribe(List.of("orders"));
                while (!stopped) {
                    consumer.poll(Duration.ofMillis(200));
                }
            }
        }

        @Override
        public void close() throws InterruptedException {
            stopped = true;
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }
}
