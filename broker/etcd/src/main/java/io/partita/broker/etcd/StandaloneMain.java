package io.partita.broker.etcd;

import io.partita.broker.Broker;
import io.partita.broker.BrokerMain;
import io.partita.broker.http.HttpServer;
import io.partita.broker.http.HttpService;

/** The standalone broker that {@code ./run} starts: alone with its metadata in its data directory, or one of several with theirs in etcd. */
public final class StandaloneMain {

    private StandaloneMain() {}

    public static void main(String[] words) throws InterruptedException {
        BrokerMain.run(words, config -> EtcdStores.of(config, () -> null), StandaloneMain::serveHttp);
    }

    private static BrokerMain.Beside serveHttp(Broker broker) {
        if (!HttpService.isWanted(broker.config())) {
            return BrokerMain.Beside.NOTHING;
        }
        HttpServer server = HttpServer.start(broker);
        return new BrokerMain.Beside("Its console and REST interface are at " + server.address() + ".", server::close);
    }
}
