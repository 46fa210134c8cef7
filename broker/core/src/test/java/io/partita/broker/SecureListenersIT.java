package io.partita.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.ApiVersionsRequest;
import io.partita.broker.protocol.message.ApiVersionsResponse;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.ProduceResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialDeletion;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.UnsupportedSaslMechanismException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One broker with a listener of each kind, and Kafka's own client at each of them. */
class SecureListenersIT {

    @TempDir
    static Path directory;

    private static Certificates authority;
    private static Path serverKeys;
    private static Path clientKeys;
    private static Broker broker;

    @BeforeAll
    static void start() throws IOException {
        authority = new Certificates(directory, "authority");
        serverKeys = authority.keyStore("server", "CN=broker", "EC", "localhost", "127.0.0.1");
        clientKeys = authority.keyStore("client", "CN=Alice,OU=Shop", "EC");
        Path users = Files.writeString(directory.resolve("users"), "# for tests\nalice=secret of alice\nbob=secret=of bob\n");
        Map<String, String> settings = new HashMap<>(Map.of(
                "listeners",
                "PLAINTEXT://127.0.0.1:0,TLS://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0,SASL_SSL://127.0.0.1:0,MUTUAL://127.0.0.1:0,KNOWN://127.0.0.1:0",
                "listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,TLS:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,MUTUAL:SSL,KNOWN:SSL",
                "log.dirs", directory.resolve("data").toString(), "num.network.threads", "2",
                "ssl.keystore.type", "PKCS12", "ssl.keystore.location", serverKeys.toString(), "ssl.keystore.password", Certificates.PASSWORD,
                "sasl.enabled.mechanisms", "SCRAM-SHA-256,SCRAM-SHA-512,PLAIN", "sasl.users.file", users.toString()));
        settings.putAll(Map.of(
                "connection.setup.ms", "3000",
                "listener.name.sasl_ssl.sasl.enabled.mechanisms", "SCRAM-SHA-512,PLAIN",
                "connection.failed.authentication.delay.ms", "0",
                "listener.name.sasl_ssl.plain.sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"admin\" password=\"x\" user_carol=\"car\\\"ol\";",
                "listener.name.mutual.ssl.keystore.type", "PEM",
                "listener.name.mutual.ssl.keystore.location", Certificates.pem(serverKeys).toString(),
                "listener.name.mutual.ssl.truststore.type", "PEM",
                "listener.name.mutual.ssl.truststore.location", authority.trusted().toString(),
                "listener.name.mutual.ssl.client.auth", "required",
                "listener.name.mutual.ssl.principal.mapping.rules", "RULE:^CN=(.*?),OU=Shop$/$1/L"));
        // Like MUTUAL, but that there has to be such a user
        for (String name : List.of("keystore.type", "keystore.location", "truststore.type", "truststore.location", "client.auth", "principal.mapping.rules")) {
            settings.put("listener.name.known.ssl." + name, settings.get("listener.name.mutual.ssl." + name));
        }
        settings.put("listener.name.known.known.users.only", "true");
        broker = Broker.start(BrokerOptions.of(BrokerConfig.of(settings)));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static int port(String listener) {
        return broker.image().brokers().getFirst().endpoint(listener).port();
    }

    private static Map<String, Object> client(String listener, String... more) {
        Map<String, Object> client = new HashMap<>(Map.of("bootstrap.servers", "127.0.0.1:" + port(listener), "ssl.truststore.type", "PEM",
                "ssl.truststore.location", authority.trusted().toString(), "default.api.timeout.ms", "20000", "request.timeout.ms", "15000"));
        client.put("security.protocol", listener.equals("TLS") || listener.equals("MUTUAL") ? "SSL" : listener);
        for (int i = 0; i < more.length; i += 2) {
            client.put(more[i], more[i + 1]);
        }
        return client;
    }

    private static Map<String, Object> scram(String listener, String hash, String user, String password) {
        return client(listener, "sasl.mechanism", "SCRAM-SHA-" + hash, "sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"" + user + "\" password=\"" + password + "\";");
    }

    private static Map<String, Object> plain(String listener, String user, String password) {
        return client(listener, "sasl.mechanism", "PLAIN", "sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"" + user + "\" password=\"" + password + "\";");
    }

    private static Map<String, Object> certified() {
        return client("MUTUAL", "ssl.keystore.type", "PKCS12", "ssl.keystore.location", clientKeys.toString(), "ssl.keystore.password", Certificates.PASSWORD,
                "ssl.key.password", Certificates.PASSWORD);
    }

    /** Small and large records, of which large ones are fetched from files in pieces. */
    private static void producesAndConsumes(Map<String, Object> client, String topic) throws Exception {
        Map<String, Object> producing = new HashMap<>(client);
        producing.put("max.request.size", "2000000");
        producing.put("batch.size", "300000");
        Random random = new Random(9);
        List<byte[]> values = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(producing, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int size : new int[] {1, 100, 900_000, 17_000, 0, 300_000, 65_536, 800_000}) {
                byte[] value = new byte[size];
                random.nextBytes(value);
                values.add(value);
                producer.send(new ProducerRecord<>(topic, 0, null, value)).get();
            }
        }
        Map<String, Object> consuming = new HashMap<>(client);
        consuming.put("auto.offset.reset", "earliest");
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(consuming, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            int seen = 0;
            while (seen < values.size()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    assertArrayEquals(values.get(seen++), record.value());
                }
            }
        }
        try (Admin admin = Admin.create(client)) {
            String told = admin.describeCluster().nodes().get().iterator().next().host() + ":" + admin.describeCluster().nodes().get().iterator().next().port();
            assertEquals(client.get("bootstrap.servers"), told);
        }
    }

    @Test
    void plaintextServesEverybody() throws Exception {
        producesAndConsumes(client("PLAINTEXT"), "plaintext");
    }

    @Test
    void tlsServesWhoTrustsTheBroker() throws Exception {
        producesAndConsumes(client("TLS"), "tls13");
        producesAndConsumes(client("TLS", "ssl.enabled.protocols", "TLSv1.2", "ssl.protocol", "TLSv1.2"), "tls12");
    }

    @Test
    void scramServesWhoHasThePassword() throws Exception {
        producesAndConsumes(scram("SASL_PLAINTEXT", "256", "alice", "secret of alice"), "scram256");
        producesAndConsumes(scram("SASL_SSL", "512", "bob", "secret=of bob"), "scram512");
    }

    @Test
    void plainServesUsersOfTheFileAndOfTheSettings() throws Exception {
        producesAndConsumes(plain("SASL_SSL", "carol", "car\\\"ol"), "plain1");
        producesAndConsumes(plain("SASL_PLAINTEXT", "alice", "secret of alice"), "plain2");
        // carol is a user of the other listener
        assertInstanceOf(SaslAuthenticationException.class, failure(plain("SASL_PLAINTEXT", "carol", "car\\\"ol")));
    }

    @Test
    void aCertificateServesWhereItIsAskedFor() throws Exception {
        producesAndConsumes(certified(), "mutual");
        assertInstanceOf(SslAuthenticationException.class, failure(client("MUTUAL")));
    }

    private static Throwable failure(Map<String, Object> client) {
        try (Admin admin = Admin.create(client)) {
            return assertThrows(ExecutionException.class, () -> admin.describeCluster().nodes().get()).getCause();
        }
    }

    @Test
    void refusalsReachTheClientAsSuch() {
        Throwable wrong = failure(scram("SASL_PLAINTEXT", "256", "alice", "wrong"));
        assertInstanceOf(SaslAuthenticationException.class, wrong);
        assertEquals("Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-256", wrong.getMessage());
        assertEquals(wrong.getMessage(), failure(scram("SASL_PLAINTEXT", "256", "nobody", "wrong")).getMessage());
        assertInstanceOf(UnsupportedSaslMechanismException.class, failure(scram("SASL_SSL", "256", "alice", "secret of alice")));
    }

    @Test
    void administratorsMakeUsersAndTakeThemAway() throws Exception {
        try (Admin admin = Admin.create(client("PLAINTEXT"))) {
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion("erna", new ScramCredentialInfo(
                    ScramMechanism.SCRAM_SHA_512, 4096), "first"))).all().get();
            producesAndConsumes(scram("SASL_SSL", "512", "erna", "first"), "erna");
            assertInstanceOf(SaslAuthenticationException.class, failure(scram("SASL_PLAINTEXT", "256", "erna", "first")));
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion("erna", new ScramCredentialInfo(
                    ScramMechanism.SCRAM_SHA_512, 4096), "second"))).all().get();
            assertInstanceOf(SaslAuthenticationException.class, failure(scram("SASL_SSL", "512", "erna", "first")));
            producesAndConsumes(scram("SASL_SSL", "512", "erna", "second"), "erna2");
            admin.alterUserScramCredentials(List.of(new UserScramCredentialDeletion("erna", ScramMechanism.SCRAM_SHA_512))).all().get();
            assertInstanceOf(SaslAuthenticationException.class, failure(scram("SASL_SSL", "512", "erna", "second")));
        }
    }

    /** Records are read from files for it as it takes them, and requests behind the fetch wait: nothing piles up, however much it asks for. */
    @Test
    void aClientThatReadsSlowlyMakesTheBrokerHoldLittle() throws Exception {
        String large = "x".repeat(900_000);
        try (Admin admin = Admin.create(client("PLAINTEXT"))) {
            admin.createTopics(List.of(new NewTopic("slow", 1, (short) 1))).all().get();
        }
        try (RawClient writer = new RawClient(port("PLAINTEXT"))) {
            for (int i = 0; i < 40; i++) {
                writer.call(ApiKey.PRODUCE, 9, Requests.produce("slow", 0, 1, 20_000, Requests.batch(large)), new ProduceResponse());
            }
        }
        FetchRequest fetch = Requests.fetch("slow", 0, 0, 0, 1);
        fetch.maxBytes = Integer.MAX_VALUE;
        fetch.topics.getFirst().partitions.getFirst().partitionMaxBytes = Integer.MAX_VALUE;
        long before = broker.memory().network().usedBytes();
        try (RawClient reader = new RawClient(connect(port("TLS"), null))) {
            for (int i = 0; i < 10; i++) {
                reader.send(ApiKey.FETCH, 11, i, fetch);
            }
            // Then what is under way is a few chunks, where the ten answers are 360 MB
            Watch.until("the answer is on its way", () -> broker.memory().network().usedBytes() > before);
            for (int i = 0; i < 10; i++) {
                FetchResponse response = new FetchResponse();
                assertEquals(i, reader.receive(ApiKey.FETCH, 11, response));
                assertTrue(response.responses.getFirst().partitions.getFirst().records.sizeInBytes() > 40 * large.length());
                long held = broker.memory().network().usedBytes() - before;
                assertTrue(held < 2_000_000, held + " bytes are held");
            }
        }
    }

    // ---- what is wrong with a handshake

    /** The certificate that a listener shows now. */
    private static X509Certificate shown(SSLSocket socket) throws IOException {
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }

    private static SSLSocket connect(int port, KeyStore keys, String... protocols) throws Exception {
        KeyManagerFactory shown = KeyManagerFactory.getInstance("PKIX");
        shown.init(keys, Certificates.PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys == null ? null : shown.getKeyManagers(), new TrustManager[] {new TrustsAll()}, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        if (protocols.length > 0) {
            socket.setEnabledProtocols(protocols);
        }
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName("localhost")));
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static final class TrustsAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static void served(RawClient client) throws IOException {
        client.call(ApiKey.API_VERSIONS, 3, new ApiVersionsRequest(), new ApiVersionsResponse());
    }

    @Test
    void aClientOfTheWrongKindIsClosedAndNobodyElse() throws Exception {
        try (RawClient other = new RawClient(connect(port("TLS"), null))) {
            served(other);
            try (RawClient plain = new RawClient(port("TLS"))) {
                plain.send(ApiKey.API_VERSIONS, 3, 1, new ApiVersionsRequest());
                assertTrue(plain.isClosedByPeer());
            }
            assertThrows(IOException.class, () -> connect(port("PLAINTEXT"), null));
            served(other);
        }
    }

    /** Asking for it costs a client little, and the broker as much as each first one. */
    @Test
    void nobodyHandshakesTwice() throws Exception {
        try (SSLSocket socket = connect(port("TLS"), null, "TLSv1.2"); RawClient client = new RawClient(socket)) {
            served(client);
            assertThrows(IOException.class, () -> {
                socket.startHandshake();
                served(client);
            });
        }
    }

    /** A certificate that is good and whose user is gone, as one that was revoked. Without Kubernetes there are no users that could be gone: nobody is known. */
    @Test
    void whoHasAGoodCertificateAndIsNoUserIsNotServed() throws Exception {
        KeyStore keys = KeyStore.getInstance(clientKeys.toFile(), Certificates.PASSWORD.toCharArray());
        try (SSLSocket socket = connect(port("MUTUAL"), keys, "TLSv1.2"); RawClient client = new RawClient(socket)) {
            served(client);
        }
        try (SSLSocket socket = connect(port("KNOWN"), keys, "TLSv1.2"); RawClient client = new RawClient(socket)) {
            assertThrows(IOException.class, () -> served(client));
        }
    }

    @Test
    void olderVersionsThanTls12AreNotSpoken() {
        assertThrows(IOException.class, () -> connect(port("TLS"), null, "TLSv1.1"));
    }

    @Test
    void handshakesThatStopHalfWayEndAndOthersAreServed() throws Exception {
        byte[] begun = {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};
        List<RawClient> stopped = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            RawClient one = new RawClient(port("TLS"));
            one.sendBytes(java.util.Arrays.copyOf(begun, i % begun.length));
            stopped.add(one);
        }
        try (RawClient other = new RawClient(connect(port("TLS"), null))) {
            served(other);
            for (RawClient one : stopped) {
                assertTrue(one.isClosedByPeer());
                one.close();
            }
            served(other);
        }
    }

    @Test
    void anythingInPlaceOfAHandshakeEndsTheConnectionAlone() throws Exception {
        Random random = new Random(5);
        try (RawClient other = new RawClient(connect(port("TLS"), null))) {
            for (int i = 0; i < 200; i++) {
                byte[] bytes = new byte[1 + random.nextInt(400)];
                random.nextBytes(bytes);
                if (i % 2 == 0) {
                    System.arraycopy(new byte[] {0x16, 3, 1, 0, (byte) bytes.length, 1}, 0, bytes, 0, Math.min(6, bytes.length));
                }
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port("TLS"))) {
                    socket.getOutputStream().write(bytes);
                } catch (IOException closedMeanwhile) {
                    // It may be.
                }
            }
            served(other);
        }
    }

    // ---- certificates that change

    @Test
    void newKeysAreShownToTheNextClientWhileConnectionsStay() throws Exception {
        Path keys = Files.copy(Certificates.pem(serverKeys), directory.resolve("rolled.pem"), StandardCopyOption.REPLACE_EXISTING);
        BrokerConfig config = BrokerConfig.of(Map.of("listeners", "SSL://127.0.0.1:0", "log.dirs", directory.resolve("rolled").toString(),
                "ssl.keystore.type", "PEM", "ssl.keystore.location", keys.toString()));
        try (Broker rolled = Broker.start(BrokerOptions.of(config));
                SSLSocket socket = connect(rolled.port(), null);
                RawClient early = new RawClient(socket)) {
            served(early);
            X509Certificate first = shown(socket);
            // When the file is replaced by one that is no good
            Files.writeString(keys, "nonsense");
            rolled.guards().look();
            try (SSLSocket again = connect(rolled.port(), null)) {
                assertEquals(first, shown(again));
            }
            // and then by one that is
            Files.copy(Certificates.pem(authority.keyStore("renewed", "CN=renewed", "RSA", "localhost")), keys, StandardCopyOption.REPLACE_EXISTING);
            rolled.guards().look();
            try (SSLSocket later = connect(rolled.port(), null)) {
                assertEquals("CN=renewed", shown(later).getSubjectX500Principal().getName());
            }
            served(early);
        }
    }

    @Test
    void amongSeveralCertificatesTheOneIsShownThatTheClientAsksFor() throws Exception {
        KeyStore both = KeyStore.getInstance("PKCS12");
        both.load(null, null);
        for (String host : new String[] {"other.example", "localhost"}) {
            KeyStore one = KeyStore.getInstance(authority.keyStore("sni-" + host, "CN=" + host, "EC", host).toFile(), Certificates.PASSWORD.toCharArray());
            both.setKeyEntry(host, one.getKey("key", Certificates.PASSWORD.toCharArray()), Certificates.PASSWORD.toCharArray(), one.getCertificateChain("key"));
        }
        Path file = directory.resolve("both.p12");
        try (java.io.OutputStream out = Files.newOutputStream(file)) {
            both.store(out, Certificates.PASSWORD.toCharArray());
        }
        BrokerConfig config = BrokerConfig.of(Map.of("listeners", "SSL://127.0.0.1:0", "log.dirs", directory.resolve("sni").toString(),
                "ssl.keystore.location", file.toString(), "ssl.keystore.password", Certificates.PASSWORD));
        try (Broker named = Broker.start(BrokerOptions.of(config)); SSLSocket socket = connect(named.port(), null)) {
            assertEquals("CN=localhost", shown(socket).getSubjectX500Principal().getName());
        }
    }

    @Test
    void usersOfAFileMayChange() throws Exception {
        Path users = Files.writeString(directory.resolve("changing"), "dora=old\n");
        BrokerConfig config = BrokerConfig.of(Map.of("listeners", "SASL_PLAINTEXT://127.0.0.1:0", "log.dirs", directory.resolve("changing-users").toString(),
                "sasl.enabled.mechanisms", "PLAIN", "sasl.users.file", users.toString()));
        try (Broker changing = Broker.start(BrokerOptions.of(config))) {
            Map<String, Object> client = plain("SASL_PLAINTEXT", "dora", "new");
            client.put("bootstrap.servers", changing.bootstrapServers());
            assertInstanceOf(SaslAuthenticationException.class, failure(client));
            Files.writeString(users, "dora=new\n");
            changing.guards().look();
            try (Admin admin = Admin.create(client)) {
                assertEquals(1, admin.describeCluster().nodes().get().size());
            }
        }
    }

    // ---- what does not let a listener be served

    @Test
    void whatCannotBeServedIsSaidAtTheStart() throws Exception {
        String keys = serverKeys.toString();
        refused("There is no key to show to clients", Map.of());
        refused("The file /nowhere of ssl.keystore.location cannot be read", Map.of("ssl.keystore.location", "/nowhere"));
        refused("ssl.keystore.password is not its password", Map.of("ssl.keystore.location", keys, "ssl.keystore.password", "wrong"));
        refused("Is ssl.keystore.type (JKS, PKCS12 or PEM) right?",
                Map.of("ssl.keystore.location", authority.trusted().toString(), "ssl.keystore.password", "x"));
        refused("There is no private key", Map.of("ssl.keystore.location", authority.trusted().toString(), "ssl.keystore.type", "PEM"));
        refused("TLS cannot be set up with these settings", Map.of("ssl.keystore.location", keys, "ssl.keystore.password", Certificates.PASSWORD,
                "ssl.cipher.suites", "TLS_OF_MY_OWN"));
        refused("ssl.principal.mapping.rules: ", Map.of("ssl.keystore.location", keys, "ssl.keystore.password", Certificates.PASSWORD,
                "ssl.principal.mapping.rules", "RULE:x"));
        Path broken = Files.write(directory.resolve("broken-users"), "alice\n".getBytes(UTF_8));
        refused("line 1 is not NAME=PASSWORD", Map.of("listeners", "SASL_PLAINTEXT://127.0.0.1:0", "sasl.enabled.mechanisms", "PLAIN", "sasl.users.file",
                broken.toString()));
        refused("does it end with a semicolon?", Map.of("listeners", "SASL_PLAINTEXT://127.0.0.1:0", "sasl.enabled.mechanisms", "PLAIN",
                "listener.name.sasl_plaintext.plain.sasl.jaas.config", "PlainLoginModule required user_a=\"b\""));
    }

    private static void refused(String because, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(Map.of("listeners", "SSL://127.0.0.1:0", "log.dirs", directory.resolve("refused").toString()));
        all.putAll(settings);
        BrokerStartException refused = assertThrows(BrokerStartException.class, () -> Broker.start(BrokerOptions.of(BrokerConfig.of(all))));
        assertTrue(refused.getMessage().contains(because), refused.getMessage());
    }
}
