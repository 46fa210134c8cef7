package io.partita.broker.net;

/**
 * What a listener asks of its clients.
 *
 * @param sasl how they prove who they are; {@code null} where they need not
 */
public record ListenerSecurity(SaslSettings sasl) {

    /** Everybody is served, as nobody in particular. */
    public static final ListenerSecurity NONE = new ListenerSecurity(null);

    /** The sessions in which its connections begin. */
    SessionFactory sessions(RequestLimits served) {
        if (sasl == null) {
            OpenSession open = new OpenSession(served);
            return connection -> open;
        }
        return connection -> new SaslSession(connection, sasl, served);
    }
}
