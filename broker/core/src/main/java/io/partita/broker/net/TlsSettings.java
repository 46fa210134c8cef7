package io.partita.broker.net;

import io.partita.broker.security.KnownUsers;
import io.partita.broker.security.tls.PrincipalMapping;
import java.util.List;

/**
 * How a listener encrypts.
 *
 * @param protocols those that are spoken ({@code ssl.enabled.protocols}); never what is older than TLSv1.2
 * @param ciphers those that may be agreed on ({@code ssl.cipher.suites}); empty for what is thought good today
 * @param clients whether clients show a certificate, too ({@code ssl.client.auth})
 * @param mapping from the name in such a certificate to the name of the user
 * @param known the users that are let in; {@code null} for whoever has a certificate
 */
public record TlsSettings(List<String> protocols, List<String> ciphers, ClientCertificates clients, PrincipalMapping mapping, KnownUsers known) {

    /** Whoever has a certificate is let in. */
    public TlsSettings(List<String> protocols, List<String> ciphers, ClientCertificates clients, PrincipalMapping mapping) {
        this(protocols, ciphers, clients, mapping, null);
    }

    /** Whether clients show a certificate. */
    public enum ClientCertificates {
        NONE,
        REQUESTED,
        REQUIRED
    }

    public TlsSettings {
        protocols = List.copyOf(protocols);
        ciphers = List.copyOf(ciphers);
    }
}
