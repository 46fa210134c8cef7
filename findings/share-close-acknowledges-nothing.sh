#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: With share.acknowledgement.mode=implicit, the default, the records of a poll() are acknowledged by the next poll() or commit. close() does neither: it gives back what the last
#   poll() brought and the application has dealt with, so that each orderly end of a program has one batch done twice, and takes one of the five deliveries that a record has
#   by default. A KafkaConsumer with enable.auto.commit=true, its default, commits in close(). One would expect as much; commitSync() before close() does it.
# Seen: 5 records, poll, close: KafkaConsumer has committed 5; share consumer: the next one gets all 5 again, as delivery 2; with commitSync() before close(): only a new record
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
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.*;

class Main {
    static String bootstrap;

    static KafkaShareConsumer<String, String> sharer(String group) {
        var consumer = new KafkaShareConsumer<>(Map.<String, Object>of("bootstrap.servers", bootstrap, "group.id", group), new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of("t"));
        return consumer;
    }

    static List<String> poll(KafkaShareConsumer<String, String> consumer) {
        List<String> received = new ArrayList<>();
        for (int i = 0; i < 300 && received.isEmpty(); i++) {
            consumer.poll(Duration.ofMillis(200)).forEach(record -> received.add(record.value() + "/" + record.deliveryCount().get()));
        }
        return received;
    }

    static void share(String group, boolean commit, Producer<String, String> producer) throws Exception {
        try (var consumer = sharer(group)) {
            System.out.println(group + ": " + poll(consumer));
            if (commit) {
                consumer.commitSync();
            }
        }
        if (commit) {
            producer.send(new ProducerRecord<>("t", "new")).get();
        }
        try (var consumer = sharer(group)) {
            System.out.println(group + ", after close: " + poll(consumer));
        }
    }

    public static void main(String[] args) throws Exception {
        bootstrap = args[0];
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
                var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", bootstrap, "linger.ms", "500"), new StringSerializer(), new StringSerializer())) {
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
            for (int i = 0; i < 5; i++) {
                producer.send(new ProducerRecord<>("t", "" + i));
            }
            producer.flush();
            try (var consumer = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", bootstrap, "group.id", "consumers", "auto.offset.reset", "earliest"),
                    new StringDeserializer(), new StringDeserializer())) {
                consumer.subscribe(List.of("t"));
                for (int i = 0, read = 0; i < 300 && read < 5; i++) {
                    read += consumer.poll(Duration.ofMillis(200)).count();
                }
            }
            System.out.println("KafkaConsumer, after close: committed "
                    + admin.listConsumerGroupOffsets("consumers").partitionsToOffsetAndMetadata().get().get(new TopicPartition("t", 0)).offset());
            for (String group : List.of("closed", "committed")) {
                admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, group),
                        List.of(new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET)))).all().get();
            }
            share("closed", false, producer);
            share("committed", true, producer);
        }
    }
}
JAVA
expect 'KafkaConsumer, after close: committed 5'
expect 'closed: [0/1, 1/1, 2/1, 3/1, 4/1]'
expect 'closed, after close: [0/2, 1/2, 2/2, 3/2, 4/2]'
expect 'committed, after close: [new/1]'
echo "as described"
