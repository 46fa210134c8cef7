package io.partita.broker.quota;

/**
 * Over what time a rate is taken: so many windows of so many milliseconds ({@code quota.window.num}, {@code quota.window.size.seconds}). The oldest one falls out when
 * a new one begins.
 */
public record Windows(int count, long millis) {

    public static final Windows DEFAULTS = new Windows(11, 1_000);

    /** How long something counts. */
    long allMillis() {
        return count * millis;
    }
}
