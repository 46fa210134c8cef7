package io.partita.broker.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** {@code kill -9} again and again while producers write: nothing that was acknowledged is lost, and with idempotence nothing is there twice. */
class CrashIT {
    private static final int PARTITIONS = 3;
    private static final int RECORDS_PER_LIFE = 3_000;

    /** A producer in a thread of its own that keeps writing numbered records to a topic and remembers which were acknowledged. */
    private static final class Load {
        private final Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
        private final AtomicInteger sent = new AtomicInteger();
        private final AtomicReference<Exception> failure = new AtomicReference<>();
        private final Thread thread;
        private volatile boolean stopping;

        Load(Clients clients, String topic, boolean idempotent) {
            thread = Thread.ofPlatform().start(() -> {
                try (var producer = clients.producer("enable.idempotence", idempotent, "acks", "all", "retries", Integer.MAX_VALUE, "linger.ms", 1,
                        "compression.type", idempotent ? "lz4" : "none", "reconnect.backoff.max.ms", 100, "retry.backoff.max.ms", 100)) {
                    while (!stopping) {
                        // At most so many on their way: the kill then meets all of appending, answering and retrying
                        Await.until("acknowledgements come", () -> sent.get() - acknowledged.size() < 2_000 || failure.get() != null);
                        int number = sent.getAndIncrement();
                        producer.send(new ProducerRecord<>(topic, number % PARTITIONS, null, Integer.toString(number)), (metadata, exception) -> {
                            if (exception == null) {
                                acknowledged.add(number);
                            } else {
                                failure.set(exception);
                            }
                        });
                    }
                }
            });
        }

        void stop() throws InterruptedException {
            stopping = true;
            thread.join();
        }
    }

    @Test
    void nothingAcknowledgedIsLost() throws Exception {
        int lives = BrokerProcess.Target.name().equals("kafka") ? 2 : 10;
        try (var broker = BrokerProcess.start(Map.of("log.segment.bytes", "1048576", "group.initial.rebalance.delay.ms", "0"))) {
            // Given two producers, one of them idempotent, and a group that reads and commits
            var clients = new Clients(broker.bootstrap());
            var idempotentTopic = clients.topic("idempotent", PARTITIONS);
            var plainTopic = clients.topic("plain", PARTITIONS);
            var idempotent = new Load(clients, idempotentTopic, true);
            var plain = new Load(clients, plainTopic, false);
            // When the broker is killed under their load, and comes back
            for (int life = 0; life < lives; life++) {
                int before = idempotent.acknowledged.size();
                int plainBefore = plain.acknowledged.size();
                Await.until("both have written", () -> idempotent.acknowledged.size() > before + RECORDS_PER_LIFE
                        && plain.acknowledged.size() > plainBefore + RECORDS_PER_LIFE);
                broker.kill();
                broker.start();
            }
            idempotent.stop();
            plain.stop();
            // Then
            assertEquals(null, idempotent.failure.get());
            assertEquals(null, plain.failure.get());
            var once = count(clients, idempotentTopic, true);
            assertEquals(List.of(), missing(idempotent, once), "acknowledged to the idempotent producer and lost");
            assertEquals(List.of(), once.entrySet().stream().filter(e -> e.getValue() > 1).limit(10).toList(), "there twice in spite of idempotence");
            assertTrue(idempotent.acknowledged.size() > lives * RECORDS_PER_LIFE);
            assertEquals(List.of(), missing(plain, count(clients, plainTopic, false)), "acknowledged to the plain producer and lost");
        }
    }

    @Test
    void committedOffsetsSurviveAndAGroupGoesOn() throws Exception {
        try (var broker = BrokerProcess.start(Map.of("group.initial.rebalance.delay.ms", "0"))) {
            var clients = new Clients(broker.bootstrap());
            var topic = clients.topic("group", 1);
            var partition = new TopicPartition(topic, 0);
            try (var producer = clients.producer(); var consumer = clients.groupConsumer(topic, "enable.auto.commit", false)) {
                consumer.subscribe(List.of(topic));
                for (int life = 1; life <= 3; life++) {
                    // Given a record that was read and committed
                    var value = "life " + life;
                    producer.send(new ProducerRecord<>(topic, value)).get();
                    assertEquals(value, Clients.poll(consumer, 1).getFirst().value());
                    consumer.commitSync();
                    // When the broker is killed
                    broker.kill();
                    broker.start();
                    // Then the commit is still there, and the same member reads on
                    assertEquals(life, consumer.committed(Set.of(partition)).get(partition).offset());
                }
            }
        }
    }

    private static List<Integer> missing(Load load, Map<Integer, Integer> read) {
        return load.acknowledged.stream().filter(number -> !read.containsKey(number)).sorted().limit(10).toList();
    }

    /** Reads a topic to its end. @param ordered fail when the numbers of a partition are not in order @return how often each number is there */
    private static Map<Integer, Integer> count(Clients clients, String topic, boolean ordered) {
        var counts = new HashMap<Integer, Integer>();
        try (var consumer = clients.consumer()) {
            var partitions = new ArrayList<TopicPartition>();
            for (int i = 0; i < PARTITIONS; i++) {
                partitions.add(new TopicPartition(topic, i));
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            var ends = consumer.endOffsets(partitions);
            var newest = new HashMap<Integer, Integer>();
            Await.until("all is read", () -> {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    int number = Integer.parseInt(record.value());
                    counts.merge(number, 1, Integer::sum);
                    var previous = newest.put(record.partition(), number);
                    assertTrue(!ordered || previous == null || previous <= number, () -> number + " came late at " + record);
                }
                return partitions.stream().allMatch(partition -> consumer.position(partition) >= ends.get(partition));
            });
        }
        return counts;
    }
}
