package io.partita.broker.compat;

import static io.partita.broker.compat.KafkaTool.LEADER_ELECTION;
import static io.partita.broker.compat.KafkaTool.REASSIGN_PARTITIONS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Kafka's tools that move partitions and elect leaders, on three brokers under load, of which one is killed in the middle. */
@EnabledIfSystemProperty(named = "compat.target", matches = "partita", disabledReason = "starts brokers of its own")
class ReassignmentToolsIT {
    private static ThreeBrokers brokers;
    private static Clients clients;
    private static Admin admin;
    private static Path folder;

    @BeforeAll
    static void start() {
        brokers = new ThreeBrokers(Map.of("offsets.topic.num.partitions", "1"));
        clients = new Clients(brokers.bootstrap());
        admin = Admin.create(Map.of("bootstrap.servers", brokers.bootstrap()));
        folder = Repository.newFolder("moves");
        Await.until("all see all", () -> admin.describeCluster().nodes().get(), nodes -> nodes.size() == 3);
    }

    @BeforeEach
    void create() throws Exception {
        admin.createTopics(List.of(new NewTopic("orders", Map.of(0, List.of(1, 2), 1, List.of(2, 3))))).all().get();
    }

    @AfterEach
    void delete() throws Exception {
        admin.deleteTopics(List.of("orders")).all().get();
    }

    @AfterAll
    static void stop() {
        admin.close();
        brokers.close();
    }

    private static String plan(String first, String second) {
        return """
            {"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[%s]},{"topic":"orders","partition":1,"replicas":[%s]}]}
            """.formatted(first, second);
    }

    private String reassign(String plan, String... arguments) throws IOException {
        var file = Files.writeString(folder.resolve("plan.json"), plan);
        var all = new ArrayList<>(List.of("--bootstrap-server", brokers.bootstrap(), "--reassignment-json-file", file.toString()));
        all.addAll(List.of(arguments));
        return REASSIGN_PARTITIONS.with(all.toArray(String[]::new)).succeed().out();
    }

    private String replicas() throws Exception {
        return admin.describeTopics(Set.of("orders")).allTopicNames().get().get("orders").partitions().stream()
                .map(partition -> partition.replicas().stream().map(node -> Integer.toString(node.id())).toList()).toList().toString();
    }

    private String throttles() throws Exception {
        var resources = List.of(new ConfigResource(ConfigResource.Type.BROKER, "1"), new ConfigResource(ConfigResource.Type.TOPIC, "orders"));
        var set = new ArrayList<String>();
        for (var config : admin.describeConfigs(resources).all().get().values()) {
            config.entries().stream().filter(entry -> entry.name().contains("throttled") && !entry.isDefault())
                    .forEach(entry -> set.add(entry.name() + "=" + entry.value()));
        }
        return set.stream().sorted().toList().toString();
    }

    /**
     * Numbers, each once and in order, to one partition. The records are large, so that a new replica cannot have everything with its first fetch, which no
     * throttle holds up ({@code replica.fetch.max.bytes}).
     */
    private final class Load implements AutoCloseable {
        private static final List<Header> PADDED = List.of(new RecordHeader("padding", new byte[8192]));

        private final int partition;
        private final KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", brokers.bootstrap(), "acks", "all", "delivery.timeout.ms", "120000", "linger.ms", "0"), new StringSerializer(),
                new StringSerializer());
        private final ConcurrentLinkedQueue<Integer> acknowledged = new ConcurrentLinkedQueue<>();
        private final Thread thread;
        private volatile boolean over;

        Load(int partition) {
            this.partition = partition;
            this.thread = Thread.ofPlatform().start(this::send);
        }

        private void send() {
            for (int i = 0; !over; i++) {
                try {
                    producer.send(new ProducerRecord<>("orders", partition, null, null, Integer.toString(i), PADDED)).get();
                    acknowledged.add(i);
                } catch (ExecutionException unknown) {
                    // Nobody knows whether it is there.
                } catch (InterruptedException e) {
                    return;
                }
            }
        }

        void awaitMore(int count) {
            var goal = acknowledged.size() + count;
            Await.until(count + " more records are in partition " + partition, () -> acknowledged.size() >= goal);
        }

