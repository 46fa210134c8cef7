package io.partita.spring;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

/**
 * Starts a broker for an application that names none: where {@code spring.kafka.bootstrap-servers} is not set and nobody else has {@link KafkaConnectionDetails}, as Testcontainers'
 * {@code @ServiceConnection} does. It lives as long as the context, which Spring's tests keep while the next one is configured alike; with DevTools as long as the process, so that its records outlive
 * restarts.
 */
@AutoConfiguration(beforeName = "org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration")
@ConditionalOnClass(KafkaConnectionDetails.class)
@ConditionalOnMissingBean(KafkaConnectionDetails.class)
@ConditionalOnProperty(name = "partita.enabled", matchIfMissing = true)
@Conditional(WithoutBootstrapServers.class)
@EnableConfigurationProperties(PartitaProperties.class)
public class PartitaAutoConfiguration {

    private static final String DEV_TOOLS = "org.springframework.boot.devtools.restart.RestartScope";

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingClass(DEV_TOOLS)
    static class OfTheContext {

        @Bean(destroyMethod = "close")
        PartitaBroker partitaBroker(PartitaProperties properties) {
            return new PartitaBroker(properties);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = DEV_TOOLS)
    static class OfTheProcess {

        /** In the scope of DevTools' {@code @RestartScope}, by name. What is in it is not destroyed. */
        @Bean
        @Scope("restart")
        PartitaBroker partitaBroker(PartitaProperties properties) {
            return new PartitaBroker(properties);
        }
    }
}
