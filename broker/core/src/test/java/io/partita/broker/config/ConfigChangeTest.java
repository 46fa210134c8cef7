package io.partita.broker.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.ConfigChange.Kind;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigChangeTest {

    private static final BrokerConfig BROKER = BrokerConfig.of(Map.of());

    @Test
    void setsAndDeletes() {
        ConfigChange.Outcome outcome = topic(Map.of("retention.ms", "1", "segment.ms", "2"),
                new ConfigChange("retention.ms", Kind.DELETE, null), new ConfigChange("flush.ms", Kind.SET, " 3 "));
        assertNull(outcome.problem());
        assertEquals(Map.of("segment.ms", "2", "flush.ms", "3"), outcome.overrides());
    }

    @Test
    void appendsToTheValueInForce() {
        assertEquals(Map.of("cleanup.policy", "delete,compact"),
                topic(Map.of(), new ConfigChange("cleanup.policy", Kind.APPEND, "compact,delete")).overrides());
        assertEquals(Map.of("cleanup.policy", "compact"),
                topic(Map.of("cleanup.policy", "compact,delete"), new ConfigChange("cleanup.policy", Kind.SUBTRACT, "delete")).overrides());
    }

    @Test
    void saysWhyItRefuses() {
        refused(topic(Map.of(), new ConfigChange("retention.ms", Kind.APPEND, "1")), "is no list");
        refused(topic(Map.of(), new ConfigChange("retention.ms", Kind.SET, null)), "has no value");
        refused(topic(Map.of(), new ConfigChange("retention.mss", Kind.SET, "1")), "Did you mean retention.ms?");
        refused(topic(Map.of("min.compaction.lag.ms", "5"), new ConfigChange("max.compaction.lag.ms", Kind.SET, "4")), "is larger than");
        refused(broker(new ConfigChange("num.partitions", Kind.SET, "4")), "while the broker runs");
        refused(broker(new ConfigChange("num.io.threads", Kind.SET, "4")), "it has no effect here, because requests are served by event loops");
        refused(broker(new ConfigChange("message.max.bytes", Kind.SET, "-4")), "at least 0");
        refused(broker(new ConfigChange("message.max.byte", Kind.SET, "4")), "Did you mean message.max.bytes?");
    }

    @Test
    void deletingWhatIsNotThereIsNoError() {
        assertEquals(Map.of(), topic(Map.of(), new ConfigChange("retention.ms", Kind.DELETE, null)).overrides());
        // nor of what nobody knows: the rest of the request counts
        assertEquals(Map.of("retention.ms", "7"), topic(Map.of(), new ConfigChange("no.such.key", Kind.DELETE, null),
                new ConfigChange("retention.ms", Kind.SET, "7")).overrides());
        assertEquals(Map.of("message.max.bytes", "7"), broker(new ConfigChange("no.such.key", Kind.DELETE, null),
                new ConfigChange("message.max.bytes", Kind.SET, "7")).overrides());
        // kafka-reassign-partitions clears the throttles it may have set
        assertEquals(Map.of(), broker(new ConfigChange("leader.replication.throttled.rate", Kind.DELETE, null)).overrides());
    }

    private static void refused(ConfigChange.Outcome outcome, String because) {
        assertNull(outcome.overrides());
        assertNotNull(outcome.problem());
        assertTrue(outcome.problem().contains(because), outcome.problem());
    }

    private static ConfigChange.Outcome topic(Map<String, String> overrides, ConfigChange... changes) {
        return ConfigChange.ofTopic(overrides, List.of(changes), BROKER);
    }

    private static ConfigChange.Outcome broker(ConfigChange... changes) {
        return ConfigChange.ofBroker(Map.of(), List.of(changes), BROKER);
    }
}
