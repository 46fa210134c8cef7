package io.partita.broker.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Sends numbers to each partition of {@code orders}, each once, in order, with an idempotent producer, and keeps those that were acknowledged. */
final class NumberedLoad implements AutoCloseable {

    static final int PARTITIONS = 3;
    private static final long PATIENCE_SECONDS = 120;

    private final String bootstrap;
    private final KafkaProducer<String, String> producer;
    private final List<Thread> threads = new ArrayList<>();
    private final List<Collection<Long>> acknowledged = new ArrayList<>();
    private final List<AtomicLong> longest = new ArrayList<>();
    private volatile boolean over;

    NumberedLoad(String bootstrap) {
        this.bootstrap = bootstrap;
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap, "acks", "all", "enable.idempotence", "true", "delivery.timeout.ms", "120000", "linger.ms", "0",
                        "request.timeout.ms", "2000"),
                new StringSerializer(), new StringSerializer());
        for (int partition = 0; partition < PARTITIONS; partition++) {
            int mine = partition;
            acknowledged.add(new ConcurrentLinkedQueue<>());
            longest.add(new AtomicLong());
            threads.add(Thread.ofPlatform().start(() -> send(mine)));
        }
    }

    private void send(int partition) {
        long before = System.nanoTime();
        for (long number = 0; !over; number++) {
            try {
                producer.send(new ProducerRecord<>("orders", partition, null, Long.toString(number))).get();
                acknowledged.get(partition).add(number);
                long now = System.nanoTime();
                long took = now - before;
                longest.get(partition).accumulateAndGet(took, Math::max);
                before = now;
            } catch (ExecutionException | KafkaException unknown) {
                // Nobody knows whether it is there.
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private int count(int partition) {
        return acknowledged.get(partition).size();
    }

    /** The longest that a record of each partition has taken since this was asked last, in ms. */
    List<Long> longestMillis() {
        return longest.stream().map(nanos -> nanos.getAndSet(0) / 1_000_000).toList();
    }

    /** Returns when every partition has so many more. */
    void awaitMore(int more) {
        List<Integer> goals = new ArrayList<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            goals.add(count(partition) + more);
        }
        for (int partition = 0; partition < PARTITIONS; partition++) {
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (count(partition) < goals.get(partition)) {
                assertTrue(System.nanoTime() < until, "partition " + partition + " has " + count(partition) + " and was to have " + goals.get(partition));
                LockSupport.parkNanos(10_000_000);
            }
        }
    }

    /** Ends it when what is under way is answered. */
    void finish() throws InterruptedException {
        over = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** All that was acknowledged is there, in order, and nothing twice. */
    void check() {
        for (int partition = 0; partition < PARTITIONS; partition++) {
            check(partition, List.copyOf(acknowledged.get(partition)));
        }
    }

    private void check(int partition, List<Long> acknowledged) {
        List<Long> read = new ArrayList<>();
        TopicPartition from = new TopicPartition("orders", partition);
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(Map.of("bootstrap.servers", bootstrap, "group.id", "checkers", "enable.auto.commit",
                "false"), new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(from));
            consumer.seekToBeginning(List.of(from));
            long end = consumer.endOffsets(List.of(from), Duration.ofSeconds(PATIENCE_SECONDS)).get(from);
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (consumer.position(from) < end && System.nanoTime() < until) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> read.add(Long.parseLong(record.value())));
            }
        }
        for (int i = 1; i < read.size(); i++) {
            assertTrue(read.get(i) > read.get(i - 1), "partition " + partition + " has " + read.get(i) + " behind " + read.get(i - 1));
        }
        Set<Long> there = new HashSet<>(read);
        List<Long> lost = acknowledged.stream().filter(number -> !there.contains(number)).toList();
        assertEquals(List.of(), lost, "partition " + partition + ": acknowledged and not there");
        System.out.println("partition " + partition + ": " + acknowledged.size() + " acknowledged, " + read.size() + " read");
    }

    @Override
    public void close() {
        over = true;
        producer.close(Duration.ZERO);
    }
}
