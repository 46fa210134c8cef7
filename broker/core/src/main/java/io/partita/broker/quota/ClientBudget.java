package io.partita.broker.quota;

import io.partita.broker.env.Clock;

/**
 * What bounds one client, as long as the quotas are these. Thread-safe. The count itself is shared with whoever else it is for, and looked up anew each time, so that one
 * that was forgotten meanwhile is not counted on.
 */
public final class ClientBudget {

    /** Of everybody where nothing is bounded. */
    public static final ClientBudget UNLIMITED = new ClientBudget(ClientQuotas.NONE, Windows.DEFAULTS, Clock.SYSTEM, new Share[QuotaKey.values().length]);

    private final ClientQuotas quotas;
    private final Windows windows;
    private final Clock clock;
    private final Share[] shares;

    record Share(Quotas all, QuotaKey key, ClientQuotas.Limit limit) {

        Meter meter() {
            return all.meter(key, limit.scope());
        }
    }

    ClientBudget(ClientQuotas quotas, Windows windows, Clock clock, Share[] shares) {
        this.quotas = quotas;
        this.windows = windows;
        this.clock = clock;
        this.shares = shares;
    }

    /** Whether it is made of these quotas. */
    public boolean isOf(ClientQuotas now) {
        return quotas == now;
    }

    /** Whether there is a bound of this kind. */
    public boolean bounds(QuotaKey key) {
        return shares[key.ordinal()] != null;
    }

    /** Counts {@code amount}; returns for how many milliseconds the client is to wait, 0 for not at all. */
    public long take(QuotaKey key, double amount) {
        Share share = shares[key.ordinal()];
        return share == null ? 0 : share.meter().take(amount, share.limit.value(), clock.monotonicMillis());
    }

    /** For how many milliseconds the client is to wait as it is, 0 for not at all. */
    public long waitMillis(QuotaKey key) {
        Share share = shares[key.ordinal()];
        return share == null ? 0 : share.meter().waitMillis(share.limit.value(), clock.monotonicMillis());
    }

    /** Time of threads that the client took; returns for how long it is to wait, never longer than a window, as in Kafka. */
    public long takeNanos(long nanos) {
        return Math.min(windows.millis(), take(QuotaKey.REQUEST_PERCENTAGE, nanos / 1e9 * 100));
    }

    /** Bytes that one Fetch may have, so that a single one does not take more than the bound lets it: what comes in all windows but the one that has just begun. */
    public int fetchBytesMax() {
        Share share = shares[QuotaKey.CONSUMER_BYTE_RATE.ordinal()];
        if (share == null) {
            return Integer.MAX_VALUE;
        }
        long millis = Math.max(1, windows.count() - 1) * windows.millis();
        return (int) Math.min(Integer.MAX_VALUE, Math.max(1, share.limit.value() * millis / 1_000));
    }
}
