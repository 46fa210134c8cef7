package io.partita.broker;

import static io.partita.broker.Requests.batch;
import static io.partita.broker.Requests.error;
import static io.partita.broker.Requests.fetch;
import static io.partita.broker.Requests.produce;
import static io.partita.broker.Requests.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.FindCoordinatorRequest;
import io.partita.broker.protocol.message.FindCoordinatorResponse;
import io.partita.broker.protocol.message.JoinGroupRequest;
import io.partita.broker.protocol.message.JoinGroupResponse;
import io.partita.broker.protocol.message.MetadataRequest;
import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.broker.protocol.message.ProduceResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that together want more memory than there is: they wait for each other or are refused, what is taken stays bounded, and others are served. */
class MemoryIT {

    private static final int MIB = 1 << 20;
    private static final int NETWORK_BYTES = 8 * MIB;
    /** What the allocator takes in chunks beside what is asked for, and what a turn of an event loop takes and gives back. */
    private static final int NETWORK_BYTES_BESIDE = 32 * MIB;

    private Watch watch;
    private Broker broker;
    private long directBefore;

    @BeforeEach
    void watch() {
        // Answers of megabytes, and buffers are counted when the broker is closed.
        watch = new Watch(ResourceLeakDetector.Level.SIMPLE);
        directBefore = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    }

