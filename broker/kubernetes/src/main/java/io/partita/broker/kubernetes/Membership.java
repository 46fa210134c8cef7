package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.partita.broker.env.Clock;
import io.partita.broker.metadata.BrokerImage;
import io.partita.crds.Cluster;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which brokers are there. This one holds a Lease and renews it; another counts as gone when its Lease was not renewed for as long as it says, by this machine's own
 * monotonic clock, and this broker could reach the API server after that: while the API server is away nobody can renew, and nobody is gone. It decides only what
 * clients are told of brokers; who leads a partition is decided by its epochs.
 *
 * <p>Renewals run on a thread of their own; the rest is callable from any thread.
 */
final class Membership implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    /** As often as nodes of Kubernetes renew theirs, twice. */
    static final Duration RENEWAL = Duration.ofSeconds(5);
    static final Duration DURATION = Duration.ofSeconds(20);

    /** When a Lease was last seen to be renewed. */
    private record Sign(ZonedDateTime renewed, long seenMillis) {}

    private final ObjectWrites writes;
    private final Clock clock;
    private final Runnable changed;
    private final Map<String, Sign> signs = new ConcurrentHashMap<>();
    private final ScheduledExecutorService renewals =
            Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("metadata-lease").factory());

    /** Before the first time: long ago, but not so long that a difference overflows. */
    private volatile long reachedMillis = Long.MIN_VALUE / 2;
    private boolean failing;
    private volatile Lease own;

    /** @param changed called when a broker may have gone */
    Membership(ObjectWrites writes, Clock clock, Runnable changed) {
        this.writes = writes;
        this.clock = clock;
        this.changed = changed;
    }

    /** Registers this process in place of its broker's earlier ones, and renews from then on; nothing if it is. Blocks. */
    void join(Cluster cluster, BrokerImage self, String process) {
        if (own != null) {
            return;
        }
        own = writes.register(Registration.lease(cluster, self, process, DURATION, now()));
        reached();
        renewals.scheduleWithFixedDelay(this::renew, RENEWAL.toMillis(), RENEWAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static ZonedDateTime now() {
        return ZonedDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.MICROS);
    }

    private void renew() {
        try {
            Lease renewed = writes.renew(own, now());
            if (renewed == null) {
                LOG.error("Another process is registered as this broker now, so this one is no longer. It leads nothing that the other has taken over; end it.");
                renewals.shutdown();
                return;
            }
            own = renewed;
            reached();
            if (failing) {
                failing = false;
                LOG.info("The API server of Kubernetes is back.");
            }
            changed.run();
        } catch (KubernetesClientException away) {
            if (!failing) {
                failing = true;
                LOG.warn("The API server of Kubernetes does not take the renewal of this broker's registration ({}). What is known is served; topics, leaders and settings"
                        + " change when it is back.", ObjectWrites.reason(away));
            }
        } catch (RuntimeException defect) {
            LOG.error("Renewing the registration of this broker failed; it is tried again.", defect);
        }
    }

    private void reached() {
        reachedMillis = clock.monotonicMillis();
    }

    /** Milliseconds since the API server last took the registration; since long ago when it never did. Any thread. */
    long unreachedMillis() {
        return clock.monotonicMillis() - reachedMillis;
    }

    /** A Lease was seen. */
    void seen(Lease lease) {
        ZonedDateTime renewed = lease.getSpec() == null ? null : lease.getSpec().getRenewTime();
        signs.compute(lease.getMetadata().getName(), (name, before) ->
                before != null && before.renewed != null && before.renewed.equals(renewed) ? before : new Sign(renewed, clock.monotonicMillis()));
    }

    /** Whether the broker of a Lease is there, as far as that can be told. */
    boolean isThere(Lease lease) {
        Sign sign = signs.get(lease.getMetadata().getName());
        Integer seconds = lease.getSpec() == null ? null : lease.getSpec().getLeaseDurationSeconds();
        return sign == null || seconds == null || reachedMillis - sign.seenMillis < TimeUnit.SECONDS.toMillis(seconds);
    }

    /** Gives the Lease up, so that nobody need wait for its end. Blocks. */
    void leave() {
        renewals.shutdown();
        Lease last = own;
        if (last != null) {
            try {
                writes.release(last);
            } catch (KubernetesClientException away) {
                LOG.info("The registration of this broker could not be given up ({}): it runs out by itself.", ObjectWrites.reason(away));
            }
        }
    }

    @Override
    public void close() {
        renewals.shutdownNow();
    }
}
