package io.partita.broker.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples of docs/SECURITY.md as they stand there, and other clients by the same mechanisms. */
class SecurityIT {

    /** The ports of the page, and those that are taken in their place. */
    private static final Map<String, Integer> PORTS = new HashMap<>();

    private static Path folder;
    private static BrokerProcess broker;

    /** Our own broker with a file of settings. */
    record Configured(Path settings) implements BrokerProcess.Target {
        @Override
        public List<String> command(Path folder, int port, Map<String, String> settings) {
            return List.of(Repository.TOP.resolve("run").toString(), "--config", this.settings.toString(), "--data", folder.resolve("data").toString());
        }

        @Override
        public Path logDirectory(Path folder) {
            return folder.resolve("data");
        }
    }

    @BeforeAll
    static void start() throws IOException, GeneralSecurityException {
        folder = Repository.newFolder("security");
        Command.of(List.of("sh", "-eu", example("certificates.sh").toString())).in(folder)
                .with("PATH", Path.of(System.getProperty("java.home"), "bin") + ":" + System.getenv("PATH")).succeed();
        Files.writeString(folder.resolve("users"), "filed=of the file\n");
        token();
        for (int port = 9093; port <= 9097; port++) {
            PORTS.put(Integer.toString(port), BrokerProcess.freePort());
        }
        broker = BrokerProcess.prepared(port -> {
            PORTS.put("9092", port);
            return new Configured(append(example("server.properties"),
                    "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\nallow.everyone.if.no.acl.found=true\n"));
        });
        KafkaTool.CONFIGS.with("--bootstrap-server", address(9092), "--alter", "--entity-type", "users", "--entity-name", "alice", "--add-config",
                "SCRAM-SHA-256=[password=of alice],SCRAM-SHA-512=[password=of alice]").succeed();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static String address(int portOfThePage) {
        return "localhost:" + PORTS.get(Integer.toString(portOfThePage));
    }

    /** With access rules beside, by which everybody may do what no rule is about. */
    private static Path append(Path settings, String more) {
        try {
            return Files.writeString(settings, more, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Writes a block of the page to a file, with this test's ports and folder. */
    private static Path example(String name) {
        try {
            String page = Files.readString(Repository.TOP.resolve("docs/SECURITY.md"));
            int marker = page.indexOf("<!-- example: " + name + " -->");
            assertTrue(marker >= 0, name);
            int begin = page.indexOf('\n', page.indexOf("```", marker)) + 1;
            String text = page.substring(begin, page.indexOf("```", begin)).replace("/etc/partita/", folder + "/");
            for (var port : PORTS.entrySet()) {
                text = text.replace(":" + port.getKey(), ":" + port.getValue());
            }
            return Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** What an identity provider would give: its public key, and a token for user robot. */
    private static void token() throws IOException, GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair pair = generator.generateKeyPair();
        RSAPublicKey key = (RSAPublicKey) pair.getPublic();
        Files.writeString(folder.resolve("jwks.json"), "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"one\",\"alg\":\"RS256\",\"n\":\""
                + base64(unsigned(key.getModulus().toByteArray())) + "\",\"e\":\"" + base64(unsigned(key.getPublicExponent().toByteArray())) + "\"}]}");
        long now = System.currentTimeMillis() / 1000;
        String signed = base64("{\"alg\":\"RS256\",\"kid\":\"one\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64(("{\"sub\":\"robot\",\"iss\":\"https://idp.example\",\"aud\":\"partita\",\"scope\":\"kafka\",\"iat\":" + now + ",\"exp\":"
                        + (now + 3600)
                        + "}").getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(pair.getPrivate());
        signature.update(signed.getBytes(StandardCharsets.UTF_8));
        Files.writeString(folder.resolve("token"), signed + "." + base64(signature.sign()));
    }

    private static byte[] unsigned(byte[] number) {
        return number[0] == 0 ? Arrays.copyOfRange(number, 1, number.length) : number;
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    // ---- Kafka's own tools, with the files of the page

    private static Command tool(String mainClass, String... arguments) {
        String token = "file://" + folder.resolve("token");
        return Command.of(JavaProgram.java(Repository.classPathOf(KafkaTool.NEWEST), List.of("-Xmx256m",
                "-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=" + token, "-Dorg.apache.kafka.sasl.oauthbearer.allowed.files=" + folder.resolve("token")),
                mainClass, List.of(arguments)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls", "scram", "plain", "token"})
    void theExampleOfThePageWorks(String client) throws IOException {
        Path settings = example(client + ".properties");
        String bootstrap = Files.readString(settings).lines().filter(line -> line.startsWith("bootstrap")).findFirst().orElseThrow().split("=")[1];
        String topic = Clients.name("secured-" + client);
        tool("org.apache.kafka.tools.ConsoleProducer", "--bootstrap-server", bootstrap, "--topic", topic, "--command-config", settings.toString())
                .input("one\ntwo\n").succeed();
        assertEquals("one\ntwo\n",
                tool("org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", bootstrap, "--topic", topic, "--from-beginning",
                        "--max-messages", "2", "--command-config", settings.toString()).succeed().out());
    }

    /** By somebody who has logged in himself, over TLS. */
    private static Command users(String... arguments) {
        List<String> words = new ArrayList<>(
                List.of("--bootstrap-server", address(9094), "--command-config", example("scram.properties").toString(), "--entity-type",
                        "users", "--entity-name", "guest"));
        words.addAll(List.of(arguments));
        return KafkaTool.CONFIGS.with(words.toArray(new String[0]));
    }

    @Test
    void usersAreListedChangedAndTakenAway() {
        users("--alter", "--add-config", "SCRAM-SHA-256=[iterations=8192,password=x]").succeed();
        String described = users("--describe").succeed().out();
        assertTrue(described.contains("SCRAM credential configs for user-principal 'guest' are SCRAM-SHA-256=iterations=8192"), described);
        assertEquals(0, kcat(9097, "SASL_PLAINTEXT", "SCRAM-SHA-256", "guest", "x").run().exit());
        users("--alter", "--delete-config", "SCRAM-SHA-256").succeed();
        Command.Result gone = kcat(9097, "SASL_PLAINTEXT", "SCRAM-SHA-256", "guest", "x").run();
        assertEquals(1, gone.exit());
        assertTrue(gone.err().contains("invalid credentials with SASL mechanism SCRAM-SHA-256"), gone.err());
    }

    /** By kafka-acls.sh over TLS, as somebody who has logged in; who is let in no more is told at once. */
    @Test
    void accessRulesAreMadeAndTakenAwayOverTls() {
        String topic = Clients.name("ruled-secured");
        String made = acls("--add", "--deny-principal", "User:legacy", "--operation", "Write", "--topic", topic).succeed().out();
        assertTrue(made.contains("(principal=User:legacy, host=*, operation=WRITE, permissionType=DENY)"), made);
        Command.Result refused = kcat(9095, "SASL_SSL", "PLAIN", "legacy", "legacy's secret", "-P", "-t", topic).input("x\n").run();
        assertTrue(refused.err().contains("Topic authorization failed"), refused.err());
        acls("--remove", "--force", "--topic", topic).succeed();
        kcat(9095, "SASL_SSL", "PLAIN", "legacy", "legacy's secret", "-P", "-t", topic).input("x\n").succeed();
    }

    private static Command acls(String... arguments) {
        List<String> words = new ArrayList<>(List.of("--bootstrap-server", address(9094), "--command-config", example("scram.properties").toString()));
        words.addAll(List.of(arguments));
        return KafkaTool.ACLS.with(words.toArray(new String[0]));
    }

    // ---- librdkafka

    private static Command kcat(int port, String protocol, String mechanism, String user, String password, String... more) {
        List<String> words = new ArrayList<>(
                List.of("-b", address(port), "-m", "5", "-X", "security.protocol=" + protocol, "-X", "ssl.ca.location=" + folder.resolve(
                        "ca.pem"), "-X", "sasl.mechanisms=" + mechanism, "-X", "sasl.username=" + user, "-X", "sasl.password=" + password));
        words.addAll(more.length == 0 ? List.of("-L") : List.of(more));
        return Command.installed("kcat", "kcat", words);
    }

    @ParameterizedTest
    @ValueSource(strings = {"9094 SASL_SSL SCRAM-SHA-512 alice of alice", "9097 SASL_PLAINTEXT SCRAM-SHA-256 alice of alice",
        "9095 SASL_SSL PLAIN filed of the file", "9095 SASL_SSL PLAIN legacy legacy's secret"})
    void kcat(String as) {
        String[] words = as.split(" ", 5);
        String topic = Clients.name("kcat-secured");
        kcat(Integer.parseInt(words[0]), words[1], words[2], words[3], words[4], "-P", "-t", topic).input("from kcat\n").succeed();
        assertEquals("from kcat\n", kcat(Integer.parseInt(words[0]), words[1], words[2], words[3], words[4], "-C", "-e", "-q", "-t", topic).succeed().out());
    }

    @Test
    void kcatByCertificate() {
        String described = Command.installed("kcat", "kcat", List.of("-b", address(9093), "-m", "5", "-X", "security.protocol=SSL", "-X",
                "ssl.ca.location=" + folder.resolve("ca.pem"), "-X", "ssl.keystore.location=" + folder.resolve("reports.p12"), "-X",
                "ssl.keystore.password=change it",
                "-L")).succeed().out();
        assertTrue(described.contains(address(9093)), described);
    }

    // ---- clients of their own

    @ParameterizedTest
    @ValueSource(strings = {"9094 SASL_SSL SCRAM-SHA-512 alice of alice", "9097 SASL_PLAINTEXT SCRAM-SHA-256 alice of alice",
        "9095 SASL_SSL PLAIN filed of the file"})
    void kafkaPython(String as) {
        String[] words = as.split(" ", 5);
        Command.installed("/usr/bin/python3", "python3-kafka", List.of(Repository.testFile("clients/python/secured.py").toString(), Clients.name("py-secured"),
                "{\"bootstrap_servers\":\"" + address(Integer.parseInt(words[0])) + "\",\"security_protocol\":\"" + words[1] + "\",\"sasl_mechanism\":\""
                        + words[2]
                        + "\",\"sasl_plain_username\":\"" + words[3] + "\",\"sasl_plain_password\":\"" + words[4] + "\",\"ssl_cafile\":\""
                        + folder.resolve("ca.pem")
                        + "\"}"))
                .succeed();
    }

    /** Of the mechanisms sarama has PLAIN by itself. */
    @Test
    void sarama() {
        Command program = SaramaIT.go(address(9095), "secured",
                new String[] {Clients.name("go-secured"), folder.resolve("ca.pem").toString(), "filed", "of the file"});
        assertEquals("secret 0\nsecret 1\nsecret 2\n", program.succeed().out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"9094 SASL_SSL scram-sha-512 alice of alice", "9097 SASL_PLAINTEXT scram-sha-256 alice of alice",
        "9095 SASL_SSL plain filed of the file"})
    void kafkajs(String as) throws IOException {
        KafkajsIT.installPackages();
        String[] words = as.split(" ", 5);
        String ssl = words[1].equals("SASL_SSL") ? "{\"ca\":\"" + folder.resolve("ca.pem") + "\"}" : "false";
        Command.installed("node", "nodejs npm", List.of(Repository.testFile("clients/kafkajs").resolve("secured.js").toString(), Clients.name("js-secured"),
                "{\"brokers\":[\"" + address(Integer.parseInt(words[0])) + "\"],\"ssl\":" + ssl + ",\"sasl\":{\"mechanism\":\"" + words[2]
                        + "\",\"username\":\""
                        + words[3] + "\",\"password\":\"" + words[4] + "\"}}"))
                .with("NODE_PATH", Repository.MODULE.resolve("target/kafkajs/node_modules").toString()).succeed();
    }
}
