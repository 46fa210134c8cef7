package io.partita.broker.app;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.PropertiesConfigSource;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;

/** Defaults that depend on the machine, and so cannot stand in application.properties. Everything else has more weight. */
public final class MachineDefaults implements ConfigSourceFactory {

    private static final int ORDINAL = 10;

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        // One event loop per two processors: it does the work of several of Kafka's threads, and disk, page cache and clients want processors too.
        int loops = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        return List.of(new PropertiesConfigSource(Map.of("quarkus.vertx.event-loops-pool-size", Integer.toString(loops)), "MachineDefaults", ORDINAL));
    }
}
