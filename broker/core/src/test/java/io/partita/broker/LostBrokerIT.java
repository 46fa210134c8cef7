package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A broker is killed without a word: its peers notice by their connections to it. */
class LostBrokerIT {

    private static final Logger LOG = LoggerFactory.getLogger(LostBrokerIT.class);

    private static final int PARTITIONS = 6;
    private static final int RECORDS = 1_200;

    @TempDir
    Path directory;

    private ReplicatingBrokers cluster;

    @BeforeEach
    void start() throws Exception {
        cluster = new ReplicatingBrokers(directory);
        cluster.create("orders", PARTITIONS);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void everythingAcknowledgedIsThereAndWritesGoOn() throws Exception {
        List<String> acknowledged = new ArrayList<>();
        long longest = 0;
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", cluster.bootstrap(), "acks", "all", "retry.backoff.ms", "10", "reconnect.backoff.ms", "10", "linger.ms", "0"),
                new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < RECORDS; i++) {
                if (i == RECORDS / 2) {
                    cluster.kill(2);
                }
                long begun = System.nanoTime();
                producer.send(new ProducerRecord<>("orders", i % PARTITIONS, null, "record " + i)).get(60, TimeUnit.SECONDS);
                longest = Math.max(longest, i < RECORDS / 2 ? 0 : System.nanoTime() - begun);
                acknowledged.add("record " + i);
            }
        }
        LOG.info("The longest write after the kill took {} ms.", longest / 1_000_000);
        assertEquals(new TreeSet<>(acknowledged), new TreeSet<>(read(acknowledged.size())));
        assertTrue(cluster.running().values().stream().allMatch(broker -> broker.replication().suspicions() > 0));
    }

    private List<String> read(int count) {
        List<String> read = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(Map.of("bootstrap.servers", cluster.bootstrap(), "auto.offset.reset", "earliest"),
                new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> all = new ArrayList<>();
            for (int i = 0; i < PARTITIONS; i++) {
                all.add(new TopicPartition("orders", i));
            }
            consumer.assign(all);
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (read.size() < count && System.nanoTime() < until) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    read.add(record.value());
                }
            }
        }
        return read;
    }
}
