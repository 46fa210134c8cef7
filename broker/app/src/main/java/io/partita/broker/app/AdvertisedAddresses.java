package io.partita.broker.app;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.InvalidConfigException;
import io.partita.broker.kubernetes.KubernetesMetadataStore;
import io.partita.broker.metadata.BrokerImage.Endpoint;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a broker on Kubernetes tell clients the addresses that its settings file names now: the address of a load balancer may come, a node port or {@code advertisedHost} may
 * change, long after the broker was started, and the kubelet brings the operator's file up to date by itself, within a minute or so. Of the file only
 * {@code advertised.listeners} is followed. It is looked at on a thread of its own.
 */
@Singleton
class AdvertisedAddresses {

    private static final Logger LOG = LoggerFactory.getLogger(AdvertisedAddresses.class);

    private static final long LOOK_SECONDS = 2;
    private static final String SETTING = "advertised.listeners";
    private static final int ENVIRONMENT_ORDINAL = 300;
    private static final int FILE_ORDINAL = 500;

    private final BrokerLifecycle lifecycle;
    private final Config config;
    private final Optional<List<String>> files;
    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("partita-addresses").factory());

    // On that thread.
    private String told;
    private String refused;

    AdvertisedAddresses(BrokerLifecycle lifecycle, Config config, @ConfigProperty(name = "quarkus.config.locations") Optional<List<String>> files) {
        this.lifecycle = lifecycle;
        this.config = config;
        this.files = files;
    }

    void onStart(@Observes StartupEvent event, KubernetesConfig kubernetes) {
        if (kubernetes.cluster().isPresent() && files.isPresent()) {
            looks.scheduleWithFixedDelay(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
        }
    }

    void onStop(@Observes ShutdownEvent event) {
        looks.shutdownNow();
    }

    private void look() {
        try {
            lifecycle.broker()
                    .map(broker -> broker.metadata() instanceof KubernetesMetadataStore store ? store : null)
                    .ifPresent(this::follow);
        } catch (RuntimeException defect) {
            LOG.error("The addresses that clients are told could not be looked at; it is tried again.", defect);
        }
    }

    private void follow(KubernetesMetadataStore store) {
        for (String file : files.orElse(List.of())) {
            String value = value(Path.of(file), System.getenv());
            if (value == null || value.equals(told)) {
                continue;
            }
            try {
                store.advertise(endpoints(value, KafkaSettings.of(config, System.getenv())));
                told = value;
            } catch (InvalidConfigException wrong) {
                if (!Objects.equals(refused, value)) {
                    refused = value;
                    LOG.error("{} in {} is not followed, clients are told what they were: {}", SETTING, file, wrong.getMessage());
                }
            }
        }
    }

    /** What a settings file says now, with variables replaced; {@code null} when it cannot be read or does not say. */
    static String value(Path file, Map<String, String> environment) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException unreadable) {
            // It is being replaced, or was never there.
            return null;
        }
        Map<String, String> names = new HashMap<>();
        properties.stringPropertyNames().forEach(name -> names.put(name, properties.getProperty(name)));
        SmallRyeConfig values = new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .withSources(new EnvConfigSource(environment, ENVIRONMENT_ORDINAL), new PropertiesConfigSource(names, file.toString(), FILE_ORDINAL))
                .build();
        return values.getConfigValue("kafka." + SETTING).getValue();
    }

    /** @throws InvalidConfigException when it is not what the setting can be */
    static List<Endpoint> endpoints(String value, Map<String, String> settings) {
        Map<String, String> now = new HashMap<>(settings);
        now.put(SETTING, value);
        return BrokerConfig.of(now).advertisedListeners().stream().map(told -> new Endpoint(told.name(), told.host(), told.port())).toList();
    }
}
