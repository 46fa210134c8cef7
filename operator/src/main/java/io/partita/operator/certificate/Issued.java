package io.partita.operator.certificate;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;

/** A certificate that an authority has made, with the key that belongs to it. */
public record Issued(X509Certificate certificate, PrivateKey key) {

    /** Without the key. */
    @Override
    public String toString() {
        return "Issued " + certificate.getSubjectX500Principal().getName();
    }
}
