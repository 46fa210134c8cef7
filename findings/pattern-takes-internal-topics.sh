#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: exclude.internal.topics is true by default and keeps the broker's own topics out of a subscription by java.util.regex.Pattern. A subscription by
#   SubscriptionPattern, which the broker matches (KIP-848), does not heed it: ".*" assigns __consumer_offsets (and __transaction_state) to the application, without a
#   warning, so that its poll() hands out the group's own commits, each of which makes the next record.
# Seen: with exclude.internal.topics=true: Pattern ".*": [t-0]; SubscriptionPattern ".*": [__consumer_offsets-0, t-0]
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.time.Duration;
import java.util.*;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;

class Main {
    static final TopicPartition OFFSETS = new TopicPartition("__consumer_offsets", 0);

    static void run(String bootstrap, String name, Consumer<KafkaConsumer<byte[], byte[]>> subscription) {
        int internal = 0;
        try (var consumer = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", bootstrap, "group.id", name, "group.protocol", "consumer",
                "exclude.internal.topics", true, "auto.commit.interval.ms", 500), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            subscription.accept(consumer);
            long end = System.nanoTime() + 60_000_000_000L;
            while (System.nanoTime() < end && consumer.assignment().isEmpty()) {
                consumer.poll(Duration.ofMillis(100));
            }
            end = System.nanoTime() + 10_000_000_000L;
            while (System.nanoTime() < end) {
                internal += consumer.poll(Duration.ofMillis(100)).records(OFFSETS).size();
            }
            System.out.println(name + ": t " + consumer.assignment().contains(new TopicPartition("t", 0)) + ", __consumer_offsets " + consumer.assignment().contains(OFFSETS)
                    + ", its records read " + (internal > 0));
        }
    }

    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
        }
        // The first one also makes __consumer_offsets.
        run(args[0], "Pattern", consumer -> consumer.subscribe(Pattern.compile(".*")));
        run(args[0], "SubscriptionPattern", consumer -> consumer.subscribe(new SubscriptionPattern(".*")));
    }
}
JAVA
expect 'Pattern: t true, __consumer_offsets false, its records read false'
expect 'SubscriptionPattern: t true, __consumer_offsets true, its records read true'
echo "as described"
