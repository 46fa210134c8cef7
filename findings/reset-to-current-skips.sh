#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-tools and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: kafka-consumer-groups.sh --reset-offsets --to-current sets a group's offsets to those that it has. A partition for which the group has none yet, as a new or quiet one, is
#   set to its end: what was waiting there is never read, though the group's consumers would have begun at the beginning (auto.offset.reset=earliest). One would expect such a partition
#   to be left alone, or the refusal that --shift-by gives for the same reason.
# Seen: two partitions of 5 records, offset 2 committed for the first: --shift-by 0 refused; --to-current: 2 and 5; a consumer with earliest then reads 3 of the 8 records that waited
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-tools:4.4.0
kafka
cat > "$work/Step.txt" << 'JAVA'
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;

class Main {
    public static void main(String[] args) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", args[0], "group.id", "g", "auto.offset.reset", "earliest", "enable.auto.commit", "false");
        TopicPartition first = new TopicPartition("t", 0);
        TopicPartition second = new TopicPartition("t", 1);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]));
                var consumer = new KafkaConsumer<>(settings, new IntegerDeserializer(), new IntegerDeserializer())) {
            consumer.assign(List.of(first, second));
            if (!admin.listTopics().names().get().contains("t")) {
                admin.createTopics(List.of(new NewTopic("t", 2, (short) 1))).all().get();
                try (var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", args[0]), new IntegerSerializer(), new IntegerSerializer())) {
                    for (int i = 0; i < 10; i++) {
                        producer.send(new ProducerRecord<>("t", i % 2, i, i)).get();
                    }
                }
                consumer.commitSync(Map.of(first, new OffsetAndMetadata(2)));
                System.out.println("waiting: " + (5 - consumer.position(first) + 5 - consumer.position(second)));
                return;
            }
            for (TopicPartition partition : List.of(first, second)) {
                OffsetAndMetadata committed = consumer.committed(Set.of(partition)).get(partition);
                System.out.println(partition + ": " + (committed == null ? "none" : committed.offset()));
            }
            int read = 0;
            for (int i = 0; i < 20; i++) {
                read += consumer.poll(Duration.ofMillis(100)).count();
            }
            System.out.println("read: " + read);
        }
    }
}
JAVA
groups() { "${bin}java" -cp "$work/lib/*" org.apache.kafka.tools.consumer.group.ConsumerGroupCommand --bootstrap-server "$bootstrap" --group g --topic t "$@" 2>&1; }
java_main < "$work/Step.txt"
expect 'waiting: 8'
groups --reset-offsets --shift-by 0 --execute > "$work/tool" || :
grep 'Cannot shift' "$work/tool" | tee "$work/out"
expect 'Cannot shift offset for partition t-1 since there is no current committed offset'
groups --reset-offsets --to-current --execute > "$work/tool"
java_main < "$work/Step.txt"
expect 't-0: 2'
expect 't-1: 5'
expect 'read: 3'
echo "as described"
