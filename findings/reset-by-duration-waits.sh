#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: With auto.offset.reset=by_duration:PT1M (KIP-1106) and no record that young in the partition, the consumer is left without a position, as if the
#   look-up had failed, and asks again and again; records that are written meanwhile reach it seconds late. One would expect it to begin at the end,
#   since everything from there on is younger.
# Seen: position() times out on a partition whose only record is an hour old; with a fresh record it answers at once
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;

class Main {
    static String position(String bootstrap, String topic) {
        try (var consumer = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", bootstrap, "auto.offset.reset", "by_duration:PT1M"),
                new StringDeserializer(), new StringDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            return Long.toString(consumer.position(partition, Duration.ofSeconds(5)));
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            return "time-out";
        }
    }

    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            admin.createTopics(List.of(new NewTopic("old", 1, (short) 1), new NewTopic("fresh", 1, (short) 1))).all().get();
        }
        long now = System.currentTimeMillis();
        try (var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", args[0]), new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>("old", 0, now - 3_600_000, "k", "v")).get();
            producer.send(new ProducerRecord<>("fresh", 0, now - 3_600_000, "k", "v")).get();
            producer.send(new ProducerRecord<>("fresh", 0, now, "k", "v")).get();
        }
        System.out.println("a young record: " + position(args[0], "fresh"));
        System.out.println("none: " + position(args[0], "old"));
    }
}
JAVA
expect 'a young record: 1'
expect 'none: time-out'
echo "as described"
