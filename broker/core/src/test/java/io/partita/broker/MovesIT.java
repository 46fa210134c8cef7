package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.PartitionReassignment;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NoReassignmentInProgressException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Partitions get onto other brokers while somebody writes to them, asked for by Kafka's own client. */
class MovesIT {

    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    private static final long PATIENCE_SECONDS = 60;

    @TempDir
    Path directory;

    private ReplicatingBrokers cluster;
    private Admin admin;

    @BeforeEach
    void start() throws Exception {
        cluster = new ReplicatingBrokers(directory);
        admin = cluster.admin();
        admin.createTopics(List.of(new NewTopic("orders", Map.of(0, List.of(1, 2))).configs(Map.of("min.insync.replicas", "2")))).all().get();
    }

    @AfterEach
    void stop() {
        admin.close();
        cluster.close();
    }

    private static void await(String what, Callable<Boolean> holds) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!holds.call()) {
            assertTrue(System.nanoTime() < until, what + " did not come to be");
            LockSupport.parkNanos(10_000_000);
        }
    }

    private void reassign(Integer... to) throws Exception {
        admin.alterPartitionReassignments(Map.of(ORDERS, Optional.of(new NewPartitionReassignment(List.of(to))))).all().get();
    }

    private List<Integer> replicas() throws Exception {
        TopicDescription topic = admin.describeTopics(Set.of("orders")).allTopicNames().get().get("orders");
        return topic.partitions().getFirst().replicas().stream().map(node -> node.id()).toList();
    }

    private Map<TopicPartition, PartitionReassignment> moving() throws Exception {
        return admin.listPartitionReassignments().reassignments().get();
    }

    private void awaitMoved(Integer... to) throws Exception {
        await("a move to " + List.of(to), () -> moving().isEmpty() && replicas().equals(List.of(to)));
    }

    private boolean hasLog(int broker) {
        return Files.exists(directory.resolve("data-" + broker).resolve("orders-0"));
    }

    /** Sends numbers, each once and in order, until it is told to stop. */
    private final class Load implements AutoCloseable {
        private final KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", cluster.bootstrap(), "acks", "all", "retry.backoff.ms", "10", "linger.ms", "0"),
                new StringSerializer(), new StringSerializer());
        private final ConcurrentLinkedQueue<String> acknowledged = new ConcurrentLinkedQueue<>();
        private final Thread thread = Thread.ofPlatform().start(this::send);
        private volatile boolean over;

        private void send() {
            for (int i = 0; !over; i++) {
                try {
                    producer.send(new ProducerRecord<>("orders", 0, null, Integer.toString(i))).get();
                    acknowledged.add(Integer.toString(i));
                } catch (ExecutionException unknown) {
                    // Nobody knows whether it is there.
                } catch (InterruptedException e) {
                    return;
                }
            }
        }

        void awaitMore(int count) throws Exception {
            int goal = acknowledged.size() + count;
            await(count + " more records", () -> acknowledged.size() >= goal);
        }

        List<String> finish() throws InterruptedException {
            over = true;
            thread.join();
            return List.copyOf(acknowledged);
        }

        @Override
        public void close() {
            over = true;
            producer.close(Duration.ZERO);
        }
    }

    private List<String> read() {
        List<String> read = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(Map.of("bootstrap.servers", cluster.bootstrap(), "auto.offset.reset", "earliest"),
                new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(ORDERS));
            long end = consumer.endOffsets(List.of(ORDERS)).get(ORDERS);
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (consumer.position(ORDERS) < end && System.nanoTime() < until) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> read.add(record.value()));
            }
        }
        return read;
    }

    private void check(List<String> acknowledged) {
        List<String> read = read();
        for (int i = 1; i < read.size(); i++) {
            assertTrue(Integer.parseInt(read.get(i)) > Integer.parseInt(read.get(i - 1)), read.get(i) + " stands behind " + read.get(i - 1));
        }
        List<String> lost = new ArrayList<>(acknowledged);
        lost.removeAll(new HashSet<>(read));
        assertEquals(List.of(), lost, "acknowledged and not there");
    }

    @Test
    void aPartitionGoesRoundTheBrokersUnderLoadAndLosesNothing() throws Exception {
        try (Load load = new Load()) {
            load.awaitMore(200);
            for (List<Integer> to : List.of(List.of(3, 2), List.of(3, 1), List.of(2, 1), List.of(1), List.of(1, 2, 3), List.of(3, 1))) {
                reassign(to.toArray(Integer[]::new));
                load.awaitMore(50);
                awaitMoved(to.toArray(Integer[]::new));
                load.awaitMore(50);
            }
            check(load.finish());
        }
        await("the log of the broker that holds it no more is gone", () -> !hasLog(2));
        assertTrue(hasLog(1) && hasLog(3));
    }

    @Test
    void aMoveToABrokerThatDiesGoesOnWhenItIsBack() throws Exception {
        try (Load load = new Load()) {
            load.awaitMore(200);
            cluster.kill(3);
            // Known still, for as long as its registration lasts.
            reassign(3, 1);
            load.awaitMore(100);
            assertEquals(List.of(3), moving().get(ORDERS).addingReplicas());
            assertEquals(List.of(2), moving().get(ORDERS).removingReplicas());
            assertEquals(List.of(3, 1, 2), replicas());

            cluster.start(3);

            awaitMoved(3, 1);
            load.awaitMore(50);
            check(load.finish());
        }
    }

    @Test
    void aMoveIsCalledBack() throws Exception {
        cluster.kill(3);
        reassign(3, 2);
        admin.alterPartitionReassignments(Map.of(ORDERS, Optional.empty())).all().get();

        awaitMoved(1, 2);
        var again = admin.alterPartitionReassignments(Map.of(ORDERS, Optional.empty())).all();
        await("nothing to call back", () -> again.isDone());
        assertTrue(failure(again) instanceof NoReassignmentInProgressException);
    }

    private static Throwable failure(org.apache.kafka.common.KafkaFuture<?> future) throws InterruptedException {
        try {
            future.get();
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }
}
