package io.partita.broker.security.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.UnrecoverableKeyException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Where the keys of a listener are, by Kafka's settings: a key store in a file (JKS, PKCS12, or PEM with a private key and its certificates), or PEM in the
 * settings themselves; and the same for the certificates of those it trusts. A location that ends with a slash is a folder with files in PEM under the names of Kubernetes' Secrets.
 *
 * @param values looks a setting up by its name; {@code null} where it has no value
 */
public record TlsKeySettings(UnaryOperator<String> values) {

    private static final String PEM = "PEM";
    /** Opens what is made here, and never leaves memory. */
    private static final char[] NONE = new char[0];

    /** The files that are named, so that a change of them can be seen. */
    public List<String> files() {
        List<String> files = new ArrayList<>(2);
        for (String setting : new String[] {"ssl.keystore.location", "ssl.truststore.location"}) {
            String path = values.apply(setting);
            if (path != null && !path.isEmpty()) {
                files.addAll(filesAt(path, setting.startsWith("ssl.keystore")));
            }
        }
        return files;
    }

    /** The files that a location stands for. */
    private static List<String> filesAt(String location, boolean isKey) {
        return !location.endsWith("/") ? List.of(location) : isKey ? List.of(location + "tls.key", location + "tls.crt") : List.of(location + "ca.crt");
    }

    /** Reads everything. May block. */
    public TlsKeys load(KeyFiles files) throws TlsKeyException {
        String location = value("ssl.keystore.location");
        String chain = value("ssl.keystore.certificate.chain");
        String key = value("ssl.keystore.key");
        KeyStore keys;
        char[] password = NONE;
        if (location == null && chain == null && key == null) {
            throw new TlsKeyException("There is no key to show to clients: name a key store by ssl.keystore.location, or give ssl.keystore.certificate.chain"
                    + " and ssl.keystore.key with ssl.keystore.type=PEM.");
        }
        String keyPassword = value("ssl.key.password");
        if (isPem("ssl.keystore.type")) {
            String pem = location == null ? chain + "\n" + key : text(files, "ssl.keystore.location", location);
            keys = Pem.keyStore(pem, location == null ? "ssl.keystore.certificate.chain and ssl.keystore.key" : location, keyPassword, NONE);
        } else if (location == null) {
            throw new TlsKeyException("ssl.keystore.certificate.chain and ssl.keystore.key are PEM: set ssl.keystore.type=PEM.");
        } else {
            String storePassword = value("ssl.keystore.password");
            keys = open(files, "ssl.keystore", location, storePassword);
            password = keyPassword != null ? keyPassword.toCharArray() : storePassword != null ? storePassword.toCharArray() : NONE;
        }
        return new TlsKeys(opened(keys, password, location == null ? "ssl.keystore.key" : location), NONE, trusted(files));
    }

    /** Whether there is a key to show; there need not be for who connects. */
    public boolean hasKey() {
        return value("ssl.keystore.location") != null || value("ssl.keystore.key") != null;
    }

    /** Those that are trusted, {@code null} where those of the JVM are meant. May block. */
    public KeyStore trusted(KeyFiles files) throws TlsKeyException {
        String location = value("ssl.truststore.location");
        String certificates = value("ssl.truststore.certificates");
        if (location == null && certificates == null) {
            return null;
        }
        if (isPem("ssl.truststore.type")) {
            return Pem.trustStore(location == null ? certificates : text(files, "ssl.truststore.location", location),
                    location == null ? "ssl.truststore.certificates" : location);
        }
        if (location == null) {
            throw new TlsKeyException("ssl.truststore.certificates is PEM: set ssl.truststore.type=PEM.");
        }
        return open(files, "ssl.truststore", location, value("ssl.truststore.password"));
    }

    private String value(String setting) {
        String value = values.apply(setting);
        return value == null || value.isEmpty() ? null : value;
    }

    private boolean isPem(String setting) {
        return PEM.equalsIgnoreCase(values.apply(setting));
    }

    private static byte[] bytes(KeyFiles files, String setting, String location) throws TlsKeyException {
        try {
            return files.read(location);
        } catch (IOException e) {
            throw new TlsKeyException("The file " + location + " of " + setting + " cannot be read: " + e.getMessage() + ".", e);
        }
    }

    private static String text(KeyFiles files, String setting, String location) throws TlsKeyException {
        StringBuilder text = new StringBuilder();
        for (String file : filesAt(location, setting.startsWith("ssl.keystore"))) {
            text.append(new String(bytes(files, setting, file), StandardCharsets.US_ASCII)).append('\n');
        }
        return text.toString();
    }

    private KeyStore open(KeyFiles files, String prefix, String location, String password) throws TlsKeyException {
        byte[] content = bytes(files, prefix + ".location", location);
        String type = values.apply(prefix + ".type");
        try {
            KeyStore store = KeyStore.getInstance(type);
            store.load(new ByteArrayInputStream(content), password == null ? null : password.toCharArray());
            return store;
        } catch (IOException e) {
            boolean wrongPassword = e.getCause() instanceof UnrecoverableKeyException || String.valueOf(e.getMessage()).contains("password");
            throw new TlsKeyException("The key store " + location + " cannot be opened as " + type + ": " + (wrongPassword
                    ? prefix + ".password is not its password."
                    : e.getMessage() + ". Is " + prefix + ".type (JKS, PKCS12 or PEM) right?"), e);
        } catch (GeneralSecurityException e) {
            throw new TlsKeyException("The key store " + location + " cannot be opened as " + type + ": " + e.getMessage() + ". " + prefix
                    + ".type is JKS, PKCS12 or PEM.", e);
        }
    }

    /**
     * The same keys, opened now: what would fail with the first client fails at the start. They are put where a handshake gets at them at once, for a store of the
     * form PKCS12 works the key out of its password for each one, which takes longer than all the rest of a handshake.
     */
    private static KeyStore opened(KeyStore keys, char[] password, String where) throws TlsKeyException {
        try {
            KeyStore opened = KeyStore.getInstance("JKS");
            opened.load(null, null);
            for (Enumeration<String> aliases = keys.aliases(); aliases.hasMoreElements();) {
                String alias = aliases.nextElement();
                if (keys.isKeyEntry(alias) && keys.getKey(alias, password) instanceof PrivateKey key && keys.getCertificate(alias) instanceof X509Certificate) {
                    opened.setKeyEntry(alias, key, NONE, keys.getCertificateChain(alias));
                }
            }
            if (opened.size() == 0) {
                throw new TlsKeyException(where + " holds no private key with a certificate.");
            }
            return opened;
        } catch (UnrecoverableKeyException e) {
            throw new TlsKeyException("A private key in " + where + " cannot be opened: ssl.key.password is not its password.", e);
        } catch (IOException | GeneralSecurityException e) {
            throw new TlsKeyException("A private key in " + where + " cannot be read: " + e.getMessage() + ".", e);
        }
    }
}
