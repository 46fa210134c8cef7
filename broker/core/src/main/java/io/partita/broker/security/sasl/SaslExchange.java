package io.partita.broker.security.sasl;

import java.util.function.Consumer;

/** The tokens of one client that proves who it is. Used by one thread at a time, one token after the other. */
@FunctionalInterface
public interface SaslExchange {

    /**
     * Looks at the client's next token. Never throws for what is in it.
     *
     * @param token whole; not kept
     * @param answer called exactly once, at once or later, from any thread
     */
    void next(byte[] token, Consumer<SaslStep> answer);
}
