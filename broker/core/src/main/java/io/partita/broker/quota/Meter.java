package io.partita.broker.quota;

/** Counts what the clients of one scope take. Thread-safe: clients of one user live on several event loops. */
sealed interface Meter permits Rate, Bucket {

    /** Counts {@code amount}, and says for how many milliseconds whoever took it is to wait so that {@code perSecond} is kept; 0 for not at all. */
    long take(double amount, double perSecond, long nowMillis);

    /** For how many milliseconds is to be waited as it is. */
    long waitMillis(double perSecond, long nowMillis);

    /** What is taken in a second at the moment; NaN where that is not counted. */
    double perSecond(long nowMillis);

    /** Whether it says the same as a new one. */
    boolean isSpent(long nowMillis);
}
