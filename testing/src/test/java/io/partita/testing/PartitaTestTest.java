package io.partita.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@PartitaTest(topics = {@Topic(name = "orders", partitions = 3), @Topic(name = "prices", configs = {"cleanup.policy=compact", "segment.bytes = 1048576"})})
class PartitaTestTest {

    static EmbeddedBroker sharedByTests;

    @BootstrapServers
    private String bootstrapServers;

    private EmbeddedBroker broker;

    private final String givenToConstructor;

    PartitaTestTest(@BootstrapServers String bootstrapServers) {
        this.givenToConstructor = bootstrapServers;
    }

    @BeforeAll
    static void theBrokerIsThereFirst(EmbeddedBroker broker) {
        assertSame(sharedByTests, broker);
    }

    @Test
    void tellsFieldsAndParametersWhereTheBrokerIs(@BootstrapServers String address, EmbeddedBroker parameter) {
        assertSame(sharedByTests, parameter);
        assertSame(broker, parameter);
        assertEquals("127.0.0.1:" + broker.port(), bootstrapServers);
        assertEquals(bootstrapServers, address);
        assertEquals(bootstrapServers, givenToConstructor);
    }

    @Test
    void theTopicsAreThere() throws Exception {
        assertEquals(3, broker.broker().image().topic("orders").partitions().size());
        assertEquals("compact", broker.broker().image().topic("prices").configs().get("cleanup.policy"));

        KafkaClients.produce(bootstrapServers, "orders", List.of("an order"));

        assertEquals(List.of("an order"), KafkaClients.consume(bootstrapServers, "orders", "shop", 1));
    }

    @Nested
    class NestedClass {
        EmbeddedBroker inherited;

        @Test
        void sharesTheBrokerOfItsOuterClass() {
            assertSame(sharedByTests, inherited);
        }
    }

    @Nested
    @PartitaTest
    class NestedClassWithABrokerOfItsOwn {
        EmbeddedBroker own;

        @Test
        void hasAnother() {
            assertNotNull(own);
            assertNotSame(sharedByTests, own);
        }
    }
}
