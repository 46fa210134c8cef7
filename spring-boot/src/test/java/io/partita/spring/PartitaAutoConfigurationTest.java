package io.partita.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.ConnectException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class PartitaAutoConfigurationTest {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(KafkaAutoConfiguration.class, PartitaAutoConfiguration.class));

    @Configuration(proxyBeanMethods = false)
    static class Elsewhere {
        @Bean
        KafkaConnectionDetails elsewhere() {
            return () -> List.of("elsewhere:9092");
        }
    }

    @Test
    void brokerIsThereForAnApplicationThatNamesNoneAndGoesWithIt() {
        AtomicReference<PartitaBroker> broker = new AtomicReference<>();
        runner.run(context -> {
            broker.set(context.getBean(PartitaBroker.class));
            assertSame(broker.get(), context.getBean(KafkaConnectionDetails.class));
            assertTrue(broker.get().getBootstrapServers().getFirst().startsWith("localhost:"));
            assertNull(broker.get().consoleAddress());
        });
        int port = broker.get().broker().port();
        assertThrows(ConnectException.class, () -> new Socket("localhost", port).close());
    }

    @Test
    void settingsAreThoseOfTheBroker() {
        runner.withPropertyValues("partita.settings.num.partitions=3", "partita.console=0").run(context -> {
            PartitaBroker broker = context.getBean(PartitaBroker.class);
            assertEquals("3", broker.broker().broker().config().value("num.partitions"));
            assertTrue(broker.consoleAddress().startsWith("http://localhost:"), broker.consoleAddress());
        });
        runner.withPropertyValues("partita.settings.num.partitions=none").run(context -> assertTrue(
                rootCause(context.getStartupFailure()).getMessage().contains("num.partitions"), context.getStartupFailure().toString()));
    }

    private static Throwable rootCause(Throwable failure) {
        return failure.getCause() == null ? failure : rootCause(failure.getCause());
    }

    @Test
    void brokerStaysAwayWhereThereIsAnother() {
        for (String property : List.of("spring.kafka.bootstrap-servers=localhost:9092", "spring.kafka.bootstrapServers=localhost:9092",
                "spring.kafka.bootstrap-servers[0]=localhost:9092", "partita.enabled=false")) {
            runner.withPropertyValues(property).run(context -> assertEquals(0, context.getBeansOfType(PartitaBroker.class).size(), property));
        }
        runner.withUserConfiguration(Elsewhere.class).run(context -> {
            assertEquals(0, context.getBeansOfType(PartitaBroker.class).size());
            assertEquals(List.of("elsewhere:9092"), context.getBean(KafkaConnectionDetails.class).getBootstrapServers());
        });
    }

    @Test
    void eachContextHasItsOwn() {
        runner.run(one -> runner.run(other -> assertNotEquals(one.getBean(PartitaBroker.class).getBootstrapServers(),
                other.getBean(PartitaBroker.class).getBootstrapServers())));
    }
}
