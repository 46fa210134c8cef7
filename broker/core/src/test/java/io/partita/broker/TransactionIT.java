package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AddOffsetsToTxnRequest;
import io.partita.broker.protocol.message.AddOffsetsToTxnResponse;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.replication.PartitionLeader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidRegularExpression;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transactions by Kafka's own clients against a broker over sockets, as measured on Apache Kafka. */
class TransactionIT {

    private static final TopicPartition FIRST = new TopicPartition("first", 0);
    private static final TopicPartition SECOND = new TopicPartition("second", 0);

    @TempDir
    Path data;

    private Broker broker;
    private Admin admin;

    @BeforeEach
    void start() throws Exception {
        open();
        admin.createTopics(List.of(new NewTopic("first", 2, (short) 1), new NewTopic("second", 1, (short) 1))).all().get();
    }

    private void open() {
        broker = Broker.start(BrokerOptions.of(BrokerConfig.of(Map.of("node.id", "1", "listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", data.toString(),
                "num.network.threads", "2", "group.initial.rebalance.delay.ms", "0", "offsets.topic.num.partitions", "5",
                "transaction.state.log.num.partitions", "5"))));
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    }

    @AfterEach
    void stop() {
        admin.close(Duration.ofSeconds(1));
        broker.close();
    }

    private void restart() {
        stop();
        open();
    }

