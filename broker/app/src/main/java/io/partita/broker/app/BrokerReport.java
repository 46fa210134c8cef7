package io.partita.broker.app;

import io.partita.broker.Broker;
import io.partita.broker.app.BrokerState.Failed;
import io.partita.broker.app.BrokerState.Running;
import io.partita.broker.app.BrokerState.Starting;
import io.partita.broker.app.BrokerState.Stopping;
import io.partita.broker.kubernetes.KubernetesMetadataStore;
import io.partita.broker.kubernetes.Standing;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Optional;

/**
 * {@code GET /broker}: what somebody asks who stops brokers one after the other. {@code caughtUp}: this one leads and has in sync all that it should, so that the next one may
 * be stopped. {@code mayStop}: no partition needs it to have min.insync.replicas in sync; {@code why} says what is against it. It changes nothing and tells nothing that metrics
 * do not tell.
 */
@Singleton
class BrokerReport {

    private final BrokerLifecycle lifecycle;

    BrokerReport(BrokerLifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    void onRouter(@Observes Router router) {
        // Not on an event loop: it looks at every partition.
        router.get("/broker").blockingHandler(request -> request.response()
                .putHeader("Content-Type", "application/json")
                .end(report().encode()), false);
    }

    /** Where a broker stands in its cluster; empty without Kubernetes, where there is nobody to wait for. */
    static Optional<Standing> standing(Broker broker) {
        return broker.metadata() instanceof KubernetesMetadataStore store ? Optional.of(store.standing()) : Optional.empty();
    }

    private JsonObject report() {
        return switch (lifecycle.state()) {
            case Running(var broker) -> running(broker);
            case Starting starting -> answer("starting", false, false, "its data are being opened; after a stop that begins anew");
            case Failed(String reason) -> answer("failed", false, true, reason);
            case Stopping stopping -> answer("stopping", false, true, null);
        };
    }

    private static JsonObject running(Broker broker) {
        Standing standing = standing(broker).orElse(null);
        if (standing == null) {
            return answer("running", true, true, null).put("broker", broker.nodeId());
        }
        String why = standing.needed() == 0 ? null : standing.needed() + " partitions would have fewer replicas in sync than min.insync.replicas says";
        return answer("running", standing.hasCaughtUp(), why == null, why)
                .put("broker", broker.nodeId())
                .put("process", standing.process())
                .put("replaced", standing.isReplaced())
                .put("leads", standing.leads())
                .put("waiting", standing.waiting())
                .put("behind", standing.behind());
    }

    private static JsonObject answer(String state, boolean caughtUp, boolean mayStop, String why) {
        return new JsonObject().put("state", state).put("caughtUp", caughtUp).put("mayStop", mayStop).put("why", why);
    }
}
