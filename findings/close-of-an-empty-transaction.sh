#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: close() of a transactional producer aborts the transaction that is open. When nothing was sent in it yet, there is nothing to abort, and close() waits for
#   something that does not come: half a minute passes before it returns, without an exception. With one record sent, or after abortTransaction(), it returns at once.
# Seen: nothing sent: more than 25 s; one record sent: below 5 s; aborted before: below 5 s
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.util.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.*;

class Main {
    interface Work { void on(Producer<String, String> producer) throws Exception; }

    static double close(String bootstrap, String id, Work work) throws Exception {
        var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", bootstrap, "transactional.id", id), new StringSerializer(), new StringSerializer());
        producer.initTransactions();
        producer.beginTransaction();
        work.on(producer);
        long begin = System.nanoTime();
        producer.close();
        return (System.nanoTime() - begin) / 1e9;
    }

    public static void main(String[] args) throws Exception {
        System.out.println("one record sent: below 5 s " + (close(args[0], "a", producer -> producer.send(new ProducerRecord<>("t", "v")).get()) < 5));
        System.out.println("aborted before: below 5 s " + (close(args[0], "b", Producer::abortTransaction) < 5));
        System.out.println("nothing sent: more than 25 s " + (close(args[0], "c", producer -> {}) > 25));
    }
}
JAVA
expect 'one record sent: below 5 s true'
expect 'aborted before: below 5 s true'
expect 'nothing sent: more than 25 s true'
echo "as described"
