package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.cluster.MemoryObjectStore;
import io.partita.broker.cluster.ObjectMetadataStore;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.ThreadLoop;
import io.partita.broker.log.LogId;
import io.partita.broker.log.LogSlice;
import io.partita.broker.log.PartitionLog;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three brokers in this process that replicate to each other over sockets, with their objects in its memory, and Kafka's own clients. */
class ReplicationIT {

    private static final long PATIENCE_SECONDS = 30;

    @TempDir
    Path directory;

    private final ThreadLoop loop = new ThreadLoop("objects");
    private final MemoryObjectStore objects = new MemoryObjectStore(loop);
    private final Map<Integer, Broker> brokers = new TreeMap<>();

    @BeforeEach
    void start() {
        for (int id = 1; id <= 3; id++) {
            start(id);
        }
    }

    private void start(int id) {
        ThreadLoop metadata = new ThreadLoop("metadata-" + id);
        Map<String, String> settings = new HashMap<>(Map.of("node.id", Integer.toString(id), "listeners", "PLAINTEXT://127.0.0.1:0",
                "log.dirs", directory.resolve("data-" + id).toString(), "offsets.topic.num.partitions", "3", "group.initial.rebalance.delay.ms", "0",
                "transaction.state.log.num.partitions", "3", "broker.rack", "rack-" + id, "replica.selector.class",
                "org.apache.kafka.common.replica.RackAwareReplicaSelector"));
        brokers.put(id, Broker.start(BrokerOptions.of(BrokerConfig.of(settings))
                .withMetadata(ObjectMetadataStore.of(objects.client(), metadata, () -> null, metadata::close))));
    }

    @AfterEach
    void stop() {
        brokers.values().forEach(Broker::close);
        loop.close();
    }

    private String bootstrap() {
        List<String> servers = new ArrayList<>();
        brokers.values().forEach(broker -> servers.add(broker.bootstrapServers()));
        return String.join(",", servers);
    }

