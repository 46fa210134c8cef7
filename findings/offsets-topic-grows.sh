#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: A broker without an authorizer lets any client add partitions to __consumer_offsets, although a group's place is its name's hash modulo their number:
#   only kafka-topics.sh refuses it. After the next restart of the broker groups are looked for elsewhere, and have no committed offsets.
# Seen: CreatePartitions 1 to 2: no error; the committed offset of a group whose place changes: 7 before the restart, none after it
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
cat > "$work/Step.txt" << 'JAVA'
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;

class Main {
    static Object committed(Admin admin, String group, TopicPartition partition) throws Exception {
        for (int tries = 0; ; tries++) {
            try {
                OffsetAndMetadata offset = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(partition);
                return offset == null ? "none" : offset.offset();
            } catch (Exception e) {
                if (tries > 100) {
                    throw e;
                }
                Thread.sleep(100);
            }
        }
    }

    public static void main(String[] args) throws Exception {
        // Any group whose hash is odd lies in the second of two partitions.
        String group = "group-" + (Math.floorMod("group-1".hashCode() & 0x7fffffff, 2) == 1 ? "1" : "2");
        TopicPartition partition = new TopicPartition("t", 0);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            if (admin.listTopics().names().get().contains("t")) {
                System.out.println("after the restart: " + committed(admin, group, partition));
                return;
            }
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
            for (int tries = 0; ; tries++) {
                try {
                    admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(7))).all().get();
                    break;
                } catch (Exception e) {
                    if (tries > 100) {
                        throw e;
                    }
                    Thread.sleep(100);
                }
            }
            admin.createPartitions(Map.of("__consumer_offsets", NewPartitions.increaseTo(2))).all().get();
            System.out.println("grown without an error");
            System.out.println("before the restart: " + committed(admin, group, partition));
        }
    }
}
JAVA
java_main < "$work/Step.txt"
expect 'grown without an error'
expect 'before the restart: 7'
broker=${started##* }
kill "$broker"
while kill -0 "$broker" 2> /dev/null; do sleep 1; done
"${bin}java" -Xmx512m -cp "$work/lib/*" kafka.Kafka "$work/server.properties" > "$work/kafka.log" 2>&1 &
started="$started $!"
until (exec 3<> "/dev/tcp/127.0.0.1/$kafka_port") 2> /dev/null; do sleep 1; done
java_main < "$work/Step.txt"
expect 'after the restart: none'
echo "as described"
