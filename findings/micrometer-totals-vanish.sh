#!/usr/bin/env bash
# Package: io.micrometer:micrometer-registry-prometheus 1.17.2, org.apache.kafka:kafka-clients and kafka_2.13 4.4.0 (Maven Central)
# Behaviour: KafkaClientMetrics gives a consumer's metrics to a registry. What the consumer has once for itself and once for each topic under one name is there for the whole consumer only
#   until it has read something: then its series ends, and others with the tags topic and partition begin under the same name. A counter so ends while what it counts goes on, and
#   whoever looks at a client's records_lag_max by its tags sees it last when there was no lag. The producer's have two names, and both stay.
# Seen: before the first record: records_consumed_total and records_lag_max with the tag client_id; after it: client_id and topic, client_id, topic and partition alone
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0 io.micrometer:micrometer-registry-prometheus:1.17.2
kafka
java_main << 'JAVA'
import io.micrometer.core.instrument.*;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.micrometer.prometheusmetrics.*;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.*;

class Main {
    /** Looks for new metrics each second rather than each minute. */
    static class Often extends ScheduledThreadPoolExecutor {
        Often() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, long delay, long period, TimeUnit unit) {
            return super.scheduleAtFixedRate(task, 1, 1, TimeUnit.SECONDS);
        }
    }

    static String tags(MeterRegistry registry, String name) {
        return registry.find(name).meters().stream()
                .map(meter -> meter.getId().getTags().stream().map(Tag::getKey).filter(key -> !key.equals("kafka.version")).collect(Collectors.joining("+")))
                .collect(Collectors.toCollection(TreeSet::new)).toString();
    }

    static void print(MeterRegistry registry, String when) {
        System.out.println(when + ": consumed " + tags(registry, "kafka.consumer.fetch.manager.records.consumed.total") + ", lag "
                + tags(registry, "kafka.consumer.fetch.manager.records.lag.max") + ", sent " + tags(registry, "kafka.producer.record.send.total"));
    }

    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
        }
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        Often often = new Often();
        try (var consumer = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", args[0], "group.id", "g", "auto.offset.reset", "earliest"),
                new StringDeserializer(), new StringDeserializer());
                var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", args[0]), new StringSerializer(), new StringSerializer());
                KafkaClientMetrics consumers = new KafkaClientMetrics(consumer, List.of(), often);
                KafkaClientMetrics producers = new KafkaClientMetrics(producer, List.of(), often)) {
            consumers.bindTo(registry);
            producers.bindTo(registry);
            print(registry, "before");
            producer.send(new ProducerRecord<>("t", "v")).get();
            consumer.subscribe(List.of("t"));
            int records = 0;
            for (int i = 0; i < 600 && records == 0; i++) {
                records = consumer.poll(Duration.ofMillis(100)).count();
            }
            for (int i = 0; i < 100 && !tags(registry, "kafka.consumer.fetch.manager.records.lag.max").contains("partition"); i++) {
                consumer.poll(Duration.ofMillis(100));
            }
            Thread.sleep(3000);
            print(registry, "after");
        } finally {
            often.shutdownNow();
        }
    }
}
JAVA
expect 'before: consumed [client.id], lag [client.id], sent [client.id]'
expect 'after: consumed [client.id+topic], lag [client.id+partition+topic], sent [client.id]'
echo "as described"
