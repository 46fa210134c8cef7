package io.partita.broker.security.sasl;

/** A way to prove who one is. Immutable; any thread. */
public interface SaslMechanism {

    /** Its registered name, for example {@code SCRAM-SHA-512}. */
    String name();

    /** Begins with one client. */
    SaslExchange begin();
}
