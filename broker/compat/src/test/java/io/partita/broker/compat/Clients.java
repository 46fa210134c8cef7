package io.partita.broker.compat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Java clients of the newest release for one broker, at their defaults unless a test says otherwise. */
final class Clients {
    private static final AtomicInteger NAMES = new AtomicInteger();
    private final String bootstrap;

    Clients(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    /** A name nothing else uses. */
    static String name(String start) {
        return start + "-" + NAMES.incrementAndGet() + "-" + ProcessHandle.current().pid();
    }

    Admin admin() {
        return Admin.create(settings(Map.of()));
    }

    /** @param overrides pairs of a setting's name and value */
    KafkaProducer<String, String> producer(Object... overrides) {
        return new KafkaProducer<>(settings(pairs(overrides)), new StringSerializer(), new StringSerializer());
    }

    KafkaConsumer<String, String> consumer(Object... overrides) {
        return new KafkaConsumer<>(settings(pairs(overrides)), new StringDeserializer(), new StringDeserializer());
    }

    <K, V> KafkaConsumer<K, V> consumer(Deserializer<K> keys, Deserializer<V> values, Object... overrides) {
        return new KafkaConsumer<>(settings(pairs(overrides)), keys, values);
    }

    /** A consumer that starts where its group has no offsets at the beginning. */
    KafkaConsumer<String, String> groupConsumer(String group, Object... overrides) {
        var all = new ArrayList<Object>(List.of("group.id", group, "auto.offset.reset", "earliest"));
        all.addAll(Arrays.asList(overrides));
        return consumer(all.toArray());
    }

    /** Creates a topic of a new name. @param configs pairs of a setting's name and value */
    String topic(String start, int partitions, String... configs) {
        var name = name(start);
        try (var admin = admin()) {
            var topic = new NewTopic(name, partitions, (short) 1);
            var settings = new HashMap<String, String>();
            for (int i = 0; i < configs.length; i += 2) {
                settings.put(configs[i], configs[i + 1]);
            }
            get(admin.createTopics(List.of(topic.configs(settings))).all());
            // Kafka announces a new partition before it serves it, and a producer whose first batches meet both states never recovers.
            var offsets = new HashMap<TopicPartition, OffsetSpec>();
            for (int i = 0; i < partitions; i++) {
                offsets.put(new TopicPartition(name, i), OffsetSpec.latest());
            }
            Await.until("the new topic is served", () -> get(admin.listOffsets(offsets).all()), found -> found.size() == partitions);
        }
        return name;
    }

    /** Reads a partition from its beginning until a number of records is there. */
    List<ConsumerRecord<String, String>> read(String topic, int partition, int count) {
        try (var consumer = consumer()) {
            var assigned = List.of(new TopicPartition(topic, partition));
            consumer.assign(assigned);
            consumer.seekToBeginning(assigned);
            return poll(consumer, count);
        }
    }

    /** Polls until a number of records is there. */
    static List<ConsumerRecord<String, String>> poll(KafkaConsumer<String, String> consumer, int count) {
        var records = new ArrayList<ConsumerRecord<String, String>>();
        Await.until(count + " records were read", () -> {
            consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            return records.size() >= count;
        });
        return records;
    }

    static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Map<String, Object> settings(Map<String, Object> overrides) {
        var settings = new HashMap<String, Object>();
        settings.put("bootstrap.servers", bootstrap);
        settings.putAll(overrides);
        return settings;
    }

    private static Map<String, Object> pairs(Object... names) {
        var pairs = new HashMap<String, Object>();
        for (int i = 0; i < names.length; i += 2) {
            pairs.put((String) names[i], names[i + 1]);
        }
        return pairs;
    }
}
