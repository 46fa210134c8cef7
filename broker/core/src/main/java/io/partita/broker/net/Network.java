package io.partita.broker.net;

import io.partita.broker.env.Clock;
import io.partita.broker.env.MemoryBudget;
import io.partita.broker.protocol.DecoderLimits;
import io.partita.broker.quota.Quotas;
import io.partita.broker.security.Authorizer;
import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What all listeners of a broker share: their bounds, their memory, and the count of their connections. Thread-safe. */
public final class Network {

    private static final int REPORTS_PER_SECOND_MAX = 5;
    /** One request must not take all that requests may take in the heap. */
    private static final int REQUESTS_SIDE_BY_SIDE = 2;

    private final NetworkBounds bounds;
    private final MemoryBudget memory;
    private final Clock clock;
    private final Authorizer authorizer;
    private final Quotas quotas;
    private final RequestLimits servedLimits;
    private final Newcomers<Connection> newcomers;
    private final AtomicInteger connectionCount = new AtomicInteger();
    private final AtomicInteger onTheirWay = new AtomicInteger();
    private final Map<InetAddress, Integer> connectionsByAddress = new ConcurrentHashMap<>();
    private final AtomicInteger reports = new AtomicInteger();
    private volatile long reportSecond;

    /** Where everybody may do everything, as much as he likes. */
    public Network(NetworkBounds bounds, MemoryBudget memory, Clock clock) {
        this(bounds, memory, clock, Authorizer.disabled(), Quotas.none());
    }

    public Network(NetworkBounds bounds, MemoryBudget memory, Clock clock, Authorizer authorizer, Quotas quotas) {
        this.bounds = bounds;
        this.memory = memory;
        this.clock = clock;
        this.authorizer = authorizer;
        this.quotas = quotas;
        this.newcomers = new Newcomers<>(Math.max(1, bounds.maxConnections() / 2));
        this.servedLimits = new RequestLimits(
                (int) Math.min(bounds.maxRequestBytes(), memory.requestBytesMax()),
                DecoderLimits.SERVED.withinHeapBytes(memory.requests().maxBytes() / REQUESTS_SIDE_BY_SIDE));
    }

    /**
     * A connection was accepted, and is on its way to its event loop, where it is {@link #entered}. False when there are too many: then it is to be
     * closed at once, since each takes a descriptor that logs may need.
     */
    boolean admits() {
        if (connectionCount.get() + onTheirWay.incrementAndGet() > bounds.maxConnections()) {
            onTheirWay.decrementAndGet();
            return false;
        }
        return true;
    }

    /** Counts a connection from {@code address}, to be given back with {@link #left} whatever this returns: null, or the bound that it exceeds. */
    String entered(InetAddress address) {
        connectionCount.incrementAndGet();
        onTheirWay.decrementAndGet();
        int fromAddress = connectionsByAddress.merge(address, 1, Integer::sum);
        return fromAddress > bounds.maxConnectionsPerIp() ? "max.connections.per.ip is " + bounds.maxConnectionsPerIp() : null;
    }

    /** A connection that was on its way is gone before it entered. */
    void lost() {
        onTheirWay.decrementAndGet();
    }

    void left(InetAddress address) {
        connectionCount.decrementAndGet();
        connectionsByAddress.computeIfPresent(address, (ignored, count) -> count == 1 ? null : count - 1);
    }

    /** Whether a closed connection may be told of in the log: a few a second are, so that nobody can fill the disk by breaking rules. */
    boolean mayReportRefusal() {
        long second = clock.monotonicMillis() / 1000;
        if (reportSecond != second) {
            reportSecond = second;
            reports.set(0);
        }
        return reports.incrementAndGet() <= REPORTS_PER_SECOND_MAX;
    }

    public int connectionCount() {
        return connectionCount.get();
    }

    NetworkBounds bounds() {
        return bounds;
    }

    /** What requests may be on connections that are served. */
    RequestLimits servedLimits() {
        return servedLimits;
    }

    /** Those that have not said who they are. */
    Newcomers<Connection> newcomers() {
        return newcomers;
    }

    MemoryBudget memory() {
        return memory;
    }

    /** Says what clients may do. */
    Authorizer authorizer() {
        return authorizer;
    }

    /** Says how much of it. */
    Quotas quotas() {
        return quotas;
    }

    Clock clock() {
        return clock;
    }
}
