package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AddPartitionsToTxnRequest;
import io.partita.broker.protocol.message.AddPartitionsToTxnResponse;
import io.partita.broker.protocol.message.EndTxnRequest;
import io.partita.broker.protocol.message.EndTxnResponse;
import io.partita.broker.protocol.message.FindCoordinatorRequest;
import io.partita.broker.protocol.message.FindCoordinatorResponse;
import io.partita.broker.protocol.message.InitProducerIdRequest;
import io.partita.broker.protocol.message.InitProducerIdResponse;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.protocol.message.WriteTxnMarkersRequest;
import io.partita.broker.protocol.message.WriteTxnMarkersResponse;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.transaction.TransactionState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients ask of transactions that they have no business with: the answers are those of Apache Kafka 4.4.0, and nothing stays open for it. */
class HostileTransactionsIT {

    private static final int LONG = 60_000;

    @TempDir
    Path data;

    private Broker broker;
    private Admin admin;
    private RawClient client;

    @BeforeEach
    void start() throws Exception {
        broker = Broker.start(BrokerOptions.of(BrokerConfig.of(Map.of("node.id", "1", "listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", data.toString(),
                "transaction.state.log.num.partitions", "5"))));
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
        admin.createTopics(List.of(new NewTopic("orders", 2, (short) 1), new NewTopic("others", 1, (short) 1))).all().get();
        client = new RawClient(broker.port());
        var find = new FindCoordinatorRequest();
        find.keyType = 1;
        find.coordinatorKeys.add("any");
        await(() -> {
            try {
                FindCoordinatorResponse found = client.call(ApiKey.FIND_COORDINATOR, 4, find, new FindCoordinatorResponse());
                return found.coordinators.getFirst().errorCode == 0;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        admin.close();
        broker.close();
    }

    private static void await(BooleanSupplier holds) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!holds.getAsBoolean()) {
            assertTrue(System.nanoTime() < until, "it did not come to be within a minute");
            LockSupport.parkNanos(2_000_000);
        }
    }

    // ---- what is asked

    private InitProducerIdResponse initialize(String id, int timeoutMillis) throws IOException {
        var request = new InitProducerIdRequest();
        request.transactionalId = id;
        request.transactionTimeoutMs = timeoutMillis;
        return client.call(ApiKey.INIT_PRODUCER_ID, 5, request, new InitProducerIdResponse());
    }

    private ErrorCode write(String id, long producerId, int epoch, int sequence, String topic, int partition) throws IOException {
        ByteBuf batch = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(batch)) {
            builder.producer(producerId, (short) epoch, sequence).transactional().append(1, null, "value".getBytes(StandardCharsets.UTF_8)).finish();
        }
        var request = Requests.produce(topic, partition, -1, 20_000, batch);
        request.transactionalId = id;
        return Requests.error(client.call(ApiKey.PRODUCE, 12, request, new ProduceResponse()));
    }

    private ErrorCode end(String id, long producerId, int epoch) throws IOException {
        return end(id, producerId, epoch, 5);
    }

    private ErrorCode end(String id, long producerId, int epoch, int version) throws IOException {
        var request = new EndTxnRequest();
        request.transactionalId = id;
        request.producerId = producerId;
        request.producerEpoch = (short) epoch;
        request.committed = true;
        return ErrorCode.forCode(client.call(ApiKey.END_TXN, version, request, new EndTxnResponse()).errorCode);
    }

    private ErrorCode add(String id, long producerId, int epoch, String topic, int partition) throws IOException {
        var request = new AddPartitionsToTxnRequest();
        request.v3AndBelowTransactionalId = id;
        request.v3AndBelowProducerId = producerId;
        request.v3AndBelowProducerEpoch = (short) epoch;
        var wanted = new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic();
        wanted.name = topic;
        wanted.partitions.add(partition);
        request.v3AndBelowTopics.add(wanted);
        AddPartitionsToTxnResponse answer = client.call(ApiKey.ADD_PARTITIONS_TO_TXN, 3, request, new AddPartitionsToTxnResponse());
        return ErrorCode.forCode(answer.resultsByTopicV3AndBelow.getFirst().resultsByPartition.getFirst().partitionErrorCode);
    }

