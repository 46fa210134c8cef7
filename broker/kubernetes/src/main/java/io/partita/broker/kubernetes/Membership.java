package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.partita.broker.Invariant;
import io.partita.broker.env.Clock;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.BrokerImage.Endpoint;
import io.partita.crds.Cluster;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which brokers are there, and whether this process is the one that counts as this broker.
 *
 * <p>This broker holds a Lease and renews it. Another counts as gone when its Lease was not renewed for as long as it says, by this machine's own monotonic clock, and a
 * renewal of this broker's own was <em>seen</em> after that, by the same watch: while the API server is away nobody can renew, and nobody is gone; and a watch that has
 * fallen silent says nothing of others. That decides only what clients are told of brokers; who leads a partition is decided by its epochs.
 *
 * <p>A process that finds another one registered in its place stands back: it leads nothing and stands for no election, until the other has given up or is not heard of.
 *
 * <p>Renewals run on a thread of their own; the rest is callable from any thread.
 */
final class Membership implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    /** As often as nodes of Kubernetes renew theirs, twice. */
    static final Duration RENEWAL = Duration.ofSeconds(5);
    static final Duration DURATION = Duration.ofSeconds(20);
    /** A renewal that was stored and is not seen within this time: the watch is dead. */
    static final Duration SILENCE = Duration.ofSeconds(15);

    /** Told of what follows from registrations; must not block. */
    interface Listener {

        /** A broker may have come or gone, or this one may or may no longer lead. */
        void changed();

        /** What is stored does not come back by the watch. */
        void silent();
    }

    /** When a Lease was last seen to be renewed. */
    private record Sign(ZonedDateTime renewed, long seenMillis) {}

    private final ObjectWrites writes;
    private final Clock clock;
    private final Supplier<String> standstill;
    private final Listener listener;
    private final Map<String, Sign> signs = new ConcurrentHashMap<>();
    private final ScheduledExecutorService renewals = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("metadata-lease").factory());

    /** When a renewal of our own was last seen. Before the first time: long ago, but not so long that a difference overflows. */
    private volatile long reachedMillis = Long.MIN_VALUE / 2;
    private volatile Lease own;
    /** What the registration is to say now beside what it said at first, as annotations. */
    private volatile Map<String, String> announced = Map.of();
    private volatile boolean isNew;
    private volatile boolean isStandingBack;
    /** Since when a renewal is stored and not seen, 0 for none. */
    private volatile long unseenSinceMillis;
    private volatile boolean failing;
    /** On the thread of the renewals. */
    private boolean isHanging;

    /** @param standstill says what keeps this broker from its work, {@code null} for nothing */
    Membership(ObjectWrites writes, Clock clock, Supplier<String> standstill, Listener listener) {
        this.writes = writes;
        this.clock = clock;
        this.standstill = standstill;
        this.listener = listener;
    }

    /** This process began with empty data directories; to be said before it joins. */
    void beNew() {
        isNew = true;
    }

    /** Registers this process in place of its broker's earlier ones, and renews from then on; nothing if it is. Blocks. */
    void join(Cluster cluster, BrokerImage self, String process, String logs) {
        Invariant.check(!process.isEmpty(), "a process needs a name");
        if (own != null) {
            return;
        }
        Lease lease = Registration.lease(cluster, self, process, logs, DURATION, now());
        lease.getMetadata().getAnnotations().putAll(announced);
        if (isNew) {
            lease.getMetadata().getAnnotations().put(Registration.NEW, "true");
        }
        own = writes.register(lease);
        reachedMillis = clock.monotonicMillis();
        renewals.scheduleWithFixedDelay(this::renew, RENEWAL.toMillis(), RENEWAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Has others told of other addresses of this broker, with its next renewal, which is now. Any thread. */
    void announce(List<Endpoint> endpoints) {
        announce(Registration.ENDPOINTS, Registration.text(endpoints));
    }

    /** Has whoever replaces certificates told which ones this broker has, also with its first registration. Any thread. */
    void announceKeys(String text) {
        announce(Registration.KEYS, text);
    }

    /** Has others told that this broker stops and is not to be elected; completes when that was tried. Any thread. */
    CompletableFuture<Void> beLeaving() {
        return announce(Registration.LEAVING, "true");
    }

    /** Has others told whether this broker's disks lack space or fail. Nothing is written when that is known of it. Any thread. */
    void beHindered(boolean isNow) {
        if (isNow != Boolean.parseBoolean(announced.get(Registration.HINDERED))) {
            announce(Registration.HINDERED, Boolean.toString(isNow));
        }
    }

    private synchronized CompletableFuture<Void> announce(String name, String value) {
        Map<String, String> next = new TreeMap<>(announced);
        next.put(name, value);
        announced = next;
        return confirm();
    }

    /** Renews now, by which it is known whether this process still counts; completes when that was tried. Any thread. */
    CompletableFuture<Void> confirm() {
        CompletableFuture<Void> tried = new CompletableFuture<>();
        try {
            renewals.execute(() -> {
                if (own != null) {
                    renew();
                }
                tried.complete(null);
            });
        } catch (RejectedExecutionException ended) {
            LOG.debug("The broker has left its cluster, so what it would say is nobody's business any more.");
            tried.complete(null);
        }
        return tried;
    }

    private static ZonedDateTime now() {
        return ZonedDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.MICROS);
    }

    /** Whether another process has taken this broker's place. */
    boolean isStandingBack() {
        return isStandingBack;
    }

    private void renew() {
        try {
            if (hangs()) {
                return;
            }
            if (isStandingBack) {
                comeForward();
                return;
            }
            Lease renewed = writes.renew(own, announced, now());
            if (renewed == null) {
                standBack();
            } else {
                own = renewed;
                noteUnseen();
            }
            listener.changed();
        } catch (KubernetesClientException away) {
            if (!failing) {
                failing = true;
                LOG.warn(
                        "The API server of Kubernetes does not take the renewal of this broker's registration ({}). What is known is served; topics, leaders and settings"
                                + " change when it is back.",
                        ObjectWrites.reason(away));
            }
        } catch (RuntimeException defect) {
            LOG.error("Renewing the registration of this broker failed; it is tried again.", defect);
        }
    }

    /** A process that is there and does nothing is not there for clients; its registration runs out while that is so. */
    private boolean hangs() {
        String what = standstill.get();
        if (what != null && !isHanging) {
            LOG.error("This broker does not renew its registration as long as it does not get on with its work: {}.", what);
        } else if (what == null && isHanging) {
            LOG.info("This broker gets on with its work and renews its registration.");
        }
        isHanging = what != null;
        return isHanging;
    }

    private void standBack() {
        if (!isStandingBack) {
            isStandingBack = true;
            LOG.error("Another process is registered as this broker now, so this one leads nothing any more. If it is the one that should be, end the other.");
        }
    }

    private void noteUnseen() {
        long now = clock.monotonicMillis();
        if (unseenSinceMillis == 0) {
            unseenSinceMillis = now;
        } else if (now - unseenSinceMillis >= SILENCE.toMillis()) {
            unseenSinceMillis = now;
            LOG.warn("The API server of Kubernetes takes what this broker writes, but its watch brings nothing: it is made anew.");
            listener.silent();
        }
    }

    /** Takes the place back where the other process has given it up or is not heard of. */
    private void comeForward() {
        Lease present = writes.lease(own);
        if (present != null && Registration.holder(present) != null) {
            seen(present);
            Sign sign = signs.get(present.getMetadata().getName());
            if (clock.monotonicMillis() - sign.seenMillis < DURATION.toMillis()) {
                return;
            }
        }
        own = writes.register(own);
        isStandingBack = false;
        LOG.info("The process that was registered as this broker is gone, so this one is again.");
        listener.changed();
    }

    /** Milliseconds since a registration of this broker was last seen to be stored; since long ago when it never was. Any thread. */
    long unreachedMillis() {
        return clock.monotonicMillis() - reachedMillis;
    }

    /** A Lease was seen. */
    void seen(Lease lease) {
        ZonedDateTime renewed = lease.getSpec() == null ? null : lease.getSpec().getRenewTime();
        signs.compute(lease.getMetadata().getName(), (name,
                before) -> before != null && before.renewed != null && before.renewed.equals(renewed) ? before : new Sign(renewed, clock.monotonicMillis()));
        Lease mine = own;
        if (mine == null || !mine.getMetadata().getName().equals(lease.getMetadata().getName())) {
            return;
        }
        if (mine.getSpec().getHolderIdentity().equals(Registration.holder(lease))) {
            reachedMillis = clock.monotonicMillis();
            unseenSinceMillis = 0;
            if (failing) {
                failing = false;
                LOG.info("The API server of Kubernetes is back.");
            }
        } else if (Registration.holder(lease) != null && Registration.transitions(lease) > Registration.transitions(mine)) {
            standBack();
        }
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
        if (last != null && !isStandingBack) {
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
