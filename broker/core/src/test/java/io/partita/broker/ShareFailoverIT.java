package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Brokers of a share group are killed without a word while its members work: leaders, coordinators, one of each after the other. */
class ShareFailoverIT {

    private static final String GROUP = "workers";
    private static final int PARTITIONS = 6;
    private static final int RECORDS = 1_200;

    @TempDir
    Path directory;

    private ReplicatingBrokers cluster;

    @BeforeEach
    void start() throws Exception {
        cluster = new ReplicatingBrokers(directory);
        cluster.create("jobs", PARTITIONS);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    /** A member that accepts what it gets, and remembers what it was told is stored. */
    private final class Worker implements AutoCloseable {
        private final AtomicBoolean ends = new AtomicBoolean();
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private final Thread thread = new Thread(this::work);
        private final Map<String, Integer> stored;
        private final Set<String> unanswered;
        private final List<String> again;

        /**
         * @param stored how often each record was accepted for good
         * @param unanswered records whose acknowledgement was not answered: they may have been accepted all the same
         */
        Worker(Map<String, Integer> stored, Set<String> unanswered, List<String> again) {
            this.stored = stored;
            this.unanswered = unanswered;
            this.again = again;
            thread.start();
        }

        private void work() {
            try (KafkaShareConsumer<String, String> consumer = new KafkaShareConsumer<>(
                    Map.of("bootstrap.servers", cluster.bootstrap(), "group.id", GROUP, "share.acknowledgement.mode", "explicit", "max.poll.records", "50",
                            "reconnect.backoff.ms", "10", "retry.backoff.ms", "20"),
                    new StringDeserializer(), new StringDeserializer())) {
                consumer.subscribe(List.of("jobs"));
                while (!ends.get()) {
                    Map<Integer, List<ConsumerRecord<String, String>>> polled = new TreeMap<>();
                    for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                        if (stored.containsKey(record.value())) {
                            again.add(record.value() + " at " + record.partition() + "/" + record.offset() + ", time " + record.deliveryCount());
                        }
                        polled.computeIfAbsent(record.partition(), partition -> new ArrayList<>()).add(record);
                        consumer.acknowledge(record, AcknowledgeType.ACCEPT);
                    }
                    consumer.commitSync(Duration.ofSeconds(30)).forEach((partition, error) -> {
                        List<ConsumerRecord<String, String>> records = polled.getOrDefault(partition.partition(), List.of());
                        if (error.isEmpty()) {
                            records.forEach(record -> stored.merge(record.value(), 1, Integer::sum));
                        } else {
                            records.forEach(record -> unanswered.add(record.value()));
                        }
                    });
                }
            } catch (RuntimeException | Error e) {
                failure.set(e);
            }
        }

        @Override
        public void close() throws InterruptedException {
            ends.set(true);
            thread.join(60_000);
            if (failure.get() != null) {
                throw new AssertionError(failure.get());
            }
        }
    }

    @Test
    void everyRecordIsAcceptedOnceForGoodWhoeverIsKilled() throws Exception {
        Map<String, Integer> stored = new ConcurrentHashMap<>();
        Set<String> unanswered = ConcurrentHashMap.newKeySet();
        List<String> again = Collections.synchronizedList(new ArrayList<>());
        Set<String> sent = new TreeSet<>();
        try (Worker first = new Worker(stored, unanswered, again);
                Worker second = new Worker(stored, unanswered, again);
                Worker third = new Worker(stored, unanswered, again);
                KafkaProducer<String, String> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", cluster.bootstrap(), "acks", "all", "retry.backoff.ms", "10", "reconnect.backoff.ms", "10"),
                        new StringSerializer(), new StringSerializer())) {
            untilAssigned();
            for (int i = 0; i < RECORDS; i++) {
                if (i == RECORDS / 3) {
                    cluster.kill(2);
                }
                if (i == RECORDS / 2) {
                    cluster.start(2);
                }
                if (i == 2 * RECORDS / 3) {
                    untilAllInSync();
                    cluster.kill(1);
                }
                producer.send(new ProducerRecord<>("jobs", i % PARTITIONS, null, "record " + i)).get(60, TimeUnit.SECONDS);
                sent.add("record " + i);
            }
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
            while (!isAllDone() && System.nanoTime() < until) {
                first.thread.join(100);
            }
            assertTrue(isAllDone(), "the group is behind at the end");
        }
        // The group has come to the end of every partition, which is past what was accepted only: so a record without an answer was, too.
        Set<String> done = new TreeSet<>(stored.keySet());
        done.addAll(unanswered);
        assertEquals(sent, done);
        assertTrue(again.isEmpty(), () -> "accepted, and delivered again: " + again);
    }

    /** Whether all records of all partitions are accepted, by what the group has stored. */
    private boolean isAllDone() throws Exception {
        try (Admin admin = cluster.admin()) {
            var offsets = admin.listShareGroupOffsets(Map.of(GROUP, new ListShareGroupOffsetsSpec())).partitionsToOffsetInfo(GROUP).get();
            return offsets.values().stream().filter(offset -> offset != null && offset.startOffset() == RECORDS / PARTITIONS).count() == PARTITIONS;
        }
    }

    /** From then on every record is for the group. */
    private void untilAssigned() throws Exception {
        try (Admin admin = cluster.admin()) {
            Set<Integer> assigned = new TreeSet<>();
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (assigned.size() < PARTITIONS && System.nanoTime() < until) {
                try {
                    admin.describeShareGroups(List.of(GROUP)).all().get().get(GROUP).members()
                            .forEach(member -> member.assignment().topicPartitions().forEach(partition -> assigned.add(partition.partition())));
                } catch (ExecutionException e) {
                    // The group is not there yet.
                    assigned.clear();
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
            assertEquals(PARTITIONS, assigned.size());
        }
    }

    /** Else the second kill takes the last replica in sync, which is another test. */
    private void untilAllInSync() throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < until) {
            boolean all = true;
            for (String topic : List.of("jobs", "__consumer_offsets", "__share_group_state")) {
                for (var partition : cluster.broker(3).image().topic(topic).partitions()) {
                    all &= partition.inSyncReplicas().size() == 3;
                }
            }
            if (all) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        throw new AssertionError("not in sync: " + cluster.broker(3).image().topic("jobs"));
    }
}