    private Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", bootstrap()));
    }

    private void create(String topic, int partitions) throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 3).configs(Map.of("min.insync.replicas", "2")))).all().get();
        }
    }

    private KafkaProducer<String, String> producer() {
        return new KafkaProducer<>(Map.of("bootstrap.servers", bootstrap(), "acks", "all", "delivery.timeout.ms", "60000", "retry.backoff.ms", "20"),
                new StringSerializer(), new StringSerializer());
    }

    private static void until(String what, java.util.concurrent.Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.call()) {
            assertTrue(System.nanoTime() < deadline, what);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    private byte[] content(int broker, String topic, int partition) throws IOException {
        PartitionLog log = brokers.get(broker).directories().getFirst().log(new LogId(topic, partition));
        ByteBuf bytes = Unpooled.buffer();
        LogSlice slice = log.read(0, Integer.MAX_VALUE, log.logEndOffset(), true);
        try {
            slice.copyTo(bytes);
        } finally {
            slice.release();
        }
        byte[] content = new byte[bytes.readableBytes()];
        bytes.readBytes(content);
        return content;
    }

    private long end(int broker, String topic, int partition) {
        PartitionLog log = brokers.get(broker).directories().getFirst().log(new LogId(topic, partition));
        return log == null ? -1 : log.logEndOffset();
    }

    private void untilEqual(String topic, int partitions) throws Exception {
        for (int i = 0; i < partitions; i++) {
            int partition = i;
            for (int broker : brokers.keySet()) {
                until("broker " + broker + " catches up with " + topic + "-" + partition,
                        () -> end(broker, topic, partition) == end(leader(topic, partition), topic, partition));
            }
            for (int broker : brokers.keySet()) {
                assertArrayEquals(content(leader(topic, partition), topic, partition), content(broker, topic, partition));
            }
        }
    }

    private int leader(String topic, int partition) {
        return brokers.values().iterator().next().image().topic(topic).partition(partition).leader();
    }

    private List<String> read(String topic, int count) {
        List<String> read = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap(), "group.id", "readers-" + count, "auto.offset.reset", "earliest"), new StringDeserializer(),
                new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (read.size() < count && System.nanoTime() < until) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    read.add(record.value());
                }
            }
        }
        return read;
    }

    @Test
    void whatIsAcknowledgedIsOnAllThreeInTheSameBytes() throws Exception {
        create("orders", 3);
        List<String> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer = producer()) {
            for (int i = 0; i < 3_000; i++) {
                producer.send(new ProducerRecord<>("orders", i % 3, null, "record " + i));
                sent.add("record " + i);
            }
            producer.flush();
        }
        untilEqual("orders", 3);
        List<String> read = read("orders", sent.size());
        assertEquals(sent.size(), read.size());
        assertTrue(read.containsAll(sent));
    }

    @Test
    void whenALeaderStopsAnotherOneHasAllAndGoesOn() throws Exception {
        create("orders", 6);
        List<String> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer = producer()) {
            for (int i = 0; i < 600; i++) {
                producer.send(new ProducerRecord<>("orders", i % 6, null, "record " + i)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                sent.add("record " + i);
                if (i == 300) {
                    brokers.remove(2).close();
                }
            }
        }
        List<String> read = read("orders", sent.size());
        assertEquals(sent.size(), read.size());
        assertTrue(read.containsAll(sent));
        // And it catches up when it is back
        start(2);
        untilEqual("orders", 6);
        try (Admin admin = admin()) {
            until("all are in sync again", () -> {
                TopicDescription orders = admin.describeTopics(Set.of("orders")).allTopicNames().get().get("orders");
                return orders.partitions().stream().allMatch(partition -> partition.isr().size() == 3);
            });
        }
    }

    @Test
    void committedOffsetsOutliveTheirCoordinator() throws Exception {
        create("orders", 3);
        TopicPartition partition = new TopicPartition("orders", 0);
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap(), "group.id", "group", "retry.backoff.ms", "20", "default.api.timeout.ms",
                "30000");
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(7)));
            int coordinator;
            try (Admin admin = admin()) {
                assertTrue(admin.describeTopics(Set.of("__consumer_offsets")).allTopicNames().get().get("__consumer_offsets").partitions().stream()
                        .allMatch(one -> one.replicas().size() == 3));
                coordinator = admin.describeConsumerGroups(Set.of("group")).all().get().get("group").coordinator().id();
            }
            // When
            brokers.remove(coordinator).close();
            // Then
            assertEquals(7, consumer.committed(Set.of(partition)).get(partition).offset());
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(8)));
            assertEquals(8, consumer.committed(Set.of(partition)).get(partition).offset());
        }
    }

    @Test
    void aConsumerReadsFromTheReplicaInItsRack() throws Exception {
        create("orders", 1);
        try (KafkaProducer<String, String> producer = producer()) {
            producer.send(new ProducerRecord<>("orders", 0, null, "near")).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        until("all are in sync", () -> brokers.get(1).image().topic("orders").partition(0).inSyncReplicas().size() == 3);
        int leader = leader("orders", 0);
        int near = leader == 1 ? 2 : 1;
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap(), "client.rack", "rack-" + near, "auto.offset.reset", "earliest");
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(new TopicPartition("orders", 0)));
            List<String> read = new ArrayList<>();
            until("the record comes", () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> read.add(record.value()));
                return !read.isEmpty();
            });
            assertEquals(List.of("near"), read);
        }
        UUID id = brokers.get(near).image().topic("orders").id();
        assertTrue(brokers.get(near).partitions().followed(id, 0).traffic().bytesRead() > 0, "it came from the follower");
        assertEquals(0, brokers.get(leader).partitions().find(id, 0).traffic().bytesRead());
    }

    @Test
    void theListenerOfBrokersIsShownToBrokersAlone() throws Exception {
        create("orders", 3);
        try (Admin admin = admin()) {
            Set<Integer> ports = new java.util.HashSet<>();
            admin.describeCluster().nodes().get().forEach(node -> ports.add(node.port()));
            assertEquals(Set.of(brokers.get(1).port(), brokers.get(2).port(), brokers.get(3).port()), ports);
        }
        until("they are connected", () -> brokers.values().stream().allMatch(broker -> broker.replication().connections() > 0));
    }
}
