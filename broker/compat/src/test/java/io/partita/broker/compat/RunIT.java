package io.partita.broker.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.UnsupportedCompressionTypeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** {@code ./run} itself: what it prints, where it puts data, how it takes settings and says what is wrong. */
class RunIT {
    private final Path folder = Repository.newFolder("run");
    private final int port = BrokerProcess.freePort();

    private Command run(String... arguments) {
        var words = new ArrayList<>(List.of(Repository.TOP.resolve("run").toString()));
        words.addAll(List.of(arguments));
        return Command.of(words).in(folder);
    }

    private Command.Running ready(Command command) {
        var running = command.start();
        running.awaitOut(" serves Kafka clients on ");
        return running;
    }

    private static KafkaProducer<byte[], byte[]> producer(String address, String codec) {
        return new KafkaProducer<>(Map.of("bootstrap.servers", address, "compression.type", codec), new ByteArraySerializer(), new ByteArraySerializer());
    }

    private Command kcat(String... arguments) {
        return Command.installed("kcat", "kcat", List.of(arguments));
    }

    @Test
    void threeLinesSayWhatItIsAndSigtermStopsIt() {
        // Given
        try (var broker = ready(run("--port", Integer.toString(port), "--data", "some/data"))) {
            // Then it says what it is, where it listens and where the data is, with a directory relative to the caller's
            broker.awaitOut("console and REST interface are at http://localhost:");
            var lines = broker.out().lines().toList();
            assertEquals(3, lines.size(), broker.out());
            assertTrue(lines.get(0).matches("Partita .* serves Kafka clients on localhost:" + port + " as broker 1\\."), lines.get(0));
            assertTrue(lines.get(1).contains("some/data"), lines.get(1));
            kcat("-P", "-b", "localhost:" + port, "-t", "hello").input("hello\n").succeed();
            assertTrue(Files.isDirectory(folder.resolve("some/data/hello-0")));
            // When it is asked to stop
            var end = broker.terminate();
            // Then it does, and has nothing to complain about
            assertTrue(end.exit() == 0 || end.exit() == 143, "exit code " + end.exit());
            assertTrue(end.out().endsWith("Partita has stopped.\n"), end.out());
            assertFalse(end.err().contains("Exception"), end.err());
        }
        // and the next start has the data
        try (var broker = ready(run("--port", Integer.toString(port), "--data", "some/data"))) {
            assertEquals("hello\n", kcat("-C", "-b", "localhost:" + port, "-t", "hello", "-e", "-q").succeed().out());
        }
    }

    @Test
    void aServerPropertiesFileOfAnIntroductionIsUnderstood() throws IOException {
        // Given the settings that introductions to Kafka show, ZooKeeper's among them
        var properties = Files.writeString(folder.resolve("server.properties"), """
            ############################# Server Basics #############################
            broker.id=3
            listeners=PLAINTEXT://127.0.0.1:%d
            num.network.threads=3
            num.io.threads=8
            socket.send.buffer.bytes=102400
            socket.receive.buffer.bytes=102400
            socket.request.max.bytes=104857600
            ############################# Log Basics #############################
            # A comma separated list of directories under which to store log files
            log.dirs=%s
            num.partitions=2
            num.recovery.threads.per.data.dir=1
            offsets.topic.replication.factor=1
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            log.retention.hours=168
            log.segment.bytes=1073741824
            log.retention.check.interval.ms=300000
            ############################# Zookeeper #############################
            zookeeper.connect=localhost:2181
            zookeeper.connection.timeout.ms=6000
            group.initial.rebalance.delay.ms=0
            """.formatted(port, folder.resolve("kafka-logs")));
        // When, with one setting over it
        try (var broker = ready(run("--config", properties.toString(), "--set", "log.retention.hours=24"))) {
            // Then
            var address = "127.0.0.1:" + port;
            assertTrue(broker.err().contains("zookeeper.connect"), broker.err());
            kcat("-P", "-b", address, "-t", "hello").input("hello\n").succeed();
            var listing = kcat("-L", "-b", address, "-t", "hello").succeed().out();
            assertTrue(listing.contains("broker 3 at " + address + " (controller)"), listing);
            assertTrue(listing.contains("topic \"hello\" with 2 partitions:"), listing);
            assertTrue(Files.isDirectory(folder.resolve("kafka-logs/hello-1")));
            var described = KafkaTool.CONFIGS.with("--bootstrap-server", address, "--entity-type", "brokers", "--entity-name", "3", "--describe", "--all")
                    .succeed();
            assertTrue(described.out().contains("log.retention.hours=24 "), described.out());
        }
    }

