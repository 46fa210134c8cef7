#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: MockConsumer, which kafka-clients has for tests, forgets a record when poll() has handed it out. After seek() back to it, as an application does to try again what failed,
#   poll() gives nothing, and the position stays where it was set to; the real consumer gives the record again. So a test cannot see that an application reads a failed record twice,
#   or that it never gets past it. One would expect the records of a partition to stay, as offsets, seek() and position() are all there.
# Seen: two records, read, seek(0), poll: KafkaConsumer 2 then 2, MockConsumer 2 then 0 at position 0
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;

class Main {
    static final TopicPartition PARTITION = new TopicPartition("t", 0);

    static int poll(Consumer<String, String> consumer) {
        int read = 0;
        for (int i = 0; i < 50 && read < 2; i++) {
            read += consumer.poll(Duration.ofMillis(100)).count();
        }
        return read;
    }

    static void again(String name, Consumer<String, String> consumer) {
        int first = poll(consumer);
        consumer.seek(PARTITION, 0);
        int second = poll(consumer);
        System.out.println(name + ": " + first + " then " + second + ", position " + consumer.position(PARTITION));
    }

    public static void main(String[] args) throws Exception {
        try (var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", args[0]), new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < 2; i++) {
                producer.send(new ProducerRecord<>("t", "key", "value " + i)).get();
            }
        }
        try (var real = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", args[0], "auto.offset.reset", "earliest"), new StringDeserializer(),
                new StringDeserializer())) {
            real.assign(List.of(PARTITION));
            again("KafkaConsumer", real);
        }
        try (var mock = new MockConsumer<String, String>("earliest")) {
            mock.assign(List.of(PARTITION));
            mock.updateBeginningOffsets(Map.of(PARTITION, 0L));
            for (int i = 0; i < 2; i++) {
                mock.addRecord(new ConsumerRecord<>("t", 0, i, "key", "value " + i));
            }
            again("MockConsumer", mock);
        }
    }
}
JAVA
expect 'KafkaConsumer: 2 then 2, position 2'
expect 'MockConsumer: 2 then 0, position 0'
echo "as described"
