package io.partita.broker.compat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/** The one broker that the tests of a class share. When one fails, the end of the broker's log is printed with it. */
final class Broker implements BeforeAllCallback, AfterAllCallback, TestWatcher {
    private final Map<String, String> settings = new LinkedHashMap<>(Map.of(
            // No test waits for further members to join; Kafka would let the first one wait 3 s.
            "group.initial.rebalance.delay.ms", "0"));
    private BrokerProcess process;

    /** A broker with Kafka's defaults, but for the delay of the first rebalance. */
    static Broker perClass() {
        return new Broker();
    }

    Broker with(String name, String value) {
        settings.put(name, value);
        return this;
    }

    /** The {@code host:port} that clients are given. */
    String bootstrap() {
        return process == null ? BrokerProcess.Target.name() : process.bootstrap();
    }

    /** Whether it is Apache Kafka, where a test's expectation differs on purpose. */
    boolean isKafka() {
        return BrokerProcess.Target.name().equals("kafka");
    }

    BrokerProcess process() {
        return process;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        if (!BrokerProcess.Target.name().contains(":")) {
            process = BrokerProcess.start(settings);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (process != null) {
            process.close();
        }
    }

    @Override
    public void testFailed(ExtensionContext context, Throwable cause) {
        if (process != null) {
            var lines = process.log().lines().toList();
            System.err.println("The broker's log while " + context.getDisplayName() + " failed ends with:");
            lines.subList(Math.max(0, lines.size() - 10), lines.size())
                    .forEach(line -> System.err.println("    " + line.substring(0, Math.min(200, line.length()))));
        }
    }
}