    private KafkaProducer<String, String> producer(String transactionalId, Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", broker.bootstrapServers(), "transactional.id", transactionalId,
                "linger.ms", "0", "key.serializer", StringSerializer.class, "value.serializer", StringSerializer.class));
        settings.putAll(more);
        return new KafkaProducer<>(settings);
    }

    private KafkaProducer<String, String> initialized(String transactionalId) {
        KafkaProducer<String, String> producer = producer(transactionalId, Map.of());
        producer.initTransactions();
        return producer;
    }

    private static ProducerRecord<String, String> to(TopicPartition partition, String value) {
        return new ProducerRecord<>(partition.topic(), partition.partition(), null, value);
    }

    private KafkaConsumer<String, String> consumer(String isolation, Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", broker.bootstrapServers(), "isolation.level", isolation,
                "auto.offset.reset", "earliest", "enable.auto.commit", "false", "key.deserializer", StringDeserializer.class, "value.deserializer",
                StringDeserializer.class));
        settings.putAll(more);
        return new KafkaConsumer<>(settings);
    }

    /** What a consumer of committed records finds in a partition. */
    private List<String> committed(TopicPartition partition) {
        var values = new ArrayList<String>();
        try (KafkaConsumer<String, String> consumer = consumer("read_committed", Map.of())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(5))) {
                    values.add(record.value());
                }
            }
        }
        return values;
    }

    private ProducerState onlyProducer(TopicPartition partition) throws Exception {
        return admin.describeProducers(List.of(partition)).partitionResult(partition).get().activeProducers().getFirst();
    }

    @Test
    void committedRecordsAreReadTogetherAndAbortedOnesNever() throws Exception {
        try (KafkaProducer<String, String> producer = initialized("t")) {
            // When
            producer.beginTransaction();
            producer.send(to(FIRST, "a"));
            producer.send(to(SECOND, "a"));
            producer.flush();
            assertEquals(List.of(), committed(FIRST));
            producer.commitTransaction();
            producer.beginTransaction();
            producer.send(to(FIRST, "b"));
            producer.flush();
            producer.abortTransaction();
            producer.beginTransaction();
            producer.send(to(FIRST, "c"));
            producer.commitTransaction();

            // Then
            assertEquals(List.of("a", "c"), committed(FIRST));
            assertEquals(List.of("a"), committed(SECOND));
        }
    }

    @Test
    void theEpochRisesWithEveryEndAsTheMarkerSays() throws Exception {
        try (KafkaProducer<String, String> producer = initialized("t")) {
            for (int i = 0; i < 3; i++) {
                producer.beginTransaction();
                producer.send(to(FIRST, "v"));
                producer.flush();
                assertEquals(i, onlyProducer(FIRST).producerEpoch());
                producer.commitTransaction();
                TransactionDescription described = described("t");
                assertEquals(i + 1, described.producerEpoch());
            }
            // Nothing in it: no end is sent.
            producer.beginTransaction();
            producer.commitTransaction();
            assertEquals(3, described("t").producerEpoch());
        }
        FinalizedVersionRange level = admin.describeFeatures().featureMetadata().get().finalizedFeatures().get("transaction.version");
        assertEquals(2, level.maxVersionLevel());
    }

    private TransactionDescription described(String id) throws Exception {
        while (true) {
            TransactionDescription described = admin.describeTransactions(List.of(id)).description(id).get();
            if (described.state() != TransactionState.PREPARE_COMMIT && described.state() != TransactionState.PREPARE_ABORT) {
                return described;
            }
        }
    }

    @Test
    void anotherProducerOfTheSameIdEndsWhatTheFirstBegan() throws Exception {
        try (KafkaProducer<String, String> first = initialized("t")) {
            first.beginTransaction();
            first.send(to(FIRST, "a")).get();

            // When
            try (KafkaProducer<String, String> second = initialized("t")) {
                // Then: the marker has epoch 1, the second producer 2.
                assertEquals(2, described("t").producerEpoch());
                assertEquals(1, onlyProducer(FIRST).producerEpoch());
                var late = assertThrows(ExecutionException.class, () -> first.send(to(FIRST, "late")).get());
                assertInstanceOf(InvalidProducerEpochException.class, late.getCause());
                assertThrows(InvalidProducerEpochException.class, first::commitTransaction);
                second.beginTransaction();
                second.send(to(FIRST, "b"));
                second.commitTransaction();
            }
        }
        assertEquals(List.of("b"), committed(FIRST));
    }

    @Test
    void whoIsFencedWithoutATransactionLearnsItByItsNextOne() throws Exception {
        try (KafkaProducer<String, String> first = initialized("t"); KafkaProducer<String, String> second = initialized("t")) {
            first.beginTransaction();
            first.sendOffsetsToTransaction(Map.of(FIRST, new OffsetAndMetadata(1)), new ConsumerGroupMetadata("g"));
            throw new AssertionError("a fenced producer commits offsets");
        } catch (InvalidProducerEpochException | ProducerFencedException expected) {
            assertEquals(1, described("t").producerEpoch());
        }
    }

    @Test
    void aTransactionThatTakesTooLongIsAbortedAndItsProducerMayGoOnWithAnAbort() throws Exception {
        try (KafkaProducer<String, String> slow = producer("t", Map.of("transaction.timeout.ms", 300))) {
            slow.initTransactions();
            slow.beginTransaction();
            slow.send(to(FIRST, "a")).get();
            awaitStableEnd(FIRST, 2);

            // When
            var late = assertThrows(ExecutionException.class, () -> slow.send(to(FIRST, "late")).get());
            assertInstanceOf(InvalidProducerEpochException.class, late.getCause());
            slow.abortTransaction();

            // Then
            slow.beginTransaction();
            slow.send(to(FIRST, "b"));
            slow.commitTransaction();
        }
        assertEquals(List.of("b"), committed(FIRST));
        assertEquals(1, broker.transactions().counts().timedOut());
    }

    @Test
    void aCommitOfATransactionThatWasAbortedMeanwhileFails() throws Exception {
        try (KafkaProducer<String, String> slow = producer("t", Map.of("transaction.timeout.ms", 300))) {
            slow.initTransactions();
            slow.beginTransaction();
            slow.send(to(FIRST, "a")).get();
            awaitStableEnd(FIRST, 2);
            assertThrows(InvalidTxnStateException.class, slow::commitTransaction);
        }
        assertEquals(List.of(), committed(FIRST));
    }

    private void awaitStableEnd(TopicPartition partition, long offset) throws Exception {
        var options = new ListOffsetsOptions(IsolationLevel.READ_COMMITTED);
        while (admin.listOffsets(Map.of(partition, OffsetSpec.latest()), options).partitionResult(partition).get().offset() < offset) {
            Thread.onSpinWait();
        }
    }

    @Test
    void offsetsCountWithTheTransactionAndAreUnstableUntilThen() throws Exception {
        try (KafkaProducer<String, String> producer = initialized("t");
                KafkaConsumer<String, String> member = consumer("read_committed", Map.of(
                        "group.id", "g"))) {
            producer.beginTransaction();
            producer.send(to(FIRST, "a"));
            producer.commitTransaction();
            member.subscribe(List.of("first"));
            while (member.poll(Duration.ofSeconds(5)).isEmpty()) {
                assertTrue(member.assignment().size() <= 2);
            }

            // When
            producer.beginTransaction();
            producer.send(to(SECOND, "of a"));
            producer.sendOffsetsToTransaction(Map.of(FIRST, new OffsetAndMetadata(1)), member.groupMetadata());
            producer.abortTransaction();

            // Then
            assertEquals(null, member.committed(Set.of(FIRST)).get(FIRST));

            // When
            producer.beginTransaction();
            producer.send(to(SECOND, "of a"));
            producer.sendOffsetsToTransaction(Map.of(FIRST, new OffsetAndMetadata(1)), member.groupMetadata());
            producer.commitTransaction();

            // Then
            assertEquals(1, member.committed(Set.of(FIRST)).get(FIRST).offset());
            assertEquals(List.of("of a"), committed(SECOND));
        }
    }

    @Test
    void whatWasDecidedBeforeARestartIsSoAfterIt() throws Exception {
        // Given: one transaction committed, one aborted, one open.
        KafkaProducer<String, String> other = initialized("other");
        try (KafkaProducer<String, String> one = initialized("one")) {
            one.beginTransaction();
            one.send(to(FIRST, "a"));
            one.commitTransaction();
            one.beginTransaction();
            one.send(to(FIRST, "b")).get();
            one.abortTransaction();
            other.beginTransaction();
            other.send(to(SECOND, "open")).get();
        }
        described("one");
        assertEquals(Set.of(SECOND), admin.describeTransactions(List.of("other")).description("other").get().topicPartitions());

        // When
        restart();
        other.close(Duration.ZERO);

        // Then
        assertEquals(List.of("a"), committed(FIRST));
        assertEquals(List.of(), committed(SECOND));
        assertEquals(TransactionState.ONGOING, admin.describeTransactions(List.of("other")).description("other").get().state());

        // When
        try (KafkaProducer<String, String> next = initialized("other")) {
            next.beginTransaction();
            next.send(to(SECOND, "c"));
            next.commitTransaction();
        }

        // Then
        assertEquals(List.of("c"), committed(SECOND));
    }

    /** As producers of the older protocol ask, before they look for the group's coordinator. */
    @Test
    void aGroupThatNobodyHasAskedForYetBecomesPartOfATransaction() throws Exception {
        try (KafkaProducer<String, String> producer = initialized("t"); RawClient client = new RawClient(broker.port())) {
            var request = new AddOffsetsToTxnRequest();
            request.transactionalId = "t";
            request.producerId = described("t").producerId();
            request.groupId = "g";
            AddOffsetsToTxnResponse response = client.call(ApiKey.ADD_OFFSETS_TO_TXN, 3, request, new AddOffsetsToTxnResponse());
            assertEquals(ErrorCode.NONE.code(), response.errorCode);
            assertEquals(TransactionState.ONGOING, described("t").state());
        }
    }

    @Test
    void anAdministratorSeesTransactionsAndAbortsOne() throws Exception {
        try (KafkaProducer<String, String> producer = initialized("t"); KafkaProducer<String, String> idle = initialized("idle")) {
            producer.beginTransaction();
            producer.send(to(FIRST, "a")).get();

            // Then
            Collection<TransactionListing> open = admin.listTransactions(new ListTransactionsOptions().filterStates(List.of(TransactionState.ONGOING))).all()
                    .get();
            assertEquals(List.of("t"), open.stream().map(TransactionListing::transactionalId).toList());
            assertEquals(2, admin.listTransactions().all().get().size());
            assertEquals(List.of("idle"), ids(new ListTransactionsOptions().filterOnTransactionalIdPattern("i.*e")));
            assertEquals(List.of(), ids(new ListTransactionsOptions().filterOnTransactionalIdPattern("dl")), "a pattern fits the whole id");
            assertEquals(List.of(), ids(new ListTransactionsOptions().filterOnDuration(3_600_000)));
            assertEquals(List.of("idle"), ids(new ListTransactionsOptions().filterProducerIds(List.of(described("idle").producerId()))));
            while (!ids(new ListTransactionsOptions().filterOnDuration(0)).equals(List.of("t"))) {
                // It is no older than a millisecond yet.
            }
            for (String pattern : List.of("(", "((a{1000}){1000}){1000}")) {
                ExecutionException refused = assertThrows(ExecutionException.class,
                        () -> ids(new ListTransactionsOptions().filterOnTransactionalIdPattern(pattern)));
                assertInstanceOf(InvalidRegularExpression.class, refused.getCause());
            }
            ProducerState state = onlyProducer(FIRST);
            assertEquals(0, state.currentTransactionStartOffset().getAsLong());

            // When
            admin.abortTransaction(new AbortTransactionSpec(FIRST, state.producerId(), (short) state.producerEpoch(), 0)).all().get();

            // Then
            awaitStableEnd(FIRST, 2);
            assertEquals(List.of(), committed(FIRST));
        }
    }

    /** As {@code kafka-transactions.sh find-hanging} goes about it. */
    @Test
    void aTransactionThatHangsBecauseNoCoordinatorKnowsItIsFoundAndAborted() throws Exception {
        // Given one in the log alone, as only a broker with a fault leaves it, and one that its coordinator knows
        long longAgo = System.currentTimeMillis() - TimeUnit.DAYS.toMillis(1);
        ByteBuf batch = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(batch)) {
            builder.producer(77, (short) 3, 0).transactional().append(longAgo, null, "hangs".getBytes(StandardCharsets.UTF_8)).finish();
        }
        PartitionLeader leader = broker.partitions().find("first", 0);
        CompletableFuture<AppendResult> planted = new CompletableFuture<>();
        leader.owner().execute(() -> leader.append(batch, AppendOrigin.CLIENT, PartitionLeader.ACKS_ALL, planted::complete));
        assertInstanceOf(AppendResult.Appended.class, planted.get());
        try (KafkaProducer<String, String> producer = initialized("t")) {
            producer.beginTransaction();
            producer.send(to(FIRST, "value")).get();
            assertEquals(List.of(), committed(FIRST));
            // When
            List<ProducerState> open = admin.describeProducers(List.of(FIRST)).partitionResult(FIRST).get().activeProducers();
            List<ProducerState> hanging = new ArrayList<>();
            for (ProducerState state : open) {
                if (ids(new ListTransactionsOptions().filterProducerIds(List.of(state.producerId()))).isEmpty()) {
                    hanging.add(state);
                }
            }
            // Then
            assertEquals(2, open.size());
            assertEquals(1, hanging.size());
            ProducerState found = hanging.getFirst();
            assertEquals(List.of(77L, 3L, longAgo, 0L), List.of(found.producerId(), (long) found.producerEpoch(), found.lastTimestamp(),
                    found.currentTransactionStartOffset().getAsLong()));
            admin.abortTransaction(new AbortTransactionSpec(FIRST, 77, (short) 3, found.coordinatorEpoch().orElse(0))).all().get();
            producer.commitTransaction();
            // Its marker lies between the two.
            awaitStableEnd(FIRST, 4);
            assertEquals(List.of("value"), committed(FIRST));
        }
    }

    @Test
    void aTransactionThatIsTerminatedByForceIsAbortedAndItsProducerFenced() throws Exception {
        try (KafkaProducer<String, String> producer = initialized("t")) {
            producer.beginTransaction();
            producer.send(to(FIRST, "value")).get();
            admin.forceTerminateTransaction("t").result().get();
            awaitStableEnd(FIRST, 2);
            assertThrows(KafkaException.class, producer::commitTransaction);
            assertEquals(List.of(), committed(FIRST));
        }
    }

    @Test
    void theLargestTimestampMayBeAMarkersAndIsNotToldWhileATransactionIsOpen() throws Exception {
        try (KafkaProducer<String, String> producer = initialized("t"); KafkaProducer<String, String> other = initialized("other")) {
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("first", 0, 1_000L, null, "old")).get();
            producer.commitTransaction();
            described("t");
            assertEquals(1, maxTimestamp(IsolationLevel.READ_UNCOMMITTED));
            other.beginTransaction();
            other.send(to(FIRST, "open")).get();
            assertEquals(-1, maxTimestamp(IsolationLevel.READ_COMMITTED));
        }
    }

    private List<String> ids(ListTransactionsOptions options) throws Exception {
        return admin.listTransactions(options).all().get().stream().map(TransactionListing::transactionalId).toList();
    }

    private long maxTimestamp(IsolationLevel isolation) throws Exception {
        return admin.listOffsets(Map.of(FIRST, OffsetSpec.maxTimestamp()), new ListOffsetsOptions(isolation)).partitionResult(FIRST).get().offset();
    }
}
