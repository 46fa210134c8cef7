package io.partita.broker.app;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.partita.broker.Broker;
import io.partita.broker.BrokerOptions;
import io.partita.broker.BrokerStartException;
import io.partita.broker.NameCache;
import io.partita.broker.Watchdog;
import io.partita.broker.app.BrokerState.Failed;
import io.partita.broker.app.BrokerState.Running;
import io.partita.broker.app.BrokerState.Starting;
import io.partita.broker.app.BrokerState.Stopping;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.BrokerSettings;
import io.partita.broker.config.InvalidConfigException;
import io.partita.broker.etcd.EtcdStores;
import io.partita.broker.kubernetes.KubernetesMetadataStore;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.metadata.MetadataStore;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.config.Config;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the broker with the application and stops it before the application ends. Starting happens on a thread of its own, so that health is
 * answered while logs are recovered, which may take minutes after a crash.
 */
@Singleton
class BrokerLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(BrokerLifecycle.class);
    private static final int EXIT_FAILED = 1;
    /** Another process has become this broker; the store has said so. */
    private static final int EXIT_REPLACED = 3;
    /** The broker waits a little longer for its store to close. */
    private static final Duration GOODBYE_MAX = Duration.ofSeconds(25);

    private static final long WATCHDOG_MILLIS = 5_000;

    private final Config config;
    private final Vertx vertx;
    private final RequestMetrics requests;
    private final KubernetesConfig kubernetes;
    private final Instance<KubernetesClient> client;
    private final Vitals vitals;

    private volatile BrokerState state = new Starting();
    private volatile MetadataStore joining;
    private volatile boolean stopping;
    private volatile Watchdog watchdog;
    private Thread starter;

    /** @param client made when it is asked for, which it is on Kubernetes only */
    BrokerLifecycle(Config config, Vertx vertx, RequestMetrics requests, KubernetesConfig kubernetes, Instance<KubernetesClient> client,
            Vitals vitals) {
        this.config = config;
        this.vertx = vertx;
        this.requests = requests;
        this.kubernetes = kubernetes;
        this.client = client;
        this.vitals = vitals;
    }

    void onStart(@Observes StartupEvent event) {
        starter = new Thread(this::start, "partita-start");
        starter.start();
    }

    private void start() {
        try {
            NameCache.shorten();
            BrokerConfig settings = BrokerConfig.of(KafkaSettings.of(config, System.getenv()));
            settings.warnings().forEach(LOG::warn);
            Broker broker = Broker.start(options(settings));
            vitals.watch(broker);
            watchdog = watchdog(broker, settings.longValue("watchdog.timeout.ms"));
            state = new Running(broker);
            broker.mustEnd().thenAccept(sentence -> Quarkus.asyncExit(EXIT_REPLACED));
            LOG.info("Partita {} serves Kafka clients on {} as broker {} of cluster {}; its data is in {}.", Broker.version(), broker.bootstrapServers(),
                    broker.nodeId(), broker.clusterId(), String.join(", ", settings.dataDirectories()));
        } catch (InvalidConfigException | BrokerStartException e) {
            fail(e.getMessage());
        } catch (RuntimeException | Error e) {
            LOG.error("Starting the broker failed in a way that nobody thought of. Please report it.", e);
            fail(e.toString());
        }
    }

    /** On Kubernetes there is one unless it is set to never: the kubelet starts the broker again, but notices late that it hangs. */
    private Watchdog watchdog(Broker broker, long timeoutMillis) {
        long millis = timeoutMillis == -1 && kubernetes.cluster().isPresent() ? WATCHDOG_MILLIS : timeoutMillis;
        try {
            return millis <= 0 ? null : Watchdog.start(broker, millis);
        } catch (IOException e) {
            LOG.warn("Nothing ends this broker should it hang: {}.", e.getMessage());
            return null;
        }
    }

    private BrokerOptions options(BrokerConfig settings) {
        BrokerOptions options = BrokerOptions.of(settings).withVertx(vertx).withRequestObserver(requests);
        String store = settings.value(BrokerSettings.METADATA_STORE);
        if (store != null && kubernetes.cluster().isEmpty()) {
            try {
                return options.withMetadata(remembered(EtcdStores.of(settings, vitals::standstill)));
            } catch (IllegalArgumentException wrong) {
                throw new InvalidConfigException(wrong.getMessage());
            }
        }
        return kubernetes.cluster()
                .map(cluster -> options.withMetadata(remembered(
                        KubernetesMetadataStore.of(client.get(), kubernetes.namespace(), cluster, bounds(), vitals::standstill))))
                .orElse(options);
    }

    private KubernetesMetadataStore.Bounds bounds() {
        Duration goodbye = kubernetes.goodbyeTimeout().compareTo(GOODBYE_MAX) > 0 ? GOODBYE_MAX : kubernetes.goodbyeTimeout();
        return new KubernetesMetadataStore.Bounds(kubernetes.commandTimeout(), goodbye);
    }

    /** So that a start which waits for the API server can be ended. */
    private MetadataStore.Factory remembered(MetadataStore.Factory factory) {
        return new MetadataStore.Factory() {
            @Override
            public MetadataStore open(MetadataStore.Context context) throws IOException {
                MetadataStore store = factory.open(context);
                joining = store;
                return store;
            }

            @Override
            public CompletionStage<String> clusterId(DataDirectories directories, BrokerConfig config) {
                return factory.clusterId(directories, config);
            }
        };
    }

    private void fail(String reason) {
        if (stopping) {
            LOG.info("The broker stops before it was started: {}.", reason);
            state = new Failed(reason);
            return;
        }
        LOG.error("The broker did not start: {}", reason);
        state = new Failed(reason);
        Quarkus.asyncExit(EXIT_FAILED);
    }

    /**
     * Whoever still comes here while the stop is delayed is served, and told of the brokers that lead now: so nobody has to find out from a connection that breaks. What nobody else can lead is led to
     * the end.
     */
    void onDelay(@Observes ShutdownDelayInitiatedEvent event) {
        if (state instanceof Running running) {
            running.broker().passOn();
        }
    }

    void onStop(@Observes ShutdownEvent event) throws InterruptedException {
        stopping = true;
        // A start under way cannot be cut short without leaving the data as after a crash; but it need not wait for the metadata any more.
        MetadataStore store = joining;
        if (store != null && state instanceof Starting) {
            store.close();
        }
        starter.join();
        BrokerState before = state;
        state = new Stopping();
        if (watchdog != null) {
            watchdog.close();
        }
        if (before instanceof Running running) {
            running.broker().close();
            LOG.info("The broker has stopped.");
        }
    }

    BrokerState state() {
        return state;
    }

    /** The broker while it serves clients. */
    Optional<Broker> broker() {
        return state instanceof Running running ? Optional.of(running.broker()) : Optional.empty();
    }
}