    private ErrorCode mark(long producerId, int epoch, int coordinatorEpoch, int version, String topic) throws IOException {
        var request = new WriteTxnMarkersRequest();
        var marker = new WriteTxnMarkersRequest.WritableTxnMarker();
        marker.producerId = producerId;
        marker.producerEpoch = (short) epoch;
        marker.coordinatorEpoch = coordinatorEpoch;
        marker.transactionVersion = (byte) version;
        var wanted = new WriteTxnMarkersRequest.WritableTxnMarkerTopic();
        wanted.name = topic;
        wanted.partitionIndexes.add(0);
        marker.topics.add(wanted);
        request.markers.add(marker);
        WriteTxnMarkersResponse answer = client.call(ApiKey.WRITE_TXN_MARKERS, 2, request, new WriteTxnMarkersResponse());
        return ErrorCode.forCode(answer.markers.getFirst().topics.getFirst().partitions.getFirst().errorCode);
    }

    private long undecided(String topic) {
        var leader = broker.partitions().find(topic, 0);
        return leader.log().logEndOffset() - leader.lastStableOffset();
    }

    // ---- cases

    @Test
    void idsAndEpochsOfOthersAreRefused() throws Exception {
        InitProducerIdResponse mine = initialize("mine", LONG);
        InitProducerIdResponse others = initialize("others", LONG);
        assertEquals(ErrorCode.NONE, write("others", others.producerId, 0, 0, "orders", 0));
        // The producer id of another transactional id, and one that nobody has
        assertEquals(ErrorCode.INVALID_PRODUCER_ID_MAPPING, end("mine", others.producerId, 0));
        assertEquals(ErrorCode.INVALID_PRODUCER_ID_MAPPING, end("nobody", mine.producerId, 0));
        assertEquals(ErrorCode.INVALID_PRODUCER_ID_MAPPING, add("mine", others.producerId, 0, "orders", 0));
        assertEquals(ErrorCode.INVALID_PRODUCER_ID_MAPPING, write("mine", others.producerId, 0, 0, "orders", 1));
        assertEquals(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, write(null, mine.producerId, 0, 0, "orders", 1),
                "a transactional batch without a transactional id");
        // Epochs that went by, and one that is to come
        InitProducerIdResponse again = initialize("mine", LONG);
        assertEquals(1, again.producerEpoch);
        for (int epoch : new int[] {0, 2}) {
            assertEquals(ErrorCode.PRODUCER_FENCED, end("mine", mine.producerId, epoch));
            assertEquals(ErrorCode.PRODUCER_FENCED, add("mine", mine.producerId, epoch, "orders", 0));
            assertEquals(ErrorCode.INVALID_PRODUCER_EPOCH, write("mine", mine.producerId, epoch, 0, "orders", 1));
        }
        assertEquals(ErrorCode.NONE, end("others", others.producerId, 0));
        await(() -> undecided("orders") == 0);
    }

