package io.partita.quarkus.deployment;

import io.partita.testing.EmbeddedBroker;
import io.quarkus.deployment.builditem.Startable;

/** The broker, as Quarkus starts and stops it. It outlives live reloads, and with them the class loader of this class. */
final class BrokerService implements Startable {

    private final BrokerPlan plan;
    private EmbeddedBroker broker;

    BrokerService(BrokerPlan plan) {
        this.plan = plan;
    }

    @Override
    public void start() {
        broker = EmbeddedBroker.builder().setting("listeners", "PLAINTEXT://localhost:" + plan.port()).settings(plan.settings()).start();
    }

    @Override
    public String getConnectionInfo() {
        return broker.bootstrapServers();
    }

    /** There is none. */
    @Override
    public String getContainerId() {
        return null;
    }

    @Override
    public void close() {
        if (broker != null) {
            broker.close();
        }
    }
}
