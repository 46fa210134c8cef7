package io.partita.broker.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
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

/** Three brokers as {@code ./run} starts them, over a real etcd, under load from Kafka's client, while they are killed. */
class ThreeProcessesIT {

    private static final int PARTITIONS = NumberedLoad.PARTITIONS;
    private static final String[] SETTINGS = {"offsets.topic.num.partitions=3", "transaction.state.log.num.partitions=3", "default.replication.factor=3"};
    private static final long PATIENCE_SECONDS = 120;

    @TempDir
    Path directory;

    private EtcdServer etcd;
    private BrokerProcesses brokers;

    @BeforeEach
    void start() throws Exception {
        etcd = EtcdServer.start(directory);
        brokers = new BrokerProcesses(directory, etcd.address());
        for (int id = 1; id <= 3; id++) {
            brokers.begin(id, SETTINGS);
        }
        for (int id = 1; id <= 3; id++) {
            brokers.awaitServing(id);
        }
    }

    @AfterEach
    void stop() {
        brokers.close();
        etcd.close();
    }

    private Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", brokers.bootstrap()));
    }

    /** Waits for what has to come. */
    private static void await(String what, Callable<Boolean> holds) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!holds.call()) {
            assertTrue(System.nanoTime() < until, what + " did not come to be");
            LockSupport.parkNanos(10_000_000);
        }
    }

    private static TopicDescription describe(Admin admin, String topic) throws Exception {
        return admin.describeTopics(Set.of(topic)).allTopicNames().get().get(topic);
    }

    private static boolean isWhole(Admin admin, String topic) throws Exception {
        return describe(admin, topic).partitions().stream().allMatch(partition -> partition.isr().size() == 3 && partition.leader() != null);
    }

    @Test
    void nothingAcknowledgedIsLostWhileBrokersAreKilled() throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic("orders", PARTITIONS, (short) 3))).all().get();
            await("three in sync", () -> isWhole(admin, "orders"));
            try (NumberedLoad load = new NumberedLoad(brokers.bootstrap())) {
                load.awaitMore(100);
                for (int round = 0; round < 3; round++) {
                    int victim = describe(admin, "orders").partitions().get(round % PARTITIONS).leader().id();
                    long committed = commit(round);
                    load.longestMillis();
                    brokers.kill(victim);
                    load.awaitMore(100);
                    System.out.println("kill -9 of broker " + victim + ": the longest gap of each partition " + load.longestMillis() + " ms");
                    assertEquals(committed, committed(), "no committed offset goes back");
                    brokers.begin(victim, SETTINGS);
                    brokers.awaitServing(victim);
                    assertFalse(brokers.said(victim).contains("is registered already"), "who is back on its logs waits for nobody");
                    await("three in sync again", () -> isWhole(admin, "orders") && isWhole(admin, "__consumer_offsets"));
                }
                load.longestMillis();
                int leaver = describe(admin, "orders").partitions().getFirst().leader().id();
                brokers.stop(leaver);
                load.awaitMore(100);
                System.out.println("orderly stop of broker " + leaver + ": the longest gap of each partition " + load.longestMillis() + " ms");
                brokers.begin(leaver, SETTINGS);
                brokers.awaitServing(leaver);
                load.finish();
                load.check();
            }
        }
    }

    private static final TopicPartition FIRST = new TopicPartition("orders", 0);

    private KafkaConsumer<String, String> consumer() {
        return new KafkaConsumer<>(Map.of("bootstrap.servers", brokers.bootstrap(), "group.id", "readers", "auto.offset.reset", "earliest",
                "enable.auto.commit", "false"), new StringDeserializer(), new StringDeserializer());
    }

    private long commit(int round) {
        try (KafkaConsumer<String, String> consumer = consumer()) {
            consumer.commitSync(Map.of(FIRST, new OffsetAndMetadata(10 + round)), Duration.ofSeconds(PATIENCE_SECONDS));
            return 10 + round;
        }
    }

    private long committed() {
        try (KafkaConsumer<String, String> consumer = consumer()) {
            return consumer.committed(Set.of(FIRST), Duration.ofSeconds(PATIENCE_SECONDS)).get(FIRST).offset();
        }
    }

    /** Brokers that are killed, and one that stands still for as long as it takes to be taken for gone and comes back as a zombie. */
    @Test
    void transactionsAreWholeWhileBrokersAreKilledAndPaused() throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic("orders", PARTITIONS, (short) 3))).all().get();
            await("three in sync", () -> isWhole(admin, "orders"));
            try (TransactionLoad load = new TransactionLoad(brokers.bootstrap(), "orders", PARTITIONS)) {
                awaitMore(load, 20);
                for (int round = 0; round < 3; round++) {
                    // Of the partitions in turn; and of a transactional id, whose coordinator it is.
                    int victim = describe(admin, round % 2 == 0 ? "orders" : "__transaction_state").partitions().get(round % PARTITIONS).leader().id();
                    load.longestMillis();
                    if (round == 2) {
                        brokers.pause(victim);
                        awaitMore(load, 20);
                        brokers.resume(victim);
                    } else {
                        brokers.kill(victim);
                        awaitMore(load, 20);
                        brokers.begin(victim, SETTINGS);
                        brokers.awaitServing(victim);
                    }
                    System.out.println(
                            (round == 2 ? "pause" : "kill -9") + " of broker " + victim + ": the longest without a commit " + load.longestMillis() + " ms");
                    awaitMore(load, 20);
                    await("three in sync again",
                            () -> isWhole(admin, "orders") && isWhole(admin, "__transaction_state") && isWhole(admin, "__consumer_offsets"));
                }
                load.finish();
                List<List<String>> content = new ArrayList<>();
                List<Long> offsets = new ArrayList<>();
                for (int i = 0; i < PARTITIONS; i++) {
                    content.add(committedValues(new TopicPartition("orders", i)));
                    OffsetAndMetadata offset = admin
                            .listConsumerGroupOffsets(TransactionLoad.group(i), new ListConsumerGroupOffsetsOptions().requireStable(true))
                            .partitionsToOffsetAndMetadata().get().get(FIRST);
                    offsets.add(offset == null ? -1 : offset.offset());
                }
                load.check(content, offsets);
                assertFaultsAreFound(load, content, offsets);
                System.out.println(load.committed() + " transactions were committed");
            }
        }
    }

    /** What the check is worth: each of these is found. */
    private static void assertFaultsAreFound(TransactionLoad load, List<List<String>> content, List<Long> offsets) {
        Map<String, Consumer<List<String>>> faults = Map.of("torn", values -> values.removeLast(), "duplicate", values -> values.add(values.getLast()),
                "order", values -> Collections.reverse(values), "aborted read", values -> values.add(values.getLast().replaceFirst(" \\d+ ", " 4 ")));
        faults.forEach((name, fault) -> {
            List<List<String>> faulty = new ArrayList<>(content);
            faulty.set(1, new ArrayList<>(content.get(1)));
            fault.accept(faulty.get(1));
            AssertionError found = assertThrows(AssertionError.class, () -> load.check(faulty, offsets));
            assertTrue(found.getMessage().startsWith(name), found.getMessage());
        });
        assertThrows(AssertionError.class, () -> load.check(content, offsets.stream().map(offset -> offset - 1).toList()), "an offset that is lost");
        assertThrows(AssertionError.class, () -> load.check(content.stream().map(values -> List.<String>of()).toList(), offsets), "all is lost");
    }

    private static void awaitMore(TransactionLoad load, int more) throws Exception {
        int goal = load.committed() + more;
        await(goal + " transactions", () -> load.committed() >= goal);
    }

    /** Waits until nothing is undecided, and reads all. */
    private List<String> committedValues(TopicPartition partition) throws Exception {
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(Map.of("bootstrap.servers", brokers.bootstrap(), "isolation.level", "read_committed"),
                new StringDeserializer(), new StringDeserializer()); Admin admin = admin()) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = admin.listOffsets(Map.of(partition, OffsetSpec.latest())).partitionResult(partition).get().offset();
            await("all of " + partition + " is decided", () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
                return consumer.position(partition) >= end;
            });
        }
        return values;
    }

    @Test
    void recordsFlowWhileEtcdIsAway() throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic("orders", PARTITIONS, (short) 3))).all().get();
            await("three in sync", () -> isWhole(admin, "orders"));
            try (NumberedLoad load = new NumberedLoad(brokers.bootstrap())) {
                load.awaitMore(50);
                etcd.kill();
                load.awaitMore(200);
                etcd.run();
                admin.createTopics(List.of(new NewTopic("later", 1, (short) 3))).all().get();
                load.awaitMore(50);
                load.finish();
                load.check();
            }
        }
    }

    private static final int DELAYED = 300;
    private static final TopicPartition JOBS = new TopicPartition("jobs", 0);

    /** The leader is killed while all of them wait, and the next one while they are being delivered. */
    @Test
    void delayedRecordsComeOnceAndNotEarlyWhileBrokersAreKilled() throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic("jobs", 1, (short) 3).configs(Map.of("queue.delay.enable", "true")))).all().get();
            await("three in sync", () -> isWhole(admin, "jobs"));
            long first = System.currentTimeMillis() + 4_000;
            sendDelayed(first);
            List<ConsumerRecord<String, String>> seen = new ArrayList<>();
            try (KafkaConsumer<String, String> consumer = consumer()) {
                consumer.assign(List.of(JOBS));
                consumer.seekToBeginning(List.of(JOBS));
                killLeader(admin);
                await("the first half", () -> {
                    consumer.poll(Duration.ofMillis(100)).forEach(seen::add);
                    return seen.size() >= DELAYED / 2;
                });
                killLeader(admin);
                await("all of them", () -> {
                    consumer.poll(Duration.ofMillis(100)).forEach(seen::add);
                    return seen.size() >= DELAYED;
                });
                long end = consumer.endOffsets(List.of(JOBS), Duration.ofSeconds(PATIENCE_SECONDS)).get(JOBS);
                await("the end", () -> {
                    consumer.poll(Duration.ofMillis(100)).forEach(seen::add);
                    return consumer.position(JOBS) >= end;
                });
            }
            assertEquals(IntStream.range(0, DELAYED).boxed().toList(), seen.stream().map(record -> Integer.parseInt(record.key())).sorted().toList());
            seen.forEach(record -> assertTrue(record.timestamp() >= Long.parseLong(record.value()),
                    record.key() + " was delivered at " + record.timestamp() + ", and is due at " + record.value()));
        }
    }

    /** Each has its due time as its value, at which it is not in the order of the log. */
    private void sendDelayed(long firstMillis) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(Map.of("bootstrap.servers", brokers.bootstrap(), "acks", "all"),
                new StringSerializer(), new StringSerializer())) {
            List<Future<?>> sent = new ArrayList<>();
            for (int i = 0; i < DELAYED; i++) {
                String due = Long.toString(firstMillis + i * 7 % DELAYED * 20);
                ProducerRecord<String, String> record = new ProducerRecord<>("jobs", Integer.toString(i), due);
                record.headers().add("partita.deliver.at", due.getBytes(StandardCharsets.US_ASCII));
                sent.add(producer.send(record));
            }
            for (Future<?> one : sent) {
                one.get();
            }
        }
    }

    private void killLeader(Admin admin) throws Exception {
        int leader = describe(admin, "jobs").partitions().getFirst().leader().id();
        brokers.kill(leader);
        brokers.begin(leader, SETTINGS);
        brokers.awaitServing(leader);
        await("three in sync again", () -> isWhole(admin, "jobs"));
    }
}
