#!/usr/bin/env bash
# Package: io.vertx:vertx-kafka-client 5.0.7 (Maven Central), on Apache Kafka 4.4.0
# Behaviour: The consumer of Vert.x hands records to its handler one by one. commit() called there commits everything that its last poll brought, up to 500 records that no handler has
#   seen yet, because it is the underlying consumer's position that is committed. Whoever commits after each record, with enable.auto.commit=false, to lose none, loses them all
#   when the process ends before the rest is handled. One would expect the record at hand to be the last one committed; commit(offsets) with a map does that.
# Seen: 20 records, the handler pauses the consumer and commits at the third: the committed offset is 20, and the group's next consumer begins there
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0 io.vertx:vertx-kafka-client:5.0.7
kafka
java_main << 'JAVA'
import io.vertx.core.Vertx;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import java.util.*;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.*;

class Main {
    public static void main(String[] args) throws Exception {
        try (var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", args[0], "linger.ms", "200"), new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < 20; i++) {
                producer.send(new ProducerRecord<>("t", 0, null, "value " + i));
            }
        }
        String text = StringDeserializer.class.getName();
        Vertx vertx = Vertx.vertx();
        KafkaConsumer<String, String> consumer = KafkaConsumer.create(vertx, Map.of("bootstrap.servers", args[0], "group.id", "g", "auto.offset.reset", "earliest",
                "enable.auto.commit", "false", "key.deserializer", text, "value.deserializer", text));
        AtomicInteger handled = new AtomicInteger();
        CompletableFuture<Void> committed = new CompletableFuture<>();
        consumer.handler(record -> {
            if (handled.incrementAndGet() == 3) {
                consumer.pause();
                consumer.commit().onSuccess(committed::complete).onFailure(committed::completeExceptionally);
            }
        });
        consumer.subscribe("t");
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            committed.get(60, TimeUnit.SECONDS);
            long offset = admin.listConsumerGroupOffsets("g").partitionsToOffsetAndMetadata().get().values().iterator().next().offset();
            System.out.println("handled: " + handled.get() + ", committed: " + offset);
        } catch (Exception e) {
            System.out.println(e);
        }
        System.exit(0);
    }
}
JAVA
expect 'handled: 3, committed: 20'
echo "as described"
