package io.partita.broker.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Transactional producers that write to all partitions, two records each, and commit their number as the offset of a group; every fifth transaction is aborted. What they were told is
 * held against what is there: lost, duplicated, aborted and torn transactions, records and transactions out of their order, offsets that are lost.
 */
final class TransactionLoad implements AutoCloseable {

    private static final int PRODUCERS = 3;
    private static final int EACH = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private enum Outcome {
        ABORTED,
        UNKNOWN,
        COMMITTED
    }

    private final String bootstrap;
    private final String topic;
    private final int partitions;
    private final List<Thread> threads = new ArrayList<>();
    /** Of each producer, what became of its transactions, by their number. */
    private final List<List<Outcome>> outcomes = new ArrayList<>();
    private final AtomicInteger committed = new AtomicInteger();
    private final AtomicLong longest = new AtomicLong();
    private volatile boolean over;

    TransactionLoad(String bootstrap, String topic, int partitions) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.partitions = partitions;
        for (int producer = 0; producer < PRODUCERS; producer++) {
            int mine = producer;
            outcomes.add(new ArrayList<>());
            threads.add(Thread.ofPlatform().start(() -> run(mine)));
        }
    }

    static String group(int producer) {
        return "group-" + producer;
    }

    private void run(int mine) {
        long before = System.nanoTime();
        while (!over) {
            // As applications do it: what cannot go on begins anew, under the same id.
            try (KafkaProducer<String, String> producer = new KafkaProducer<>(Map.of("bootstrap.servers", bootstrap, "transactional.id", "id-" + mine,
                    "transaction.timeout.ms", "10000", "max.block.ms", "20000", "delivery.timeout.ms", "20000", "request.timeout.ms", "2000", "linger.ms", "0"),
                    new StringSerializer(), new StringSerializer())) {
                producer.initTransactions();
                while (!over) {
                    if (transaction(producer, mine)) {
                        long now = System.nanoTime();
                        longest.accumulateAndGet(now - before, Math::max);
                        before = now;
                    }
                }
            } catch (KafkaException anew) {
                // Its outcome is noted.
            }
        }
    }

    /** Whether it was committed. */
    private boolean transaction(KafkaProducer<String, String> producer, int mine) {
        List<Outcome> all = outcomes.get(mine);
        int number = all.size();
        all.add(Outcome.ABORTED);
        producer.beginTransaction();
        for (int record = 0; record < EACH; record++) {
            for (int partition = 0; partition < partitions; partition++) {
                producer.send(new ProducerRecord<>(topic, partition, null, mine + " " + number + " " + record));
            }
        }
        producer.sendOffsetsToTransaction(Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(number)), new ConsumerGroupMetadata(group(mine)));
        if (number % 5 == 4) {
            producer.abortTransaction();
            return false;
        }
        all.set(number, Outcome.UNKNOWN);
        producer.commitTransaction();
        all.set(number, Outcome.COMMITTED);
        committed.incrementAndGet();
        return true;
    }

    int committed() {
        return committed.get();
    }

    /** The longest that a producer went without a commit since this was asked last, in ms. */
    long longestMillis() {
        return longest.getAndSet(0) / 1_000_000;
    }

    void finish() throws InterruptedException {
        over = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** Waits until nothing is undecided, reads all, and holds it against what the producers were told. */
    void check() throws Exception {
        List<List<String>> content = new ArrayList<>();
        List<Long> offsets = new ArrayList<>();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap, "request.timeout.ms", "2000"))) {
            for (int partition = 0; partition < partitions; partition++) {
                content.add(committedValues(admin, new TopicPartition(topic, partition)));
            }
            for (int producer = 0; producer < PRODUCERS; producer++) {
                OffsetAndMetadata offset = admin.listConsumerGroupOffsets(group(producer), new ListConsumerGroupOffsetsOptions().requireStable(true))
                        .partitionsToOffsetAndMetadata().get().get(new TopicPartition(topic, 0));
                offsets.add(offset == null ? -1 : offset.offset());
            }
        }
        check(content, offsets);
    }

    private List<String> committedValues(Admin admin, TopicPartition partition) throws Exception {
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed"),
                new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = admin.listOffsets(Map.of(partition, OffsetSpec.latest())).partitionResult(partition).get().offset();
            long until = System.nanoTime() + PATIENCE.toNanos();
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
                assertTrue(System.nanoTime() < until, () -> partition + " is undecided from " + consumer.position(partition) + " on, of " + end);
            }
        }
        return values;
    }

    /** Waits for so many more commits. */
    void awaitMore(int more) {
        int goal = committed() + more;
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (committed() < goal) {
            assertTrue(System.nanoTime() < until, "transactions do not go on");
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    /**
     * @param content what a reader of committed records finds, by partition
     * @param offsets of the groups, by producer; −1 for none
     */
    void check(List<List<String>> content, List<Long> offsets) {
        for (int producer = 0; producer < PRODUCERS; producer++) {
            check(producer, outcomes.get(producer), content, offsets.get(producer));
        }
    }

    private void check(int producer, List<Outcome> all, List<List<String>> content, long offset) {
        Map<Integer, Integer> there = new TreeMap<>();
        for (int partition = 0; partition < partitions; partition++) {
            int[] last = {-1, -1};
            Map<String, Integer> seen = new HashMap<>();
            for (String value : content.get(partition)) {
                String[] parts = value.split(" ");
                if (Integer.parseInt(parts[0]) != producer) {
                    continue;
                }
                int number = Integer.parseInt(parts[1]);
                int record = Integer.parseInt(parts[2]);
                assertEquals(1, seen.merge(value, 1, Integer::sum), "duplicate: " + value + " in partition " + partition);
                if (all.get(number) == Outcome.ABORTED) {
                    throw new AssertionError("aborted read: " + value + " in partition " + partition);
                }
                // One id has one transaction at a time: whatever is behind another in one partition is so in all.
                if (number < last[0] || number == last[0] && record < last[1]) {
                    throw new AssertionError("order: " + value + " behind " + last[0] + " " + last[1] + " in partition " + partition);
                }
                last[0] = number;
                last[1] = record;
                there.merge(number, 1, Integer::sum);
            }
        }
        int newest = -1;
        for (int number = 0; number < all.size(); number++) {
            int count = there.getOrDefault(number, 0);
            if (count != 0 && count != EACH * partitions) {
                throw new AssertionError("torn: " + count + " records of transaction " + number + " of producer " + producer);
            }
            if (all.get(number) == Outcome.COMMITTED && count == 0) {
                throw new AssertionError("lost: transaction " + number + " of producer " + producer);
            }
            newest = count > 0 ? number : newest;
        }
        assertEquals(newest, offset, "the offset that the last transaction of producer " + producer + " committed");
    }

    @Override
    public void close() {
        over = true;
    }
}
