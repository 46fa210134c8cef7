#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: A producer with transaction.two.phase.commit.enable=true (KIP-939) is told that transactions it starts never expire, so transaction.timeout.ms may not be set beside it.
#   A broker that does not allow this, which is the default, does not say so: initTransactions() succeeds, the transaction has a timeout of one minute, is aborted
#   when that is over, and commitTransaction() fails. One would expect initTransactions() to fail.
# Seen: with transaction.timeout.ms: ConfigException; without: initTransactions ok, timeout 60000, aborted within 120 s, commit InvalidTxnStateException
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.*;

class Main {
    static KafkaProducer<String, String> producer(String bootstrap, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", bootstrap, "transactional.id", "a", "transaction.two.phase.commit.enable", true));
        config.putAll(more);
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    public static void main(String[] args) throws Exception {
        try {
            producer(args[0], Map.of("transaction.timeout.ms", 60_000)).close();
            System.out.println("with a timeout: ok");
        } catch (ConfigException e) {
            System.out.println("with a timeout: " + e.getMessage());
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0])); var producer = producer(args[0], Map.of())) {
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("t", "v")).get();
            System.out.println("initTransactions ok, timeout " + admin.describeTransactions(List.of("a")).description("a").get().transactionTimeoutMs());
            long end = System.nanoTime() + 120_000_000_000L;
            TransactionState state = TransactionState.ONGOING;
            while (state != TransactionState.COMPLETE_ABORT && System.nanoTime() < end) {
                Thread.sleep(500);
                state = admin.describeTransactions(List.of("a")).description("a").get().state();
            }
            System.out.println("in the end: " + state);
            try {
                producer.commitTransaction();
                System.out.println("commit: ok");
            } catch (RuntimeException e) {
                System.out.println("commit: " + e.getClass().getSimpleName());
            }
        }
    }
}
JAVA
expect 'with a timeout: Cannot set transaction.timeout.ms when transaction.two.phase.commit.enable is set to true. Transactions will not expire with two-phase commit enabled.'
expect 'initTransactions ok, timeout 60000'
expect 'in the end: CompleteAbort'
expect 'commit: InvalidTxnStateException'
echo "as described"
