package io.partita.broker.app;

import io.partita.broker.Broker;
import io.partita.broker.TrainingRun;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLConnection;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the application do once what it does in its first seconds, and end, while the JDK records which classes that takes: the build of the image
 * makes its AOT cache (JEP 483, 514) so. Does nothing unless {@code partita.training} is set.
 */
@Singleton
class ImageTraining {

    private static final Logger LOG = LoggerFactory.getLogger(ImageTraining.class);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long LOOK_AGAIN_MILLIS = 50;

    private final BrokerLifecycle lifecycle;
    private final boolean wanted;
    private final int httpPort;

    ImageTraining(
            BrokerLifecycle lifecycle,
            @ConfigProperty(name = "partita.training", defaultValue = "false") boolean wanted,
            @ConfigProperty(name = "quarkus.http.port") int httpPort) {
        this.lifecycle = lifecycle;
        this.wanted = wanted;
        this.httpPort = httpPort;
    }

    void onStart(@Observes StartupEvent event) {
        if (wanted) {
            Thread.ofPlatform().name("partita-training").daemon().start(this::train);
        }
    }

    private void train() {
        try {
            TrainingRun.exercise(awaitBroker().port());
            for (String path : new String[] {"health", "health/started", "health/ready", "health/live", "metrics"}) {
                read(path);
            }
            Quarkus.asyncExit(0);
        } catch (IOException e) {
            LOG.error("The training run failed, so the cache of classes it was for is not made", e);
            Quarkus.asyncExit(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Broker awaitBroker() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (System.nanoTime() < deadline) {
            try {
                read("health/ready");
                return lifecycle.broker().orElseThrow();
            } catch (IOException e) {
                // HTTP opens last, and answers 503 until the broker runs.
                Thread.sleep(LOOK_AGAIN_MILLIS);
            }
        }
        throw new IOException("the broker did not become ready");
    }

    private void read(String path) throws IOException {
        URLConnection connection = URI.create("http://127.0.0.1:" + httpPort + "/" + path).toURL().openConnection();
        try (InputStream body = connection.getInputStream()) {
            body.readAllBytes();
        }
    }
}
