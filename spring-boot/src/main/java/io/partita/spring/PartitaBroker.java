package io.partita.spring;

import io.partita.broker.http.HttpServer;
import io.partita.testing.EmbeddedBroker;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;

/** A broker in memory, and how Spring's Kafka clients reach it. It listens on this machine alone. */
public class PartitaBroker implements KafkaConnectionDetails, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PartitaBroker.class);

    private final EmbeddedBroker broker;
    private final HttpServer console;

    PartitaBroker(PartitaProperties properties) {
        EmbeddedBroker.Builder builder = EmbeddedBroker.builder().setting("listeners", "PLAINTEXT://localhost:" + properties.port());
        if (properties.console() != null) {
            builder.setting("http.listener", "localhost:" + properties.console());
        }
        broker = builder.settings(properties.settings()).start();
        console = properties.console() == null ? null : served(broker);
        LOG.info("A Kafka broker for this application, in memory, is at {}{}, for there is no spring.kafka.bootstrap-servers.", broker.bootstrapServers(),
                console == null ? "" : ", its console at " + console.address());
    }

    private static HttpServer served(EmbeddedBroker broker) {
        try {
            return HttpServer.start(broker.broker());
        } catch (RuntimeException e) {
            broker.close();
            throw e;
        }
    }

    @Override
    public List<String> getBootstrapServers() {
        return List.of(broker.bootstrapServers());
    }

    /** The broker itself: makes topics, and more. */
    public EmbeddedBroker broker() {
        return broker;
    }

    /** Where the console is; null where there is none. */
    public String consoleAddress() {
        return console == null ? null : console.address();
    }

    @Override
    public void close() {
        if (console != null) {
            console.close();
        }
        broker.close();
    }
}
