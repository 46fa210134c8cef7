package io.partita.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** Runs the classes below as a test run of their own and looks at the brokers they had. Alone, they do nothing but note theirs. */
class LifetimeTest {

    private static final List<EmbeddedBroker> SEEN = new ArrayList<>();
    private static final List<Long> RECORDS_FOUND = new ArrayList<>();

    @BeforeEach
    @AfterEach
    void forget() {
        SEEN.clear();
        RECORDS_FOUND.clear();
    }

    private static void note(EmbeddedBroker broker) throws Exception {
        SEEN.add(broker);
        RECORDS_FOUND.add(broker.broker().partitions().find("orders", 0).log().logEndOffset());
        KafkaClients.produce(broker.bootstrapServers(), "orders", List.of("an order"));
    }

    @PartitaTest(lifetime = Lifetime.RUN, topics = @Topic(name = "orders"))
    static class FirstOfTheRun {
        @Test
        void note(EmbeddedBroker broker) throws Exception {
            LifetimeTest.note(broker);
        }
    }

    @PartitaTest(lifetime = Lifetime.RUN, topics = @Topic(name = "orders"))
    static class SecondOfTheRun {
        @Test
        void note(EmbeddedBroker broker) throws Exception {
            LifetimeTest.note(broker);
        }
    }

    @PartitaTest(lifetime = Lifetime.RUN, settings = "num.partitions=2", topics = @Topic(name = "orders"))
    static class OfOtherSettings {
        @Test
        void note(EmbeddedBroker broker) throws Exception {
            LifetimeTest.note(broker);
        }
    }

    @PartitaTest(topics = @Topic(name = "orders"))
    static class WithItsOwn {
        @Test
        void note(EmbeddedBroker broker) throws Exception {
            LifetimeTest.note(broker);
        }

        @Test
        void noteOnceMore(EmbeddedBroker broker) throws Exception {
            LifetimeTest.note(broker);
        }
    }

    private static void run(Class<?>... classes) {
        EngineTestKit.Builder run = EngineTestKit.engine("junit-jupiter");
        for (Class<?> each : classes) {
            run.selectors(selectClass(each));
        }
        Events events = run.execute().allEvents();
        events.failed().stream().flatMap(event -> event.getPayload(TestExecutionResult.class).stream()).forEach(LifetimeTest::rethrow);
    }

    private static void rethrow(TestExecutionResult result) {
        throw new AssertionError("a class of the run failed", result.getThrowable().orElse(null));
    }

    private static void assertClosed(EmbeddedBroker broker) {
        assertThrows(IOException.class, () -> new Socket("127.0.0.1", broker.port()).close());
    }

    @Test
    void aRunSharesOneBrokerAndGivesEachClassEmptyTopics() {
        run(FirstOfTheRun.class, SecondOfTheRun.class);

        assertSame(SEEN.get(0), SEEN.get(1));
        assertEquals(List.of(0L, 0L), RECORDS_FOUND);
        assertClosed(SEEN.get(0));
    }

    @Test
    void otherSettingsAreAnotherBroker() {
        run(FirstOfTheRun.class, OfOtherSettings.class);

        assertNotSame(SEEN.get(0), SEEN.get(1));
        SEEN.forEach(LifetimeTest::assertClosed);
    }

    @Test
    void aClassHasABrokerForAllItsTests() {
        run(WithItsOwn.class, FirstOfTheRun.class);

        assertSame(SEEN.get(0), SEEN.get(1));
        assertNotSame(SEEN.get(0), SEEN.get(2));
        assertEquals(List.of(0L, 1L, 0L), RECORDS_FOUND);
        SEEN.forEach(LifetimeTest::assertClosed);
    }

    @Test
    void settingsAreReadOrRefused() {
        assertEquals("delete, compact", Settings.parse("cleanup.policy = delete, compact").get("cleanup.policy"));
        assertThrows(IllegalArgumentException.class, () -> Settings.parse("cleanup.policy"));
    }
}
