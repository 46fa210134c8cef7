package io.partita.broker.net;

/**
 * What a listener asks of its clients.
 *
 * @param tls how it encrypts; {@code null} where it does not
 * @param sasl how clients prove who they are; {@code null} where they need not, or do so by a certificate
 */
public record ListenerSecurity(Tls tls, SaslSettings sasl) {

    /** Everybody is served, as nobody in particular. */
    public static final ListenerSecurity NONE = new ListenerSecurity(null, null);

    /** The sessions in which its connections begin. */
    SessionFactory sessions(RequestLimits served) {
        OpenSession open = new OpenSession(served);
        SessionFactory encrypted = sasl == null ? connection -> open : connection -> new SaslSession(connection, sasl, served);
        return tls == null ? encrypted : connection -> new TlsSession(connection, tls.settings(), encrypted, sasl == null);
    }
}
