#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: A topic is deleted and made again under a running consumer that stands at offset 10, then 15 records are written to it. Although topics have ids
#   and auto.offset.reset is earliest, the consumer goes on at its old position in the new topic, reads 10 to 14, and skips ten records in silence. So does
#   a member of group.protocol=consumer; in some runs it then reads everything from 0 on, five records twice and out of order.
# Seen: classic: [10, 11, 12, 13, 14]; consumer: the same first
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.*;

class Main {
    static void write(String bootstrap, String topic, int count) throws Exception {
        try (var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", bootstrap), new IntegerSerializer(), new IntegerSerializer())) {
            for (int i = 0; i < count; i++) {
                producer.send(new ProducerRecord<>(topic, 0, null, i)).get();
            }
        }
    }

    static void make(Admin admin, String topic) throws Exception {
        for (int tries = 0; ; tries++) {
            try {
                admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
                return;
            } catch (Exception e) {
                if (tries > 50) {
                    throw e;
                }
                Thread.sleep(100);
            }
        }
    }

    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            for (String protocol : List.of("classic", "consumer")) {
                make(admin, protocol);
                write(args[0], protocol, 10);
                List<Long> offsets = new ArrayList<>();
                try (var consumer = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", args[0], "group.id", protocol, "group.protocol", protocol,
                        "auto.offset.reset", "earliest", "metadata.max.age.ms", 1000,
                        "allow.auto.create.topics", false), new IntegerDeserializer(), new IntegerDeserializer())) {
                    consumer.subscribe(List.of(protocol));
                    int seen = 0;
                    while (seen < 10) {
                        seen += consumer.poll(Duration.ofMillis(100)).count();
                    }
                    consumer.commitSync();
                    admin.deleteTopics(List.of(protocol)).all().get();
                    make(admin, protocol);
                    write(args[0], protocol, 15);
                    long end = System.nanoTime() + 25_000_000_000L;
                    while (System.nanoTime() < end) {
                        consumer.poll(Duration.ofMillis(100)).forEach(record -> offsets.add(record.offset()));
                    }
                }
                System.out.println(protocol + ": " + offsets.subList(0, Math.min(5, offsets.size())));
            }
        }
    }
}
JAVA
expect 'classic: [10, 11, 12, 13, 14]'
expect 'consumer: [10, 11, 12, 13, 14]'
echo "as described"
