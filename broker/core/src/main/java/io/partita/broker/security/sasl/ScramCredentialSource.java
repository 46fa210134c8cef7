package io.partita.broker.security.sasl;

/** Where the credentials of SCRAM's users are. Any thread, without waiting. */
@FunctionalInterface
public interface ScramCredentialSource {

    /** The credential of a user for one kind of SCRAM, or {@code null} when there is none. */
    ScramCredential find(ScramHash hash, String user);
}
