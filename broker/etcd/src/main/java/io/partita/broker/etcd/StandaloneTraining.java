package io.partita.broker.etcd;

import io.partita.broker.Broker;
import io.partita.broker.BrokerOptions;
import io.partita.broker.TrainingRun;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.http.HttpServer;
import java.io.IOException;
import java.util.Map;

/** The training run of {@code ./run}: what {@link TrainingRun} does, and what a browser does in its first seconds. */
public final class StandaloneTraining {

    private StandaloneTraining() {}

    public static void main(String[] arguments) throws IOException {
        TrainingRun.main(arguments);
        Map<String, String> settings = Map.of("listeners", "PLAINTEXT://localhost:0", "log.dirs", "training", "node.id", "1", "http.listener", "localhost:0");
        Broker broker = Broker.start(BrokerOptions.of(BrokerConfig.of(settings)).withDisk(new MemoryDisk()));
        try (HttpServer server = HttpServer.start(broker)) {
            HttpServer.exercise(server.port());
        } finally {
            broker.close();
        }
    }
}
