#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: A share group's errors.deadletterqueue.topic.name (KIP-1191) is checked when it is set: a name that begins with __ is refused. A name without the prefix that the
#   broker requires (errors.deadletterqueue.topic.name.prefix, "dlq." by default) is not: it is taken and described as set, and a record that a consumer rejects is then gone. It is not in
#   that topic, though it exists and is opened to dead letters, and neither consumer nor admin client is told.
# Seen: __letters: InvalidConfigurationException; letters: taken, dead letters 0; dlq.letters: taken, dead letters 1
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.time.Duration;
import java.util.*;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.*;

class Main {
    static void set(Admin admin, String group, String name, String value) throws Exception {
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, group),
                List.of(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET)))).all().get();
    }

    static int rejected(String bootstrap, String group) {
        int rejected = 0;
        try (var consumer = new KafkaShareConsumer<>(Map.<String, Object>of("bootstrap.servers", bootstrap, "group.id", group, "share.acknowledgement.mode", "explicit"),
                new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("jobs"));
            long end = System.nanoTime() + 60_000_000_000L;
            while (rejected == 0 && System.nanoTime() < end) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    consumer.acknowledge(record, AcknowledgeType.REJECT);
                    rejected++;
                }
            }
            consumer.commitSync();
        }
        return rejected;
    }

    static long letters(Admin admin, String topic) throws Exception {
        TopicPartition partition = new TopicPartition(topic, 0);
        long letters = 0;
        for (int i = 0; letters == 0 && i < 100; i++) {
            letters = admin.listOffsets(Map.of(partition, OffsetSpec.latest())).all().get().get(partition).offset();
            Thread.sleep(100);
        }
        return letters;
    }

    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]));
                var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", args[0]), new StringSerializer(), new StringSerializer())) {
            admin.createTopics(List.of(new NewTopic("jobs", 1, (short) 1))).all().get();
            producer.send(new ProducerRecord<>("jobs", "one")).get();
            try {
                set(admin, "group", "errors.deadletterqueue.topic.name", "__letters");
                System.out.println("__letters: taken");
            } catch (ExecutionException e) {
                System.out.println("__letters: " + e.getCause().getClass().getSimpleName());
            }
            for (String topic : List.of("letters", "dlq.letters")) {
                admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1).configs(Map.of("errors.deadletterqueue.group.enable", "true")))).all().get();
                set(admin, "group-" + topic, "errors.deadletterqueue.topic.name", topic);
                set(admin, "group-" + topic, "share.auto.offset.reset", "earliest");
                System.out.println(topic + ": taken, rejected " + rejected(args[0], "group-" + topic) + ", dead letters " + letters(admin, topic));
            }
        }
    }
}
JAVA
expect '__letters: InvalidConfigurationException'
expect 'letters: taken, rejected 1, dead letters 0'
expect 'dlq.letters: taken, rejected 1, dead letters 1'
echo "as described"
