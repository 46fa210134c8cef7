package io.partita.broker;

import static io.partita.broker.Requests.batch;
import static io.partita.broker.Requests.error;
import static io.partita.broker.Requests.fetch;
import static io.partita.broker.Requests.produce;
import static io.partita.broker.Requests.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.WatchedDisk;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.ApiVersionsRequest;
import io.partita.broker.protocol.message.ApiVersionsResponse;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.ProduceResponse;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Requests that nobody should send: hostile frames kept from earlier finds, and well-formed requests of every key and version with values at which
 * code goes wrong, several in a row on one connection, whole or damaged. All are answered or their connection is closed; nothing is logged as an
 * error, memory stays bounded and is given back, and the next client is served. A failure names its seed; {@code -Dpartita.fuzz.seed=N} runs that
 * one alone, {@code -Dpartita.fuzz.seeds=N} more of them.
 */
class HostileRequestsIT {

    private static final int REQUESTS_PER_SEED = 1_500;
    private static final long DIRECT_BYTES_MAX = 200 << 20;
    private static final String[] NAMES = {"t", "t", "packed", "compacted", "fresh", "g", "g2", "member", "", "__consumer_offsets", "1", "1", "consumer",
        "range",
        "cleanup.policy", "compact", "retention.ms", "max.message.bytes", "100", "-1", "\u0000", "bad name", "..", "PLAINTEXT"};

    private Watch watch;
    private WatchedDisk disk;
    private Broker broker;

    @BeforeEach
    void start() {
        watch = new Watch();
        disk = new WatchedDisk(new MemoryDisk());
        broker = Broker.start(BrokerOptions.of(BrokerConfig.of(Map.of(
                "listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "/data", "node.id", "1", "num.network.threads", "2",
                "offsets.topic.num.partitions", "2", "group.initial.rebalance.delay.ms", "0", "connection.max.in.flight.requests", "8")))
                .withDisk(disk));
        broker.metadata().createTopics(List.of(
                new NewTopic("t", 3, 1, null, Map.of()),
                new NewTopic("packed", 1, 1, null, Map.of("compression.type", "zstd")),
                new NewTopic("compacted", 1, 1, null, Map.of("cleanup.policy", "compact")),
                new NewTopic("witness", 1, 1, null, Map.of())), false)
                .toCompletableFuture().join();
    }

    @AfterEach
    void nothingIsLeft() {
        try {
            broker.close();
            watch.noErrors("at the end");
            watch.noBuffersLeft("at the end");
            assertEquals(0, disk.openFiles(), "open files");
        } finally {
            watch.close();
        }
    }

    private void othersAreServed(String when) throws IOException {
        try (RawClient client = new RawClient(broker.port())) {
            var versions = client.call(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest(), new ApiVersionsResponse());
            assertEquals(broker.registry().entries().size(), versions.apiKeys.size(), when);
            ProduceResponse produced = client.call(ApiKey.PRODUCE, 9, produce("witness", 0, -1, 10_000, batch(when)), new ProduceResponse());
            assertEquals(ErrorCode.NONE, error(produced), when);
            long offset = produced.responses.getFirst().partitionResponses.getFirst().baseOffset;
            assertEquals(List.of(when), values(client.call(ApiKey.FETCH, 11, fetch("witness", 0, offset, 0, 1), new FetchResponse())));
        } catch (IOException e) {
            throw new IOException(when + ": another client was not served", e);
        }
        watch.noErrors(when);
        long direct = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
        assertTrue(direct < DIRECT_BYTES_MAX, when + ": " + direct + " bytes of direct memory");
    }

    private void sendAndLeave(byte[] bytes) throws IOException {
        try (RawClient client = new RawClient(broker.port())) {
            client.sendBytes(bytes);
            client.endOfSending();
            client.drain();
        } catch (SocketException closedByBroker) {
            // as it may
        }
    }

    @Test
    void keptFramesHarmNobody() throws IOException, URISyntaxException {
        Path corpus = Path.of(HostileRequestsIT.class.getResource("/corpus/wire").toURI());
        try (var files = Files.list(corpus)) {
            for (Path file : files.filter(name -> name.toString().endsWith(".hex")).sorted().toList()) {
                byte[] bytes = HexFormat.of().parseHex(Files.readString(file).replaceAll("#.*|\\s", ""));
                sendAndLeave(bytes);
                for (int cut = 1; cut < Math.min(bytes.length, 64); cut += 3) {
                    sendAndLeave(Arrays.copyOf(bytes, cut));
                }
                othersAreServed(file.getFileName().toString());
            }
        }
    }

    @Test
    void likelyRequestsHarmNobody() throws IOException {
        Long only = Long.getLong("partita.fuzz.seed");
        long from = only == null ? 0 : only;
        long seeds = only == null ? Integer.getInteger("partita.fuzz.seeds", 2) : 1;
        for (long seed = from; seed < from + seeds; seed++) {
            Random random = new Random(seed);
            int sent = 0;
            while (sent < REQUESTS_PER_SEED) {
                ByteArrayOutputStream row = new ByteArrayOutputStream();
                StringBuilder what = new StringBuilder();
                for (int count = 1 + random.nextInt(10); count > 0; count--) {
                    row.writeBytes(request(random, sent++, what));
                }
                try {
                    sendAndLeave(row.toByteArray());
                    othersAreServed("request " + sent);
                } catch (IOException | RuntimeException | AssertionError e) {
                    throw new AssertionError("seed " + seed + ", after " + what + "; repeat with ./test -pl broker/core -am -Dtest=HostileRequestsIT "
                            + "-Dsurefire.failIfNoSpecifiedTests=false -Dpartita.fuzz.seed=" + seed + ": " + e.getMessage(), e);
                }
            }
        }
    }

