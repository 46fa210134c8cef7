#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: Admin.alterShareGroupOffsets() takes an offset that lies behind a partition's end, as one has at hand after a topic was made anew or from another cluster. The group then waits there:
#   what is written up to that offset is acknowledged to its producers and delivered to nobody, without an error on either side; the lag is said to be unknown. A consumer group with
#   such an offset is told that it is out of range and does what auto.offset.reset says. One would expect the share group to be reset likewise, or the call to be refused.
# Seen: 5 records, offset 10: no error; then 8 more are written: the consumer group reads from 0 on, the share group 10, 11, 12
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
    public static void main(String[] args) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", args[0]);
        TopicPartition partition = new TopicPartition("t", 0);
        try (Admin admin = Admin.create(settings);
                var producer = new KafkaProducer<>(settings, new StringSerializer(), new IntegerSerializer());
                var consumer = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", args[0], "group.id", "consumers", "auto.offset.reset", "earliest"),
                        new StringDeserializer(), new IntegerDeserializer());
                var shared = new KafkaShareConsumer<>(Map.<String, Object>of("bootstrap.servers", args[0], "group.id", "sharers"), new StringDeserializer(),
                        new IntegerDeserializer())) {
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
            for (int i = 0; i < 5; i++) {
                producer.send(new ProducerRecord<>("t", i)).get();
            }
            consumer.assign(List.of(partition));
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(10)));
            List<Integer> consumed = new ArrayList<>();
            for (int i = 0; i < 300 && consumed.size() < 5; i++) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> consumed.add(record.value()));
            }
            System.out.println("consumer group: " + consumed);

            admin.alterShareGroupOffsets("sharers", Map.of(partition, 10L)).all().get();
            System.out.println("share group: set to 10 without an error");
            shared.subscribe(List.of("t"));
            for (int i = 0; i < 10; i++) {
                shared.poll(Duration.ofMillis(200));
            }
            for (int i = 5; i < 13; i++) {
                producer.send(new ProducerRecord<>("t", i)).get();
            }
            List<Integer> received = new ArrayList<>();
            for (int i = 0; i < 300 && !received.contains(12); i++) {
                shared.poll(Duration.ofMillis(200)).forEach(record -> received.add(record.value()));
            }
            System.out.println("share group: " + received);
        }
    }
}
JAVA
expect 'consumer group: [0, 1, 2, 3, 4]'
expect 'share group: set to 10 without an error'
expect 'share group: [10, 11, 12]'
echo "as described"
