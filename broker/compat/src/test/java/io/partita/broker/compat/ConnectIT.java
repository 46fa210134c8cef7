package io.partita.broker.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Kafka Connect as it comes, with its file connectors: one worker with a file for its offsets, and several that keep all they know in topics. */
class ConnectIT {
    private static final String RELEASE = "connect-4.3";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @RegisterExtension
    static final Broker BROKER = Broker.perClass();

    private final Clients clients = new Clients(BROKER.bootstrap());
    private final Path folder = Repository.newFolder("connect");

    /** A worker in a process of its own. */
    private record Worker(Command.Running process, String url) implements AutoCloseable {

        /** Waits until it answers as one of a group that has a leader. */
        void awaitReady() {
            Await.until("the worker at " + url + " is ready", () -> {
                if (!process.isAlive()) {
                    throw new AssertionError("the worker ended:\n" + process.out() + process.err());
                }
                return HTTP.send(request("/connectors").GET().build(), HttpResponse.BodyHandlers.ofString()).statusCode();
            }, status -> status == 200);
        }

        private HttpRequest.Builder request(String path) {
            return HttpRequest.newBuilder(URI.create(url + path)).header("Content-Type", "application/json").timeout(Duration.ofSeconds(30));
        }

        /** The body of the answer; what is refused for a rebalance is asked again. */
        String call(String method, String path, String body) {
            return Await.until(method + " " + path, () -> {
                var answer = HTTP
                        .send(request(path).method(method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body))
                                .build(), HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() / 100 != 2) {
                    throw new IllegalStateException(answer.statusCode() + " " + answer.body());
                }
                return answer.body();
            }, any -> true);
        }

        void connector(String name, Map<String, String> settings) {
            call("PUT", "/connectors/" + name + "/config", settings.entrySet().stream().map(e -> "\"" + e.getKey() + "\":\"" + e.getValue() + "\"")
                    .collect(Collectors.joining(",", "{", "}")));
        }

        void awaitRunning(String connector) {
            Await.until(connector + " runs", () -> call("GET", "/connectors/" + connector + "/status", null),
                    status -> status.contains("\"tasks\":[{") && !status.contains("UNASSIGNED") && !status.contains("FAILED"));
        }

