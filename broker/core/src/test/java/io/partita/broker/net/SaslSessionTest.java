package io.partita.broker.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.nio.NioEventLoopGroup;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.ApiVersionsHandler;
import io.partita.broker.api.AuthenticationApis;
import io.partita.broker.api.Handler;
import io.partita.broker.api.RequestContext;
import io.partita.broker.env.Clock;
import io.partita.broker.env.MemoryBudget;
import io.partita.broker.env.TestClock;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ApiVersionsRequest;
import io.partita.broker.protocol.message.ApiVersionsResponse;
import io.partita.broker.protocol.message.FindCoordinatorRequest;
import io.partita.broker.protocol.message.FindCoordinatorResponse;
import io.partita.broker.protocol.message.HeartbeatRequest;
import io.partita.broker.protocol.message.HeartbeatResponse;
import io.partita.broker.protocol.message.MetadataRequest;
import io.partita.broker.protocol.message.SaslAuthenticateRequest;
import io.partita.broker.protocol.message.SaslAuthenticateResponse;
import io.partita.broker.protocol.message.SaslHandshakeRequest;
import io.partita.broker.protocol.message.SaslHandshakeResponse;
import io.partita.broker.security.Principal;
import io.partita.broker.security.sasl.PlainMechanism;
import io.partita.broker.security.sasl.SaslExchange;
import io.partita.broker.security.sasl.SaslMechanism;
import io.partita.broker.security.sasl.SaslStep;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What may come on a connection before its client has said who it is, how it says so, and what happens when that ends. */
class SaslSessionTest {

    private static final NetworkBounds BOUNDS = new NetworkBounds(2_000_000, 20, 20, 4, 100_000, 60_000, 60_000);
    private static final long REAUTH_MILLIS = 100_000;

    private final NioEventLoopGroup group = new NioEventLoopGroup(2);
    private final TestClock clock = new TestClock();
    private final BlockingQueue<Principal> served = new LinkedBlockingQueue<>();
    private final BlockingQueue<Consumer<SaslStep>> lateAnswers = new LinkedBlockingQueue<>();
    private KafkaListener listener;
    private ApiRegistry registry;
    private int port;

    private final Map<String, String> passwords = new ConcurrentHashMap<>(Map.of("alice", "secret", "bob", "secret"));

    /** Answers when the test says so: stands for a token whose keys are fetched. */
    private final SaslMechanism late = new SaslMechanism() {
        @Override
        public String name() {
            return "LATE";
        }

        @Override
        public SaslExchange begin() {
            return (token, answer) -> lateAnswers.add(answer);
        }
    };

    @BeforeEach
    void start() {
        listen(BOUNDS, clock);
    }

    private void listen(NetworkBounds bounds, Clock with) {
        ApiRegistry.Builder builder = new ApiRegistry.Builder()
                .serve(ApiKey.HEARTBEAT, 0, 4, (Handler<HeartbeatRequest>) (context, request) -> serve(context, new HeartbeatResponse()))
                .serve(ApiKey.METADATA, 0, 13, (Handler<MetadataRequest>) (context, request) -> served.add(context.client().principal()))
                .serve(ApiKey.FIND_COORDINATOR, 0, 6, (Handler<FindCoordinatorRequest>) (context, request) -> serve(context, new FindCoordinatorResponse()));
        AuthenticationApis.serve(builder, null);
        registry = builder.build(entries -> new ApiVersionsHandler(entries, "cluster", 1));
        SaslSettings sasl = new SaslSettings(List.of(new PlainMechanism(passwords::get), late), 10_000, 0,
                Map.of("PLAIN", REAUTH_MILLIS));
        MemoryBudget memory = MemoryBudget.of(1L << 40, 1 << 30, 64 << 20, MemoryBudget.DERIVED, MemoryBudget.DERIVED, MemoryBudget.DERIVED);
        listener = new KafkaListener("SASL_PLAINTEXT", new ListenerSecurity(null, sasl), new NettyEventLoops(group), SocketOptions.DEFAULTS,
                new Network(bounds, memory, with), registry, RequestObserver.NONE);
        port = listener.bind(java.net.InetAddress.getLoopbackAddress(), 0).join();
        listener.open();
    }

