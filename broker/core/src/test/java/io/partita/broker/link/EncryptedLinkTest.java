package io.partita.broker.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.Certificates;
import io.partita.broker.link.LinkFixture.Ended;
import io.partita.broker.link.RawPeer.Frame;
import io.partita.broker.net.BrokerTls;
import io.partita.broker.net.SocketOptions;
import io.partita.broker.net.TlsSettings;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.HeartbeatRequest;
import io.partita.broker.protocol.message.HeartbeatResponse;
import io.partita.broker.security.tls.BrokerNames;
import io.partita.broker.security.tls.PrincipalMapping;
import io.partita.broker.security.tls.TlsKeyException;
import io.partita.broker.security.tls.TlsKeySettings;
import io.partita.broker.security.tls.TlsKeys;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Brokers that know each other by their certificates: what they say to each other, and who is none of them. */
class EncryptedLinkTest {

    @TempDir
    static Path keys;

    @TempDir
    Path directory;

    private static Path trusted;
    private static Path ofOne;
    private static Path ofTwo;
    private static Path ofAlice;
    private static Path ofStranger;
    private static Path trustedByNext;
    private static Path ofOneNext;

    private LinkFixture brokers;

    @BeforeAll
    static void certificates() {
        Certificates authority = new Certificates(keys, "authority");
        trusted = authority.trusted();
        ofOne = authority.keyStore("one", "CN=partita-broker-1", "EC");
        ofTwo = authority.keyStore("two", "O=Example", "EC", "other.example", "partita-broker-2");
        ofAlice = authority.keyStore("alice", "CN=alice", "EC");
        Certificates next = new Certificates(keys, "next");
        trustedByNext = next.trusted();
        ofOneNext = next.keyStore("one-next", "CN=partita-broker-1", "EC");
        ofStranger = ofOneNext;
    }

    @BeforeEach
    void start() {
        brokers = new LinkFixture(directory);
    }

    @AfterEach
    void stop() throws IOException {
        brokers.close();
    }

    private static TlsKeys load(Path store, Path trust) throws TlsKeyException {
        Map<String, String> values = Map.of("ssl.keystore.type", "PKCS12", "ssl.keystore.location", store.toString(), "ssl.keystore.password",
                Certificates.PASSWORD, "ssl.truststore.type", "PEM", "ssl.truststore.location", trust.toString());
        return new TlsKeySettings(values::get).load(path -> Files.readAllBytes(Path.of(path)));
    }

    private static BrokerTls tls(Path store, Path trust, String... protocols) throws TlsKeyException {
        var settings = new TlsSettings(protocols.length == 0 ? List.of("TLSv1.2", "TLSv1.3") : List.of(protocols), List.of(),
                TlsSettings.ClientCertificates.REQUIRED, PrincipalMapping.parse("DEFAULT"));
        return new BrokerTls(settings, new BrokerNames(List.of("partita-broker-{node.id}")), load(store, trust), Runnable::run);
    }

    private LinkFixture.Node node(int id, BrokerTls tls) throws IOException {
        return node(id, LinkFixture.CALM, tls);
    }

    private LinkFixture.Node node(int id, LinkOptions options, BrokerTls tls) throws IOException {
        return brokers.node(id, "cluster", "process-" + id, options, tls);
    }

    /** A connection that shows this certificate, or none. */
    private static Socket connect(int port, Path store) throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLSv1.2");
        KeyManagerFactory shown = null;
        KeyStore own = KeyStore.getInstance(ofAlice.toFile(), Certificates.PASSWORD.toCharArray());
        if (store != null) {
            shown = KeyManagerFactory.getInstance("PKIX");
            shown.init(KeyStore.getInstance(store.toFile(), Certificates.PASSWORD.toCharArray()), Certificates.PASSWORD.toCharArray());
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(own);
        context.init(shown == null ? null : shown.getKeyManagers(), trust.getTrustManagers(), null);
        return context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    }

    @Test
    void recordsOfAnySizeArriveAsTheyStandInTheLeadersFile() throws Exception {
        for (String protocol : List.of("TLSv1.3", "TLSv1.2")) {
            var leader = node(1, tls(ofOne, trusted, protocol));
            var follower = node(2, tls(ofTwo, trusted, protocol));
            LinkFixture.assertRecordsOfAnySizeArrive(leader, follower);
        }
    }

