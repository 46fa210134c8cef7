#!/usr/bin/env bash
# Package: @platformatic/kafka 2.12.1 (npm) and org.apache.kafka:kafka-clients 4.4.0 (Maven Central), on Apache Kafka 4.4.0
# Behaviour: The default partitioner of @platformatic/kafka takes the Java client's hash (murmur2) as an unsigned number, where Java drops its sign bit. With a power of two of
#   partitions both choose the same partition for every key; with any other number about half of the keys go elsewhere, so that the records of one key are in two partitions
#   if both write the topic, and joins of topics by partition find nothing. Its exported compatibilityPartitioner agrees with Java. One would expect a number of partitions to make no difference.
# Seen: of 1,000 keys elsewhere: 8 partitions 0, 12 partitions 459; with compatibilityPartitioner 0 and 0
. "$(dirname "$0")/lib/java.sh"
. "$(dirname "$0")/lib/node.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
packages @platformatic/kafka@2.12.1
kafka
java_main << 'JAVA'
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;

class Main {
    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            admin.createTopics(List.of(new NewTopic("of8", 8, (short) 1), new NewTopic("of12", 12, (short) 1))).all().get();
        }
        String serializer = "org.apache.kafka.common.serialization.StringSerializer";
        try (var producer = new KafkaProducer<String, String>(Map.of("bootstrap.servers", args[0], "key.serializer", serializer, "value.serializer", serializer))) {
            for (String topic : List.of("of8", "of12")) {
                var line = new StringJoiner(",", topic + "=", "");
                for (int i = 0; i < 1000; i++) {
                    line.add(String.valueOf(producer.send(new ProducerRecord<>(topic, "key-" + i, "v")).get().partition()));
                }
                System.out.println(line);
            }
        }
    }
}
JAVA
cp "$work/out" "$work/java"
node_main << 'JS'
import { readFileSync } from 'node:fs'
import { Producer, compatibilityPartitioner, stringSerializers } from '@platformatic/kafka'

const java = Object.fromEntries(readFileSync(new URL('java', import.meta.url), 'utf8').trim().split('\n').map(line => line.split('=')))
for (const [name, partitioner] of Object.entries({ default: undefined, compatibilityPartitioner })) {
  const producer = new Producer({ clientId: name, bootstrapBrokers: [process.argv[2]], serializers: stringSerializers, ...(partitioner && { partitioner }) })
  for (const topic of ['of8', 'of12']) {
    const partitions = java[topic].split(',').map(Number)
    let elsewhere = 0
    for (let i = 0; i < 1000; i++) {
      const result = await producer.send({ messages: [{ topic, key: 'key-' + i, value: 'v' }] })
      if (result.offsets[0].partition !== partitions[i]) elsewhere++
    }
    console.log(`${name}, ${topic}: ${elsewhere}`)
  }
  await producer.close()
}
JS
expect 'default, of8: 0'
expect 'default, of12: 459'
expect 'compatibilityPartitioner, of8: 0'
expect 'compatibilityPartitioner, of12: 0'
echo "as described"
