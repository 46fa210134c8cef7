package io.partita.broker.security.sasl;

import io.partita.broker.security.Principal;
import java.util.function.BooleanSupplier;

/** What a token of a client leads to. */
public sealed interface SaslStep {

    /** Stands for a proof that does not end by itself. */
    long NEVER = Long.MAX_VALUE;

    byte[] NO_TOKEN = {};

    /** The client is to say more, in answer to {@code token}. */
    record Challenge(byte[] token) implements SaslStep {}

    /**
     * The client has proved who it is.
     *
     * @param token the last word to it
     * @param expiresAtMillis when what it proved this by ends, in milliseconds since the epoch; {@link #NEVER} where it does not
     * @param holds whether there is such a user still; asked whenever users have changed, by any thread
     */
    record Authenticated(Principal principal, byte[] token, long expiresAtMillis, BooleanSupplier holds) implements SaslStep {

        /** Of a user that cannot be taken away. */
        public Authenticated(Principal principal, byte[] token, long expiresAtMillis) {
            this(principal, token, expiresAtMillis, () -> true);
        }
    }

    /**
     * It has not, and is to be sent away.
     *
     * @param message what it is told
     * @param reason what the log says, to be read after "because"
     */
    record Refused(String message, String reason) implements SaslStep {}
}
