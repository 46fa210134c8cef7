package io.partita.operator;

import io.javaoperatorsdk.operator.Operator;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready are an operator that has reached the API server and can wait for its election, or a Deployment that rolls would wait for it forever, and one whose watches are sound. */
@Readiness
@ApplicationScoped
class OperatorReadiness implements HealthCheck {

    private final LeaderElection election;
    private final Operator operator;

    OperatorReadiness(LeaderElection election, Operator operator) {
        this.election = election;
        this.operator = operator;
    }

    @Override
    public HealthCheckResponse call() {
        boolean isWaiting = !election.isStarted();
        boolean canWait = isWaiting && election.isReached();
        boolean isSound = !isWaiting && operator.getRuntimeInfo().isStarted() && operator.getRuntimeInfo().allEventSourcesAreHealthy();
        return HealthCheckResponse.named("operator")
                .status(canWait || isSound)
                .withData("state", isWaiting ? "waits for its election" : election.isHeld() ? "active" : "lost its Lease")
                .build();
    }
}
