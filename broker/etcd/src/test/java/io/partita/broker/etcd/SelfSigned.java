package io.partita.broker.etcd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/** A key and a certificate that vouches for itself, made by the JDK's keytool, as files in PEM. @param both the key, then the certificate */
record SelfSigned(Path key, Path certificate, Path both) {

    private static final String PASSWORD = "for tests";

    static SelfSigned of(Path directory, String name) throws Exception {
        Path store = directory.resolve(name + ".p12");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "key", "-keyalg",
                "EC",
                "-groupname", "secp256r1", "-dname", "CN=" + name, "-ext", "san=ip:127.0.0.1", "-ext", "bc=ca:true", "-validity", "3650", "-keystore",
                store.toString(), "-storepass", PASSWORD, "-storetype", "PKCS12").redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(said);
        }
        KeyStore made = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        String key = block("PRIVATE KEY", made.getKey("key", PASSWORD.toCharArray()).getEncoded());
        String certificate = block("CERTIFICATE", made.getCertificate("key").getEncoded());
        return new SelfSigned(Files.writeString(directory.resolve(name + ".key"), key), Files.writeString(directory.resolve(name + ".crt"), certificate),
                Files.writeString(directory.resolve(name + ".pem"), key + certificate));
    }

    private static String block(String label, byte[] content) throws GeneralSecurityException {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(content) + "\n-----END " + label + "-----\n";
    }
}
