#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: A static member (group.instance.id) of a classic group that is alone in it and comes back within its session with one more topic in its
#   subscription is given its old assignment and nothing else: no rebalance begins, and the new topic stays unread. One would expect that a member whose
#   subscription changed is assigned by it; with group.protocol=consumer it is.
# Seen: classic: [a-0] after 15 s; consumer: [a-0, b-0]
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;

class Main {
    static KafkaConsumer<byte[], byte[]> consumer(String bootstrap, String protocol) {
        Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", bootstrap, "group.id", protocol, "group.instance.id", "one", "group.protocol", protocol,
                "key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer",
                "value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer", "metadata.max.age.ms", 1000));
        if (protocol.equals("classic")) {
            config.put("session.timeout.ms", 30_000);
        }
        return new KafkaConsumer<>(config);
    }

    static Set<TopicPartition> poll(KafkaConsumer<byte[], byte[]> consumer, int wanted, int seconds) {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        while (consumer.assignment().size() < wanted && System.nanoTime() < end) {
            consumer.poll(Duration.ofMillis(200));
        }
        return new TreeSet<>(Comparator.comparing(TopicPartition::toString)) {{ addAll(consumer.assignment()); }};
    }

    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            admin.createTopics(List.of(new NewTopic("a", 1, (short) 1), new NewTopic("b", 1, (short) 1))).all().get();
        }
        for (String protocol : List.of("classic", "consumer")) {
            try (var first = consumer(args[0], protocol)) {
                first.subscribe(List.of("a"));
                poll(first, 1, 30);
            }
            try (var second = consumer(args[0], protocol)) {
                second.subscribe(List.of("a", "b"));
                System.out.println(protocol + ": " + poll(second, 2, 15));
            }
        }
    }
}
JAVA
expect 'classic: [a-0]'
expect 'consumer: [a-0, b-0]'
echo "as described"
