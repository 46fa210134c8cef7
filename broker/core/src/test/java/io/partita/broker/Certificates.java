package io.partita.broker;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Keys and certificates for tests, made by the JDK's keytool: an authority, and whoever it vouches for. */
public final class Certificates {

    public static final String PASSWORD = "for tests";

    private final Path directory;
    private final Path authority;

    public Certificates(Path directory, String name) {
        this.directory = directory;
        this.authority = directory.resolve(name + ".p12");
        keytool("-genkeypair", "-alias", "ca", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=" + name, "-ext", "bc:c", "-validity", "3650",
                "-keystore", authority.toString());
        try {
            KeyStore made = KeyStore.getInstance(authority.toFile(), PASSWORD.toCharArray());
            Files.writeString(trusted(), block("CERTIFICATE", made.getCertificate("ca").getEncoded()));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The authority's certificate, in PEM. */
    public Path trusted() {
        return authority.resolveSibling(authority.getFileName().toString().replace(".p12", ".pem"));
    }

    /** A key store in the PKCS12 format with the key of somebody and his certificate. */
    public Path keyStore(String file, String distinguishedName, String algorithm, String... hosts) {
        Path store = directory.resolve(file + ".p12");
        List<String> names = new ArrayList<>();
        for (String host : hosts) {
            names.add((Character.isDigit(host.charAt(0)) ? "ip:" : "dns:") + host);
        }
        Path both = directory.resolve(file + "-and-authority.p12");
        List<String> make = new ArrayList<>(List.of("-genkeypair", "-alias", "key", "-keyalg", algorithm, "-dname", distinguishedName, "-validity", "3650",
                "-signer", "ca", "-keystore", both.toString()));
        if (algorithm.equals("RSA")) {
            make.addAll(List.of("-keysize", "2048"));
        } else {
            make.addAll(List.of("-groupname", "secp256r1"));
        }
        if (!names.isEmpty()) {
            make.addAll(List.of("-ext", "san=" + String.join(",", names)));
        }
        try {
            Files.copy(authority, both);
            keytool(make.toArray(new String[0]));
            KeyStore made = KeyStore.getInstance(both.toFile(), PASSWORD.toCharArray());
            KeyStore own = KeyStore.getInstance("PKCS12");
            own.load(null, null);
            own.setCertificateEntry("ca", made.getCertificate("ca"));
            own.setKeyEntry("key", made.getKey("key", PASSWORD.toCharArray()), PASSWORD.toCharArray(), made.getCertificateChain("key"));
            try (OutputStream out = Files.newOutputStream(store)) {
                own.store(out, PASSWORD.toCharArray());
            }
            Files.delete(both);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        return store;
    }

    /** The same in PEM: the private key, then the certificates. */
    public static Path pem(Path keyStore) {
        try {
            KeyStore store = KeyStore.getInstance(keyStore.toFile(), PASSWORD.toCharArray());
            Key key = store.getKey("key", PASSWORD.toCharArray());
            StringBuilder text = new StringBuilder(block("PRIVATE KEY", key.getEncoded()));
            for (Certificate certificate : store.getCertificateChain("key")) {
                text.append(block("CERTIFICATE", certificate.getEncoded()));
            }
            Path pem = keyStore.resolveSibling(keyStore.getFileName().toString().replace(".p12", ".pem"));
            return Files.writeString(pem, text);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String block(String label, byte[] content) {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(content) + "\n-----END " + label + "-----\n";
    }

    private static void keytool(String... words) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-J-XX:TieredStopAtLevel=1",
                "-J-XX:+UseSerialGC"));
        command.addAll(List.of(words));
        command.addAll(List.of("-storepass", PASSWORD, "-storetype", "PKCS12"));
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(command + ": " + said);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
