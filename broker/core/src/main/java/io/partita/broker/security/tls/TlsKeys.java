package io.partita.broker.security.tls;

import java.security.KeyStore;

/**
 * What a listener shows its clients, and whom it trusts. Immutable by agreement.
 *
 * @param keys private keys with their certificates, by which the broker says who it is
 * @param keyPassword opens the private keys
 * @param trusted certificates by which clients are known; {@code null} where those of the JVM are meant
 */
public record TlsKeys(KeyStore keys, char[] keyPassword, KeyStore trusted) {

    /** Without what it holds. */
    @Override
    public String toString() {
        return "TlsKeys";
    }
}
