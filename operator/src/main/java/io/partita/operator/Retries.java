package io.partita.operator;

/** How often a look that failed is tried again. */
public final class Retries {

    /** Of attempts: one that is given up would wait for the next event, which may be hours. */
    public static final int NO_LIMIT = -1;
    /** Before the first retry. */
    public static final long MILLIS_MIN = 1_000;
    /** Between later ones. */
    public static final long MILLIS_MAX = 30_000;

    private Retries() {}
}
