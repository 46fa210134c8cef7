package io.partita.broker;

import static io.partita.broker.Requests.batch;
import static io.partita.broker.Requests.error;
import static io.partita.broker.Requests.produce;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.WatchedDisk;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.TopicNames;
import io.partita.broker.metadata.TopicSelector;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DeleteRecordsRequest;
import io.partita.broker.protocol.message.DeleteRecordsResponse;
import io.partita.broker.protocol.message.ListOffsetsRequest;
import io.partita.broker.protocol.message.ListOffsetsResponse;
import io.partita.broker.protocol.message.ProduceRequest;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.Compression;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.replication.PartitionLeader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients may write and delete, and in which order; expectations are what Apache Kafka 4.4.0 answered to the same requests. */
class ClientWritesIT {

    private static final String TOPIC = "t";
    private static final int WAIT = 60_000;
    private static final long PRODUCER = 4711;

    private final WatchedDisk disk = new WatchedDisk(new MemoryDisk());
    private Broker broker;
    private RawClient client;

    @BeforeEach
    void start() throws IOException {
        broker = Broker.start(BrokerOptions.of(BrokerConfig.of(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "/data", "node.id", "1",
                "num.network.threads", "2"))).withDisk(disk));
        client = new RawClient(broker.port());
    }

    @AfterEach
    void stop() throws IOException {
        disk.open();
        client.close();
        broker.close();
    }

    private void create(String name, int partitions, Map<String, String> configs) {
        broker.metadata().createTopics(List.of(new NewTopic(name, partitions, 1, null, configs)), false).toCompletableFuture().join();
    }

    private void delete(String name) {
        broker.metadata().deleteTopics(List.of(TopicSelector.byName(name))).toCompletableFuture().join();
    }

    private ProduceResponse send(ProduceRequest request) throws IOException {
        return client.call(ApiKey.PRODUCE, 9, request, new ProduceResponse());
    }

    private ErrorCode send(String topic, ByteBuf batch) throws IOException {
        return error(send(produce(topic, 0, -1, WAIT, batch)));
    }

    private static ByteBuf ofProducer(int firstSequence, boolean transactional, String... values) {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(out).producer(PRODUCER, (short) 0, firstSequence)) {
            if (transactional) {
                builder.transactional();
            }
            for (String value : values) {
                builder.append(1_000, null, value.getBytes(StandardCharsets.UTF_8));
            }
            builder.finish();
        }
        return out;
    }

    private static ByteBuf keyed(String key, long timestamp, String value) {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(out)) {
            builder.append(timestamp, key.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8)).finish();
        }
        return out;
    }

    private DeleteRecordsResponse.DeleteRecordsPartitionResult deleteRecords(String topicName, long offset) throws IOException {
        DeleteRecordsRequest request = new DeleteRecordsRequest();
        request.timeoutMs = WAIT;
        var topic = new DeleteRecordsRequest.DeleteRecordsTopic();
        topic.name = topicName;
        var partition = new DeleteRecordsRequest.DeleteRecordsPartition();
        partition.offset = offset;
        topic.partitions.add(partition);
        request.topics.add(topic);
        return client.call(ApiKey.DELETE_RECORDS, 2, request, new DeleteRecordsResponse()).topics.getFirst().partitions.getFirst();
    }

    @Test
    void whatTheBrokersKeepTheirStateInIsNotForClientsToWriteOrDelete() throws IOException {
        for (String name : List.of(TopicNames.CONSUMER_OFFSETS, TopicNames.TRANSACTION_STATE, TopicNames.SHARE_GROUP_STATE)) {
            // Given
            create(name, 2, Map.of("cleanup.policy", "compact"));
            // When
            ProduceRequest named = produce(name, 0, -1, WAIT, keyed("k", 1_000, "v"));
            ProduceRequest byId = produce(name, 0, -1, WAIT, keyed("k", 1_000, "v"));
            byId.topicData.getFirst().topicId = broker.metadata().image().topic(name).id();
            // Then
            assertEquals(ErrorCode.INVALID_TOPIC_EXCEPTION, error(send(named)));
            assertEquals(ErrorCode.INVALID_TOPIC_EXCEPTION, error(client.call(ApiKey.PRODUCE, 13, byId, new ProduceResponse())));
            assertEquals(ErrorCode.INVALID_TOPIC_EXCEPTION.code(), deleteRecords(name, 0).errorCode);
            assertEquals(ErrorCode.INVALID_TOPIC_EXCEPTION.code(), deleteRecords(name, -1).errorCode);
            assertEquals(0, broker.partitions().find(name, 0).log().logEndOffset());
        }
    }

    @Test
    void recordsOfATopicThatIsOnlyCompactedAreNotDeleted() throws IOException {
        for (String policy : List.of("compact", "compact,delete", "delete")) {
            // Given
            String name = "t-" + policy.replace(',', '-');
            create(name, 1, Map.of("cleanup.policy", policy));
            assertEquals(ErrorCode.NONE, send(name, keyed("k", System.currentTimeMillis(), "v")));
            // When
            var answer = deleteRecords(name, 1);
            // Then
            boolean refused = policy.equals("compact");
            assertEquals(refused ? ErrorCode.POLICY_VIOLATION.code() : ErrorCode.NONE.code(), answer.errorCode, policy);
            assertEquals(refused ? -1 : 1, answer.lowWatermark, policy);
        }
    }

    @Test
    void aBatchOfATransactionThatTheRequestDoesNotNameIsNotStored() throws IOException {
        // Given
        create(TOPIC, 2, Map.of());
        ProduceRequest request = produce(TOPIC, 0, -1, WAIT, ofProducer(0, true, "a"));
        request.topicData.addAll(produce(TOPIC, 1, -1, WAIT, batch("b")).topicData);
        // When
        ProduceResponse response = send(request);
        // Then nothing of the request is, as with Kafka
        response.responses.forEach(topic -> assertEquals(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code(),
                topic.partitionResponses.getFirst().errorCode));
        assertEquals(0, broker.partitions().find(TOPIC, 1).log().logEndOffset());
        // and consumers of committed records read on
        assertEquals(ErrorCode.NONE, send(TOPIC, batch("c")));
        assertEquals(1, broker.partitions().find(TOPIC, 0).lastStableOffset());
    }

    @Test
    void aBatchOfATransactionThatNobodyKnowsOfIsNotStoredAndOthersAreWhateverTheRequestNames() throws IOException {
        create(TOPIC, 1, Map.of());
        ProduceRequest within = produce(TOPIC, 0, -1, WAIT, ofProducer(0, true, "a"));
        within.transactionalId = "tid";
        ProduceRequest outside = produce(TOPIC, 0, -1, WAIT, ofProducer(0, false, "a"));
        outside.transactionalId = "tid";

        assertEquals(ErrorCode.NOT_ENOUGH_REPLICAS, error(send(within)), "there is no coordinator of the id here");
        assertEquals(0, broker.partitions().find(TOPIC, 0).log().logEndOffset());
        assertEquals(ErrorCode.NONE, error(send(outside)));
    }

    @Test
    void noTopicComesIntoBeingBecauseItIsWrittenTo() throws IOException {
        // When
        ErrorCode refused = send(TOPIC, batch("a"));
        // Then
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, refused);
        assertNull(broker.metadata().image().topic(TOPIC));
        // nor when it has been deleted a moment ago
        create(TOPIC, 3, Map.of());
        assertEquals(ErrorCode.NONE, send(TOPIC, batch("a")));
        delete(TOPIC);
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, send(TOPIC, batch("b")));
        assertNull(broker.metadata().image().topic(TOPIC));
    }

    @Test
    void aProducerGoesOnWhenItsTopicIsDeletedAndMadeAgain() throws IOException {
        // Given
        create(TOPIC, 1, Map.of());
        for (int sequence = 0; sequence < 3; sequence++) {
            assertEquals(ErrorCode.NONE, send(TOPIC, ofProducer(sequence, false, "v" + sequence)));
        }
        // When
        delete(TOPIC);
        create(TOPIC, 1, Map.of());
        // Then
        assertEquals(ErrorCode.NONE, send(TOPIC, ofProducer(3, false, "v3")));
        assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, send(TOPIC, ofProducer(5, false, "v5")));
        assertEquals(ErrorCode.NONE, send(TOPIC, ofProducer(4, false, "v4")));
    }

    @Test
    void whatAProducerSentBehindARefusedBatchDoesNotOvertakeIt() throws IOException {
        // Given batches 3, 4 and 5 on their way while their topic is away for the first of them
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, send(TOPIC, ofProducer(3, false, "v3")));
        create(TOPIC, 1, Map.of());
        // When
        assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, send(TOPIC, ofProducer(4, false, "v4")));
        assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, send(TOPIC, ofProducer(5, false, "v5")));
        // Then they are taken in their order when they come again
        for (int sequence = 3; sequence < 6; sequence++) {
            assertEquals(ErrorCode.NONE, send(TOPIC, ofProducer(sequence, false, "v" + sequence)));
        }
        assertEquals(3, broker.partitions().find(TOPIC, 0).log().logEndOffset());
    }

    @Test
    void noMoreReplicasAreAskedForThanThereAre() throws IOException {
        create(TOPIC, 1, Map.of("min.insync.replicas", "3"));
        assertEquals(ErrorCode.NONE, send(TOPIC, batch("a")));

        broker.metadata().deleteTopics(List.of(TopicSelector.byName(TOPIC))).toCompletableFuture().join();
        create(TOPIC, 1, Map.of());
        PartitionLeader leader = broker.partitions().find(TOPIC, 0);
        leader.reconfigure(leader.log().config(), 2);
        assertEquals(ErrorCode.NOT_ENOUGH_REPLICAS, send(TOPIC, batch("b")), "what is really asked for holds");
    }

    @Test
    void theTimeForReplicasDoesNotBoundWhoWaitsForThisBrokerAlone() throws IOException {
        // Given records that are flushed before they are acknowledged, and a slow disk
        create(TOPIC, 1, Map.of("flush.messages", "1"));
        disk.holdSyncs();
        ProduceRequest impatient = produce(TOPIC, 0, 1, 1, batch("a"));
        client.send(ApiKey.PRODUCE, 9, 1, impatient);
        try (RawClient other = new RawClient(broker.port())) {
            assertEquals(ErrorCode.REQUEST_TIMED_OUT,
                    error(other.call(ApiKey.PRODUCE, 9, produce(TOPIC, 0, -1, 1, batch("b")), new ProduceResponse())));
        }
        // When
        disk.open();
        // Then
        ProduceResponse response = new ProduceResponse();
        client.receive(ApiKey.PRODUCE, 9, response);
        assertEquals(ErrorCode.NONE, error(response));
    }

    @Test
    void everyRecordAtFaultIsNamed() throws IOException {
        // Given
        create(TOPIC, 1, Map.of("cleanup.policy", "compact"));
        long now = System.currentTimeMillis();
        ByteBuf batch = Unpooled.buffer();
        byte[] value = {1};
        try (BatchBuilder builder = new BatchBuilder(batch)) {
            builder.append(now, null, value).append(now, value, value).append(now + 99_000_000, value, value).append(now, null, value).finish();
        }
        // When
        ProduceResponse response = send(produce(TOPIC, 0, -1, WAIT, batch));
        // Then, as with Kafka, a wrong timestamp decides the error
        var answer = response.responses.getFirst().partitionResponses.getFirst();
        assertEquals(ErrorCode.INVALID_TIMESTAMP, error(response));
        assertEquals(List.of(0, 2, 3), answer.recordErrors.stream().map(error -> error.batchIndex).toList());
    }

    @Test
    void whoClaimsToBeAReplicaSeesNoMoreThanOthers() throws IOException {
        // Given a record that is written and not committed
        create(TOPIC, 1, Map.of("flush.messages", "1"));
        disk.holdSyncs();
        assertEquals(ErrorCode.REQUEST_TIMED_OUT, error(send(produce(TOPIC, 0, -1, 1, batch("a")))));
        for (int replica : new int[] {-1, -2, 1, 7}) {
            // When
            ListOffsetsRequest request = new ListOffsetsRequest();
            request.replicaId = replica;
            var topic = new ListOffsetsRequest.ListOffsetsTopic();
            topic.name = TOPIC;
            var partition = new ListOffsetsRequest.ListOffsetsPartition();
            partition.timestamp = -1;
            topic.partitions.add(partition);
            request.topics.add(topic);
            // Then
            ListOffsetsResponse response = client.call(ApiKey.LIST_OFFSETS, 5, request, new ListOffsetsResponse());
            assertEquals(0, response.topics.getFirst().partitions.getFirst().offset, "replica " + replica);
        }
    }

    /** Zeros are no record, though a block of snappy can be anything. */
    private static ByteBuf compressedZeros() {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(out).compression(Compression.SNAPPY)) {
            builder.append(System.currentTimeMillis(), new byte[] {1}, new byte[100]).finish();
        }
        ByteBuf packed = Unpooled.buffer();
        Compression.SNAPPY.compress(Unpooled.wrappedBuffer(new byte[100]), Compression.DEFAULT_LEVEL, packed);
        out.writerIndex(RecordBatch.HEADER_BYTES).writeBytes(packed);
        out.setInt(RecordBatch.LENGTH_POSITION, out.writerIndex() - RecordBatch.LENGTH_OVERHEAD);
        RecordBatch.writeCrc(out, 0);
        return out;
    }

    @Test
    void compressedBatchesAreOpenedWhereTheTopicSaysSoOrIsCompacted() throws IOException {
        create("opened", 1, Map.of("record.validation", "true"));
        create("compacted", 1, Map.of("cleanup.policy", "compact"));
        create(TOPIC, 1, Map.of());
        assertEquals(ErrorCode.INVALID_RECORD, send("opened", compressedZeros()));
        assertEquals(ErrorCode.INVALID_RECORD, send("compacted", compressedZeros()));
        assertEquals(ErrorCode.NONE, send(TOPIC, compressedZeros()));
    }

    @Test
    void theTopicsLevelIsThatOfBatchesTheBrokerPacks() throws IOException {
        // Given a text in which a thorough search finds more
        StringBuilder text = new StringBuilder();
        Random random = new Random(1);
        while (text.length() < 100_000) {
            text.append("word").append(random.nextInt(500)).append(' ');
        }
        long[] sizes = new long[2];
        for (int i = 0; i < 2; i++) {
            String name = "level" + i;
            create(name, 1, Map.of("compression.type", "gzip", "compression.gzip.level", i == 0 ? "1" : "9"));
            // When
            assertEquals(ErrorCode.NONE, send(name, batch(text.toString())));
            sizes[i] = broker.partitions().find(name, 0).log().sizeInBytes();
        }
        // Then
        assertTrue(sizes[1] < sizes[0], sizes[0] + " and " + sizes[1] + " bytes");
    }

    @Test
    void whatHasToBeConvertedIsNotOvertakenOnItsConnection() throws IOException {
        create(TOPIC, 1, Map.of("compression.type", "gzip"));
        // Given requests by turns that take long to be packed by another codec, and that come as they are stored
        String text = new Random(1).ints(200_000, 'a', 'q').collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
        int requests = 24;
        for (int i = 0; i < requests; i++) {
            ByteBuf batch = i % 2 == 0 ? batch(text) : gzip("short");
            client.send(ApiKey.PRODUCE, 9, i, produce(TOPIC, 0, -1, WAIT, batch));
        }
        for (int i = 0; i < requests; i++) {
            ProduceResponse response = new ProduceResponse();
            assertEquals(i, client.receive(ApiKey.PRODUCE, 9, response));
            assertEquals(ErrorCode.NONE, error(response));
            assertEquals(i, response.responses.getFirst().partitionResponses.getFirst().baseOffset);
        }
    }

    private static ByteBuf gzip(String value) {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(out).compression(Compression.GZIP)) {
            builder.append(1_000, null, value.getBytes(StandardCharsets.UTF_8)).finish();
        }
        return out;
    }
}
