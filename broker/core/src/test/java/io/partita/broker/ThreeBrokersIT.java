package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.cluster.MemoryObjectStore;
import io.partita.broker.cluster.ObjectMetadataStore;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.ThreadLoop;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.security.sasl.ScramHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialDeletion;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.ResourceNotFoundException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Three brokers of one cluster in this process, with their objects in its memory, and Kafka's own client. */
class ThreeBrokersIT {

    private final ThreadLoop loop = new ThreadLoop("objects");
    private final MemoryObjectStore objects = new MemoryObjectStore(loop);
    private final Map<Integer, Broker> brokers = new TreeMap<>();

    @BeforeEach
    void start() {
        for (int id = 1; id <= 3; id++) {
            ThreadLoop metadata = new ThreadLoop("metadata-" + id);
            BrokerConfig config = BrokerConfig.of(Map.of("node.id", Integer.toString(id), "listeners", "PLAINTEXT://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0",
                    "sasl.enabled.mechanisms", "SCRAM-SHA-512", "log.dirs", "data-" + id, "offsets.topic.num.partitions", "3",
                    "group.initial.rebalance.delay.ms", "0"));
            brokers.put(id, Broker.start(BrokerOptions.of(config).withDisk(new MemoryDisk())
                    .withMetadata(ObjectMetadataStore.of(objects.client(), metadata, () -> null, metadata::close))));
        }
    }

    @AfterEach
    void stop() {
        brokers.values().forEach(Broker::close);
        loop.close();
    }

    private String bootstrap() {
        return brokers.get(1).bootstrapServers();
    }

