package io.partita.broker.security.sasl;

import java.util.function.Consumer;

/** Sees whether a bearer token is good. Any thread. */
@FunctionalInterface
public interface TokenCheck {

    /** @param answer called exactly once, at once or later, from any thread: never with a challenge */
    void check(String token, Consumer<SaslStep> answer);
}
