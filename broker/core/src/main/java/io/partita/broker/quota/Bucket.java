package io.partita.broker.quota;

/**
 * Tokens that come at the rate of the bound, for as many seconds as the windows have. Something may be taken as long as there is any token, even if that is more than
 * there are; then nothing may until they have come again (KIP-599).
 */
final class Bucket implements Meter {

    private final Windows windows;
    private double tokens;
    private long filledMillis;
    private boolean begun;

    Bucket(Windows windows) {
        this.windows = windows;
    }

    @Override
    public synchronized long take(double amount, double perSecond, long nowMillis) {
        fill(perSecond, nowMillis);
        tokens -= amount;
        return millisBelow(perSecond);
    }

    @Override
    public synchronized long waitMillis(double perSecond, long nowMillis) {
        fill(perSecond, nowMillis);
        return millisBelow(perSecond);
    }

    @Override
    public double perSecond(long nowMillis) {
        return Double.NaN;
    }

    @Override
    public synchronized boolean isSpent(long nowMillis) {
        return !begun || tokens >= 0 && nowMillis - filledMillis > windows.allMillis();
    }

    private void fill(double perSecond, long now) {
        double most = perSecond * windows.allMillis() / 1_000;
        tokens = begun ? Math.min(most, tokens + perSecond * (now - filledMillis) / 1_000) : most;
        begun = true;
        filledMillis = now;
    }

    private long millisBelow(double perSecond) {
        return tokens >= 0 ? 0 : Math.max(1, Math.round(-tokens / perSecond * 1_000));
    }
}
