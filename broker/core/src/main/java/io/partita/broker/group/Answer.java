package io.partita.broker.group;

/**
 * Where the result of a request goes. Both methods are called on the group's event loop, and {@link #held} before {@link #give} if at all.
 *
 * @param <T> the result
 */
@FunctionalInterface
public interface Answer<T> {

    /** Exactly once. */
    void give(T result);

    /**
     * The result is known but waits for the group to change, so that the member learns of it at once. Whoever cannot wait any longer, because
     * another request is behind this one, runs {@code release}, on any thread, and is given the result.
     */
    default void held(Runnable release) {}
}
