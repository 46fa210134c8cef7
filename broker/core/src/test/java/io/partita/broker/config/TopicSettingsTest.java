package io.partita.broker.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.config.TopicConfig;
import org.junit.jupiter.api.Test;

class TopicSettingsTest {

    /** In Kafka's constants, but removed from its topics since Kafka 4.0. */
    private static final Set<String> REMOVED = Set.of("message.downconversion.enable", "message.format.version", "message.timestamp.difference.max.ms");

    private static final BrokerConfig DEFAULTS = BrokerConfig.of(Map.of());

    @Test
    void knowsEveryTopicSettingOfKafka() throws IllegalAccessException {
        Set<String> missing = new TreeSet<>();
        for (Field field : TopicConfig.class.getFields()) {
            if (field.getName().endsWith("_CONFIG") && TopicSettings.definitions().find((String) field.get(null)) == null) {
                missing.add((String) field.get(null));
            }
        }
        missing.removeAll(REMOVED);
        assertEquals(Set.of(), missing);
    }

    @Test
    void everyDefaultIsAValueInNormalForm() {
        for (ConfigDefinition definition : TopicSettings.definitions().all()) {
            if (definition.defaultValue() != null) {
                assertNull(definition.problem(definition.defaultValue()), definition.name());
                assertEquals(definition.canonical(definition.defaultValue()), definition.defaultValue(), definition.name());
            }
        }
    }

    @Test
    void aTopicsDefaultIsTheBrokersDefault() {
        for (ConfigDefinition definition : TopicSettings.definitions().all()) {
            assertEquals(definition.defaultValue(), TopicSettings.effective(definition, Map.of(), DEFAULTS), definition.name());
            for (ConfigDefinition.Synonym synonym : definition.synonyms()) {
                assertNotNull(BrokerSettings.definitions().find(synonym.name()), synonym.name());
            }
        }
    }

    @Test
    void refusesWhatKafkaRefuses() {
        refused("retention.ms", "-2", "at least -1");
        refused("retention.ms", "abc", "a whole number of 64 bits");
        refused("retention.ms", "", "a whole number of 64 bits");
        refused("compression.type", "none", "one of uncompressed");
        refused("compression.gzip.level", "0", "between 1 and 9, or -1");
        refused("segment.bytes", "100", "at least 1048576");
        refused("segment.index.bytes", "3", "at least 4");
        refused("min.cleanable.dirty.ratio", "1.5", "between 0 and 1");
        refused("min.insync.replicas", "0", "at least 1");
        refused("cleanup.policy", "foo", "a list of compact, delete");
        refused("message.timestamp.type", "logappendtime", "one of CreateTime");
        refused("leader.replication.throttled.replicas", "abc", "partition:broker");
        refused("preallocate", "yes", "true or false");
        refused("remote.storage.enable", "true", "no tiered storage");
        refused("retention.msx", "1", "Did you mean retention.ms?");
    }

    private static void refused(String name, String value, String because) {
        String problem = TopicSettings.problem(Map.of(name, value));
        assertNotNull(problem, name + "=" + value);
        assertTrue(problem.contains(name) && problem.contains(because), problem);
    }

    @Test
    void takesWhatKafkaTakes() {
        Map<String, String> overrides = Map.of(
                "cleanup.policy", "compact , delete", "retention.ms", " 5 ", "retention.bytes", "-5", "unclean.leader.election.enable", "TRUE",
                "leader.replication.throttled.replicas", "0:1,1:2", "follower.replication.throttled.replicas", "*", "internal.segment.bytes", "100");
        assertNull(TopicSettings.problem(overrides));
        assertNull(TopicSettings.problem(Map.of("cleanup.policy", "")));
        Map<String, String> canonical = TopicSettings.canonical(overrides);
        assertEquals("compact,delete", canonical.get("cleanup.policy"));
        assertEquals("5", canonical.get("retention.ms"));
        assertEquals("true", canonical.get("unclean.leader.election.enable"));
    }

    @Test
    void refusesLagsThatContradictEachOther() {
        String problem = TopicSettings.problem(Map.of("min.compaction.lag.ms", "10", "max.compaction.lag.ms", "5"));
        assertTrue(problem.contains("min.compaction.lag.ms (10) is larger than max.compaction.lag.ms (5)"), problem);
    }

    @Test
    void defaultsComeFromTheFirstBrokerSettingThatHasAValue() {
        ConfigDefinition retention = TopicSettings.definitions().find("retention.ms");
        assertEquals("7200000", TopicSettings.effective(retention, Map.of(), BrokerConfig.of(Map.of("log.retention.hours", "2"))));
        assertEquals("180000", TopicSettings.effective(retention, Map.of(), BrokerConfig.of(Map.of("log.retention.hours", "2", "log.retention.minutes", "3"))));
        assertEquals("-1", TopicSettings.effective(retention, Map.of(), BrokerConfig.of(Map.of("log.retention.hours", "-1"))));
        assertEquals("9", TopicSettings.effective(retention, Map.of("retention.ms", "9"), BrokerConfig.of(Map.of("log.retention.ms", "1"))));
        BrokerConfig changed = BrokerConfig.of(Map.of("log.retention.hours", "2")).overlaid(Map.of("log.retention.ms", "4"), Map.of());
        assertEquals("4", TopicSettings.effective(retention, Map.of(), changed));
        ConfigDefinition flush = TopicSettings.definitions().find("flush.ms");
        assertEquals("77", TopicSettings.effective(flush, Map.of(), BrokerConfig.of(Map.of("log.flush.scheduler.interval.ms", "77"))));
    }
}
