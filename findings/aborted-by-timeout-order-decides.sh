#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: The broker has aborted a transaction that ran past its timeout. Whether the producer survives depends on what it calls next: commitTransaction()
#   throws InvalidTxnStateException and nothing helps any more, abortTransaction() fails too; send() first throws InvalidProducerEpochException, then
#   abortTransaction() works and the producer goes on. ProducerFencedException, which the documentation of these calls speaks of, never comes.
# Seen: commit first: InvalidTxnStateException, abort: KafkaException; send first: InvalidProducerEpochException, abort: ok, next transaction: ok
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka transaction.abort.timed.out.transaction.cleanup.interval.ms=500
java_main << 'JAVA'
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.*;

class Main {
    interface Step { void run() throws Exception; }

    static String outcome(Step step) {
        try {
            step.run();
            return "ok";
        } catch (ExecutionException e) {
            return e.getCause().getClass().getSimpleName();
        } catch (Exception e) {
            return e.getClass().getSimpleName();
        }
    }

    static KafkaProducer<String, String> producer(String bootstrap, String id, Admin admin) throws Exception {
        var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", bootstrap, "transactional.id", id, "transaction.timeout.ms", 1000),
                new StringSerializer(), new StringSerializer());
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("t", "one")).get();
        while (admin.describeTransactions(List.of(id)).description(id).get().state() != TransactionState.COMPLETE_ABORT) {
            Thread.sleep(100);
        }
        return producer;
    }

    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
            try (var producer = producer(args[0], "a", admin)) {
                System.out.println("commit first: " + outcome(producer::commitTransaction) + ", abort: " + outcome(producer::abortTransaction));
            }
            try (var producer = producer(args[0], "b", admin)) {
                System.out.println("send first: " + outcome(() -> producer.send(new ProducerRecord<>("t", "two")).get()) + ", abort: "
                        + outcome(producer::abortTransaction) + ", next transaction: " + outcome(() -> {
                            producer.beginTransaction();
                            producer.send(new ProducerRecord<>("t", "three")).get();
                            producer.commitTransaction();
                        }));
            }
        }
    }
}
JAVA
expect 'commit first: InvalidTxnStateException, abort: KafkaException'
expect 'send first: InvalidProducerEpochException, abort: ok, next transaction: ok'
echo "as described"
