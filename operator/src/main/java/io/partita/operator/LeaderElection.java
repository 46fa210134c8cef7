package io.partita.operator;

import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of several operators is active, by a Lease. It bounds time only: two that act at once for a moment do no harm, because every status is written with
 * the resource version it was computed from, and everything else is what the spec says. An operator that loses its Lease ends, and starts anew as one that waits.
 */
@Singleton
final class LeaderElection {

    private static final Logger LOG = LoggerFactory.getLogger(LeaderElection.class);
    private static final Duration LEASE = Duration.ofSeconds(15);
    private static final Duration RENEW_DEADLINE = Duration.ofSeconds(10);
    private static final Duration RETRY_PERIOD = Duration.ofSeconds(2);

    private volatile boolean isStopping;

    @Produces
    @Singleton
    LeaderElectionConfiguration lease(OperatorConfig config) {
        return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(config.leaseName())
                .withLeaseDuration(LEASE)
                .withRenewDeadline(RENEW_DEADLINE)
                .withRetryPeriod(RETRY_PERIOD)
                .withLeaderCallbacks(new LeaderCallbacks(() -> {}, this::stopped, leader -> {}))
                .build();
    }

    /** Before the SDK stops, which gives the Lease up as well. */
    void stopping(@Observes @Priority(1) ShutdownEvent event) {
        isStopping = true;
    }

    private void stopped() {
        if (!isStopping && LaunchMode.current() == LaunchMode.NORMAL) {
            LOG.error("The Lease was lost, because the API server could not be reached in time or another operator took it: ending, to start anew and wait for it.");
            Quarkus.asyncExit(1);
        }
    }
}
