package io.partita.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over TLS, with certificates that the JDK's keytool makes. */
class TlsTest {

    @TempDir
    Path directory;

    private Path keys;
    private Path certificate;

    @BeforeEach
    void aCertificateOfThisMachine() throws Exception {
        keys = directory.resolve("keys.p12");
        certificate = directory.resolve("certificate.pem");
        keytool("-genkeypair", "-alias", "broker", "-keyalg", "EC", "-dname", "CN=broker", "-ext", "san=ip:127.0.0.1", "-storetype", "PKCS12");
        keytool("-exportcert", "-alias", "broker", "-rfc", "-file", certificate.toString());
    }

    private void keytool(String... words) throws Exception {
        List<String> all = Stream.concat(Stream.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()),
                Stream.concat(Stream.of(words), Stream.of("-keystore", keys.toString(), "-storepass", "secret1"))).toList();
        assertEquals(0, new ProcessBuilder(all).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor());
    }

    private Map<String, String> broker(String clients) {
        return Map.of("listeners", "SSL://127.0.0.1:0", "ssl.keystore.location", keys.toString(), "ssl.keystore.password", "secret1", "ssl.keystore.type",
                "PKCS12",
                "ssl.truststore.location", certificate.toString(), "ssl.truststore.type", "PEM", "ssl.client.auth", clients);
    }

    private String file(Map<String, String> more) throws IOException {
        Map<String, String> settings = new HashMap<>(more);
        settings.put("security.protocol", "SSL");
        Path file = Files.createTempFile(directory, "client", ".properties");
        Files.write(file, settings.entrySet().stream().map(setting -> setting.getKey() + "=" + setting.getValue()).toList());
        return file.toString();
    }

    @Test
    void whoTrustsTheCertificateIsServedAndOthersAreToldWhatToTrust() throws IOException {
        try (Tool tool = Tool.withBroker(broker("none"))) {
            Map<String, String> trust = Map.of("ssl.truststore.location", certificate.toString(), "ssl.truststore.type", "PEM");
            assertEquals(0, tool.run("topic", "list", "--config", file(trust)).code());
            Tool.Result unknown = tool.run("topic", "list", "--config", file(Map.of()));
            assertEquals(3, unknown.code());
            assertTrue(unknown.err().contains("ssl.truststore.location names the certificates to trust"), unknown.err());
            Tool.Result plain = tool.run("topic", "list");
            assertEquals(3, plain.code());
            assertTrue(plain.err().contains("TLS"), plain.err());
        }
    }

    @Test
    void whoHasToShowACertificateShowsOne() throws IOException {
        try (Tool tool = Tool.withBroker(broker("required"))) {
            Map<String, String> shown = Map.of("ssl.truststore.location", certificate.toString(), "ssl.truststore.type", "PEM", "ssl.keystore.location",
                    keys.toString(),
                    "ssl.keystore.password", "secret1", "ssl.keystore.type", "PKCS12");
            assertEquals(0, tool.run("topic", "list", "--config", file(shown)).code());
            assertEquals(3, tool.run("topic", "list", "--config", file(Map.of("ssl.truststore.location", certificate.toString(), "ssl.truststore.type", "PEM")))
                    .code());
        }
    }
}