    @Test
    void tornRecordsArePutTogether() throws Exception {
        var leader = node(1, tls(ofOne, trusted));
        var follower = node(2, tls(ofTwo, trusted));
        Wire wire = brokers.wireTo(leader);
        wire.tear(7);
        LinkFixture.assertManyArrive(leader, follower);
    }

    @Test
    void callsAndManyLongAnswersGoSideBySide() throws Exception {
        var leader = node(1, new LinkOptions(1 << 20, 10 << 20, 20 << 20, 10_000, SocketOptions.DEFAULTS), tls(ofOne, trusted));
        var follower = node(2, tls(ofTwo, trusted));
        int partitions = 20;
        for (int i = 0; i < partitions; i++) {
            leader.led.lead(i);
            leader.led.append(i, 300_000, i);
            follower.fetch(1, i, 0);
        }
        BlockingQueue<Object> answers = new LinkedBlockingQueue<>();
        var response = new HeartbeatResponse();
        follower.link.call(1, ApiKey.HEARTBEAT, (short) 4, new HeartbeatRequest(), response, 20_000, answer -> answers.add(answer == null ? "lost" : answer));
        var call = LinkFixture.next(leader.calls);
        var given = new HeartbeatResponse();
        given.errorCode = ErrorCode.NOT_COORDINATOR.code();
        call.respond(given);
        assertEquals(ErrorCode.NOT_COORDINATOR.code(), assertInstanceOf(HeartbeatResponse.class, LinkFixture.next(answers)).errorCode);
        for (int i = 0; i < partitions; i++) {
            Ended end = follower.next();
            assertArrayEquals(leader.led.content(end.partition()), end.bytes());
        }
    }

    @Test
    void whoStopsSaysSo() throws Exception {
        var leader = node(1, tls(ofOne, trusted));
        var follower = node(2, tls(ofTwo, trusted));
        leader.led.lead(0);
        follower.fetch(1, 0, 0);
        LinkFixture.next(leader.led.fetches);
        leader.link.close();
        assertEquals(1, LinkFixture.next(follower.suspected));
        assertNull(follower.next().answer());
    }

    @Test
    void aBrokerThatIsNotHeardOfIsSuspected() throws Exception {
        var leader = node(1, LinkFixture.QUICK, tls(ofOne, trusted));
        var follower = node(2, LinkFixture.QUICK, tls(ofTwo, trusted));
        Wire wire = brokers.wireTo(leader);
        leader.led.lead(0);
        follower.fetch(1, 0, 0);
        LinkFixture.next(leader.led.fetches);
        wire.hold(true, true);
        assertEquals(1, LinkFixture.next(follower.suspected));
        assertEquals(2, LinkFixture.next(leader.suspected));
    }

    /** Who has a certificate of the same authority, but not a broker's, is none; nor is who has another broker's. */
    @Test
    void noClientIsABroker() throws Exception {
        var leader = node(1, tls(ofOne, trusted));
        leader.led.lead(0);
        try (RawPeer alice = new RawPeer(connect(leader.port, ofAlice))) {
            alice.send(FrameType.HELLO, RawPeer.hello("cluster", 2, 1));
            assertEquals("the certificate there is for alice, and that of broker 2 has to be for partita-broker-2 (replication.certificate.names)",
                    alice.farewell());
        }
        try (RawPeer two = new RawPeer(connect(leader.port, ofTwo))) {
            two.send(FrameType.HELLO, RawPeer.hello("cluster", 3, 1));
            assertEquals(
                    "the certificate there is for other.example, partita-broker-2, and that of broker 3 has to be for partita-broker-3 (replication.certificate.names)",
                    two.farewell());
        }
        try (RawPeer two = new RawPeer(connect(leader.port, ofTwo))) {
            two.send(FrameType.FETCH, RawPeer.fetch(1, 0, 0));
            assertEquals("a frame could not be read: a frame FETCH came before it was said who sends it", two.farewell());
        }
        try (RawPeer two = new RawPeer(connect(leader.port, ofTwo)).introduced(2, 1)) {
            two.send(FrameType.PING, io.netty.buffer.Unpooled.EMPTY_BUFFER);
        }
        assertTrue(leader.led.fetches.isEmpty());
    }

