package io.partita.broker.security.tls;

import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What a listener shows its clients, and whom it trusts. Immutable by agreement.
 *
 * @param keys private keys with their certificates, by which the broker says who it is
 * @param keyPassword opens the private keys
 * @param trusted certificates by which clients are known; {@code null} where those of the JVM are meant
 */
public record TlsKeys(KeyStore keys, char[] keyPassword, KeyStore trusted) {

    /** The certificates that are shown, one for each key. */
    public List<X509Certificate> certificates() throws TlsKeyException {
        List<X509Certificate> certificates = new ArrayList<>(1);
        try {
            for (String alias : Collections.list(keys.aliases())) {
                if (keys.getCertificate(alias) instanceof X509Certificate certificate) {
                    certificates.add(certificate);
                }
            }
        } catch (KeyStoreException e) {
            throw new TlsKeyException("A key store in memory cannot be read: " + e.getMessage() + ".", e);
        }
        return certificates;
    }

    /** Without what it holds. */
    @Override
    public String toString() {
        return "TlsKeys";
    }
}
