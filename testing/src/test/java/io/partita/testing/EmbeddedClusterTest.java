package io.partita.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

@PartitaTest(brokers = 3, topics = @Topic(name = "orders", partitions = 1))
class EmbeddedClusterTest {

    @BootstrapServers
    String bootstrapServers;

    @Test
    void whatWasAcknowledgedIsThereWhenItsLeaderWasKilled(EmbeddedCluster cluster) throws Exception {
        List<String> acknowledged = new ArrayList<>();
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(Map.of("bootstrap.servers", bootstrapServers, "acks", "all"),
                new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < 300; i++) {
                if (i == 100 || i == 200) {
                    int leader = cluster.leader("orders", 0);
                    cluster.kill(leader);
                    producer.send(new ProducerRecord<>("orders", "while " + leader + " is away")).get(60, TimeUnit.SECONDS);
                    acknowledged.add("while " + leader + " is away");
                    cluster.restart(leader);
                }
                producer.send(new ProducerRecord<>("orders", "record " + i)).get(60, TimeUnit.SECONDS);
                acknowledged.add("record " + i);
            }
        }
        assertEquals(List.of(1, 2, 3), cluster.running());
        assertEquals(acknowledged, read(acknowledged.size()));
    }

    private List<String> read(int count) {
        List<String> read = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers, "group.id", "readers", "auto.offset.reset", "earliest"), new StringDeserializer(),
                new StringDeserializer())) {
            consumer.subscribe(List.of("orders"));
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (read.size() < count && System.nanoTime() < until) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> read.add(record.value()));
            }
        }
        return read;
    }

    @Test
    void onlyBrokersThatThereAreCanBeKilled(EmbeddedCluster cluster) {
        String message = assertThrows(IllegalArgumentException.class, () -> cluster.kill(4)).getMessage();
        assertTrue(message.contains("Broker 4 does not run"), message);
        assertThrows(IllegalArgumentException.class, () -> cluster.restart(4));
    }
}
