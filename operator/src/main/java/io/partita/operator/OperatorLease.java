package io.partita.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Lease of the active operator, which knows when it was last renewed for this one, and tells why it cannot be read or written: once, until it can again. Whatever goes
 * wrong is a {@link KubernetesClientException}, after which the elector tries again. Called by one thread at a time; what it knows is for any.
 */
final class OperatorLease extends LeaseLock {

    private static final Logger LOG = LoggerFactory.getLogger(OperatorLease.class);
    private static final int CONFLICT = 409;
    /** So long between two renewals means that the API server was not reached meanwhile. */
    private static final Duration BREAK = Duration.ofSeconds(6);

    private final String name;
    private final Duration duration;
    private volatile boolean failing;
    private volatile boolean wasReached;
    /** When the last call began that renewed it for us, {@code null} for none. */
    private volatile Long renewedNanos;
    /** Since when it was renewed for us without a break. */
    private volatile long heldSinceNanos;

    OperatorLease(String namespace, String name, String identity, Duration duration) {
        super(namespace, name, identity);
        this.name = name;
        this.duration = duration;
    }

    /** Whether nobody else can have it: it was renewed for us, and that has not run out. */
    boolean isOurs() {
        Long renewed = renewedNanos;
        return renewed != null && System.nanoTime() - renewed < duration.toNanos();
    }

    /** Since when it is renewed without a break, by the clock of {@link System#nanoTime}; means something only while it {@link #isOurs}. */
    long heldSinceNanos() {
        return heldSinceNanos;
    }

    /** Whether it was read or written once. */
    boolean wasReached() {
        return wasReached;
    }

    /** Whether the last attempt to read or write it went wrong. */
    boolean isFailing() {
        return failing;
    }

    @Override
    public synchronized LeaderElectionRecord get(KubernetesClient client) {
        return told(() -> super.get(client));
    }

    @Override
    public synchronized void create(KubernetesClient client, LeaderElectionRecord record) {
        write(record, () -> super.create(client, record));
    }

    @Override
    public synchronized void update(KubernetesClient client, LeaderElectionRecord record) {
        write(record, () -> super.update(client, record));
    }

    private void write(LeaderElectionRecord record, Runnable call) {
        long begun = System.nanoTime();
        told(() -> {
            call.run();
            return null;
        });
        Long before = renewedNanos;
        if (before == null || System.nanoTime() - before > BREAK.toNanos()) {
            heldSinceNanos = System.nanoTime();
        }
        renewedNanos = identity().equals(record.getHolderIdentity()) ? (Long) begun : null;
    }

    private <T> T told(Supplier<T> call) {
        try {
            T result = call.get();
            failing = false;
            wasReached = true;
            return result;
        } catch (KubernetesClientException refused) {
            if (refused.getCode() != CONFLICT) {
                tell(Refusals.reason(refused));
            }
            throw refused;
        } catch (RuntimeException unreadable) {
            tell(unreadable + ": delete it, if it does not come from an operator");
            throw new KubernetesClientException("The Lease cannot be read", unreadable);
        }
    }

    private void tell(String reason) {
        if (!failing) {
            failing = true;
            LOG.warn("The Lease {} by which operators elect the active one cannot be read or written: {}", name, reason);
        }
    }
}
