package io.partita.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfig;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.javaoperatorsdk.operator.Operator;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of several operators is active, by a Lease. It bounds time only: two that act at once for a moment do no harm, because every status is written with the resource
 * version it was computed from, and everything else is what the spec says.
 *
 * <p>The controllers start when this operator is elected for the first time. While it cannot renew its Lease it changes nothing, and goes on when it can: to end would
 * leave it in the back-off of its pod when the API server comes back. Only where another operator is elected meanwhile does it end, to start anew as one that waits.
 */
@Singleton
public class LeaderElection {

    /** What reconcilers leave undone is looked at again after so long. */
    public static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(LeaderElection.class);
    private static final Duration LEASE = Duration.ofSeconds(15);
    private static final Duration RENEW_DEADLINE = Duration.ofSeconds(10);
    private static final Duration RETRY_PERIOD = Duration.ofSeconds(2);

    private final OperatorConfig config;
    private final KubernetesClient client;
    private final Operator operator;
    /** The same after a restart of the container, so that nobody waits for a Lease to run out that is its own. */
    private final String identity = System.getenv().getOrDefault("POD_NAME", UUID.randomUUID().toString());

    private volatile OperatorLease lease;
    private volatile CompletableFuture<?> candidacy;
    private volatile boolean isElected;
    private volatile boolean isStarted;
    private volatile boolean isStopping;

    LeaderElection(OperatorConfig config, KubernetesClient client, Operator operator) {
        this.config = config;
        this.client = client;
        this.operator = operator;
    }

    /** Whether this operator is the active one. */
    public boolean isHeld() {
        return isElected && lease.isOurs();
    }

    /** Since when this operator is the active one and reached the API server without a break, by the clock of {@link System#nanoTime}. */
    public long heldSinceNanos() {
        OperatorLease current = lease;
        return current == null ? System.nanoTime() : current.heldSinceNanos();
    }

    /** Whether the Lease was read, and still can be. */
    boolean isReached() {
        OperatorLease current = lease;
        return current != null && current.wasReached() && !current.isFailing();
    }

    /** Whether it was elected once, so that the controllers run or are about to. */
    boolean isStarted() {
        return isStarted;
    }

    void onStart(@Observes StartupEvent event) {
        Thread.ofPlatform().daemon().name("leader-election").start(this::run);
    }

    /** Gives the Lease up. */
    void onStop(@Observes ShutdownEvent event) {
        isStopping = true;
        CompletableFuture<?> current = candidacy;
        if (current != null) {
            current.cancel(true);
        }
        if (isStarted) {
            operator.stop();
        }
    }

    private void run() {
        try {
            awaitApiServer();
            lease = new OperatorLease(client.getNamespace(), config.leaseName(), identity, LEASE);
            while (!isStopping) {
                candidacy = client.leaderElector().withConfig(election()).build().start();
                if (isStopping) {
                    candidacy.cancel(true);
                }
                awaitEnd();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("No election can be held, so this operator ends: see whether it runs in a namespace, or KUBERNETES_NAMESPACE is set.", e);
            Quarkus.asyncExit(1);
        }
    }

    private LeaderElectionConfig election() {
        return new LeaderElectionConfigBuilder()
                .withName(config.leaseName())
                .withLock(lease)
                .withLeaseDuration(LEASE)
                .withRenewDeadline(RENEW_DEADLINE)
                .withRetryPeriod(RETRY_PERIOD)
                .withReleaseOnCancel(true)
                .withLeaderCallbacks(new LeaderCallbacks(this::elected, this::lost, this::follow))
                .build();
    }

    private void awaitApiServer() throws InterruptedException {
        boolean isSaid = false;
        while (!isStopping) {
            try {
                client.getKubernetesVersion();
                return;
            } catch (KubernetesClientException away) {
                if (!isSaid) {
                    isSaid = true;
                    LOG.warn("The API server does not answer ({}): waiting for it.",
                            away.getCause() == null ? away.getMessage() : away.getCause().getMessage());
                }
                Thread.sleep(LOOK_AGAIN);
            }
        }
    }

    /** Until the Lease is lost or given up. */
    private void awaitEnd() throws InterruptedException {
        try {
            candidacy.join();
        } catch (CancellationException stopped) {
            LOG.debug("The candidacy has ended.");
        } catch (CompletionException failed) {
            LOG.warn("The election failed and is held again: {}", failed.getCause().toString());
            Thread.sleep(RETRY_PERIOD);
        }
    }

    /** Called when the Lease names us, which it may from before, not yet renewed. */
    private void elected() {
        isElected = true;
        if (isStarted) {
            LOG.info("The Lease names this operator again: it goes on once it is renewed.");
        } else if (!isStopping) {
            isStarted = true;
            Thread.ofPlatform().daemon().name("operator-start").start(this::startControllers);
        }
    }

    private void startControllers() {
        try {
            operator.start();
        } catch (RuntimeException e) {
            if (isStopping) {
                return;
            }
            LOG.error(
                    "The controllers did not start: see whether the resource definitions and the rights of this operator are installed (kubectl apply -k k8s/).",
                    e);
            Quarkus.asyncExit(1);
        }
    }

    private void lost() {
        boolean wasElected = isElected;
        isElected = false;
        if (wasElected && !isStopping) {
            LOG.warn("The Lease could not be renewed in time, so nothing is changed until it is held again: see whether the API server can be reached.");
        }
    }

    /** @param leader empty while there is none */
    private void follow(String leader) {
        LOG.info("The active operator is {}.", leader == null || leader.isEmpty() ? "none" : leader);
        if (isStarted && !isStopping && leader != null && !leader.isEmpty() && !leader.equals(identity)) {
            LOG.error("Another operator was elected meanwhile: ending, to start anew and wait for it.");
            Quarkus.asyncExit(1);
        }
    }
}
