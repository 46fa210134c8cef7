package io.partita.broker.env;

/** Two clocks that stand still until a test moves them. They move together; {@link #setWallMillis} makes the wall clock jump. */
public final class TestClock implements Clock {

    private long monotonicMillis = 1_000;
    private long wallMillis = 1_700_000_000_000L;

    @Override
    public long wallMillis() {
        return wallMillis;
    }

    @Override
    public long monotonicMillis() {
        return monotonicMillis;
    }

    public void advance(long millis) {
        monotonicMillis += millis;
        wallMillis += millis;
    }

    public void setWallMillis(long wallMillis) {
        this.wallMillis = wallMillis;
    }
}