    @Test
    void nothingIsHeardOfWhomNobodyVouchesForAndOfWhomDoesNotEncrypt() throws Exception {
        var leader = node(1, tls(ofOne, trusted));
        for (Path store : new Path[] {null, ofStranger}) {
            assertThrows(IOException.class, () -> {
                try (RawPeer nobody = new RawPeer(connect(leader.port, store))) {
                    nobody.introduced(2, 1);
                }
            });
        }
        try (RawPeer plain = new RawPeer(leader.port)) {
            plain.send(FrameType.HELLO, RawPeer.hello("cluster", 2, 1));
            // An alert of TLS, and the end.
            assertThrows(IOException.class, plain::receive);
        }
        var follower = node(2, tls(ofTwo, trusted));
        leader.led.lead(0);
        leader.led.append(0, 10, 1);
        assertArrayEquals(leader.led.content(0), follower.answer(1, 0, 0).bytes());
    }

    @Test
    void aBrokerThatDoesNotEncryptSaysWhatIsWrong() throws Exception {
        var plain = brokers.node(1);
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), plain.port);
        try (RawPeer encrypting = new RawPeer(socket)) {
            encrypting.sendBytes(new byte[] {0x16, 3, 1, 0, 100, 1, 0});
            Frame said = encrypting.receive();
            assertEquals(FrameType.FAREWELL, said.type());
        }
    }

    /** Before it says a word to whoever is there. */
    @Test
    void aBrokerThatIsNotWhoItShouldBeIsNotFollowed() throws Exception {
        var impostor = node(1, tls(ofAlice, trusted));
        var follower = node(2, LinkFixture.QUICK, tls(ofTwo, trusted));
        impostor.led.lead(0);
        impostor.led.append(0, 10, 1);
        follower.fetch(1, 0, 0);
        assertNull(follower.next().answer());
        assertTrue(impostor.led.fetches.isEmpty());
        assertEquals(0, follower.link.metrics().connections());
    }

    @Test
    void keysMayBeReplacedWhileConnectionsStand() throws Exception {
        Path both = Files.writeString(directory.resolve("both.pem"), Files.readString(trusted) + Files.readString(trustedByNext));
        BrokerTls one = tls(ofOne, both);
        BrokerTls two = tls(ofTwo, both);
        var leader = node(1, one);
        var follower = node(2, two);
        leader.led.lead(0);
        leader.led.append(0, 10, 1);
        assertArrayEquals(leader.led.content(0), follower.answer(1, 0, 0).bytes());
        one.replace(load(ofOneNext, both));
        assertArrayEquals(leader.led.content(0), follower.answer(1, 0, 0).bytes());
        assertEquals(1, follower.link.metrics().connections());
        // The next broker sees the next key
        var third = brokers.node(2, "cluster", "process-2b", LinkFixture.CALM, tls(ofTwo, trustedByNext));
        assertThrows(SSLException.class, () -> connect(leader.port, ofTwo).getOutputStream().write(1));
        assertArrayEquals(leader.led.content(0), third.answer(1, 0, 0).bytes());
        assertThrows(IllegalArgumentException.class, () -> one.replace(new TlsKeys(KeyStore.getInstance("JKS"), new char[0], null)));
    }

    /** However many come of whom nobody knows who they are. */
    @Test
    void whoDoesNotSayWhoHeIsKeepsNobodyOut() throws Exception {
        var leader = node(1, tls(ofOne, trusted));
        leader.led.lead(0);
        leader.led.append(0, 10, 1);
        List<Socket> silent = new ArrayList<>();
        for (int i = 0; i < 1_100; i++) {
            silent.add(new Socket(InetAddress.getLoopbackAddress(), leader.port));
        }
        var follower = node(2, tls(ofTwo, trusted));
        assertArrayEquals(leader.led.content(0), follower.answer(1, 0, 0).bytes());
        assertEquals(-1, silent.getFirst().getInputStream().read(), "the first to come has gone");
        for (Socket socket : silent) {
            socket.close();
        }
    }
}