    private void serve(RequestContext context, io.partita.broker.protocol.Message response) {
        served.add(context.client().principal());
        context.respond(response);
    }

    @AfterEach
    void stop() {
        listener.close().join();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private static SaslHandshakeResponse handshake(RawClient client, String mechanism, int version) throws IOException {
        SaslHandshakeRequest request = new SaslHandshakeRequest();
        request.mechanism = mechanism;
        return client.call(ApiKey.SASL_HANDSHAKE, version, request, new SaslHandshakeResponse());
    }

    private static SaslAuthenticateRequest token(String token) {
        SaslAuthenticateRequest request = new SaslAuthenticateRequest();
        request.authBytes = token.getBytes(UTF_8);
        return request;
    }

    private static SaslAuthenticateResponse authenticate(RawClient client, String token) throws IOException {
        return client.call(ApiKey.SASL_AUTHENTICATE, 2, token(token), new SaslAuthenticateResponse());
    }

    private static void login(RawClient client, String user) throws IOException {
        assertEquals(ErrorCode.NONE.code(), handshake(client, "PLAIN", 1).errorCode);
        assertEquals(ErrorCode.NONE.code(), authenticate(client, "\0" + user + "\0secret").errorCode);
    }

    private void heartbeat(RawClient client) throws IOException {
        client.call(ApiKey.HEARTBEAT, 4, new HeartbeatRequest(), new HeartbeatResponse());
    }

    private Principal lastServed() throws InterruptedException {
        Principal principal = served.poll(20, TimeUnit.SECONDS);
        assertTrue(principal != null, "no request was served");
        return principal;
    }

    @Test
    void whoHasAuthenticatedIsServedAsWhoHeIs() throws Exception {
        try (RawClient client = new RawClient(port)) {
            client.call(ApiKey.API_VERSIONS, 3, new ApiVersionsRequest(), new ApiVersionsResponse());
            SaslHandshakeResponse chosen = handshake(client, "PLAIN", 1);
            assertEquals(List.of("PLAIN", "LATE"), chosen.mechanisms);
            SaslAuthenticateResponse proved = authenticate(client, "\0alice\0secret");
            assertEquals(ErrorCode.NONE.code(), proved.errorCode);
            assertEquals(REAUTH_MILLIS, proved.sessionLifetimeMs);
            heartbeat(client);
            assertEquals(Principal.user("alice"), lastServed());
        }
    }

    @Test
    void clientsBeforeKafka10SendBareTokens() throws Exception {
        try (RawClient client = new RawClient(port)) {
            assertEquals(ErrorCode.NONE.code(), handshake(client, "PLAIN", 0).errorCode);
            client.sendBytes(framed("\0alice\0secret".getBytes(UTF_8)));
            assertEquals(0, client.receive().readableBytes());
            heartbeat(client);
            assertEquals(Principal.user("alice"), lastServed());
        }
    }

    @Test
    void aBareTokenMayBeEmptyAndAWrongOneEndsTheConnection() throws Exception {
        for (byte[] wrong : new byte[][] {{}, "\0alice\0wrong".getBytes(UTF_8)}) {
            try (RawClient client = new RawClient(port)) {
                handshake(client, "PLAIN", 0);
                client.sendBytes(framed(wrong));
                assertTrue(client.isClosedByPeer());
            }
        }
    }

    private static byte[] framed(byte[] token) {
        return java.nio.ByteBuffer.allocate(4 + token.length).putInt(token.length).put(token).array();
    }

    @Test
    void aWrongPasswordIsToldAndTheConnectionEnds() throws Exception {
        try (RawClient client = new RawClient(port)) {
            handshake(client, "PLAIN", 1);
            SaslAuthenticateResponse response = authenticate(client, "\0alice\0wrong");
            assertEquals(ErrorCode.SASL_AUTHENTICATION_FAILED.code(), response.errorCode);
            assertEquals("Authentication failed: Invalid username or password", response.errorMessage);
            assertTrue(client.isClosedByPeer());
        }
    }

    @Test
    void aMechanismThatIsNotThereIsAnsweredWithThoseThatAre() throws Exception {
        try (RawClient client = new RawClient(port)) {
            SaslHandshakeResponse response = handshake(client, "GSSAPI", 1);
            assertEquals(ErrorCode.UNSUPPORTED_SASL_MECHANISM.code(), response.errorCode);
            assertEquals(List.of("PLAIN", "LATE"), response.mechanisms);
            assertTrue(client.isClosedByPeer());
        }
    }

    @Test
    void tokensWithoutAMechanismAreToldSo() throws Exception {
        try (RawClient client = new RawClient(port)) {
            assertEquals(ErrorCode.ILLEGAL_SASL_STATE.code(), authenticate(client, "\0alice\0secret").errorCode);
            assertTrue(client.isClosedByPeer());
        }
    }

    /** Not even the first byte of a body is looked at, and no handler is called. */
    @Test
    void beforeThatNothingElseIsDecoded() throws Exception {
        for (ApiKey key : ApiKey.values()) {
            if (!key.hasMessages() || key == ApiKey.API_VERSIONS || key == ApiKey.SASL_HANDSHAKE || key == ApiKey.SASL_AUTHENTICATE) {
                continue;
            }
            for (boolean chosen : new boolean[] {false, true}) {
                try (RawClient client = new RawClient(port)) {
                    if (chosen) {
                        handshake(client, "PLAIN", 1);
                    }
                    client.send(key, key.highestVersion(), 1, key.newRequest());
                    assertTrue(client.isClosedByPeer(), key.toString());
                }
            }
        }
        assertTrue(served.isEmpty());
    }

    @Test
    void beforeThatRequestsAreSmallAndAfterwardsAsLargeAsAnywhere() throws Exception {
        FindCoordinatorRequest request = new FindCoordinatorRequest();
        request.coordinatorKeys.add("k".repeat(600_000));
        byte[] large = RawClient.frame(ApiKey.FIND_COORDINATOR, 6, 1, request);
        try (RawClient client = new RawClient(port)) {
            client.call(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest(), new ApiVersionsResponse());
            client.sendBytes(java.util.Arrays.copyOf(large, 1_000));
            assertTrue(client.isClosedByPeer());
        }
        try (RawClient client = new RawClient(port)) {
            login(client, "alice");
            client.sendBytes(large);
            client.receive(ApiKey.FIND_COORDINATOR, 6, new FindCoordinatorResponse());
        }
    }

    @Test
    void whileATokenIsLookedAtNothingMoreIsRead() throws Exception {
        try (RawClient client = new RawClient(port)) {
            handshake(client, "LATE", 1);
            client.send(ApiKey.SASL_AUTHENTICATE, 2, 7, token("t"));
            client.send(ApiKey.HEARTBEAT, 4, 8, new HeartbeatRequest());
            Consumer<SaslStep> answer = lateAnswers.poll(20, TimeUnit.SECONDS);
            assertTrue(served.isEmpty());
            // When it turns out to be right, on another thread
            answer.accept(new SaslStep.Authenticated(Principal.user("carol"), SaslStep.NO_TOKEN, clock.wallMillis() + 5_000));
            SaslAuthenticateResponse response = new SaslAuthenticateResponse();
            assertEquals(7, client.receive(ApiKey.SASL_AUTHENTICATE, 2, response));
            assertEquals(5_000, response.sessionLifetimeMs);
            assertEquals(8, client.receive(ApiKey.HEARTBEAT, 4, new HeartbeatResponse()));
            assertEquals(Principal.user("carol"), lastServed());
        }
    }

    @Test
    void anAnswerForAConnectionThatIsGoneIsDropped() throws Exception {
        Consumer<SaslStep> answer;
        try (RawClient client = new RawClient(port)) {
            handshake(client, "LATE", 1);
            client.send(ApiKey.SASL_AUTHENTICATE, 2, 7, token("t"));
            answer = lateAnswers.poll(20, TimeUnit.SECONDS);
        }
        answer.accept(new SaslStep.Authenticated(Principal.user("carol"), SaslStep.NO_TOKEN, SaslStep.NEVER));
        whoHasAuthenticatedIsServedAsWhoHeIs();
    }

    @Test
    void connectionsOfAUserThatWasDeletedEndAndThoseOfOthersGoOn() throws Exception {
        try (RawClient alice = new RawClient(port); RawClient bob = new RawClient(port)) {
            login(alice, "alice");
            login(bob, "bob");
            // When somebody has another password
            passwords.put("bob", "another");
            passwords.remove("alice");
            listener.review();
            // Then
            assertTrue(alice.isClosedByPeer());
            heartbeat(bob);
            assertEquals(Principal.user("bob"), lastServed());
        }
    }

    @Test
    void aUserThatIsDeletedWhileHisTokenIsLookedAtIsNotLetIn() throws Exception {
        try (RawClient client = new RawClient(port)) {
            handshake(client, "LATE", 1);
            client.send(ApiKey.SASL_AUTHENTICATE, 2, 7, token("t"));
            lateAnswers.poll(20, TimeUnit.SECONDS)
                    .accept(new SaslStep.Authenticated(Principal.user("carol"), SaslStep.NO_TOKEN, SaslStep.NEVER, () -> false));
            SaslAuthenticateResponse response = new SaslAuthenticateResponse();
            client.receive(ApiKey.SASL_AUTHENTICATE, 2, response);
            assertEquals(ErrorCode.SASL_AUTHENTICATION_FAILED.code(), response.errorCode);
            assertTrue(client.isClosedByPeer());
        }
    }

    @Test
    void whoAuthenticatesAnewInTimeGoesOn() throws Exception {
        try (RawClient client = new RawClient(port)) {
            login(client, "alice");
            for (int i = 0; i < 3; i++) {
                clock.advance(REAUTH_MILLIS - 10);
                login(client, "alice");
                heartbeat(client);
                assertEquals(Principal.user("alice"), lastServed());
            }
        }
    }

    @Test
    void whoDoesNotIsClosedWhenHeGoesOn() throws Exception {
        try (RawClient client = new RawClient(port)) {
            login(client, "alice");
            clock.advance(REAUTH_MILLIS);
            client.send(ApiKey.HEARTBEAT, 4, 1, new HeartbeatRequest());
            assertTrue(client.isClosedByPeer());
            assertTrue(served.isEmpty());
        }
    }

    @Test
    void nobodyBecomesSomebodyElse() throws Exception {
        try (RawClient client = new RawClient(port)) {
            login(client, "alice");
            clock.advance(2_000);
            handshake(client, "PLAIN", 1);
            SaslAuthenticateResponse response = authenticate(client, "\0bob\0secret");
            assertEquals(ErrorCode.SASL_AUTHENTICATION_FAILED.code(), response.errorCode);
            assertEquals("Cannot change principals during re-authentication from User:alice: User:bob", response.errorMessage);
            assertTrue(client.isClosedByPeer());
        }
        try (RawClient client = new RawClient(port)) {
            login(client, "alice");
            clock.advance(2_000);
            handshake(client, "LATE", 1);
            assertEquals(ErrorCode.SASL_AUTHENTICATION_FAILED.code(), authenticate(client, "x").errorCode);
        }
    }

    @Test
    void authenticatingAnewAtOnceIsTooSoon() throws Exception {
        try (RawClient client = new RawClient(port)) {
            login(client, "alice");
            assertEquals(ErrorCode.ILLEGAL_SASL_STATE.code(), handshake(client, "PLAIN", 1).errorCode);
            heartbeat(client);
        }
    }

    @Test
    void whoTakesTooLongIsClosedAndOthersAreServed() throws Exception {
        listener.close().join();
        listen(new NetworkBounds(200_000, 20, 20, 4, 100_000, 60_000, 60_000, 150), Clock.SYSTEM);
        try (RawClient silent = new RawClient(port); RawClient half = new RawClient(port); RawClient other = new RawClient(port)) {
            login(other, "alice");
            handshake(half, "PLAIN", 1);
            assertTrue(silent.isClosedByPeer());
            assertTrue(half.isClosedByPeer());
            heartbeat(other);
        }
    }

    /** Ten places for those who have not authenticated: they are taken from each other, never from those who have. */
    @Test
    void aFloodOfThoseWhoDoNotAuthenticateKeepsNobodyOut() throws Exception {
        List<RawClient> flood = new ArrayList<>();
        try (RawClient early = new RawClient(port)) {
            login(early, "alice");
            for (int i = 0; i < 60; i++) {
                RawClient one = new RawClient(port);
                flood.add(one);
                one.call(ApiKey.API_VERSIONS, 3, new ApiVersionsRequest(), new ApiVersionsResponse());
                one.sendBytes(new byte[] {0, 0, 0});
                if (i % 20 == 19) {
                    assertTrue(flood.get(i - 15).isClosedByPeer());
                    try (RawClient newcomer = new RawClient(port)) {
                        login(newcomer, "bob");
                        heartbeat(newcomer);
                    }
                }
            }
            heartbeat(early);
        } finally {
            for (RawClient one : flood) {
                one.close();
            }
        }
    }

    @Test
    void anythingBeforeAuthenticationIsAnsweredOrClosed() throws Exception {
        listener.close().join();
        listen(new NetworkBounds(2_000_000, 2_000, 2_000, 4, 100_000, 60_000, 60_000), clock);
        Random random = new Random(4);
        SaslHandshakeRequest plain = new SaslHandshakeRequest();
        plain.mechanism = "PLAIN";
        List<byte[]> frames = List.of(
                RawClient.frame(ApiKey.API_VERSIONS, 3, 1, new ApiVersionsRequest()), RawClient.frame(ApiKey.SASL_HANDSHAKE, 1, 1, plain),
                RawClient.frame(ApiKey.SASL_HANDSHAKE, 0, 1, plain), RawClient.frame(ApiKey.SASL_AUTHENTICATE, 2, 1, token("\0alice\0wrong")),
                RawClient.frame(ApiKey.METADATA, 9, 1, new MetadataRequest()));
        for (int i = 0; i < 400; i++) {
            try (RawClient client = new RawClient(port)) {
                for (int j = 0; j < 4; j++) {
                    byte[] frame = frames.get(random.nextInt(frames.size())).clone();
                    for (int k = random.nextInt(4); k > 0; k--) {
                        frame[random.nextInt(frame.length)] = (byte) random.nextInt(256);
                    }
                    client.sendBytes(frame);
                }
            } catch (IOException closedMeanwhile) {
                // It may be.
            }
        }
        assertTrue(served.isEmpty());
        whoHasAuthenticatedIsServedAsWhoHeIs();
    }

    @Test
    void whereNobodyAsksForItClientsThatAuthenticateAreToldSo() throws Exception {
        listener.close().join();
        MemoryBudget memory = MemoryBudget.of(1L << 40, 1 << 30, 64 << 20, MemoryBudget.DERIVED, MemoryBudget.DERIVED, MemoryBudget.DERIVED);
        listener = new KafkaListener("PLAINTEXT", new NettyEventLoops(group), SocketOptions.DEFAULTS, new Network(BOUNDS, memory, clock), registry,
                RequestObserver.NONE);
        port = listener.bind(java.net.InetAddress.getLoopbackAddress(), 0).join();
        listener.open();
        try (RawClient client = new RawClient(port)) {
            assertEquals(ErrorCode.ILLEGAL_SASL_STATE.code(), handshake(client, "PLAIN", 1).errorCode);
            assertEquals(ErrorCode.ILLEGAL_SASL_STATE.code(), authenticate(client, "x").errorCode);
            heartbeat(client);
            assertEquals(Principal.ANONYMOUS, lastServed());
            assertFalse(served.contains(Principal.user("alice")));
        }
    }
}
