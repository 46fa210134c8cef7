package io.partita.broker.security.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.Certificates;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsKeySettingsTest {

    @TempDir
    static Path directory;

    private static Path store;
    private static String pem;
    private static Key key;

    @BeforeAll
    static void keys() throws IOException, GeneralSecurityException {
        store = new Certificates(directory, "authority").keyStore("broker", "CN=broker", "RSA", "localhost");
        pem = Files.readString(Certificates.pem(store));
        key = KeyStore.getInstance(store.toFile(), Certificates.PASSWORD.toCharArray()).getKey("key", Certificates.PASSWORD.toCharArray());
    }

    private static TlsKeys load(Map<String, String> values) throws TlsKeyException {
        return new TlsKeySettings(name -> values.getOrDefault(name, name.endsWith(".type") ? "JKS" : null)).load(path -> Files.readAllBytes(Path.of(path)));
    }

    private static void holdsTheKey(TlsKeys keys) throws GeneralSecurityException {
        String alias = keys.keys().aliases().nextElement();
        assertArrayEquals(key.getEncoded(), keys.keys().getKey(alias, keys.keyPassword()).getEncoded());
        assertEquals(2, keys.keys().getCertificateChain(alias).length);
    }

    /** Of what form they were: a store of the form PKCS12 would derive a key from its password for each handshake. */
    @Test
    void keysAreOpenedOnce() throws Exception {
        for (String type : new String[] {"PKCS12", "JKS"}) {
            TlsKeys keys = load(Map.of("ssl.keystore.type", type, "ssl.keystore.location", store.toString(), "ssl.keystore.password", Certificates.PASSWORD));
            holdsTheKey(keys);
            List<byte[]> stored = new ArrayList<>();
            java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
            keys.keys().store(out, new char[0]);
            stored.add(out.toByteArray());
            // The magic number of the older form, whose keys are covered by one hash
            assertEquals(0xFEEDFEED, java.nio.ByteBuffer.wrap(stored.getFirst()).getInt());
        }
    }

    @Test
    void pemComesFromAFileOrFromTheSettings() throws Exception {
        holdsTheKey(load(Map.of("ssl.keystore.type", "PEM", "ssl.keystore.location", Certificates.pem(store).toString())));
        int split = pem.indexOf("-----BEGIN CERTIFICATE");
        holdsTheKey(
                load(Map.of("ssl.keystore.type", "PEM", "ssl.keystore.key", pem.substring(0, split), "ssl.keystore.certificate.chain", pem.substring(split))));
    }

    @Test
    void aFolderIsASecretOfKubernetes() throws Exception {
        Path secret = Files.createDirectories(directory.resolve("secret"));
        int split = pem.indexOf("-----BEGIN CERTIFICATE");
        Files.writeString(secret.resolve("tls.key"), pem.substring(0, split).strip());
        Files.writeString(secret.resolve("tls.crt"), pem.substring(split).strip());
        Files.writeString(secret.resolve("ca.crt"), pem.substring(pem.lastIndexOf("-----BEGIN CERTIFICATE")).strip());
        Map<String, String> values = Map.of("ssl.keystore.type", "PEM", "ssl.keystore.location", secret + "/", "ssl.truststore.type", "PEM",
                "ssl.truststore.location",
                secret + "/");
        TlsKeys keys = load(values);
        holdsTheKey(keys);
        assertEquals(1, keys.trusted().size());
        assertEquals(List.of(secret + "/tls.key", secret + "/tls.crt", secret + "/ca.crt"), new TlsKeySettings(values::get).files());
    }

    @Test
    void aPrivateKeyMayBeEncrypted() throws Exception {
        String algorithm = "PBEWithHmacSHA256AndAES_256";
        Cipher cipher = Cipher.getInstance(algorithm);
        cipher.init(Cipher.ENCRYPT_MODE, SecretKeyFactory.getInstance(algorithm).generateSecret(new PBEKeySpec("of the key".toCharArray())));
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("PBES2");
        parameters.init(cipher.getParameters().getEncoded());
        byte[] encrypted = new EncryptedPrivateKeyInfo(parameters, cipher.doFinal(key.getEncoded())).getEncoded();
        String text = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(encrypted) + "\n-----END ENCRYPTED PRIVATE KEY-----\n"
                + pem.substring(pem.indexOf("-----BEGIN CERTIFICATE"));
        String file = Files.write(directory.resolve("encrypted.pem"), text.getBytes(StandardCharsets.US_ASCII)).toString();
        holdsTheKey(load(Map.of("ssl.keystore.type", "PEM", "ssl.keystore.location", file, "ssl.key.password", "of the key")));
        refused("give its password by ssl.key.password", Map.of("ssl.keystore.type", "PEM", "ssl.keystore.location", file));
        refused("cannot be opened", Map.of("ssl.keystore.type", "PEM", "ssl.keystore.location", file, "ssl.key.password", "another"));
    }

    @Test
    void whatCannotBeUsedIsSaid() throws Exception {
        String older = pem.replace("BEGIN PRIVATE", "BEGIN RSA PRIVATE").replace("END PRIVATE", "END RSA PRIVATE");
        refused("turn it into PKCS#8",
                Map.of("ssl.keystore.type", "PEM", "ssl.keystore.location", Files.writeString(directory.resolve("older.pem"), older).toString()));
        refused("has no end", Map.of("ssl.keystore.type", "PEM", "ssl.keystore.location",
                Files.writeString(directory.resolve("cut.pem"), pem.substring(0, 300)).toString()));
        refused("set ssl.keystore.type=PEM", Map.of("ssl.keystore.key", pem));
        refused("There is no certificate",
                Map.of("ssl.keystore.location", store.toString(), "ssl.keystore.password", Certificates.PASSWORD, "ssl.truststore.type", "PEM",
                        "ssl.truststore.certificates", "nothing"));
    }

    private static void refused(String because, Map<String, String> values) {
        TlsKeyException refused = assertThrows(TlsKeyException.class, () -> load(values));
        assertTrue(refused.getMessage().contains(because), refused.getMessage());
    }
}
