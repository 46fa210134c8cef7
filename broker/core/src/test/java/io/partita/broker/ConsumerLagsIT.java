package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.cluster.MemoryObjectStore;
import io.partita.broker.cluster.ObjectMetadataStore;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.ThreadLoop;
import io.partita.broker.group.CommittedPosition;
import io.partita.broker.group.GroupLag;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Lag as it is measured, where two of three partitions are on other brokers than the group's coordinator. */
class ConsumerLagsIT {

    private static final long HOUR = TimeUnit.HOURS.toMillis(1);

    private final ThreadLoop loop = new ThreadLoop("objects");
    private final MemoryObjectStore objects = new MemoryObjectStore(loop);
    private final Map<Integer, Broker> brokers = new TreeMap<>();

    @BeforeEach
    void start() {
        for (int id = 1; id <= 3; id++) {
            ThreadLoop metadata = new ThreadLoop("metadata-" + id);
            BrokerConfig config = BrokerConfig.of(Map.of("node.id", Integer.toString(id), "listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "data-" + id,
                    "offsets.topic.num.partitions", "1"));
            brokers.put(id, Broker.start(BrokerOptions.of(config).withDisk(new MemoryDisk())
                    .withMetadata(ObjectMetadataStore.of(objects.client(), metadata, () -> null, metadata::close))));
        }
    }

    @AfterEach
    void stop() {
        brokers.values().forEach(Broker::close);
        loop.close();
    }

    private List<GroupLag> measure(Broker broker) {
        var measured = new CompletableFuture<List<GroupLag>>();
        broker.lags(measured::complete);
        return measured.orTimeout(20, TimeUnit.SECONDS).join();
    }

    @Test
    void saysHowManyRecordsAndHowLongAgoWhereverThePartitionIs() throws Exception {
        String bootstrap = brokers.get(1).bootstrapServers();
        long sent = System.currentTimeMillis() - HOUR;
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic("orders", 3, (short) 1))).all().get();
            try (KafkaProducer<String, String> producer = new KafkaProducer<>(Map.of("bootstrap.servers", bootstrap), new StringSerializer(),
                    new StringSerializer())) {
                for (int partition = 0; partition < 3; partition++) {
                    for (int i = 0; i < 4; i++) {
                        // One batch each, so that each record has the time of its batch.
                        producer.send(new ProducerRecord<>("orders", partition, sent + i, null, "v")).get(20, TimeUnit.SECONDS);
                    }
                }
            }
            var committed = new HashMap<TopicPartition, OffsetAndMetadata>();
            for (int partition = 0; partition < 3; partition++) {
                committed.put(new TopicPartition("orders", partition), new OffsetAndMetadata(partition == 2 ? 4 : 1));
            }
            admin.alterConsumerGroupOffsets("readers", committed).all().get();
        }

        var found = new TreeMap<Integer, GroupLag>();
        for (Broker broker : brokers.values()) {
            for (GroupLag lag : measure(broker)) {
                assertEquals(new CommittedPosition("readers", "orders", lag.position().partition(), lag.position().partition() == 2 ? 4 : 1), lag.position());
                assertEquals(null, found.put(lag.position().partition(), lag), "only its coordinator tells of a group");
            }
        }

        assertEquals(List.of(3L, 3L, 0L), found.values().stream().map(GroupLag::records).toList());
        assertEquals(0, found.get(2).behindMillis());
        for (int partition = 0; partition < 2; partition++) {
            long behind = found.get(partition).behindMillis();
            assertTrue(behind > HOUR - 10 && behind <= System.currentTimeMillis() - sent, "behind by " + behind + " ms");
        }
    }
}