        @Override
        public void close() {
            process.close();
        }
    }

    private Path file(String name, Map<String, String> settings) {
        try {
            return Files.writeString(folder.resolve(name), settings.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue())
                    .collect(Collectors.joining("\n", "", "\n")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, String> worker(int port) {
        var settings = new LinkedHashMap<String, String>();
        settings.put("bootstrap.servers", BROKER.bootstrap());
        settings.put("listeners", "http://127.0.0.1:" + port);
        settings.put("key.converter", "org.apache.kafka.connect.storage.StringConverter");
        settings.put("value.converter", "org.apache.kafka.connect.storage.StringConverter");
        settings.put("offset.flush.interval.ms", "200");
        settings.put("plugin.discovery", "service_load");
        return settings;
    }

    private static Map<String, String> source(Path file, String topic) {
        return Map.of("connector.class", "org.apache.kafka.connect.file.FileStreamSourceConnector", "tasks.max", "1", "file", file.toString(), "topic", topic);
    }

    /** Of what is committed: a source that is killed within a transaction leaves an aborted one. */
    private static Map<String, String> sink(Path file, String topic) {
        return Map.of("connector.class", "org.apache.kafka.connect.file.FileStreamSinkConnector", "tasks.max", "1", "file", file.toString(), "topics", topic,
                "consumer.override.isolation.level", "read_committed");
    }

    private static Command.Running start(String mainClass, String... arguments) {
        return Command.of(JavaProgram.java(Repository.classPathOf(RELEASE), List.of("-Xmx192m"), mainClass, List.of(arguments))).start();
    }

    private Worker distributed(String group, int number) {
        int port = BrokerProcess.freePort();
        var settings = worker(port);
        settings.put("group.id", group);
        settings.put("config.storage.topic", group + "-configs");
        settings.put("offset.storage.topic", group + "-offsets");
        settings.put("status.storage.topic", group + "-status");
        settings.put("offset.storage.partitions", "3");
        for (String storage : List.of("config", "offset", "status")) {
            settings.put(storage + ".storage.replication.factor", "1");
        }
        settings.put("exactly.once.source.support", "enabled");
        settings.put("session.timeout.ms", "6000");
        settings.put("scheduled.rebalance.max.delay.ms", "0");
        return new Worker(start("org.apache.kafka.connect.cli.ConnectDistributed", file("worker-" + number + ".properties", settings).toString()),
                "http://127.0.0.1:" + port);
    }

    private static List<String> lines(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "line " + i).toList();
    }

    private static void append(Path file, List<String> lines) throws IOException {
        Files.write(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static void awaitLines(Path file, List<String> expected) {
        Await.until(file + " has its " + expected.size() + " lines", () -> Files.exists(file) ? Files.readAllLines(file) : List.of(), expected::equals);
    }

    @Test
    void oneWorkerCopiesAFileThroughATopicAndGoesOnWhereItWas() throws Exception {
        // Given
        var topic = clients.topic("connect-file", 1);
        var in = folder.resolve("in");
        var out = folder.resolve("out");
        append(in, lines(0, 50));
        var settings = worker(BrokerProcess.freePort());
        settings.put("offset.storage.file.filename", folder.resolve("offsets").toString());
        var words = new ArrayList<String>(List.of(file("standalone.properties", settings).toString()));
        for (var connector : Map.of("source-" + topic, source(in, topic), "sink-" + topic, sink(out, topic)).entrySet()) {
            var named = new LinkedHashMap<>(connector.getValue());
            named.put("name", connector.getKey());
            words.add(file(connector.getKey() + ".properties", named).toString());
        }
        // When it is started, ended, and started again
        for (int life = 0; life < 2; life++) {
            try (var process = start("org.apache.kafka.connect.cli.ConnectStandalone", words.toArray(new String[0]))) {
                awaitLines(out, lines(0, 50 + 50 * life));
                process.terminate();
            }
            append(in, lines(50 + 50 * life, 100 + 50 * life));
        }
        // Then
        assertEquals(lines(0, 100), clients.read(topic, 0, 100).stream().map(record -> record.value()).toList());
    }

    @Test
    void severalWorkersShareConnectorsAndASourceIsExactlyOnceThoughItsWorkerIsKilled() throws Exception {
        var topic = clients.topic("connect-lines", 1);
        var group = Clients.name("workers");
        var in = folder.resolve("in");
        var out = folder.resolve("out");
        append(in, lines(0, 200));
        try (var one = distributed(group, 1); var two = distributed(group, 2)) {
            // Given two workers, which make their topics
            one.awaitReady();
            two.awaitReady();
            try (var admin = clients.admin()) {
                for (String internal : List.of("-configs", "-offsets", "-status")) {
                    var resource = new ConfigResource(ConfigResource.Type.TOPIC, group + internal);
                    assertEquals("compact", Clients.get(admin.describeConfigs(List.of(resource)).all()).get(resource).get("cleanup.policy").value());
                }
            }
            // and connectors, made through either
            one.connector("source", source(in, topic));
            two.connector("sink", sink(out, topic));
            one.awaitRunning("source");
            two.awaitRunning("sink");
            awaitLines(out, lines(0, 200));
            // When the worker that has the source is killed
            append(in, lines(200, 2_000));
            var status = one.call("GET", "/connectors/source/status", null);
            var tasks = status.substring(status.indexOf("\"tasks\""));
            var victim = tasks.contains(one.url().substring("http://".length())) ? one : two;
            var survivor = victim == one ? two : one;
            victim.process().kill();
            append(in, lines(2_000, 3_000));
            // Then the other one goes on, and every line is there once
            Await.until("the other worker has the source", () -> survivor.call("GET", "/connectors/source/status", null),
                    now -> now.substring(now.indexOf("\"tasks\"")).contains(survivor.url().substring("http://".length())));
            assertEquals(lines(0, 3_000), committed(topic, 3_000));
            // and the offsets of a source can be looked at, and taken back
            assertTrue(survivor.call("GET", "/connectors/source/offsets", null).contains("\"position\":" + Files.size(in)));
            survivor.call("PUT", "/connectors/source/stop", null);
            awaitStopped(survivor, "source");
            survivor.call("DELETE", "/connectors/source/offsets", null);
            assertEquals("{\"offsets\":[]}", survivor.call("GET", "/connectors/source/offsets", null));
            // and those of a sink, which are its group's
            survivor.call("PUT", "/connectors/sink/stop", null);
            awaitStopped(survivor, "sink");
            survivor.call("PATCH", "/connectors/sink/offsets",
                    "{\"offsets\":[{\"partition\":{\"kafka_topic\":\"" + topic + "\",\"kafka_partition\":0},\"offset\":{\"kafka_offset\":1}}]}");
            assertTrue(survivor.call("GET", "/connectors/sink/offsets", null).contains("\"kafka_offset\":1"));
            Files.delete(out);
            survivor.call("PUT", "/connectors/sink/resume", null);
            awaitLines(out, lines(1, 3_000));
        }
    }

    private static void awaitStopped(Worker worker, String connector) {
        Await.until(connector + " is stopped", () -> worker.call("GET", "/connectors/" + connector + "/status", null),
                status -> status.contains("\"state\":\"STOPPED\"") && status.contains("\"tasks\":[]"));
    }

    private List<String> committed(String topic, int count) {
        try (var consumer = clients.consumer("isolation.level", "read_committed")) {
            var assigned = List.of(new TopicPartition(topic, 0));
            consumer.assign(assigned);
            consumer.seekToBeginning(assigned);
            var values = new ArrayList<>(Clients.poll(consumer, count).stream().map(record -> record.value()).toList());
            // Nothing comes behind it.
            var end = consumer.endOffsets(assigned).get(assigned.getFirst());
            while (consumer.position(assigned.getFirst()) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
            }
            return values;
        }
    }
}
