package io.partita.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.nio.NioEventLoopGroup;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.ApiVersionsHandler;
import io.partita.broker.api.Handler;
import io.partita.broker.api.RequestContext;
import io.partita.broker.env.Clock;
import io.partita.broker.env.MemoryBudget;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ApiVersionsRequest;
import io.partita.broker.protocol.message.ApiVersionsResponse;
import io.partita.broker.protocol.message.FindCoordinatorRequest;
import io.partita.broker.protocol.message.FindCoordinatorResponse;
import io.partita.broker.protocol.message.HeartbeatRequest;
import io.partita.broker.protocol.message.HeartbeatResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KafkaListenerTest {

    private static final NetworkBounds SMALL = new NetworkBounds(200_000, 3, 3, 4, 100_000, 60_000, 60_000);

    private NioEventLoopGroup group;
    private final BlockingQueue<RequestContext> heartbeats = new LinkedBlockingQueue<>();
    private KafkaListener listener;
    private Network network;
    private ApiRegistry registry;
    private int port;

    @BeforeEach
    void start() {
        group = new NioEventLoopGroup(2);
        listen(SMALL);
    }

    private void listen(NetworkBounds bounds) {
        listen(bounds, memory(230_000));
    }

    /** So much for buffers, and plenty of all else. */
    private static MemoryBudget memory(long networkBytes) {
        return MemoryBudget.of(1L << 40, 1 << 30, networkBytes, MemoryBudget.DERIVED, MemoryBudget.DERIVED, MemoryBudget.DERIVED);
    }

    private void listen(NetworkBounds bounds, MemoryBudget memory) {
        registry = new ApiRegistry.Builder()
                .serve(ApiKey.HEARTBEAT, 0, 4, (Handler<HeartbeatRequest>) (context, request) -> heartbeats.add(context))
                .serve(ApiKey.FIND_COORDINATOR, 0, 6, (Handler<FindCoordinatorRequest>) (context, request) -> {
                    FindCoordinatorResponse response = new FindCoordinatorResponse();
                    response.host = request.key.isEmpty() ? "" : request.key.length() + " bytes";
                    context.respond(response);
                })
                .build(entries -> new ApiVersionsHandler(entries, "cluster", 1));
        network = new Network(bounds, memory, Clock.SYSTEM);
        listener = new KafkaListener("PLAINTEXT", new NettyEventLoops(group), SocketOptions.DEFAULTS, network, registry, RequestObserver.NONE);
        port = listener.bind(java.net.InetAddress.getLoopbackAddress(), 0).join();
        listener.open();
    }

    @AfterEach
    void stop() {
        listener.close().join();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private RequestContext nextHeartbeat() throws InterruptedException {
        RequestContext context = heartbeats.poll(20, TimeUnit.SECONDS);
        assertTrue(context != null, "no heartbeat arrived");
        return context;
    }

    private static HeartbeatResponse response(ErrorCode code) {
        HeartbeatResponse response = new HeartbeatResponse();
        response.errorCode = code.code();
        return response;
    }

    @Test
    void answersApiVersionsOfAnUnknownVersionInVersionZero() throws IOException {
        try (RawClient client = new RawClient(port)) {
            client.send(ApiKey.API_VERSIONS, 99, 7, new ApiVersionsRequest());
            ApiVersionsResponse response = new ApiVersionsResponse();
            assertEquals(7, client.receive(ApiKey.API_VERSIONS, 0, response));
            assertEquals(ErrorCode.UNSUPPORTED_VERSION.code(), response.errorCode);
            assertEquals(1, response.apiKeys.size());
            assertEquals(5, response.apiKeys.getFirst().maxVersion);
        }
    }

    @Test
    void responsesLeaveInTheOrderOfTheRequests() throws Exception {
        try (RawClient client = new RawClient(port)) {
            // Given three requests, the last answered at once
            client.send(ApiKey.HEARTBEAT, 4, 1, new HeartbeatRequest());
            client.send(ApiKey.HEARTBEAT, 3, 2, new HeartbeatRequest());
            client.send(ApiKey.FIND_COORDINATOR, 3, 3, new FindCoordinatorRequest());
            RequestContext first = nextHeartbeat();
            RequestContext second = nextHeartbeat();
            // When the second is answered before the first, off the event loop
            second.respond(response(ErrorCode.REBALANCE_IN_PROGRESS));
            first.respond(response(ErrorCode.NONE));
            // Then they come in request order
            HeartbeatResponse heartbeat = new HeartbeatResponse();
            assertEquals(1, client.receive(ApiKey.HEARTBEAT, 4, heartbeat));
            assertEquals(ErrorCode.NONE.code(), heartbeat.errorCode);
            assertEquals(2, client.receive(ApiKey.HEARTBEAT, 3, heartbeat));
            assertEquals(ErrorCode.REBALANCE_IN_PROGRESS.code(), heartbeat.errorCode);
            assertEquals(3, client.receive(ApiKey.FIND_COORDINATOR, 3, new FindCoordinatorResponse()));
        }
    }

    @Test
    void aHeldAnswerIsGivenWhenTheNextRequestArrivesOrTheConnectionCloses() throws Exception {
        try (RawClient client = new RawClient(port)) {
            client.send(ApiKey.HEARTBEAT, 4, 1, new HeartbeatRequest());
            RequestContext held = nextHeartbeat();
            var armed = new java.util.concurrent.CountDownLatch(1);
            held.eventLoop().execute(() -> {
                held.onNextRequest(() -> held.respond(response(ErrorCode.NONE)));
                armed.countDown();
            });
            armed.await();
            client.send(ApiKey.FIND_COORDINATOR, 3, 2, new FindCoordinatorRequest());
            assertEquals(1, client.receive(ApiKey.HEARTBEAT, 4, new HeartbeatResponse()));
            assertEquals(2, client.receive(ApiKey.FIND_COORDINATOR, 3, new FindCoordinatorResponse()));
        }
        var told = new java.util.concurrent.CountDownLatch(1);
        try (RawClient client = new RawClient(port)) {
            client.send(ApiKey.HEARTBEAT, 4, 1, new HeartbeatRequest());
            RequestContext held = nextHeartbeat();
            held.eventLoop().execute(() -> held.onNextRequest(() -> {
                held.respond(response(ErrorCode.NONE));
                told.countDown();
            }));
        }
        assertTrue(told.await(20, TimeUnit.SECONDS), "the held answer was not asked for when its connection closed");
    }

    @Test
    void anAnswerIsNotHeldWhenTheNextRequestIsThereAlready() throws Exception {
        try (RawClient client = new RawClient(port)) {
            // Given
            client.send(ApiKey.HEARTBEAT, 4, 1, new HeartbeatRequest());
            client.send(ApiKey.HEARTBEAT, 4, 2, new HeartbeatRequest());
            RequestContext held = nextHeartbeat();
            RequestContext behind = nextHeartbeat();
            behind.respond(response(ErrorCode.NONE));

            // When
            held.eventLoop().execute(() -> held.onNextRequest(() -> held.respond(response(ErrorCode.NONE))));

            // Then
            assertEquals(1, client.receive(ApiKey.HEARTBEAT, 4, new HeartbeatResponse()));
            assertEquals(2, client.receive(ApiKey.HEARTBEAT, 4, new HeartbeatResponse()));
        }
    }

    @Test
    void readsRequestsHoweverTheyAreCut() throws IOException {
        FindCoordinatorRequest request = new FindCoordinatorRequest();
        request.key = "k".repeat(32_000);
        byte[] one = RawClient.frame(ApiKey.FIND_COORDINATOR, 3, 1, request);
        byte[] several = ByteBuffer.allocate(one.length * 5).put(one).put(one).put(one).put(one).put(one).array();
        for (int piece : new int[] {1000, 4096, 40_000, several.length}) {
            try (RawClient client = new RawClient(port)) {
                Thread sender = Thread.ofVirtual().start(() -> {
                    try {
                        for (int from = 0; from < several.length; from += piece) {
                            client.sendBytes(java.util.Arrays.copyOfRange(several, from, Math.min(several.length, from + piece)));
                        }
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
                for (int i = 0; i < 5; i++) {
                    FindCoordinatorResponse response = new FindCoordinatorResponse();
                    client.receive(ApiKey.FIND_COORDINATOR, 3, response);
                    assertEquals("32000 bytes", response.host, "pieces of " + piece);
                }
                join(sender);
            }
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void closesTheConnectionOfWhoeverBreaksTheProtocol() throws IOException {
        byte[] tooLong = ByteBuffer.allocate(4).putInt(SMALL.maxRequestBytes() + 1).array();
        byte[] negative = ByteBuffer.allocate(4).putInt(-1).array();
        byte[] tooShort = ByteBuffer.allocate(8).putInt(4).putInt(0).array();
        byte[] unknownKey = ByteBuffer.allocate(14).putInt(10).putShort((short) 999).putShort((short) 0).putInt(1).putShort((short) -1).array();
        byte[] unservedVersion = RawClient.frame(ApiKey.HEARTBEAT, 9, 1, new HeartbeatRequest());
        byte[] cutBody = ByteBuffer.allocate(16).putInt(12).putShort(ApiKey.HEARTBEAT.id()).putShort((short) 0).putInt(1).putShort((short) -1)
                .putShort((short) 30_000).array();
        byte[] badClientId = ByteBuffer.allocate(14).putInt(10).putShort(ApiKey.HEARTBEAT.id()).putShort((short) 0).putInt(1).putShort((short) 500).array();
        byte[] http = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes();
        for (byte[] bytes : List.of(tooLong, negative, tooShort, unknownKey, unservedVersion, cutBody, badClientId, http)) {
            try (RawClient client = new RawClient(port)) {
                client.sendBytes(bytes);
                assertTrue(client.isClosedByPeer());
            }
        }
        // and the others are still served
        try (RawClient client = new RawClient(port)) {
            ApiVersionsResponse response = client.call(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest(), new ApiVersionsResponse());
            assertEquals(3, response.apiKeys.size());
        }
    }

    @Test
    void whatThrowsInATaskOfARequestClosesItsConnection() throws Exception {
        try (RawClient client = new RawClient(port)) {
            client.send(ApiKey.HEARTBEAT, 4, 1, new HeartbeatRequest());
            nextHeartbeat().eventLoop().execute(() -> {
                throw new AssertionError("thrown by the test");
            });
            assertTrue(client.isClosedByPeer());
        }
    }

    @Test
    void boundsTheConnectionsOfAllListenersTogether() throws Exception {
        listener.close().join();
        listen(new NetworkBounds(200_000, 3, 100, 4, 100_000, 60_000, 60_000));
        KafkaListener second = new KafkaListener("SECOND", new NettyEventLoops(group), SocketOptions.DEFAULTS, network, registry, RequestObserver.NONE);
        int secondPort = second.bind(java.net.InetAddress.getLoopbackAddress(), 0).join();
        second.open();
        try (RawClient one = new RawClient(port); RawClient two = new RawClient(secondPort); RawClient three = new RawClient(port)) {
            for (RawClient client : List.of(one, two, three)) {
                client.call(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest(), new ApiVersionsResponse());
            }
            for (int i = 0; i < 50; i++) {
                try (RawClient tooMany = new RawClient(i % 2 == 0 ? port : secondPort)) {
                    assertTrue(tooMany.isClosedByPeer());
                }
            }
            assertEquals(3, network.connectionCount());
            one.call(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest(), new ApiVersionsResponse());
        } finally {
            second.close().join();
        }
    }

    @Test
    void boundsTheConnectionsOfOneAddress() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < SMALL.maxConnectionsPerIp(); i++) {
            RawClient client = new RawClient(port);
            client.call(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest(), new ApiVersionsResponse());
            clients.add(client);
        }
        try (RawClient tooMany = new RawClient(port)) {
            assertTrue(tooMany.isClosedByPeer());
        }
        for (RawClient client : clients) {
            client.call(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest(), new ApiVersionsResponse());
            client.close();
        }
    }

    @Test
    void aConnectionWithTooManyOpenRequestsIsNotReadUntilSomeAreAnswered() throws Exception {
        try (RawClient client = new RawClient(port)) {
            // Given more requests than may be in flight
            int count = SMALL.maxInFlightRequests() * 3;
            for (int i = 0; i < count; i++) {
                client.send(ApiKey.HEARTBEAT, 4, i, new HeartbeatRequest());
            }
            // When they are answered one by one, then never more than the bound has been handed over
            HeartbeatResponse heartbeat = new HeartbeatResponse();
            for (int i = 0; i < count; i++) {
                RequestContext context = nextHeartbeat();
                assertTrue(heartbeats.size() < SMALL.maxInFlightRequests());
                context.respond(response(ErrorCode.NONE));
                assertEquals(i, client.receive(ApiKey.HEARTBEAT, 4, heartbeat));
            }
        }
    }

    @Test
    void largeRequestsShareTheirMemory() throws Exception {
        // Given a connection that has announced a large request and sent a part of it
        FindCoordinatorRequest request = new FindCoordinatorRequest();
        request.key = "";
        request.coordinatorKeys.add("k".repeat(120_000));
        byte[] large = RawClient.frame(ApiKey.FIND_COORDINATOR, 6, 1, request);
        try (RawClient slow = new RawClient(port); RawClient other = new RawClient(port); RawClient small = new RawClient(port)) {
            slow.sendBytes(java.util.Arrays.copyOf(large, 70_000));
            small.call(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest(), new ApiVersionsResponse());
            // When another one comes it waits, and small ones are served
            other.sendBytes(large);
            small.call(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest(), new ApiVersionsResponse());
            // Then both are served once the first is whole
            slow.sendBytes(java.util.Arrays.copyOfRange(large, 70_000, large.length));
            slow.receive(ApiKey.FIND_COORDINATOR, 6, new FindCoordinatorResponse());
            other.receive(ApiKey.FIND_COORDINATOR, 6, new FindCoordinatorResponse());
        }
    }

    @Test
    void aConnectionThatStopsInTheMiddleOfARequestIsClosedAndAnIdleOneToo() throws Exception {
        listener.close().join();
        listen(new NetworkBounds(200_000, 10, 10, 4, 100_000, 150, 100));
        try (RawClient stalled = new RawClient(port); RawClient idle = new RawClient(port)) {
            stalled.sendBytes(new byte[] {0, 0, 1});
            assertTrue(stalled.isClosedByPeer());
            assertTrue(idle.isClosedByPeer());
        }
    }

    @Test
    void aLargeRequestThatTricklesInGivesWayToThoseWhoWaitForMemory() throws Exception {
        listener.close().join();
        listen(new NetworkBounds(200_000, 10, 10, 4, 100_000, 60_000, 100));
        FindCoordinatorRequest request = new FindCoordinatorRequest();
        request.key = "";
        request.coordinatorKeys.add("k".repeat(120_000));
        byte[] large = RawClient.frame(ApiKey.FIND_COORDINATOR, 6, 1, request);
        try (RawClient trickling = new RawClient(port); RawClient pace = new RawClient(port); RawClient other = new RawClient(port)) {
            // Given a connection that has the memory, and never pauses for long
            trickling.sendBytes(java.util.Arrays.copyOf(large, 1_000));
            Thread trickle = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        trickling.sendBytes(new byte[] {'k'});
                        pace.call(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest(), new ApiVersionsResponse());
                    }
                } catch (IOException closed) {
                    // as it shall be
                }
            });
            // When another one needs it
            other.sendBytes(large);
            // Then that one is served
            other.receive(ApiKey.FIND_COORDINATOR, 6, new FindCoordinatorResponse());
            join(trickle);
        }
    }

    @Test
    void whatIsAnnouncedTakesNoMemoryUntilItComes() throws Exception {
        listener.close().join();
        listen(new NetworkBounds(100 << 20, 2_000, 2_000, 4, 100_000, 60_000, 60_000), memory(64 << 20));
        List<RawClient> clients = new ArrayList<>();
        try {
            long before = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
            for (int i = 0; i < 500; i++) {
                RawClient client = new RawClient(port);
                clients.add(client);
                client.sendBytes(ByteBuffer.allocate(12).putInt(i % 2 == 0 ? 60_000 : 90 << 20).putInt(3).putInt(i).array());
            }
            try (RawClient other = new RawClient(port)) {
                other.call(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest(), new ApiVersionsResponse());
            }
            long taken = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() - before;
            assertTrue(taken <= 16 << 20, "500 beginnings of requests took " + taken + " bytes");
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }
}
