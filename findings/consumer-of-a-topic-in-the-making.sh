#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: A consumer of group.protocol=consumer subscribes to a topic that its own metadata request makes (auto.create.topics.enable). The group learns of the
#   topic with its next look at the metadata, so the member has no partitions for seconds, and with auto.offset.reset=latest whatever is written and
#   acknowledged meanwhile is never read. A classic member has its partitions in a fraction of a second.
# Seen: until assigned: classic below 3 s, consumer above 3 s; a record written 2 s after subscribing: classic reads it, consumer does not
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.*;

class Main {
    static void run(String bootstrap, String protocol) throws Exception {
        String topic = "made-by-" + protocol;
        try (var consumer = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", bootstrap, "group.id", protocol, "group.protocol", protocol,
                "auto.offset.reset", "latest"), new StringDeserializer(), new StringDeserializer());
                var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", bootstrap), new StringSerializer(), new StringSerializer())) {
            consumer.subscribe(List.of(topic));
            long begin = System.nanoTime();
            double assigned = -1;
            boolean sent = false;
            boolean read = false;
            while (System.nanoTime() - begin < 15_000_000_000L) {
                for (var record : consumer.poll(Duration.ofMillis(50))) {
                    read = true;
                }
                double now = (System.nanoTime() - begin) / 1e9;
                if (assigned < 0 && !consumer.assignment().isEmpty()) {
                    consumer.assignment().forEach(consumer::position);
                    assigned = now;
                }
                if (!sent && now > 2) {
                    producer.send(new ProducerRecord<>(topic, "early")).get();
                    sent = true;
                }
            }
            System.out.println(protocol + ": assigned within 3 s " + (assigned >= 0 && assigned < 3) + ", the record is read " + read);
            System.err.println(protocol + " assigned after " + assigned);
        }
    }

    public static void main(String[] args) throws Exception {
        // The broker's own topics are made first, so that it is not about them.
        try (var consumer = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", args[0], "group.id", "first"), new StringDeserializer(),
                new StringDeserializer())) {
            consumer.subscribe(List.of("first"));
            while (consumer.assignment().isEmpty()) {
                consumer.poll(Duration.ofMillis(100));
            }
        }
        run(args[0], "classic");
        run(args[0], "consumer");
    }
}
JAVA
expect 'classic: assigned within 3 s true, the record is read true'
expect 'consumer: assigned within 3 s false, the record is read false'
echo "as described"
