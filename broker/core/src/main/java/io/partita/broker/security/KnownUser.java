package io.partita.broker.security;

/**
 * A user that is an object of its own, which may be deleted, and another one made under its name.
 *
 * @param id told apart by from others that had its name before, or will
 * @param proof how it says who it is
 * @param sinceMillis when it was made, in milliseconds since the epoch
 */
public record KnownUser(String id, Proof proof, long sinceMillis) {

    /** How a user says who it is. */
    public enum Proof {
        /** By a password. */
        PASSWORD,
        /** By a certificate that was issued to this very object. */
        CERTIFICATE,
        /** By a token, or by something that was given to it elsewhere. */
        OTHER
    }
}
