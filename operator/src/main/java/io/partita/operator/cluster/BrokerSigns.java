package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * When brokers were last heard of: each renews a Lease every few seconds, by itself. That tells within its duration what Kubernetes notices much later, or not at all: a node
 * that is cut off, a process that stands still. Time is this machine's own, from when a renewal was seen, so that clocks need not agree. For any thread.
 */
@ApplicationScoped
class BrokerSigns {

    /** Who holds a Lease, and what clients connect to. */
    static final String ENDPOINTS = "partita.io/endpoints";
    /** The newest forms of objects that the process reads. */
    static final String LEVEL = "partita.io/level";
    /** The process stops. */
    static final String LEAVING = "partita.io/leaving";
    /** Its disks lack space or fail. */
    static final String HINDERED = "partita.io/hindered";
    /** Which certificates its listeners show and trust. */
    static final String KEYS = "partita.io/keys";
    /** Number of the broker, a label. */
    static final String BROKER = "partita.io/broker";

    private record Sign(ZonedDateTime renewed, long seenNanos) {}

    private final LongSupplier nanos;
    private final Map<String, Sign> signs = new ConcurrentHashMap<>();

    BrokerSigns() {
        this(System::nanoTime);
    }

    BrokerSigns(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** A Lease was seen. */
    void seen(Lease lease) {
        ZonedDateTime renewed = lease.getSpec() == null ? null : lease.getSpec().getRenewTime();
        signs.compute(key(lease), (key, before) -> before != null && Objects.equals(before.renewed, renewed) ? before : new Sign(renewed, nanos.getAsLong()));
    }

    /**
     * Whether the broker of a Lease is there.
     *
     * @param sinceNanos since when the API server was reached without a break: before that nobody could renew, and nobody could see it
     */
    boolean isThere(Lease lease, long sinceNanos) {
        if (!isHeld(lease)) {
            return false;
        }
        seen(lease);
        Integer seconds = lease.getSpec().getLeaseDurationSeconds();
        long now = nanos.getAsLong();
        long age = Math.min(now - signs.get(key(lease)).seenNanos, now - sinceNanos);
        return seconds == null || age < Duration.ofSeconds(seconds).toNanos();
    }

    /** Whether a process holds a Lease, rather than that it was given up. */
    static boolean isHeld(Lease lease) {
        return lease != null && lease.getSpec() != null && lease.getSpec().getHolderIdentity() != null && !lease.getSpec().getHolderIdentity().isEmpty();
    }

    /** Whether two states of a Lease differ at most in when it was renewed. */
    static boolean saysTheSame(Lease before, Lease after) {
        return isHeld(before) == isHeld(after)
                && (!isHeld(before) || before.getSpec().getHolderIdentity().equals(after.getSpec().getHolderIdentity()))
                && Objects.equals(before.getMetadata().getAnnotations(), after.getMetadata().getAnnotations());
    }

    private static String key(Lease lease) {
        return lease.getMetadata().getNamespace() + "/" + lease.getMetadata().getName();
    }
}
