#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: share.partition.max.record.locks bounds how many records of a partition a share group may have in hand. A batch is acquired whole all the same: with a bound of 100 and
#   max.poll.records=10 one poll() hands out the 1,000 records of a batch, each locked for one lock duration, to one consumer, while a second one gets nothing. How a producer
#   lingers so decides how work is spread and how often it times out. With share.acquire.mode=record_limit both bounds hold.
# Seen: batch_optimized (default): 1000 at once, nothing for the second consumer; record_limit: 10
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.*;

class Main {
    static KafkaShareConsumer<Integer, Integer> consumer(String bootstrap, String mode) {
        var consumer = new KafkaShareConsumer<>(Map.<String, Object>of("bootstrap.servers", bootstrap, "group.id", mode, "max.poll.records", 10,
                "share.acquire.mode", mode, "share.acknowledgement.mode", "explicit"), new IntegerDeserializer(), new IntegerDeserializer());
        consumer.subscribe(List.of("jobs"));
        return consumer;
    }

    static int poll(KafkaShareConsumer<Integer, Integer> consumer, int seconds) {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        int records = 0;
        while (records == 0 && System.nanoTime() < end) {
            records = consumer.poll(Duration.ofMillis(200)).count();
        }
        return records;
    }

    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]));
                var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", args[0], "linger.ms", 5000, "batch.size", 500_000), new IntegerSerializer(),
                        new IntegerSerializer())) {
            admin.createTopics(List.of(new NewTopic("jobs", 1, (short) 1))).all().get();
            for (int i = 0; i < 1000; i++) {
                producer.send(new ProducerRecord<>("jobs", i));
            }
            producer.flush();
            for (String mode : List.of("batch_optimized", "record_limit")) {
                admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, mode), List.of(
                        new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET),
                        new AlterConfigOp(new ConfigEntry("share.partition.max.record.locks", "100"), AlterConfigOp.OpType.SET)))).all().get();
                try (var first = consumer(args[0], mode); var second = consumer(args[0], mode)) {
                    System.out.println(mode + ": first poll " + poll(first, 60) + ", another consumer meanwhile " + poll(second, 8));
                }
            }
        }
    }
}
JAVA
expect 'batch_optimized: first poll 1000, another consumer meanwhile 0'
expect 'record_limit: first poll 10, another consumer meanwhile 10'
echo "as described"