    @Test
    void aSecondBrokerOnTheSameDataOrPortSaysWhatIsWrong() {
        try (var broker = ready(run("--port", Integer.toString(port), "--data", "data"))) {
            var sameData = run("--port", Integer.toString(BrokerProcess.freePort()), "--data", "data").run();
            assertEquals(1, sameData.exit());
            assertTrue(sameData.err().contains("in use by another broker"), sameData.err());
            var samePort = run("--port", Integer.toString(port), "--data", "other").run();
            assertEquals(1, samePort.exit());
            assertTrue(samePort.err().contains("port " + port), samePort.err());
            assertFalse((sameData.err() + samePort.err()).contains("\tat "), sameData.err() + samePort.err());
        }
    }

    @Test
    void whatItDoesNotUnderstandItRefusesInASentence() {
        for (var words : List.of(List.of("--bogus"), List.of("--set", "log.segment.bytes=many"), List.of("--port", "x"), List.of("--config", "no-such-file"))) {
            var refused = run(words.toArray(String[]::new)).run();
            assertEquals(2, refused.exit(), words.toString());
            assertTrue(refused.err().contains(words.getLast().replaceAll(".*=", "")) && !refused.err().contains("\tat "), refused.err());
        }
        assertTrue(run("--help").succeed().out().contains("--data DIR"));
    }

    @Test
    void aCodecWhoseLibraryCannotBeUnpackedIsNamedAtTheStartAndToItsProducers() throws Exception {
        // Given
        var address = "localhost:" + port;
        var command = run("--port", Integer.toString(port), "--data", "data", "--set", "compression.type=gzip").with("JAVA_OPTS", "-DZstdTempFolder=/nowhere");
        try (var broker = ready(command); var zstd = producer(address, "zstd"); var lz4 = producer(address, "lz4")) {
            // Then it says so, and where to look
            assertTrue(broker.err().contains("compressed with zstd") && broker.err().contains("/nowhere, which does not exist"), broker.err());
            assertFalse(broker.err().contains("compressed with snappy"), broker.err());
            // When
            var refused = assertThrows(ExecutionException.class, () -> zstd.send(new ProducerRecord<>("t", new byte[100])).get());
            // Then
            assertInstanceOf(UnsupportedCompressionTypeException.class, refused.getCause());
            assertEquals(0, lz4.send(new ProducerRecord<>("t", new byte[100])).get().offset());
        }
    }

    @Test
    void anOlderJavaInTheEnvironmentDoesNotMatter() throws IOException {
        // Given a JAVA_HOME and a path that lead to something older, and no Maven
        var old = Files.createDirectories(folder.resolve("jdk-17/bin"));
        Files.writeString(old.getParent().resolve("release"), "JAVA_VERSION=\"17.0.15\"\n");
        for (var program : List.of("java", "javac")) {
            Files.writeString(old.resolve(program), "#!/bin/sh\nexit 1\n").toFile().setExecutable(true);
        }
        // Then a JDK is found where JDKs are put, and nothing is built
        var home = Path.of(System.getProperty("java.home"));
        var usual = home.startsWith("/usr/lib/jvm") || home.startsWith("/opt");
        var found = run("--help").with("JAVA_HOME", usual ? old.getParent().toString() : home.toString()).with("PATH", old + ":/usr/bin:/bin").succeed();
        assertTrue(found.out().contains("--data DIR"), found.out());
        assertEquals("", found.err());
    }
}
