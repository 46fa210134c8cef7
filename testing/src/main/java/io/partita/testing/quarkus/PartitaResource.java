package io.partita.testing.quarkus;

import io.partita.testing.BootstrapServers;
import io.partita.testing.EmbeddedBroker;
import io.partita.testing.Topic;
import io.quarkus.test.common.QuarkusTestResourceConfigurableLifecycleManager;
import java.util.Map;

/**
 * What {@link WithPartita} starts. Usable without it as well: {@code @QuarkusTestResource(PartitaResource.class)} runs one broker for all test
 * classes; its {@code initArgs} are settings of the broker. Fields of a test that are an {@link EmbeddedBroker}, or a {@code String} marked with
 * {@link BootstrapServers}, are set.
 */
public final class PartitaResource implements QuarkusTestResourceConfigurableLifecycleManager<WithPartita> {

    private final EmbeddedBroker.Builder builder = EmbeddedBroker.builder();
    private EmbeddedBroker broker;

    @Override
    public void init(WithPartita annotation) {
        builder.storage(annotation.storage()).settings(annotation.settings());
        for (Topic topic : annotation.topics()) {
            builder.topic(topic);
        }
    }

    @Override
    public void init(Map<String, String> settings) {
        builder.settings(settings);
    }

    @Override
    public Map<String, String> start() {
        broker = builder.start();
        return Map.of("kafka.bootstrap.servers", broker.bootstrapServers());
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(broker, field -> field.getType() == EmbeddedBroker.class);
        injector.injectIntoFields(
                broker.bootstrapServers(), field -> field.getType() == String.class && field.isAnnotationPresent(BootstrapServers.class));
    }

    @Override
    public void stop() {
        if (broker != null) {
            broker.close();
        }
    }
}
