package io.partita.quarkus.deployment;

import io.partita.broker.http.HttpServer;
import io.partita.testing.EmbeddedBroker;
import io.quarkus.deployment.builditem.Startable;

/** The broker with its console, as Quarkus starts and stops it. It outlives live reloads, and with them the class loader of this class. */
final class BrokerService implements Startable {

    private final BrokerPlan plan;
    private final int consolePort;
    private EmbeddedBroker broker;
    private HttpServer console;

    BrokerService(BrokerPlan plan, int consolePort) {
        this.plan = plan;
        this.consolePort = consolePort;
    }

    @Override
    public void start() {
        broker = EmbeddedBroker.builder()
                .setting("listeners", "PLAINTEXT://localhost:" + plan.port())
                .setting("http.listener", "localhost:" + consolePort)
                .settings(plan.settings())
                .start();
        console = HttpServer.start(broker.broker());
    }

    @Override
    public String getConnectionInfo() {
        return broker.bootstrapServers();
    }

    String consoleAddress() {
        return console.address();
    }

    /** There is none. */
    @Override
    public String getContainerId() {
        return null;
    }

    @Override
    public void close() {
        if (console != null) {
            console.close();
        }
        if (broker != null) {
            broker.close();
        }
    }
}
