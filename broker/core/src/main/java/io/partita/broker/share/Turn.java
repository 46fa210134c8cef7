package io.partita.broker.share;

/**
 * Which records are given out next.
 *
 * @param from the first one
 * @param priority the class that they are of, {@link #ANY} for any
 * @param lookedAt whether only such are given whose class was looked at, and others wait for their turn
 */
record Turn(long from, int priority, boolean lookedAt) {

    static final int ANY = -1;

    /** All, in the order of the log. */
    static Turn inOrder(long from) {
        return new Turn(from, ANY, false);
    }

    boolean takes(Run run) {
        return run.isReady() && (priority == ANY || run.priority == priority);
    }
}
