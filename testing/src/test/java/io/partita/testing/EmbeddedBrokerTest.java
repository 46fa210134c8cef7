package io.partita.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EmbeddedBrokerTest {

    @ParameterizedTest
    @EnumSource(Storage.class)
    void servesKafkaClients(Storage storage) throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.builder().storage(storage).topic("orders", 1).start()) {
            KafkaClients.produce(broker.bootstrapServers(), "orders", List.of("first", "second"));

            assertEquals(List.of("first", "second"), KafkaClients.consume(broker.bootstrapServers(), "orders", "shop", 2));
        }
    }

    @Test
    void createsTopicsAsAsked() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.builder().topic("prices", 3, Map.of("cleanup.policy", "compact")).start();
                Admin admin = KafkaClients.admin(broker.bootstrapServers())) {
            broker.createTopic("orders", 2);

            assertEquals(Set.of("prices", "orders"), admin.listTopics().names().get(10, TimeUnit.SECONDS));
            assertEquals(3, admin.describeTopics(List.of("prices")).allTopicNames().get(10, TimeUnit.SECONDS).get("prices").partitions().size());
            ConfigResource prices = new ConfigResource(ConfigResource.Type.TOPIC, "prices");
            assertEquals("compact", admin.describeConfigs(List.of(prices)).all().get(10, TimeUnit.SECONDS).get(prices).get("cleanup.policy").value());

            broker.deleteTopic("orders");

            assertEquals(Set.of("prices"), admin.listTopics().names().get(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void saysWhatIsWrongWithATopic() {
        try (EmbeddedBroker broker = EmbeddedBroker.builder().topic("orders", 1).start()) {
            assertTrue(assertThrows(IllegalArgumentException.class, () -> broker.createTopic("orders", 1)).getMessage().contains("orders"));
            assertThrows(IllegalArgumentException.class, () -> broker.createTopic("no/name", 1));
            assertThrows(IllegalArgumentException.class, () -> broker.createTopic("prices", 1, Map.of("cleanup.policy", "sometimes")));
            assertThrows(IllegalArgumentException.class, () -> broker.deleteTopic("prices"));
        }
    }

    @Test
    void takesSettingsOfTheBroker() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.builder().setting("num.partitions", "4").start();
                Admin admin = KafkaClients.admin(broker.bootstrapServers())) {
            KafkaClients.produce(broker.bootstrapServers(), "unheard-of", List.of("value"));

            assertEquals(4, admin.describeTopics(List.of("unheard-of")).allTopicNames().get(10, TimeUnit.SECONDS).get("unheard-of").partitions().size());
        }
    }

    @Test
    void anyNumberRunsAtOnce() throws Exception {
        try (EmbeddedBroker first = EmbeddedBroker.start();
                EmbeddedBroker second = EmbeddedBroker.start()) {
            KafkaClients.produce(first.bootstrapServers(), "orders", List.of("of the first"));
            KafkaClients.produce(second.bootstrapServers(), "orders", List.of("of the second"));

            assertNotEquals(first.port(), second.port());
            assertEquals(List.of("of the second"), KafkaClients.consume(second.bootstrapServers(), "orders", "shop", 1));
        }
    }

    @Test
    void leavesNothingBehind() throws Exception {
        EmbeddedBroker broker = EmbeddedBroker.builder().storage(Storage.TEMPORARY_DIRECTORY).topic("orders", 1).start();
        Path directory = broker.broker().directories().getFirst().path();
        assertTrue(Files.isDirectory(directory.resolve("orders-0")));

        broker.close();
        broker.close();

        assertFalse(Files.exists(directory));
    }
}
