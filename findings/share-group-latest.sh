#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: Where a new share group begins with share.auto.offset.reset=latest (the default) is fixed by the broker when it first fetches the partition for
#   it, seconds after the consumer subscribed and was assigned. A record that is acknowledged to its producer after the consumer has its assignment
#   may therefore never be delivered to it, or to anybody.
# Seen: one record sent and acknowledged a second: the first ones after subscribing are missing, later ones all come
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.time.Duration;
import java.util.*;
import java.util.concurrent.ConcurrentSkipListSet;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.*;

class Main {
    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            admin.createTopics(List.of(new NewTopic("jobs", 1, (short) 1))).all().get();
        }
        Set<Integer> received = new ConcurrentSkipListSet<>();
        try (var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", args[0]), new IntegerSerializer(), new IntegerSerializer());
                var consumer = new KafkaShareConsumer<>(Map.<String, Object>of("bootstrap.servers", args[0], "group.id", "workers"), new IntegerDeserializer(),
                        new IntegerDeserializer())) {
            producer.send(new ProducerRecord<>("jobs", -1)).get();
            consumer.subscribe(List.of("jobs"));
            for (int i = 0; i < 150; i++) {
                if (i % 10 == 0) {
                    producer.send(new ProducerRecord<>("jobs", i / 10)).get();
                }
                consumer.poll(Duration.ofMillis(100)).forEach(record -> received.add(record.value()));
            }
            for (int i = 0; i < 20; i++) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> received.add(record.value()));
            }
        }
        int first = received.stream().mapToInt(Integer::intValue).min().orElse(99);
        System.out.println("first one received: " + first);
        System.out.println("skipped although acknowledged after subscribing: " + (first > 0));
        System.out.println("all later ones came: " + (received.size() == 15 - first));
    }
}
JAVA
expect 'skipped although acknowledged after subscribing: true'
expect 'all later ones came: true'
echo "as described"
