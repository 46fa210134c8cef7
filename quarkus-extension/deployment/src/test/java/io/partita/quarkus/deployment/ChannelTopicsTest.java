package io.partita.quarkus.deployment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChannelTopicsTest {

    private static ChannelTopics of(Map<String, String> settings) {
        return new ChannelTopics(new SmallRyeConfigBuilder().withSources(new PropertiesConfigSource(settings, "test", 100)).build());
    }

    @Test
    void aChannelIsBoundToTheTopicsItNamesOrTheOneOfItsName() {
        assertEquals(Map.of("orders", 1, "a", 1, "b", 1, "failed", 1), of(Map.of(
                "mp.messaging.incoming.orders.connector", "smallrye-kafka",
                "mp.messaging.incoming.several.connector", "smallrye-kafka",
                "mp.messaging.incoming.several.topics", "a, b",
                "mp.messaging.incoming.several.dead-letter-queue.topic", "failed",
                "mp.messaging.incoming.pattern.connector", "smallrye-kafka",
                "mp.messaging.incoming.pattern.topic", "x-.*",
                "mp.messaging.incoming.pattern.pattern", "true",
                "mp.messaging.outgoing.mail.connector", "smallrye-amqp")).topics(Map.of()));
    }

    @Test
    void partitionsAreThoseThatAreToldForEitherDevService() {
        assertEquals(Map.of("orders", 3, "lines.of", 4, "own", 5), of(Map.of(
                "mp.messaging.incoming.orders.connector", "smallrye-kafka",
                "quarkus.kafka.devservices.topic-partitions.orders", "3",
                "quarkus.kafka.devservices.topic-partitions.\"lines.of\"", "4")).topics(Map.of("own", 5)));
    }

    @Test
    void nobodyNeedsABrokerWhenAllChannelsHaveOne() {
        assertFalse(of(Map.of()).allHaveBrokers());
        assertFalse(of(Map.of("mp.messaging.incoming.orders.connector", "smallrye-kafka")).allHaveBrokers());
        assertTrue(of(Map.of("mp.messaging.incoming.orders.connector", "smallrye-kafka",
                "mp.messaging.incoming.orders.bootstrap.servers", "localhost:9092")).allHaveBrokers());
    }
}
