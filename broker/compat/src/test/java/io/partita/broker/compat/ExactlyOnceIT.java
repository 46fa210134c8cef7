package io.partita.broker.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read, computed and written within transactions is there once, whoever is killed meanwhile. */
class ExactlyOnceIT {
    private static final int PARTITIONS = 3;
    private static final int RECORDS = 3_000;
    /** Applications begin at once, and who is killed is noticed soon, by either protocol; a copy of each state. */
    private static final Map<String, String> STREAMS = Map.of("group.initial.rebalance.delay.ms", "0", "group.streams.initial.rebalance.delay.ms", "0",
            "group.streams.min.session.timeout.ms", "6000", "group.streams.session.timeout.ms", "6000", "group.streams.num.standby.replicas", "1");

    /** Reads numbers from one topic and writes them to another, a handful in each transaction. What fails is begun anew, as applications do it. */
    private static final class Copier {
        private final AtomicInteger transactions = new AtomicInteger();
        private final Thread thread;
        private volatile boolean stopping;

        Copier(Clients clients, String input, String output, int number) {
            thread = Thread.ofPlatform().start(() -> {
                while (!stopping) {
                    try (KafkaProducer<String, String> producer = clients.producer("transactional.id", output + "-" + number, "transaction.timeout.ms", 5_000);
                            KafkaConsumer<String, String> consumer = clients.groupConsumer(output, "isolation.level", "read_committed",
                                    "enable.auto.commit", false, "max.poll.records", 20, "session.timeout.ms", 6_000)) {
                        producer.initTransactions();
                        consumer.subscribe(List.of(input));
                        while (!stopping) {
                            copy(consumer, producer, output);
                        }
                    } catch (KafkaException e) {
                        // The consumer's position is ahead of what was committed: both begin anew.
                    }
                }
            });
        }

        private void copy(KafkaConsumer<String, String> consumer, KafkaProducer<String, String> producer, String output) {
            var records = consumer.poll(Duration.ofMillis(100));
            if (records.isEmpty()) {
                return;
            }
            producer.beginTransaction();
            var offsets = new HashMap<TopicPartition, OffsetAndMetadata>();
            for (var record : records) {
                producer.send(new ProducerRecord<>(output, record.partition(), null, record.value()));
                offsets.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
            }
            producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
            if (transactions.incrementAndGet() % 7 == 0) {
                producer.abortTransaction();
                throw new KafkaException("an abort, as the test wants it");
            }
            producer.commitTransaction();
        }

        void stop() throws InterruptedException {
            stopping = true;
            thread.join();
        }
    }

    @Test
    void whatIsCopiedWithinTransactionsIsThereOnceThoughTheBrokerIsKilled() throws Exception {
        try (var broker = BrokerProcess.start(Map.of("group.initial.rebalance.delay.ms", "0", "log.segment.bytes", "1048576"))) {
            // Given
            var clients = new Clients(broker.bootstrap());
            var input = clients.topic("input", PARTITIONS);
            var output = clients.topic("output", PARTITIONS);
            try (var producer = clients.producer()) {
                for (int i = 0; i < RECORDS; i++) {
                    producer.send(new ProducerRecord<>(input, i % PARTITIONS, null, Integer.toString(i)));
                }
            }
            var copiers = List.of(new Copier(clients, input, output, 0), new Copier(clients, input, output, 1));
            // When
            for (int life = 0; life < 4; life++) {
                int before = copiers.stream().mapToInt(copier -> copier.transactions.get()).sum();
                Await.until("transactions go on", () -> copiers.stream().mapToInt(copier -> copier.transactions.get()).sum() > before + 15);
                broker.kill();
                broker.start();
            }
            // Then
            for (int partition = 0; partition < PARTITIONS; partition++) {
                int remainder = partition;
                var expected = IntStream.range(0, RECORDS).filter(i -> i % PARTITIONS == remainder).mapToObj(Integer::toString).toList();
                assertEquals(expected, committed(clients, output, partition, expected.size()));
            }
            for (var copier : copiers) {
                copier.stop();
            }
        }
    }