    private void start(String... more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "listeners", "PLAINTEXT://127.0.0.1:0,SECOND://127.0.0.1:0", "listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,SECOND:PLAINTEXT",
                "log.dirs", "/data", "node.id", "1", "num.network.threads", "2", "offsets.topic.num.partitions", "2",
                "group.initial.rebalance.delay.ms", "0", "queued.max.request.bytes", Integer.toString(NETWORK_BYTES)));
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i], more[i + 1]);
        }
        broker = Broker.start(BrokerOptions.of(BrokerConfig.of(settings)).withDisk(new MemoryDisk()));
        create("t", 3);
    }

    @AfterEach
    void nothingIsLeft() {
        try {
            broker.close();
            watch.noErrors("at the end");
            watch.noBuffersLeft("at the end");
            assertEquals(0, broker.memory().network().usedBytes(), "bytes of the network still counted");
            assertEquals(0, broker.memory().requests().usedBytes(), "bytes of requests still counted");
            assertEquals(0, broker.memory().groups().usedBytes(), "bytes of groups still counted");
            assertEquals(0, broker.memory().conversions().usedBytes(), "bytes of conversions still counted");
        } finally {
            watch.close();
        }
    }

    private void create(String topic, int partitions) {
        broker.metadata().createTopics(List.of(new NewTopic(topic, partitions, 1, null, Map.of())), false).toCompletableFuture().join();
    }

    private void directMemoryIsBounded(String when) {
        long taken = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() - directBefore;
        assertTrue(taken <= NETWORK_BYTES + NETWORK_BYTES_BESIDE, when + ": " + taken + " bytes of direct memory");
    }

    private void othersAreServed() throws IOException {
        try (RawClient other = new RawClient(broker.port())) {
            assertEquals(ErrorCode.NONE, error(other.call(ApiKey.PRODUCE, 9, produce("t", 1, 1, 10_000, batch("other")), new ProduceResponse())));
        }
    }

    @Test
    void manyCorrectLargeRequestsAtOnceAllSucceed() throws Exception {
        start();
        int clients = 60;
        byte[] frame = RawClient.frame(ApiKey.PRODUCE, 9, 1, produce("t", 0, -1, 30_000, batch("x".repeat(1_000_000))));
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<ErrorCode>> answers = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                answers.add(threads.submit((Callable<ErrorCode>) () -> {
                    try (RawClient client = new RawClient(broker.port())) {
                        ProduceResponse response = new ProduceResponse();
                        client.sendBytes(frame);
                        client.receive(ApiKey.PRODUCE, 9, response);
                        return error(response);
                    }
                }));
            }
            for (Future<ErrorCode> answer : answers) {
                assertEquals(ErrorCode.NONE, answer.get());
                directMemoryIsBounded("large requests");
            }
        }
        assertEquals(clients, broker.partitions().find("t", 0).log().logEndOffset());
    }

    @Test
    void beginningsOfSmallRequestsAreBoundedOverAllListenersAndHinderNobody() throws IOException {
        start("connection.stalled.request.ms", "600000");
        byte[] frame = RawClient.frame(ApiKey.PRODUCE, 9, 1, produce("t", 0, 1, 1_000, batch("x".repeat(60_000))));
        List<RawClient> halfway = new ArrayList<>();
        try {
            for (int i = 0; i < 600; i++) {
                RawClient client = new RawClient(broker.port());
                halfway.add(client);
                client.sendBytes(Arrays.copyOf(frame, 30_000));
            }
            othersAreServed();
            directMemoryIsBounded("600 halves of requests of 60 KB");
            assertTrue(broker.memory().network().usedBytes() <= NETWORK_BYTES + 2 * MIB, "counted " + broker.memory().network().usedBytes());
        } finally {
            for (RawClient client : halfway) {
                client.close();
            }
        }
        Watch.until("all are gone", () -> broker.connectionCount() == 0);
    }

    @Test
    void whoeverHoldsMemoryAndDoesNothingGivesWayToThoseWhoWait() throws IOException {
        start("connection.stalled.request.ms", "600");
        byte[] frame = RawClient.frame(ApiKey.PRODUCE, 9, 1, produce("t", 0, 1, 10_000, batch("x".repeat(1_000_000))));
        List<RawClient> stopped = new ArrayList<>();
        try {
            for (int i = 0; i < 8; i++) {
                RawClient client = new RawClient(broker.port());
                stopped.add(client);
                client.sendBytes(Arrays.copyOf(frame, 500_000));
            }
            try (RawClient late = new RawClient(broker.port())) {
                ProduceResponse response = new ProduceResponse();
                late.sendBytes(frame);
                late.receive(ApiKey.PRODUCE, 9, response);
                assertEquals(ErrorCode.NONE, error(response));
            }
        } finally {
            for (RawClient client : stopped) {
                client.close();
            }
        }
        Watch.until("all are gone", () -> broker.connectionCount() == 0);
    }

    @Test
    void answersThatWaitBehindAFetchAreCountedAndEndItsWait() throws IOException {
        start();
        for (int i = 0; i < 10; i++) {
            create("a-topic-with-many-partitions-" + i, 100);
        }
        int answers = 90;
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int c = 0; c < 4; c++) {
                RawClient client = new RawClient(broker.port());
                clients.add(client);
                client.send(ApiKey.FETCH, 11, 0, fetch("t", 0, 0, 600_000, 1));
                MetadataRequest everything = new MetadataRequest();
                everything.topics = null;
                for (int i = 1; i <= answers; i++) {
                    client.send(ApiKey.METADATA, 9, i, everything);
                }
            }
            othersAreServed();
            for (RawClient client : clients) {
                assertEquals(0, client.receive(ApiKey.FETCH, 11, new FetchResponse()));
                for (int i = 1; i <= answers; i++) {
                    MetadataResponse response = new MetadataResponse();
                    assertEquals(i, client.receive(ApiKey.METADATA, 9, response));
                    assertEquals(11, response.topics.size());
                }
                directMemoryIsBounded("answers behind a fetch");
            }
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
        Watch.until("all are gone", () -> broker.connectionCount() == 0);
    }

    @Test
    void whoDoesNotReadLongAnswersHindersNobody() throws IOException {
        start("connection.stalled.request.ms", "600");
        for (int i = 0; i < 10; i++) {
            create("a-topic-with-many-partitions-" + i, 100);
        }
        MetadataRequest everything = new MetadataRequest();
        everything.topics = null;
        List<RawClient> deaf = new ArrayList<>();
        try {
            for (int c = 0; c < 40; c++) {
                RawClient client = new RawClient(broker.port());
                deaf.add(client);
                client.giveUpSendingAfter(1_000);
                for (int i = 1; i <= 60 && client.trySend(RawClient.frame(ApiKey.METADATA, 9, i, everything)); i++) {
                    directMemoryIsBounded("answers that nobody reads");
                }
            }
            try (RawClient other = new RawClient(broker.port())) {
                MetadataResponse response = other.call(ApiKey.METADATA, 9, everything, new MetadataResponse());
                assertEquals(11, response.topics.size());
            }
            othersAreServed();
        } finally {
            for (RawClient client : deaf) {
                client.close();
            }
        }
        Watch.until("all are gone", () -> broker.connectionCount() == 0);
    }

    private static JoinGroupRequest join(String group, int metadataBytes) {
        JoinGroupRequest request = new JoinGroupRequest();
        request.groupId = group;
        request.sessionTimeoutMs = 30_000;
        request.rebalanceTimeoutMs = 30_000;
        request.protocolType = "consumer";
        JoinGroupRequest.JoinGroupRequestProtocol protocol = new JoinGroupRequest.JoinGroupRequestProtocol();
        protocol.name = "range";
        protocol.metadata = new byte[metadataBytes];
        request.protocols.add(protocol);
        return request;
    }

    @Test
    void whatMembersOfGroupsBringIsBounded() throws IOException {
        start("memory.group.bytes", Integer.toString(6 * MIB));
        List<RawClient> clients = new ArrayList<>();
        try {
            RawClient first = new RawClient(broker.port());
            clients.add(first);
            FindCoordinatorRequest find = new FindCoordinatorRequest();
            find.key = "g";
            first.call(ApiKey.FIND_COORDINATOR, 3, find, new FindCoordinatorResponse());
            Watch.until("the coordinator is there", () -> {
                try {
                    return first.call(ApiKey.JOIN_GROUP, 3, join("warm", 10), new JoinGroupResponse()).errorCode == ErrorCode.NONE.code();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            // More than the group's record could hold
            assertEquals(ErrorCode.GROUP_MAX_SIZE_REACHED.code(),
                    first.call(ApiKey.JOIN_GROUP, 3, join("too-large", 4 * MIB), new JoinGroupResponse()).errorCode);
            // Members stay when their connection goes, so others cannot add to them without end
            int accepted = 0;
            for (int i = 0; i < 20; i++) {
                RawClient client = new RawClient(broker.port());
                clients.add(client);
                short code = client.call(ApiKey.JOIN_GROUP, 3, join("group-" + i, 900_000), new JoinGroupResponse()).errorCode;
                assertTrue(code == ErrorCode.NONE.code() || code == ErrorCode.COORDINATOR_NOT_AVAILABLE.code(), "" + code);
                accepted += code == ErrorCode.NONE.code() ? 1 : 0;
            }
            assertTrue(accepted >= 5 && accepted <= 7, accepted + " members of 900,000 bytes were taken");
            assertTrue(broker.memory().groups().usedBytes() <= 7 * MIB);
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
        Watch.until("all are gone", () -> broker.connectionCount() == 0);
    }

    @Test
    void recordsForOldClientsAreConvertedWithinTheirShare() throws IOException {
        start("memory.conversion.bytes", Integer.toString(2 * MIB));
        create("old", 20);
        try (RawClient client = new RawClient(broker.port())) {
            for (int partition = 0; partition < 20; partition++) {
                assertEquals(ErrorCode.NONE,
                        error(client.call(ApiKey.PRODUCE, 9, produce("old", partition, 1, 10_000, batch("x".repeat(100_000))), new ProduceResponse())));
            }
            var all = fetch("old", 0, 0, 0, 1);
            for (int partition = 1; partition < 20; partition++) {
                Requests.add(all, "old", partition, 0);
            }
            FetchResponse response = client.call(ApiKey.FETCH, 2, all, new FetchResponse());
            long bytes = response.responses.stream().flatMap(topic -> topic.partitions.stream())
                    .mapToLong(partition -> partition.records == null ? 0 : partition.records.sizeInBytes()).sum();
            assertTrue(bytes >= 100_000 && bytes <= MIB / 2, bytes + " bytes at once");
            // The others are given what is there, too
            assertEquals(List.of("x".repeat(100_000)), values(client.call(ApiKey.FETCH, 11, fetch("old", 19, 0, 0, 1), new FetchResponse())));
        }
    }
}
