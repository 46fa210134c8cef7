package io.partita.broker.app;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.partita.broker.Broker;
import io.partita.broker.TrainingRun;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Disk;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.http.HttpServer;
import io.partita.broker.kubernetes.KubernetesMetadataStore;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.log.LogIncarnation;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ImageListener;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.NewTopic;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
    private static final KubernetesMetadataStore.Bounds BOUNDS = new KubernetesMetadataStore.Bounds(Duration.ofSeconds(1), Duration.ofSeconds(4));

    private final BrokerLifecycle lifecycle;
    private final Instance<KubernetesClient> client;
    private final Vertx vertx;
    private final boolean wanted;
    private final int httpPort;

    ImageTraining(
            BrokerLifecycle lifecycle,
            Instance<KubernetesClient> client,
            Vertx vertx,
            @ConfigProperty(name = "partita.training", defaultValue = "false") boolean wanted,
            @ConfigProperty(name = "quarkus.http.port") int httpPort) {
        this.lifecycle = lifecycle;
        this.client = client;
        this.vertx = vertx;
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
            HttpServer.exercise(httpPort);
            joinCluster();
            Quarkus.asyncExit(0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.error("The training run failed, so the cache of classes it was for is not made", e);
            Quarkus.asyncExit(1);
        }
    }

    /** What a broker's store does first on Kubernetes, with an API server that only looks like one; KUBERNETES_MASTER says where. */
    private void joinCluster() throws Exception {
        int port = URI.create(client.get().getMasterUrl().toString()).getPort();
        Path directory = Path.of("/training");
        Disk disk = new MemoryDisk();
        BrokerConfig config = BrokerConfig.of(Map.of("node.id", "0"));
        DataDirectories logs = DataDirectories.find(List.of(directory), TrainingApiServer.CLUSTER_UID, 0, disk, Entropy.system());
        try (logs; TrainingApiServer api = new TrainingApiServer(vertx, port, client.get().getKubernetesSerialization())) {
            LogIncarnation incarnation = LogIncarnation.of(disk, logs, Entropy.system());
            MetadataStore store = KubernetesMetadataStore.of(client.get(), TrainingApiServer.NAMESPACE, TrainingApiServer.CLUSTER, BOUNDS, () -> null)
                    .open(new MetadataStore.Context(config, disk, logs, TrainingApiServer.CLUSTER_UID, incarnation, (topic, id, partition) -> -1,
                            Runnable::run,
                            Clock.SYSTEM, Entropy.system()));
            BrokerImage self = new BrokerImage(0, List.of(new BrokerImage.Endpoint("PLAIN", "localhost", 9092)), null);
            store.start(self, change -> ImageListener.APPLIED).toCompletableFuture().get(PATIENCE_NANOS, TimeUnit.NANOSECONDS);
            // Never seen in a watch, so it takes the time a command may take; the elections and what is remembered come meanwhile.
            store.createTopics(List.of(NewTopic.withDefaults("another")), false).toCompletableFuture().get(PATIENCE_NANOS, TimeUnit.NANOSECONDS);
            store.close().toCompletableFuture().get(PATIENCE_NANOS, TimeUnit.NANOSECONDS);
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
