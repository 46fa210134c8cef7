package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.ApiVersionsRequest;
import io.partita.broker.protocol.message.ApiVersionsResponse;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.JoinGroupRequest;
import io.partita.broker.protocol.message.MetadataRequest;
import io.partita.broker.protocol.message.ProduceRequest;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.Compression;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Whatever arrives on a connection, that connection is answered or closed, and everybody else is served. Runs are seeded; a failure names its seed,
 * which then joins {@link #KEPT_SEEDS}.
 */
class WireFuzzIT {

    private static final long[] KEPT_SEEDS = {1, 2, 3, 20261120};
    private static final int FRAMES_PER_SEED = 600;

    private static Broker broker;

    @BeforeAll
    static void start() {
        broker = Broker.start(BrokerOptions.of(BrokerConfig.of(Map.of(
                "listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "/fuzz", "group.initial.rebalance.delay.ms", "0",
                "offsets.topic.num.partitions", "3", "num.network.threads", "2", "auto.create.topics.enable", "false")))
                .withDisk(new MemoryDisk()));
        broker.metadata().createTopics(List.of(
                new NewTopic("t", 2, 1, null, Map.of()),
                new NewTopic("packed", 1, 1, null, Map.of("compression.type", "lz4"))), false)
                .toCompletableFuture().join();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static void othersAreServed(String what) {
        try (RawClient client = new RawClient(broker.port())) {
            ApiVersionsResponse answer = client.call(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest(), new ApiVersionsResponse());
            assertEquals(broker.registry().entries().size(), answer.apiKeys.size());
        } catch (IOException e) {
            fail(what + ": another client was not served", e);
        }
    }

    @Test
    void everyServedVersionTakesAnEmptyRequestAndAnswersOrCloses() throws IOException {
        for (ApiRegistry.Entry entry : broker.registry().entries()) {
            for (int version = entry.minVersion(); version <= entry.maxVersion(); version++) {
                try (RawClient client = new RawClient(broker.port())) {
                    Message request = entry.key().newRequest();
                    if (request instanceof ProduceRequest produce) {
                        produce.acks = 1;
                    }
                    if (request instanceof JoinGroupRequest join) {
                        join.groupId = "";
                    }
                    client.send(entry.key(), version, 42, request);
                    assertEquals(42, client.receive(entry.key(), version, entry.key().newResponse()), entry.key() + " v" + version);
                }
            }
        }
    }

    @Test
    void mutatedRequestsHarmNobody() throws IOException {
        for (long seed : KEPT_SEEDS) {
            Random random = new Random(seed);
            List<byte[]> frames = frames();
            for (int i = 0; i < FRAMES_PER_SEED; i++) {
                byte[] frame = frames.get(random.nextInt(frames.size())).clone();
                mutate(frame, random);
                sendAndLeave(frame, random);
                if (i % 100 == 99) {
                    othersAreServed("seed " + seed + ", frame " + i);
                }
            }
        }
        bounded();
    }

    @Test
    void randomBytesHarmNobody() throws IOException {
        Random random = new Random(7);
        for (int i = 0; i < 200; i++) {
            byte[] bytes = new byte[random.nextInt(300) + 1];
            random.nextBytes(bytes);
            sendAndLeave(bytes, random);
        }
        othersAreServed("random bytes");
        bounded();
    }

    @Test
    void compressedBatchesThatOpenToTooMuchAreRefused() throws IOException {
        // The topic's own codec is stored as it came, so the broker opens the others only.
        for (Compression codec : List.of(Compression.GZIP, Compression.SNAPPY, Compression.ZSTD)) {
            ByteBuf bomb = Unpooled.buffer();
            try (BatchBuilder builder = new BatchBuilder(bomb).compression(codec)) {
                byte[] zeros = new byte[8 << 20];
                for (int i = 0; i < 20; i++) {
                    builder.append(1, null, zeros);
                }
                builder.finish();
            }
            try (RawClient client = new RawClient(broker.port())) {
                client.send(ApiKey.PRODUCE, 9, 1, produce("packed", bomb));
                try {
                    client.receive();
                } catch (java.io.EOFException closed) {
                    // as good as an answer
                }
            }
            othersAreServed("a bomb of " + codec);
        }
        assertEquals(0, broker.partitions().find("packed", 0).highWatermark());
        bounded();
    }

    @Test
    void aClientThatNeverReadsIsNotServedWithoutBound() throws IOException {
        ByteBuf batch = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(batch)) {
            builder.append(1, null, new byte[500_000]).finish();
        }
        try (RawClient client = new RawClient(broker.port())) {
            client.send(ApiKey.PRODUCE, 9, 1, produce("t", batch));
            client.receive();
        }
        try (RawClient deaf = new RawClient(broker.port())) {
            deaf.giveUpSendingAfter(2_000);
            byte[] fetch = RawClient.frame(ApiKey.FETCH, 11, 1, fetch());
            byte[] metadata = RawClient.frame(ApiKey.METADATA, 9, 1, new MetadataRequest());
            // More answers than sockets can hold: the broker stops to read, and the client's own sending comes to a stand.
            boolean stopped = false;
            for (int i = 0; i < 2_000_000 && !stopped; i++) {
                stopped = !deaf.trySend(i % 50 == 0 ? fetch : metadata);
            }
            assertTrue(stopped, "two million requests were taken from a client that reads nothing");
            othersAreServed("a client that never reads");
            bounded();
        }
    }

    @Test
    void manyIdleConnectionsCostLittle() throws IOException {
        List<RawClient> idle = new ArrayList<>();
        try {
            long before = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
            for (int i = 0; i < 2_000; i++) {
                idle.add(new RawClient(broker.port()));
            }
            othersAreServed("2,000 idle connections");
            assertTrue(PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() - before < 32 << 20, "idle connections hold buffers");
        } finally {
            for (RawClient client : idle) {
                client.close();
            }
        }
    }

    /** What connections took comes back when they are gone. */
    private static void bounded() {
        assertTrue(PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() < 256 << 20,
                "direct memory in use: " + PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory());
    }

    private static void sendAndLeave(byte[] frame, Random random) throws IOException {
        try (RawClient client = new RawClient(broker.port())) {
            int cut = random.nextInt(4) == 0 ? random.nextInt(frame.length) + 1 : frame.length;
            client.sendBytes(java.util.Arrays.copyOf(frame, cut));
            client.endOfSending();
            client.drain();
        } catch (SocketException closedByBroker) {
            // as it may
        }
    }

    private static void mutate(byte[] frame, Random random) {
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            // Behind the length, key and version, mostly: those have tests of their own.
            int at = random.nextInt(20) == 0 ? random.nextInt(8) : Math.min(frame.length - 1, 8 + random.nextInt(Math.max(1, frame.length - 8)));
            switch (random.nextInt(4)) {
                case 0 -> frame[at] = (byte) random.nextInt(256);
                case 1 -> frame[at] = (byte) 0xFF;
                case 2 -> frame[at] = 0x7F;
                default -> frame[at] ^= (byte) (1 << random.nextInt(8));
            }
        }
    }

    /** Well-formed requests of all keys in their lowest and highest versions; those with records have some. */
    private static List<byte[]> frames() {
        List<byte[]> frames = new ArrayList<>();
        for (ApiRegistry.Entry entry : broker.registry().entries()) {
            for (int version : new int[] {entry.minVersion(), (entry.minVersion() + entry.maxVersion()) / 2, entry.maxVersion()}) {
                Message request = entry.key().newRequest();
                if (request instanceof ProduceRequest) {
                    ByteBuf batch = Unpooled.buffer();
                    try (BatchBuilder builder = new BatchBuilder(batch).compression(version % 2 == 0 ? Compression.NONE : Compression.GZIP)) {
                        builder.append(1, null, "value".getBytes(StandardCharsets.UTF_8)).finish();
                    }
                    request = produce("t", batch);
                } else if (request instanceof FetchRequest) {
                    request = fetch();
                }
                frames.add(RawClient.frame(entry.key(), version, 1, request));
            }
        }
        return frames;
    }

    private static ProduceRequest produce(String topicName, ByteBuf batch) {
        ProduceRequest request = new ProduceRequest();
        request.acks = 1;
        request.timeoutMs = 1000;
        ProduceRequest.TopicProduceData topic = new ProduceRequest.TopicProduceData();
        topic.name = topicName;
        topic.topicId = broker.image().topic(topicName).id();
        ProduceRequest.PartitionProduceData data = new ProduceRequest.PartitionProduceData();
        data.records = new BufferRecords(batch);
        topic.partitionData.add(data);
        request.topicData.add(topic);
        return request;
    }

    private static FetchRequest fetch() {
        FetchRequest request = new FetchRequest();
        request.maxWaitMs = 1;
        FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic();
        topic.topic = "t";
        topic.topicId = broker.image().topic("t").id();
        FetchRequest.FetchPartition partition = new FetchRequest.FetchPartition();
        partition.partitionMaxBytes = 1 << 20;
        topic.partitions.add(partition);
        request.topics.add(topic);
        return request;
    }
}