    @Test
    void noClusterIsBegunInAnEmptyStoreUnderLogsOfAnotherUnlessSomebodySaysSo() throws Exception {
        // Given a broker with records
        MemoryDisk disk = new MemoryDisk();
        MemoryObjectStore first = new MemoryObjectStore(loop);
        try (Broker broker = start(disk, first, Map.of()); Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic("orders", 1, (short) 1))).all().get();
        }
        // When its store is another one
        MemoryObjectStore empty = new MemoryObjectStore(loop);
        String sentence = assertThrows(BrokerStartException.class, () -> start(disk, empty, Map.of())).getMessage();
        // Then
        assertTrue(sentence.startsWith("There is no cluster in the store of the cluster's objects, and data directory data-1 has 1 log (orders-0) of cluster "),
                sentence);
        assertTrue(sentence.contains("metadata.store.begin=true"), sentence);
        CompletableFuture<Integer> objectsMade = new CompletableFuture<>();
        loop.execute(() -> objectsMade.complete(empty.objects().size()));
        assertEquals(0, objectsMade.get());
        start(disk, first, Map.of()).close();
        start(disk, empty, Map.of("metadata.store.begin", "true")).close();
    }

    private static Broker start(MemoryDisk disk, MemoryObjectStore objects, Map<String, String> more) {
        ThreadLoop metadata = new ThreadLoop("metadata");
        Map<String, String> settings = new HashMap<>(Map.of("node.id", "1", "listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "data-1"));
        settings.putAll(more);
        return Broker.start(BrokerOptions.of(BrokerConfig.of(settings)).withDisk(disk)
                .withMetadata(ObjectMetadataStore.of(objects.client(), metadata, () -> null, metadata::close)));
    }

    @Test
    void theyAreOneClusterToAClient() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap()))) {
            assertEquals(3, admin.describeCluster().nodes().get().size());
            admin.createTopics(List.of(new NewTopic("orders", 3, (short) 1))).all().get();
            // Any of them is asked, and only the one that made the topic has answered.
            awaitLeaders("orders");
            TopicDescription orders = admin.describeTopics(Set.of("orders")).allTopicNames().get().get("orders");
            assertEquals(3, orders.partitions().stream().map(partition -> partition.leader().id()).distinct().count());
        }
    }

    @Test
    void whatABrokerLeadsIsHandedOverWhileItStillServes() throws Exception {
        // Given
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap()))) {
            admin.createTopics(List.of(new NewTopic("orders", 3, (short) 3))).all().get();
            awaitLeaders("orders");
            // When
            brokers.get(1).handOver();
            brokers.get(1).handOver();
            // Then
            while (brokers.get(1).image().topic("orders").partitions().stream().anyMatch(partition -> partition.leader() == 1)) {
                Thread.onSpinWait();
            }
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap()))) {
            assertEquals(Set.of("orders"), admin.listTopics().names().get());
        }
    }

    /** Until all brokers know who leads. */
    private void awaitLeaders(String topic) {
        for (Broker broker : brokers.values()) {
            while (broker.image().topic(topic) == null
                    || broker.image().topic(topic).partitions().stream().anyMatch(partition -> partition.leader() == PartitionImage.NO_LEADER)) {
                Thread.onSpinWait();
            }
        }
    }

    private Admin loggedIn(int broker, String user, String password) {
        int port = brokers.get(broker).image().broker(broker).endpoint("SASL_PLAINTEXT").port();
        return Admin.create(Map.of("bootstrap.servers", "127.0.0.1:" + port, "security.protocol", "SASL_PLAINTEXT", "sasl.mechanism", "SCRAM-SHA-512",
                "sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"" + user + "\" password=\"" + password + "\";"));
    }

    private static void alter(Admin admin, UserScramCredentialAlteration alteration) throws Exception {
        admin.alterUserScramCredentials(List.of(alteration)).all().get(20, TimeUnit.SECONDS);
    }

    /** Until all brokers have seen the same users. */
    private void awaitUsers(Object... iterations) {
        List<Object> wanted = List.of(iterations);
        for (Broker broker : brokers.values()) {
            while (!broker.image().scramUsers().byName().values().stream().map(user -> (Object) user.get(ScramHash.SHA_512).iterations()).toList()
                    .equals(wanted)) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    @Timeout(60)
    void aUserThatIsMadeAtOneBrokerLogsInAtAnother() throws Exception {
        ScramCredentialInfo info = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096);
        ScramCredentialInfo next = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 8192);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap()))) {
            alter(admin, new UserScramCredentialUpsertion("alice", info, "first"));
            awaitUsers(4096);
            try (Admin alice = loggedIn(3, "alice", "first")) {
                assertEquals(3, alice.describeCluster().nodes().get().size());
                // The password that she has no more is good nowhere
                alter(alice, new UserScramCredentialUpsertion("alice", next, "second"));
            }
            awaitUsers(8192);
            assertEquals(List.of(next), admin.describeUserScramCredentials().all().get().get("alice").credentialInfos());
            for (int broker = 1; broker <= 3; broker++) {
                try (Admin alice = loggedIn(broker, "alice", "second")) {
                    assertEquals(3, alice.describeCluster().nodes().get().size());
                }
            }
            try (Admin late = loggedIn(1, "alice", "first")) {
                assertInstanceOf(SaslAuthenticationException.class,
                        assertThrows(ExecutionException.class, () -> late.describeCluster().nodes().get()).getCause());
            }
            alter(admin, new UserScramCredentialDeletion("alice", ScramMechanism.SCRAM_SHA_512));
            assertEquals(Map.of(), admin.describeUserScramCredentials().all().get());
            assertInstanceOf(ResourceNotFoundException.class, assertThrows(ExecutionException.class, () -> admin.alterUserScramCredentials(
                    List.of(new UserScramCredentialDeletion("alice", ScramMechanism.SCRAM_SHA_512))).all().get()).getCause());
        }
    }

    @Test
    void recordsGoToTheLeadersAndComeBack() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap()))) {
            admin.createTopics(List.of(new NewTopic("orders", 3, (short) 1))).all().get();
        }
        List<String> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(Map.of("bootstrap.servers", bootstrap(), "acks", "all"), new StringSerializer(),
                new StringSerializer())) {
            for (int i = 0; i < 300; i++) {
                producer.send(new ProducerRecord<>("orders", i % 3, null, "record " + i)).get(20, TimeUnit.SECONDS);
                sent.add("record " + i);
            }
        }
        List<String> read = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap(), "group.id", "readers", "auto.offset.reset", "earliest"), new StringDeserializer(),
                new StringDeserializer())) {
            consumer.subscribe(List.of("orders"));
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (read.size() < sent.size() && System.nanoTime() < until) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    read.add(record.value());
                }
            }
        }
        assertEquals(sent.size(), read.size());
        assertTrue(read.containsAll(sent));
    }
}