    @Test
    void recordsThatOpenToFarMoreThanTheyAreTakeNoMoreThanAllowed() throws IOException {
        for (CompressionType codec : CompressionType.values()) {
            if (codec == CompressionType.NONE) {
                continue;
            }
            ByteBuf batch = opensTo(100 << 20, (byte) 2, codec);
            long heapBefore = usedHeap();
            // Stored as it is where the topic takes any codec; opened, and refused, where the topic has one of its own.
            ProduceResponse packed = refusedOrClosed("packed", 9, batch);
            assertTrue(codec == CompressionType.ZSTD || packed == null || error(packed) != ErrorCode.NONE, "" + codec);
            // Old clients' records are opened always.
            if (codec != CompressionType.ZSTD) {
                for (int version = 0; version <= 2; version++) {
                    ProduceResponse old = refusedOrClosed("t", version, opensTo(100 << 20, (byte) (version == 2 ? 1 : 0), codec));
                    assertTrue(old == null || error(old) != ErrorCode.NONE, codec + " in Produce v" + version);
                }
            }
            othersAreServed("a bomb of " + codec);
            long taken = usedHeap() - heapBefore;
            assertTrue(taken < 100 << 20, codec + " left " + taken + " bytes of heap");
        }
        assertEquals(0, broker.partitions().find("t", 0).log().logEndOffset());
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Null when the connection was closed instead of an answer. */
    private ProduceResponse refusedOrClosed(String topic, int version, ByteBuf records) throws IOException {
        try (RawClient client = new RawClient(broker.port())) {
            return client.call(ApiKey.PRODUCE, version, produce(topic, 0, 1, 10_000, records), new ProduceResponse());
        } catch (EOFException | SocketException closed) {
            return null;
        }
    }

    /** One compressed batch or message with a value of zeros, as Kafka's classes write it. */
    private static ByteBuf opensTo(int bytes, byte magic, CompressionType codec) {
        MemoryRecords records = MemoryRecords.withRecords(magic, Compression.of(codec).build(), new SimpleRecord(1, null, new byte[bytes]));
        return Unpooled.wrappedBuffer(records.buffer());
    }

    @Test
    void aRowOfRequestsLongerThanAnyBoundIsAnsweredInOrder() throws Exception {
        int count = 10_000;
        try (RawClient client = new RawClient(broker.port())) {
            Thread sender = Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0; i < count; i++) {
                        boolean fetch = i % 3 == 0;
                        client.send(fetch ? ApiKey.FETCH : ApiKey.API_VERSIONS, fetch ? 11 : 0, i,
                                fetch ? fetch("t", i % 2, 0, i % 5 == 0 ? 1 : 0, 1) : new ApiVersionsRequest());
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            for (int i = 0; i < count; i++) {
                assertEquals(i, client.receive().readInt());
            }
            sender.join();
        }
        othersAreServed("a row of requests");
    }

    @Test
    void clientsThatStopHalfwayCostLittleAndHinderNobody() throws IOException {
        byte[] frame = RawClient.frame(ApiKey.PRODUCE, 9, 1, produce("t", 0, 1, 1_000, batch("x".repeat(40_000))));
        List<RawClient> stopped = new ArrayList<>();
        try {
            long before = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
            for (int i = 0; i < 1_000; i++) {
                RawClient client = new RawClient(broker.port());
                stopped.add(client);
                // Nothing at all, a part of a length, of a header, of the records; and those that can only listen any more.
                client.sendBytes(Arrays.copyOf(frame, new int[] {0, 2, 9, 60, 3_000}[i % 5]));
                if (i % 10 == 0) {
                    client.endOfSending();
                }
            }
            othersAreServed("a thousand clients that stopped halfway");
            long taken = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() - before;
            assertTrue(taken <= 64 << 20, "they took " + taken + " bytes");
        } finally {
            for (RawClient client : stopped) {
                client.close();
            }
        }
        Watch.until("all are gone", () -> broker.connectionCount() == 0);
    }

    private byte[] request(Random random, int correlationId, StringBuilder what) {
        List<ApiRegistry.Entry> entries = broker.registry().entries();
        var topic = broker.image().topic("t");
        List<UUID> ids = topic == null ? List.of(Message.ZERO_UUID) : List.of(Message.ZERO_UUID, topic.id(), topic.id(), topic.id());
        LikelyMessages messages = new LikelyMessages(random, NAMES, ids);
        while (true) {
            ApiRegistry.Entry entry = entries.get(random.nextInt(entries.size()));
            int version = entry.minVersion() + random.nextInt(entry.maxVersion() - entry.minVersion() + 1);
            byte[] frame;
            try {
                frame = RawClient.frame(entry.key(), version, correlationId, messages.fill(entry.key().newRequest()));
            } catch (RuntimeException unwritable) {
                // This version has no place for what was put in.
                continue;
            }
            what.append(entry.key()).append(" v").append(version).append(' ');
            if (random.nextInt(4) == 0) {
                damage(frame, random);
            }
            return frame;
        }
    }

    /** A wound behind the header: a byte, a bit, or four bytes that are a length with some luck. */
    private static void damage(byte[] frame, Random random) {
        int at = Math.min(frame.length - 1, 14 + random.nextInt(Math.max(1, frame.length - 14)));
        switch (random.nextInt(4)) {
            case 0 -> frame[at] = (byte) random.nextInt();
            case 1 -> frame[at] ^= (byte) (1 << random.nextInt(8));
            case 2 -> Arrays.fill(frame, at, Math.min(frame.length, at + 4), (byte) 0xFF);
            default -> {
                Arrays.fill(frame, at, Math.min(frame.length, at + 4), (byte) 0);
                frame[Math.min(frame.length - 1, at + 1)] = (byte) random.nextInt(128);
            }
        }
    }
}
