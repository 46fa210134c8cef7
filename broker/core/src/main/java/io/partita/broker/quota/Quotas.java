package io.partita.broker.quota;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * What clients take on this broker, by whom it is counted. Where nothing is bounded nothing is counted. Thread-safe.
 *
 * <p>Who nobody heard of for as long as things count is forgotten, for that says the same as a new count: so client ids that somebody makes up take no memory for long.
 */
public final class Quotas {

    /** As many counts as are not worth looking for those that can be forgotten. */
    private static final int METERS_FEW = 1_000;

    private final Supplier<ClientQuotas> quotas;
    private final Windows windows;
    private final Windows mutationWindows;
    private final int connectionsPerSecond;
    private final Meter connections;
    private final Clock clock;
    private final ConcurrentHashMap<Counted, Meter> meters = new ConcurrentHashMap<>();
    private volatile int sweepAbove = METERS_FEW;

    private record Counted(QuotaKey key, QuotaEntity scope) {}

    /**
     * @param quotas the bounds in force, asked often
     * @param windows of all rates but
     * @param mutationWindows that of changes of topics
     * @param connectionsPerSecond of all clients together
     */
    public Quotas(Supplier<ClientQuotas> quotas, Windows windows, Windows mutationWindows, int connectionsPerSecond, Clock clock) {
        this.quotas = quotas;
        this.windows = windows;
        this.mutationWindows = mutationWindows;
        this.connectionsPerSecond = connectionsPerSecond;
        this.connections = new Bucket(windows);
        this.clock = clock;
    }

    /** Bounds nothing. */
    public static Quotas none() {
        return new Quotas(() -> ClientQuotas.NONE, Windows.DEFAULTS, Windows.DEFAULTS, Integer.MAX_VALUE, Clock.SYSTEM);
    }

    /** The bounds in force. */
    public ClientQuotas inForce() {
        return quotas.get();
    }

    /** What bounds a client as the bounds are now. */
    public ClientBudget of(String user, String clientId) {
        ClientQuotas now = quotas.get();
        if (now.isEmpty()) {
            return ClientBudget.UNLIMITED;
        }
        ClientBudget.Share[] shares = new ClientBudget.Share[QuotaKey.values().length];
        for (QuotaKey key : QuotaKey.values()) {
            ClientQuotas.Limit limit = now.limit(key, user, clientId);
            shares[key.ordinal()] = limit == null ? null : new ClientBudget.Share(this, key, limit);
        }
        return new ClientBudget(now, windows, clock, shares);
    }

    /** The bounds that a broker's settings ask for, besides those that are set with the metadata. */
    public static Quotas of(BrokerConfig config, Supplier<ClientQuotas> quotas, Clock clock) {
        return new Quotas(quotas, windows(config, "quota.window."), windows(config, "controller.quota.window."),
                config.intValue("max.connection.creation.rate"), clock);
    }

    private static Windows windows(BrokerConfig config, String prefix) {
        return new Windows(config.intValue(prefix + "num"), config.intValue(prefix + "size.seconds") * 1_000L);
    }

    /** A connection was accepted: for how many milliseconds no other one is to be, 0 for not at all. */
    public long accepted() {
        return connectionsPerSecond == Integer.MAX_VALUE ? 0 : connections.take(1, connectionsPerSecond, clock.monotonicMillis());
    }

    /** A connection comes from an address: for how many milliseconds it is too early for it, 0 for not at all. */
    public long connected(String ip) {
        ClientQuotas now = quotas.get();
        ClientQuotas.Limit limit = now.isEmpty() ? null : now.limit(QuotaKey.CONNECTION_CREATION_RATE, ip);
        if (limit == null) {
            return 0;
        }
        Meter meter = meter(QuotaKey.CONNECTION_CREATION_RATE, limit.scope());
        long wait = meter.waitMillis(limit.value(), clock.monotonicMillis());
        if (wait == 0) {
            // One that is refused does not count, or a client that tries again would never get in.
            meter.take(1, limit.value(), clock.monotonicMillis());
        }
        return wait;
    }

    Meter meter(QuotaKey key, QuotaEntity scope) {
        Counted counted = new Counted(key, scope);
        Meter known = meters.get(counted);
        if (known != null) {
            return known;
        }
        if (meters.size() > sweepAbove) {
            forget();
        }
        return meters.computeIfAbsent(counted, ignored -> switch (key) {
            case CONTROLLER_MUTATION_RATE -> new Bucket(mutationWindows);
            case CONNECTION_CREATION_RATE -> new Bucket(windows);
            default -> new Rate(windows);
        });
    }

    private void forget() {
        long now = clock.monotonicMillis();
        meters.values().removeIf(meter -> meter.isSpent(now));
        sweepAbove = Math.max(METERS_FEW, meters.size() * 2);
    }

    /**
     * What those take who are counted together, at one moment.
     *
     * @param scope whom it is counted for, by name
     * @param perSecond NaN where only the bound is kept
     * @param waitMillis for how long they are to wait, 0 for not at all
     */
    public record Usage(QuotaKey key, QuotaEntity scope, double perSecond, double bound, long waitMillis) {}

    /** What is counted at the moment on this broker; so many at most, those first that wait the longest. */
    public List<Usage> usage(int max) {
        ClientQuotas now = quotas.get();
        long millis = clock.monotonicMillis();
        List<Usage> all = new ArrayList<>();
        meters.forEach((counted, meter) -> {
            QuotaEntity scope = counted.scope();
            ClientQuotas.Limit limit = scope.ip() != null
                    ? now.limit(counted.key(), scope.ip().value())
                    : now.limit(counted.key(), name(scope.user()), name(scope.clientId()));
            // Others may be counted than were, since the bounds have changed.
            if (limit != null && limit.scope().equals(scope) && !meter.isSpent(millis)) {
                all.add(new Usage(counted.key(), scope, meter.perSecond(millis), limit.value(), meter.waitMillis(limit.value(), millis)));
            }
        });
        all.sort(Comparator.comparingLong(Usage::waitMillis).reversed().thenComparing(Comparator.comparingDouble(Usage::perSecond).reversed()));
        return all.size() > max ? List.copyOf(all.subList(0, max)) : all;
    }

    private static String name(QuotaEntity.Name name) {
        return name == null ? "" : name.value();
    }

    int meterCount() {
        return meters.size();
    }
}
