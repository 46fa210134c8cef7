package io.partita.broker.quota;

import java.util.Arrays;

/**
 * A rate over windows of time, as Kafka takes it: what was counted in the windows that are not over for long, by the time since the oldest of them began, with
 * all windows but the last for whole, so that the first bytes of a client are no flood. Who is above the bound waits until the rate, without anything new, is at it.
 */
final class Rate implements Meter {

    private final Windows windows;
    private final double[] amounts;
    private final long[] starts;
    private int current;
    private boolean begun;

    Rate(Windows windows) {
        this.windows = windows;
        this.amounts = new double[windows.count()];
        this.starts = new long[windows.count()];
    }

    @Override
    public synchronized long take(double amount, double perSecond, long nowMillis) {
        enter(nowMillis);
        amounts[current] += amount;
        return millisAbove(perSecond, nowMillis);
    }

    @Override
    public synchronized long waitMillis(double perSecond, long nowMillis) {
        enter(nowMillis);
        return millisAbove(perSecond, nowMillis);
    }

    @Override
    public synchronized boolean isSpent(long nowMillis) {
        return !begun || nowMillis - starts[current] > windows.allMillis();
    }

    /** Makes the window of now the current one. */
    private void enter(long now) {
        if (!begun) {
            begun = true;
            Arrays.fill(starts, now - windows.allMillis());
            starts[current] = now;
        } else if (now - starts[current] >= windows.millis()) {
            current = (current + 1) % amounts.length;
            amounts[current] = 0;
            starts[current] = now;
        }
        for (int i = 0; i < amounts.length; i++) {
            if (now - starts[i] >= windows.allMillis()) {
                amounts[i] = 0;
                starts[i] = now - windows.allMillis();
            }
        }
    }

    @Override
    public synchronized double perSecond(long nowMillis) {
        enter(nowMillis);
        return sum() * 1_000 / elapsed(nowMillis);
    }

    private double sum() {
        double sum = 0;
        for (double amount : amounts) {
            sum += amount;
        }
        return sum;
    }

    /** Milliseconds that the amounts are of. */
    private long elapsed(long now) {
        long oldest = now;
        for (long start : starts) {
            if (now - start < windows.allMillis()) {
                oldest = Math.min(oldest, start);
            }
        }
        long elapsed = now - oldest;
        long missing = windows.count() - 1 - elapsed / windows.millis();
        return Math.max(1, elapsed + Math.max(0, missing) * windows.millis());
    }

    private long millisAbove(double perSecond, long now) {
        long elapsed = elapsed(now);
        double rate = sum() * 1_000 / elapsed;
        return rate <= perSecond ? 0 : Math.max(1, Math.round((rate - perSecond) / perSecond * elapsed));
    }
}
