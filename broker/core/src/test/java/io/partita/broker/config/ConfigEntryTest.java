package io.partita.broker.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigEntryTest {

    private static final BrokerConfig BROKER = BrokerConfig.of(Map.of("log.segment.bytes", "2000000"))
            .overlaid(Map.of("log.segment.bytes", "3000000"), Map.of("log.segment.bytes", "4000000"));

    @Test
    void aTopicsValueListsEveryPlaceThatGivesOne() {
        ConfigEntry entry = ConfigEntry.ofTopic(Map.of("segment.bytes", "5000000"), BROKER, List.of("segment.bytes")).getFirst();

        assertEquals("5000000", entry.value());
        assertEquals(ConfigSource.DYNAMIC_TOPIC_CONFIG, entry.source());
        assertEquals(List.of(
                new ConfigEntry.Synonym("segment.bytes", "5000000", ConfigSource.DYNAMIC_TOPIC_CONFIG),
                new ConfigEntry.Synonym("log.segment.bytes", "4000000", ConfigSource.DYNAMIC_BROKER_CONFIG),
                new ConfigEntry.Synonym("log.segment.bytes", "3000000", ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG),
                new ConfigEntry.Synonym("log.segment.bytes", "2000000", ConfigSource.STATIC_BROKER_CONFIG),
                new ConfigEntry.Synonym("log.segment.bytes", "1073741824", ConfigSource.DEFAULT_CONFIG)), entry.synonyms());
    }

    @Test
    void aTopicWithoutOverridesShowsTheBrokersSource() {
        List<ConfigEntry> entries = ConfigEntry.ofTopic(Map.of(), BROKER, List.of("segment.bytes", "retention.ms", "remote.storage.enable", "nothing"));

        assertEquals(List.of(ConfigSource.DYNAMIC_BROKER_CONFIG, ConfigSource.DEFAULT_CONFIG, ConfigSource.DEFAULT_CONFIG),
                entries.stream().map(ConfigEntry::source).toList());
        assertEquals("604800000", entries.get(1).value());
        assertEquals(List.of(new ConfigEntry.Synonym("log.retention.hours", "168", ConfigSource.DEFAULT_CONFIG)), entries.get(1).synonyms());
        assertEquals(List.of(), entries.get(2).synonyms());
    }

    @Test
    void allMeansAllThatAreNotInternal() {
        List<String> names = ConfigEntry.ofTopic(Map.of(), BROKER, null).stream().map(entry -> entry.definition().name()).toList();
        assertTrue(names.contains("retention.exact"));
        assertFalse(names.contains("internal.segment.bytes"));
        assertEquals(1, ConfigEntry.ofTopic(Map.of(), BROKER, List.of("internal.segment.bytes")).size());
    }

    @Test
    void aBrokersSettingsAreReadOnlyUnlessTheyChangeAtOnce() {
        List<ConfigEntry> entries = ConfigEntry.ofBroker(BROKER, List.of("log.segment.bytes", "num.partitions"));
        assertFalse(entries.get(0).readOnly());
        assertEquals(ConfigSource.DYNAMIC_BROKER_CONFIG, entries.get(0).source());
        assertTrue(entries.get(1).readOnly());
        assertEquals(ConfigSource.DEFAULT_CONFIG, entries.get(1).source());
    }

    @Test
    void theDefaultBrokerShowsWhatIsSetForAll() {
        List<ConfigEntry> entries = ConfigEntry.ofAllBrokers(Map.of("log.segment.bytes", "3000000"), null);
        assertEquals(1, entries.size());
        assertEquals(ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, entries.getFirst().source());
    }
}
