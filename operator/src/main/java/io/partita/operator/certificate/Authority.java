package io.partita.operator.certificate;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;

/**
 * Who vouches for others: a certificate of an authority and the key that it signs with.
 *
 * @param certificate what others trust
 * @param key never leaves the Secret that it is kept in, and the operator; {@code null} when it was lost, and a successor is on its way
 */
public record Authority(X509Certificate certificate, PrivateKey key) {

    Instant begins() {
        return certificate.getNotBefore().toInstant();
    }

    Instant ends() {
        return certificate.getNotAfter().toInstant();
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "Authority " + certificate.getSubjectX500Principal().getName();
    }
}
