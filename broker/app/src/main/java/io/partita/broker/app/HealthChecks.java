package io.partita.broker.app;

import io.partita.broker.Broker;
import io.partita.broker.app.BrokerState.Failed;
import io.partita.broker.app.BrokerState.Running;
import io.partita.broker.app.BrokerState.Starting;
import io.partita.broker.app.BrokerState.Stopping;
import io.partita.broker.kubernetes.Standing;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/**
 * What the probes ask. <em>Live</em>: the event loops move; nothing outside of this process can make it fail, so that a restart can help whenever it
 * does. <em>Ready</em>: logs are recovered, clients are served, and on Kubernetes it has once led all that it should since it was started: who rolls brokers goes on to the
 * next one then. A topic that is made later does not make it unready for the moment until it is led. <em>Started</em>: the process is there; recovering logs after a crash may
 * take long, and is no reason to kill it and begin anew.
 */
@Singleton
class HealthChecks {

    private final BrokerLifecycle lifecycle;
    private final EventLoopWatch loops;
    private final Vitals vitals;
    private volatile boolean hasCaughtUp;

    HealthChecks(BrokerLifecycle lifecycle, EventLoopWatch loops, Vitals vitals) {
        this.lifecycle = lifecycle;
        this.loops = loops;
        this.vitals = vitals;
    }

    @Produces
    @Singleton
    @Liveness
    HealthCheck live() {
        return () -> HealthCheckResponse.named("event loops").status(loops.allMove()).withData("longest standstill in ms", loops.longestStandstillMillis())
                .build();
    }

    @Produces
    @Singleton
    @Readiness
    HealthCheck ready() {
        return () -> {
            HealthCheckResponseBuilder response = HealthCheckResponse.named("broker");
            return switch (lifecycle.state()) {
                case Running(var broker) -> ready(broker, response);
                case Starting starting -> response.down().withData("reason", "the data are being opened").build();
                case Failed(String reason) -> response.down().withData("reason", reason).build();
                case Stopping stopping -> response.down().withData("reason", "the broker is stopping").build();
            };
        };
    }

    @Produces
    @Singleton
    @Startup
    HealthCheck started() {
        return () -> HealthCheckResponse.named("broker").status(switch (lifecycle.state()) {
            case Running running -> true;
            case Stopping stopping -> true;
            case Starting starting -> true;
            case Failed failed -> false;
        }).build();
    }

    private HealthCheckResponse ready(Broker broker, HealthCheckResponseBuilder response) {
        Standing standing = hasCaughtUp ? null : BrokerReport.standing(broker).orElse(null);
        hasCaughtUp |= standing == null || standing.hasCaughtUp();
        String standstill = vitals.standstill();
        if (standstill != null) {
            return response.down().withData("reason", standstill).build();
        }
        if (!hasCaughtUp) {
            return response.down().withData("reason", standing.isReplaced()
                    ? "another process is registered as this broker"
                    : standing.waiting() + " partitions wait to be led here, " + standing.behind() + " are behind").build();
        }
        return response.up().withData("clients connect to", broker.bootstrapServers()).withData("broker", broker.nodeId())
                .withData("cluster", broker.clusterId())
                .build();
    }
}
