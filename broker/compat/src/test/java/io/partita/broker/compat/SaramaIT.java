package io.partita.broker.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** sarama 1.22, as Debian has it: the programs of common introductions to Kafka in Go, and its old record formats. */
class SaramaIT {
    private static final String PACKAGES = "golang-go golang-github-shopify-sarama-dev";
    private static final Path LIBRARIES = Path.of("/usr/share/gocode");

    @RegisterExtension
    static final Broker BROKER = Broker.perClass();

    private final Clients clients = new Clients(BROKER.bootstrap());

    /** A program of {@code src/test/clients/go}, compiled on first use. */
    private static Command go(String program, String... arguments) {
        return go(BROKER.bootstrap(), program, arguments);
    }

    static synchronized Command go(String bootstrap, String program, String[] arguments) {
        if (Files.notExists(LIBRARIES.resolve("src/github.com/Shopify/sarama"))) {
            throw new AssertionError("sarama is not installed. On Debian: apt-get install " + PACKAGES + " (or run .ci/run, which installs all clients)");
        }
        var binary = Repository.MODULE.resolve("target/go").resolve(program);
        if (Files.notExists(binary)) {
            Command.installed("go", PACKAGES, List.of("build", "-o", binary.toString(), ".")).in(Repository.testFile("clients/go").resolve(program))
                    .with("GO111MODULE", "off").with("GOPATH", LIBRARIES.toString()).with("CGO_ENABLED", "0")
                    .with("GOCACHE", Repository.MODULE.resolve("target/go-cache").toString()).succeed();
        }
        var words = new ArrayList<>(List.of(binary.toString(), bootstrap));
        words.addAll(List.of(arguments));
        return Command.of(words);
    }

    @Test
    void synchronousProducerRoundRobinAndPartitionConsumer() {
        var topic = clients.topic("sarama-sync", 3);
        var lines = go("sync", topic).succeed().lines();
        for (int i = 0; i < 9; i++) {
            assertEquals("Produced message to partition:" + i % 3 + ", offset:" + i / 3, lines.get(i));
            int number = i % 3 * 3 + i / 3;
            assertEquals("Received message from partition:%d, offset:%d, key:key%3$d, content:{\"id\":%3$d,\"content\":\"%3$d\"}, header:number=%3$d"
                    .formatted(i / 3, i % 3, number), lines.get(9 + i));
        }
    }

    @Test
    void linesOfALogGoToRandomPartitions() {
        // Given a topic that the first line creates
        var topic = Clients.name("web_log");
        var text = IntStream.range(0, 50).mapToObj(i -> "GET /page/" + i).collect(Collectors.joining("\n", "", "\n"));
        // When sarama is left at its default version, which is that of Kafka 0.8.2; Kafka 4 has done away with that
        var lines = (BROKER.isKafka() ? go("tail", topic, "2.1.0") : go("tail", topic)).input(text).succeed().lines();
        // Then each line has its place
        assertEquals(IntStream.range(0, 50).mapToObj(i -> "pid: 0\toffset: " + i).toList(), lines);
        assertEquals("GET /page/49", clients.read(topic, 0, 50).getLast().value());
    }

    @Test
    void manyKeyedRecordsFromGoroutinesToATopicMadeByTheOldestRequest() {
        var topic = Clients.name("docker_container");
        var count = 100_000;
        Command program;
        if (BROKER.isKafka()) {
            // Kafka 4 serves CreateTopics from version 2 only
            topic = clients.topic("docker_container", 3);
            program = go("async", topic, Integer.toString(count));
        } else {
            program = go("async", topic, Integer.toString(count), "create");
        }
        var out = program.succeed().out();
        if (!BROKER.isKafka()) {
            assertTrue(out.contains("connection status: true\n"), out);
            assertTrue(out.contains("created: kafka server: Not an error, why are you printing me?\n"), out);
        }
        assertTrue(out.contains("acknowledged 100000 in 3 partitions\n"), out);
        try (var consumer = clients.groupConsumer(topic)) {
            consumer.subscribe(List.of(topic));
            var seen = new HashSet<String>();
            Clients.poll(consumer, count).forEach(record -> seen.add(record.partition() + "/" + record.offset()));
            assertEquals(count, seen.size());
        }
    }

    @Test
    void groupMembersShareATopicAndCommitWithARetentionTime() {
        // Given two members of a group
        var topic = clients.topic("sarama-group", 4);
        try (var first = go("group", topic, topic).start()) {
            first.awaitOut("claims 4\n");
            try (var second = go("group", topic, topic).start()) {
                second.awaitOut("claims 2\n");
                first.awaitOut("claims 2\n");
                // When records are produced, then each is read by one of them
                try (var producer = clients.producer()) {
                    Await.until("all partitions are read", () -> {
                        // sarama starts at the end of a partition, which it finds some time after the claim
                        for (int i = 0; i < 4; i++) {
                            producer.send(new ProducerRecord<>(topic, i, null, "to " + i));
                        }
                        var seen = first.out() + second.out();
                        return IntStream.range(0, 4).allMatch(i -> seen.contains("Message claimed: value = to " + i + ", topic = " + topic));
                    });
                }
                assertEquals(0, second.terminate().exit());
            }
            assertEquals(0, first.terminate().exit());
        }
        // and what they committed on their way out is kept
        try (var admin = clients.admin()) {
            assertEquals(4, Clients.get(admin.listConsumerGroupOffsets(topic).partitionsToOffsetAndMetadata()).size());
        }
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void everyCodecInEveryRecordFormat(String codec, String version) {
        go("codec", clients.topic("sarama-codec", 1), codec, version).succeed();
    }

    static List<Arguments> codecs() {
        var cases = new ArrayList<Arguments>();
        for (var codec : List.of("none", "gzip", "snappy", "lz4")) {
            for (var version : List.of("0.8.2.0", "0.10.2.0", "2.1.0")) {
                // lz4 came with 0.10, and Kafka 4 has done away with the old formats. zstd: this sarama sends it in a version of Produce in which
                // Kafka refuses it, as we do.
                if (version.equals("2.1.0") || !BROKER.isKafka() && !(codec.equals("lz4") && version.equals("0.8.2.0"))) {
                    cases.add(Arguments.of(codec, version));
                }
            }
        }
        return cases;
    }
}
