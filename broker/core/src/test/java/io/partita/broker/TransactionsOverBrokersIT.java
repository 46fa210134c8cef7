package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AddPartitionsToTxnRequest;
import io.partita.broker.protocol.message.AddPartitionsToTxnResponse;
import io.partita.broker.protocol.message.EndTxnRequest;
import io.partita.broker.protocol.message.EndTxnResponse;
import io.partita.broker.protocol.message.InitProducerIdRequest;
import io.partita.broker.protocol.message.InitProducerIdResponse;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.transaction.TransactionCoordinator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transactions whose coordinator, partitions and groups are on different brokers. */
class TransactionsOverBrokersIT {

    private static final int PARTITIONS = 6;
    private static final int TRANSACTIONS = 12;

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

    private KafkaProducer<String, String> producer(String transactionalId) {
        return new KafkaProducer<>(Map.of("bootstrap.servers", cluster.bootstrap(), "transactional.id", transactionalId, "retry.backoff.ms", "20",
                "max.block.ms", "30000"),
                new StringSerializer(), new StringSerializer());
    }

    private Set<String> committed(int count) {
        Set<String> read = new TreeSet<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", cluster.bootstrap(), "isolation.level", "read_committed", "auto.offset.reset", "earliest"),
                new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> all = new ArrayList<>();
            for (int i = 0; i < PARTITIONS; i++) {
                all.add(new TopicPartition("orders", i));
            }
            consumer.assign(all);
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (read.size() < count && System.nanoTime() < until) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    assertTrue(read.add(record.value()), "read once: " + record.value());
                }
            }
        }
        return read;
    }

    @Test
    void committedRecordsOfAllPartitionsAreReadAndAbortedOnesNever() {
        Set<String> expected = new TreeSet<>();
        // Three ids, so that each broker is likely to coordinate one, and one producer after the other writes to all partitions
        for (String id : List.of("a", "b", "c", "d")) {
            try (KafkaProducer<String, String> producer = producer(id)) {
                producer.initTransactions();
                for (int i = 0; i < TRANSACTIONS; i++) {
                    boolean commits = i % 3 != 1;
                    producer.beginTransaction();
                    for (int partition = 0; partition < PARTITIONS; partition++) {
                        String value = id + " " + i + " " + partition;
                        producer.send(new ProducerRecord<>("orders", partition, null, value));
                        if (commits) {
                            expected.add(value);
                        }
                    }
                    producer.flush();
                    if (commits) {
                        producer.commitTransaction();
                    } else {
                        producer.abortTransaction();
                    }
                }
            }
        }
        assertEquals(expected, committed(expected.size()));
    }

    @Test
    void offsetsOfAGroupElsewhereAreCommittedWithTheTransaction() throws Exception {
        for (String group : List.of("x", "y", "z", "u", "v")) {
            try (KafkaProducer<String, String> producer = producer("copier-" + group); Admin admin = cluster.admin()) {
                producer.initTransactions();
                producer.beginTransaction();
                producer.send(new ProducerRecord<>("orders", 0, null, group));
                producer.sendOffsetsToTransaction(Map.of(new TopicPartition("orders", 3), new OffsetAndMetadata(7)), new ConsumerGroupMetadata(group));
                producer.commitTransaction();
                producer.beginTransaction();
                producer.sendOffsetsToTransaction(Map.of(new TopicPartition("orders", 3), new OffsetAndMetadata(9)), new ConsumerGroupMetadata(group));
                producer.abortTransaction();
                OffsetAndMetadata offset = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(new TopicPartition("orders", 3));
                assertEquals(7, offset.offset());
            }
        }
    }

    @Test
    void aCoordinatorThatStopsLeavesItsTransactionsToTheNext() {
        Set<String> expected = new TreeSet<>();
        try (KafkaProducer<String, String> producer = producer("a")) {
            producer.initTransactions();
            for (int i = 0; i < TRANSACTIONS; i++) {
                producer.beginTransaction();
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    producer.send(new ProducerRecord<>("orders", partition, null, i + " " + partition));
                    expected.add(i + " " + partition);
                }
                if (i == TRANSACTIONS / 2) {
                    producer.flush();
                    assertEquals(3, cluster.broker(1).image().topic(TransactionCoordinator.TOPIC).partition(0).replicas().size());
                    cluster.stop(cluster.leader(TransactionCoordinator.TOPIC, "a".hashCode() % 3));
                }
                producer.commitTransaction();
            }
        }
        assertEquals(expected, committed(expected.size()));
    }

    /** Calls between brokers that get lost are made again, and neither tear a transaction nor end the next one. */
    @Test
    void connectionsThatBreakBetweenBrokersTearNoTransaction() throws Exception {
        cluster.close();
        cluster = new ReplicatingBrokers(directory.resolve("wired"), List.of(1, 2, 3));
        cluster.create("orders", PARTITIONS);
        Set<String> expected = new TreeSet<>();
        try (KafkaProducer<String, String> producer = producer("a")) {
            producer.initTransactions();
            for (int i = 0; i < 3 * TRANSACTIONS; i++) {
                Set<String> values = new TreeSet<>();
                producer.beginTransaction();
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    values.add(i + " " + partition);
                    producer.send(new ProducerRecord<>("orders", partition, null, i + " " + partition));
                    if (partition == i % PARTITIONS) {
                        cluster.breakConnections();
                    }
                }
                try {
                    producer.commitTransaction();
                    expected.addAll(values);
                } catch (TransactionAbortableException refused) {
                    producer.abortTransaction();
                }
            }
        }
        assertTrue(expected.size() > PARTITIONS * TRANSACTIONS, "most transactions go through");
        assertEquals(expected, committed(expected.size()));
    }

    /** As producers before KIP-890 work: partitions are added by a request, and whoever leads one asks the coordinator whether it was. */
    @Test
    void aWriteOfTheOlderProtocolIsLetInWhereItsPartitionWasAddedAndNowhereElse() throws Exception {
        // Given a transaction to which one partition was added, that another broker than the coordinator leads
        try (KafkaProducer<String, String> producer = producer("old")) {
            producer.initTransactions();
        }
        int coordinator = cluster.leader(TransactionCoordinator.TOPIC, Math.floorMod("old".hashCode(), 3));
        int added = elsewhere(coordinator, -1);
        int other = elsewhere(coordinator, added);
        try (RawClient client = new RawClient(cluster.broker(coordinator).port())) {
            var init = new InitProducerIdRequest();
            init.transactionalId = "old";
            init.transactionTimeoutMs = 60_000;
            InitProducerIdResponse id = client.call(ApiKey.INIT_PRODUCER_ID, 4, init, new InitProducerIdResponse());
            assertEquals(ErrorCode.NONE.code(), id.errorCode);
            var add = new AddPartitionsToTxnRequest();
            add.v3AndBelowTransactionalId = "old";
            add.v3AndBelowProducerId = id.producerId;
            add.v3AndBelowProducerEpoch = id.producerEpoch;
            var topic = new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic();
            topic.name = "orders";
            topic.partitions.add(added);
            add.v3AndBelowTopics.add(topic);
            AddPartitionsToTxnResponse answer = client.call(ApiKey.ADD_PARTITIONS_TO_TXN, 3, add, new AddPartitionsToTxnResponse());
            assertEquals(ErrorCode.NONE.code(), answer.resultsByTopicV3AndBelow.getFirst().resultsByPartition.getFirst().partitionErrorCode);
            // When it is written to both
            assertEquals(ErrorCode.NONE, write(added, id));
            assertEquals(ErrorCode.INVALID_TXN_STATE, write(other, id));
            var end = new EndTxnRequest();
            end.transactionalId = "old";
            end.producerId = id.producerId;
            end.producerEpoch = id.producerEpoch;
            end.committed = true;
            assertEquals(ErrorCode.NONE.code(), client.call(ApiKey.END_TXN, 3, end, new EndTxnResponse()).errorCode);
        }
        assertEquals(Set.of("written to " + added), committed(1));
    }

    /** A partition that another broker leads. */
    private int elsewhere(int coordinator, int than) {
        for (int i = 0; i < PARTITIONS; i++) {
            if (i != than && cluster.leader("orders", i) != coordinator) {
                return i;
            }
        }
        throw new AssertionError("one broker leads all");
    }

    private ErrorCode write(int partition, InitProducerIdResponse id) throws IOException {
        ByteBuf batch = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(batch)) {
            builder.producer(id.producerId, id.producerEpoch, 0).transactional()
                    .append(1, null, ("written to " + partition).getBytes(StandardCharsets.UTF_8)).finish();
        }
        try (RawClient client = new RawClient(cluster.broker(cluster.leader("orders", partition)).port())) {
            var request = Requests.produce("orders", partition, -1, 20_000, batch);
            request.transactionalId = "old";
            return Requests.error(client.call(ApiKey.PRODUCE, 9, request, new ProduceResponse()));
        }
    }
}
