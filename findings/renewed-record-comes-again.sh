#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: A share consumer that needs more time for a record acknowledges it with RENEW (KIP-1222), which lengthens its lock. poll() then hands out the same record again, with the same
#   delivery count, and nothing else as long as it is renewed, whatever waits in the topic. An application that gives long work to a thread and polls on begins it anew with each
#   poll(), and cannot tell this from a second delivery. One would expect what is in hand not to come again, and other records to come.
# Seen: two records, the first renewed twice, then accepted: 0/1, 0/1, 0/1, 1/1 (record/delivery count)
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
    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]));
                var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", args[0]), new StringSerializer(), new StringSerializer());
                var consumer = new KafkaShareConsumer<>(Map.<String, Object>of("bootstrap.servers", args[0], "group.id", "g", "share.acknowledgement.mode", "explicit",
                        "share.acquire.mode", "record_limit", "max.poll.records", "1"), new StringDeserializer(), new StringDeserializer())) {
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
            for (int i = 0; i < 2; i++) {
                producer.send(new ProducerRecord<>("t", "" + i)).get();
            }
            admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, "g"),
                    List.of(new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET)))).all().get();
            consumer.subscribe(List.of("t"));
            List<String> received = new ArrayList<>();
            for (int i = 0; i < 300 && received.size() < 4; i++) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    received.add(record.value() + "/" + record.deliveryCount().get());
                    consumer.acknowledge(record, received.size() <= 2 ? AcknowledgeType.RENEW : AcknowledgeType.ACCEPT);
                }
                consumer.commitSync();
            }
            System.out.println("received: " + received);
        }
    }
}
JAVA
expect 'received: [0/1, 0/1, 0/1, 1/1]'
echo "as described"
