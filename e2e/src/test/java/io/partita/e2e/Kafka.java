package io.partita.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Kafka's clients, as applications use them. */
final class Kafka {

    private Kafka() {}

    static KafkaProducer<String, String> producer(String bootstrapServers) {
        return new KafkaProducer<>(Map.of("bootstrap.servers", bootstrapServers), new StringSerializer(), new StringSerializer());
    }

    /** One that says who it is. */
    static KafkaProducer<String, String> producer(Map<String, Object> settings) {
        return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }

    /** One whose transactions have begun to be possible. */
    static KafkaProducer<String, String> transactional(String bootstrapServers, String id) {
        KafkaProducer<String, String> producer = new KafkaProducer<>(Map.of("bootstrap.servers", bootstrapServers, "transactional.id", id),
                new StringSerializer(),
                new StringSerializer());
        producer.initTransactions();
        return producer;
    }

    static Admin admin(String bootstrapServers) {
        return Admin.create(Map.of("bootstrap.servers", bootstrapServers));
    }

    /** Sends values without keys and returns when all are acknowledged. */
    static void produce(String bootstrapServers, String topic, List<String> values) {
        ConcurrentLinkedQueue<Exception> failures = new ConcurrentLinkedQueue<>();
        try (KafkaProducer<String, String> producer = producer(bootstrapServers)) {
            for (String value : values) {
                producer.send(new ProducerRecord<>(topic, value), (metadata, failure) -> {
                    if (failure != null) {
                        failures.add(failure);
                    }
                });
            }
        }
        if (!failures.isEmpty()) {
            throw new AssertionError(failures.size() + " records were not taken: " + failures.peek(), failures.peek());
        }
    }

    /** Reads a topic with a new group until it has so many values, or waits in vain. */
    static List<String> consume(String bootstrapServers, String topic, int count) {
        return consume(bootstrapServers, topic, count, "read_uncommitted");
    }

    /** The same without what transactions have not committed. */
    static List<String> consumeCommitted(String bootstrapServers, String topic, int count) {
        return consume(bootstrapServers, topic, count, "read_committed");
    }

    private static List<String> consume(String bootstrapServers, String topic, int count, String isolation) {
        List<String> values = new ArrayList<>();
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrapServers, "group.id", "e2e-" + UUID.randomUUID(), "auto.offset.reset", "earliest",
                "isolation.level", isolation);
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
            while (values.size() < count && System.nanoTime() < deadline) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    values.add(record.value());
                }
            }
            consumer.commitSync();
        }
        return values;
    }

    /** Commits an offset of partition 0 for a group without members. */
    static void commit(String bootstrapServers, String group, String topic, long offset) {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrapServers, "group.id", group);
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.commitSync(Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(offset)));
        }
    }

    /** Sends numbered records until told to stop; which were acknowledged. */
    static Set<String> produceWhile(String bootstrapServers, String topic, BooleanSupplier goOn) {
        Set<String> acknowledged = java.util.Collections.synchronizedSet(new HashSet<>());
        try (KafkaProducer<String, String> producer = producer(bootstrapServers)) {
            for (int i = 0; goOn.getAsBoolean(); i++) {
                String value = topic + "-" + i;
                producer.send(new ProducerRecord<>(topic, value), (metadata, failure) -> {
                    if (failure == null) {
                        acknowledged.add(value);
                    }
                });
                pause();
            }
        }
        return acknowledged;
    }

    /** A steady load rather than as much as there can be. */
    private static void pause() {
        java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }

    /** What kcat prints. */
    static String kcat(String input, String... arguments) {
        List<String> command = new ArrayList<>(List.of("kcat"));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new AssertionError(command + " failed: " + output);
            }
            return output;
        } catch (IOException e) {
            throw new AssertionError("kcat is needed (Debian's package of that name): " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