    /** Reads until {@code count} committed records are there and the end is reached. */
    private static List<String> committed(Clients clients, String topic, int partition, int count) {
        var values = new ArrayList<String>();
        try (var consumer = clients.consumer("isolation.level", "read_committed")) {
            var assigned = List.of(new TopicPartition(topic, partition));
            consumer.assign(assigned);
            consumer.seekToBeginning(assigned);
            Await.until(count + " committed records are read", () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
                return values.size() >= count && consumer.position(assigned.getFirst()) >= consumer.endOffsets(assigned).get(assigned.getFirst());
            });
        }
        return values;
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "streams"})
    void theWordCountOfKafkaStreamsCountsEveryWordOnceThoughAnInstanceIsKilled(String protocol) throws Exception {
        try (var broker = BrokerProcess.start(STREAMS)) {
            // Given lines, some of them before the application begins
            var clients = new Clients(broker.bootstrap());
            var input = clients.topic("lines", 4);
            var output = clients.topic("counts", 2);
            var words = List.of("all", "streams", "lead", "to", "kafka");
            var expected = new HashMap<String, Long>();
            try (var producer = clients.producer()) {
                write(producer, input, words, 200, expected);
                var folder = Repository.newFolder("streams").toString();
                try (var one = wordCount(broker, input, output, folder + "/one", protocol).start();
                        var two = wordCount(broker, input, output, folder + "/two", protocol).start()) {
                    one.awaitOut("state RUNNING");
                    two.awaitOut("state RUNNING");
                    write(producer, input, words, 200, expected);
                    Await.until("it counts", () -> counts(clients, output).values().stream().mapToLong(Long::longValue).sum() > 400);
                    if (protocol.equals("streams")) {
                        assertToolsShowIt(broker, "count-" + output);
                    }
                    // When one is killed, and more comes
                    one.kill();
                    write(producer, input, words, 200, expected);
                    // Then the other goes on where it was
                    Await.until("all is counted", () -> counts(clients, output), expected::equals);
                    // and nothing is counted again
                    assertEquals(expected, counts(clients, output));
                }
            }
        }
    }

    private static void assertToolsShowIt(BrokerProcess broker, String group) {
        String listed = KafkaTool.GROUPS.with("--bootstrap-server", broker.bootstrap(), "--list").succeed().out();
        assertTrue(Pattern.compile(group + " +Streams +streams").matcher(listed).find(), listed);
        // An instance that was held up may be out for a moment.
        Await.until("both instances are told", () -> shown(broker, group, "--members"),
                members -> members.lines().filter(line -> line.startsWith(group)).count() == 2);
        Await.until("what is between is told", () -> shown(broker, group, "--offsets"), offsets -> offsets.contains("-repartition"));
    }

    private static String shown(BrokerProcess broker, String group, String what) {
        return KafkaTool.STREAMS_GROUPS.with("--bootstrap-server", broker.bootstrap(), "--describe", what, "--group", group).run().out();
    }

    /** Joins, windows, a repartition, stores that are asked, restored and kept by a standby, at least once: the program says what is wrong. */
    @Test
    void whatElseKafkaStreamsIsMadeOfWorks() {
        try (var broker = BrokerProcess.start(STREAMS)) {
            JavaProgram.of("streams-4.4", "StreamsTour", broker.bootstrap(), Clients.name("tour"), Repository.newFolder("tour").toString(), "classic")
                    .within(240).succeed();
        }
    }

    private static void write(KafkaProducer<String, String> producer, String topic, List<String> words, int lines, Map<String, Long> expected) {
        for (int i = 0; i < lines; i++) {
            var line = List.of(words.get(i % words.size()), words.get(i * 7 % words.size()), words.get(i / 3 % words.size()));
            producer.send(new ProducerRecord<>(topic, "line " + i, String.join(" ", line)));
            line.forEach(word -> expected.merge(word, 1L, Long::sum));
        }
        producer.flush();
    }

    private static Command wordCount(BrokerProcess broker, String input, String output, String folder, String protocol) {
        return JavaProgram.of("streams-4.4", "WordCount", broker.bootstrap(), "count-" + output, input, output, folder, protocol);
    }

    /** The last committed count of each word; fails when a count is told twice or is left out. */
    private static Map<String, Long> counts(Clients clients, String topic) {
        var counts = new HashMap<String, Long>();
        try (var consumer = clients.<String, Long>consumer(new StringDeserializer(), new LongDeserializer(), "isolation.level", "read_committed")) {
            var assigned = Arrays.asList(new TopicPartition(topic, 0), new TopicPartition(topic, 1));
            consumer.assign(assigned);
            consumer.seekToBeginning(assigned);
            var ends = consumer.endOffsets(assigned);
            while (assigned.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    long before = counts.getOrDefault(record.key(), 0L);
                    if (record.value() <= before) {
                        throw new AssertionError(record.key() + " was counted to " + before + ", then to " + record.value());
                    }
                    counts.put(record.key(), record.value());
                }
            }
        }
        return counts;
    }
}
