package io.partita.broker.etcd;

import io.partita.broker.BrokerMain;

/** The standalone broker that {@code ./run} starts: alone with its metadata in its data directory, or one of several with theirs in etcd. */
public final class StandaloneMain {

    private StandaloneMain() {}

    public static void main(String[] words) throws InterruptedException {
        BrokerMain.run(words, config -> EtcdStores.of(config, () -> null));
    }
}
