#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: OffsetSpec.maxTimestamp() counts transaction markers, which carry the coordinator's clock: after a transaction of records with older timestamps
#   it answers the marker's offset, where no consumer finds a record, and a time that no record has. With READ_COMMITTED it answers -1 while the newest record is in an open
#   transaction, although older committed ones are there.
# Seen: two records at 1000 and 2000, committed: offset 2 of 2 records, a time of now; a younger one behind them in an open transaction, READ_COMMITTED: -1
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.serialization.*;

class Main {
    static void show(Admin admin, String when, IsolationLevel level) throws Exception {
        TopicPartition partition = new TopicPartition("t", 0);
        var found = admin.listOffsets(Map.of(partition, OffsetSpec.maxTimestamp()), new ListOffsetsOptions(level)).partitionResult(partition).get();
        String time = found.timestamp() > 1_000_000_000_000L ? "now" : Long.toString(found.timestamp());
        System.out.println(when + ", " + level.name() + ": offset " + found.offset() + ", time " + time);
    }

    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]));
                var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", args[0], "transactional.id", "x"), new StringSerializer(),
                        new StringSerializer())) {
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1).configs(Map.of("retention.ms", "-1")))).all().get();
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("t", 0, 1000L, "k", "one")).get();
            producer.send(new ProducerRecord<>("t", 0, 2000L, "k", "two")).get();
            producer.commitTransaction();
            while (admin.listOffsets(Map.of(new TopicPartition("t", 0), OffsetSpec.latest())).all().get().values().iterator().next().offset() < 3) {
                Thread.sleep(50);
            }
            show(admin, "committed", IsolationLevel.READ_UNCOMMITTED);
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("t", 0, System.currentTimeMillis() + 60_000, "k", "three")).get();
            show(admin, "another one open", IsolationLevel.READ_COMMITTED);
            producer.abortTransaction();
        }
    }
}
JAVA
expect 'committed, READ_UNCOMMITTED: offset 2, time now'
expect 'another one open, READ_COMMITTED: offset -1, time -1'
echo "as described"
