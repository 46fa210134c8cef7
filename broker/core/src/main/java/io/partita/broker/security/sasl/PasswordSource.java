package io.partita.broker.security.sasl;

/** Where the passwords of PLAIN's users are. Any thread, without waiting. */
@FunctionalInterface
public interface PasswordSource {

    /** The password of a user, or {@code null} when there is no such user. */
    String find(String user);
}