        void check() throws InterruptedException {
            over = true;
            thread.join();
            var read = new ArrayList<Integer>();
            var from = new TopicPartition("orders", partition);
            try (var consumer = clients.consumer()) {
                consumer.assign(List.of(from));
                consumer.seekToBeginning(List.of(from));
                var end = consumer.endOffsets(List.of(from)).get(from);
                while (consumer.position(from) < end) {
                    consumer.poll(Duration.ofMillis(100)).forEach(record -> read.add(Integer.parseInt(record.value())));
                }
            }
            for (int i = 1; i < read.size(); i++) {
                assertTrue(read.get(i) > read.get(i - 1), read.get(i) + " stands behind " + read.get(i - 1) + " in partition " + partition);
            }
            var lost = new ArrayList<>(acknowledged);
            lost.removeAll(new HashSet<>(read));
            assertEquals(List.of(), lost, "acknowledged and not in partition " + partition);
        }

        @Override
        public void close() {
            over = true;
            producer.close(Duration.ZERO);
        }
    }

    @Test
    void aPlanIsCarriedOutUnderLoadThoughABrokerIsKilled() throws Exception {
        try (var first = new Load(0); var second = new Load(1)) {
            first.awaitMore(300);
            second.awaitMore(300);
            // Given a plan as the tool proposes one
            var topics = Files.writeString(folder.resolve("topics.json"), "{\"version\":1,\"topics\":[{\"topic\":\"orders\"}]}");
            var generated = REASSIGN_PARTITIONS
                    .with("--bootstrap-server", brokers.bootstrap(), "--topics-to-move-json-file", topics.toString(), "--broker-list",
                            "1,2,3", "--generate")
                    .succeed().out();
            assertTrue(
                    generated.matches("(?s)Current partition replica assignment\n.*\"partition\":0,\"replicas\":\\[1,2\\].*Proposed partition reassignment.*"),
                    generated);
            // When another one is carried out
            var plan = plan("3,1", "1,2,3");
            var started = reassign(plan, "--execute", "--throttle", "50000000");
            assertTrue(started.contains("Successfully started partition reassignments for orders-0,orders-1"), started);
            brokers.broker(3).kill();
            first.awaitMore(100);
            second.awaitMore(100);
            brokers.broker(3).start();
            // Then
            Await.until("both are there", () -> admin.listPartitionReassignments().reassignments().get(), Map::isEmpty);
            assertEquals("[[3, 1], [1, 2, 3]]", replicas());
            assertTrue(throttles().contains("leader.replication.throttled.rate=50000000"), throttles());
            var verified = reassign(plan, "--verify");
            assertTrue(verified.contains("orders-0 is completed") && verified.contains("orders-1 is completed"), verified);
            assertTrue(verified.contains("Clearing broker-level throttles on brokers 1,2,3"), verified);
            assertEquals("[]", throttles());
            first.check();
            second.check();
        }
        // And the leaders are those that the plan names first
        LEADER_ELECTION.with("--bootstrap-server", brokers.bootstrap(), "--election-type", "preferred", "--all-topic-partitions").succeed();
        Await.until("the preferred replicas lead", () -> {
            try {
                return admin.describeTopics(Set.of("orders")).allTopicNames().get().get("orders").partitions().stream()
                        .allMatch(partition -> partition.leader() != null && partition.leader().id() == partition.replicas().getFirst().id());
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void whatIsUnderWayIsListedAndCalledBack() throws Exception {
        try (var load = new Load(0)) {
            load.awaitMore(300);
            var plan = plan("3,2", "2,3");
            reassign(plan, "--execute", "--throttle", "10");
            var listed = REASSIGN_PARTITIONS.with("--bootstrap-server", brokers.bootstrap(), "--list").succeed().out();
            assertTrue(listed.contains("orders-0: replicas: 3,2,1. adding: 3. removing: 1."), listed);
            load.awaitMore(50);

            var cancelled = reassign(plan, "--cancel");

            assertTrue(cancelled.contains("Successfully cancelled partition reassignment for: orders-0"), cancelled);
            Await.until("it is where it was", () -> replicas(), "[[1, 2], [2, 3]]"::equals);
            assertEquals("[]", throttles());
            load.awaitMore(50);
            load.check();
        }
    }
}