    @Test
    void markersOfClientsEndNothingThatIsAheadOfThem() throws Exception {
        InitProducerIdResponse first = initialize("id", LONG);
        assertEquals(ErrorCode.NONE, write("id", first.producerId, 0, 0, "orders", 0));
        assertEquals(ErrorCode.NONE, end("id", first.producerId, 0));
        await(() -> undecided("orders") == 0);
        assertEquals(ErrorCode.NONE, write("id", first.producerId, 1, 0, "orders", 0));
        // An epoch that went by, one that is not later where it must be, a coordinator's that went by, a partition that is not there
        assertEquals(ErrorCode.INVALID_PRODUCER_EPOCH, mark(first.producerId, 0, 100, 0, "orders"));
        assertEquals(ErrorCode.INVALID_PRODUCER_EPOCH, mark(first.producerId, 1, 100, 2, "orders"));
        assertEquals(ErrorCode.TRANSACTION_COORDINATOR_FENCED, mark(first.producerId, 1, -2, 0, "orders"));
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, mark(first.producerId, 1, 100, 0, "nowhere"));
        assertEquals(2, undecided("orders") + 1, "the transaction is as open as before");
        // One that an administrator may send; what the coordinator writes later does no harm
        assertEquals(ErrorCode.NONE, mark(first.producerId, 1, 100, 0, "orders"));
        assertEquals(0, undecided("orders"));
        assertEquals(ErrorCode.NONE, end("id", first.producerId, 1));
        // and the epoch of a coordinator that it claimed does not stand against the coordinator's own
        assertEquals(ErrorCode.NONE, write("id", first.producerId, 2, 0, "orders", 0));
        assertEquals(ErrorCode.NONE, write("id", first.producerId, 2, 0, "orders", 1));
        assertEquals(ErrorCode.NONE, end("id", first.producerId, 2));
        await(() -> undecided("orders") == 0);
        // also where it comes before anything else of the producer
        InitProducerIdResponse second = initialize("second", LONG);
        assertEquals(ErrorCode.NONE, mark(second.producerId, 0, Integer.MAX_VALUE, 0, "orders"));
        assertEquals(ErrorCode.NONE, write("second", second.producerId, 0, 0, "orders", 0));
        assertEquals(ErrorCode.NONE, end("second", second.producerId, 0));
        await(() -> undecided("orders") == 0);
    }

    /** Whoever reads a partition sees producer ids. A write under one, of a later epoch, must not keep the marker out that ends the transaction. */
    @Test
    void writesUnderTheProducerIdOfSomebodyElsesTransactionDoNotKeepItOpen() throws Exception {
        InitProducerIdResponse producer = initialize("id", LONG);
        assertEquals(ErrorCode.NONE, write("id", producer.producerId, 0, 0, "orders", 0));
        for (int epoch : new int[] {0, 1, Short.MAX_VALUE}) {
            ByteBuf batch = Unpooled.buffer();
            try (BatchBuilder builder = new BatchBuilder(batch)) {
                builder.producer(producer.producerId, (short) epoch, epoch == 0 ? 1 : 0).append(1, null, "value".getBytes(StandardCharsets.UTF_8)).finish();
            }
            assertEquals(ErrorCode.INVALID_TXN_STATE,
                    Requests.error(client.call(ApiKey.PRODUCE, 12, Requests.produce("orders", 0, -1, 20_000, batch), new ProduceResponse())));
        }
        assertEquals(ErrorCode.NONE, end("id", producer.producerId, 0));
        await(() -> undecided("orders") == 0);
        assertEquals(2, broker.partitions().find("orders", 0).log().logEndOffset());
    }

    /** The write adds its partition by the newer protocol, the end is of the older one. */
    @Test
    void aClientThatMixesBothProtocolsLeavesNothingOpen() throws Exception {
        InitProducerIdResponse producer = initialize("id", LONG);
        for (int i = 0; i < 2; i++) {
            assertEquals(ErrorCode.NONE, write("id", producer.producerId, 0, i, "orders", 0));
            assertEquals(ErrorCode.NONE, end("id", producer.producerId, 0, 4));
            await(() -> undecided("orders") == 0);
        }
        // and the other way round
        assertEquals(ErrorCode.NONE, add("id", producer.producerId, 0, "orders", 0));
        assertEquals(ErrorCode.NONE, write("id", producer.producerId, 0, 2, "orders", 0));
        assertEquals(ErrorCode.NONE, end("id", producer.producerId, 0));
        await(() -> undecided("orders") == 0);
    }

    @Test
    void aTransactionOverATopicThatWasDeletedEnds() throws Exception {
        InitProducerIdResponse producer = initialize("id", LONG);
        assertEquals(ErrorCode.NONE, write("id", producer.producerId, 0, 0, "orders", 0));
        assertEquals(ErrorCode.NONE, write("id", producer.producerId, 0, 0, "others", 0));
        admin.deleteTopics(List.of("orders")).all().get();
        assertEquals(ErrorCode.NONE, end("id", producer.producerId, 0));
        await(() -> undecided("others") == 0);
        assertEquals(ErrorCode.NONE, write("id", producer.producerId, 1, 0, "others", 0));
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, add("id", producer.producerId, 1, "orders", 0));
        assertEquals(ErrorCode.NONE, end("id", producer.producerId, 1));
    }

    @Test
    void aThousandTransactionsThatNobodyEndsAreAbortedAndHoldNothing() throws Exception {
        int count = 1_000;
        for (int i = 0; i < count; i++) {
            InitProducerIdResponse producer = initialize("id-" + i, 500);
            assertEquals(ErrorCode.NONE, write("id-" + i, producer.producerId, 0, 0, "orders", 0));
        }
        await(() -> undecided("orders") == 0);
        await(() -> broker.transactions().counts().timedOut() == count);
        await(() -> broker.transactions().counts().ids(TransactionState.COMPLETE_ABORT) == count);
        // and their producers are told
        assertEquals(ErrorCode.INVALID_PRODUCER_EPOCH, write("id-7", initialize("id-7", LONG).producerId, 0, 1, "orders", 0));
    }
}
