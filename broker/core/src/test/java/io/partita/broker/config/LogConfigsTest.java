package io.partita.broker.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.log.LogConfig;
import io.partita.broker.record.Compression;
import io.partita.broker.record.TimestampType;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LogConfigsTest {

    @Test
    void withoutSettingsItIsKafkasDefault() {
        LogConfigs configs = new LogConfigs(BrokerConfig.of(Map.of()));
        assertEquals(LogConfig.DEFAULTS, configs.of(Map.of()));
        assertSame(configs.of(Map.of()), configs.of(Map.of()));
    }

    @Test
    void takesTheTopicsSettingsOverTheBrokers() {
        LogConfigs configs = new LogConfigs(BrokerConfig.of(Map.of(
                "log.segment.bytes", "2000000", "log.retention.hours", "1", "log.flush.interval.messages", "1", "log.cleanup.policy", "compact",
                "producer.id.expiration.ms", "5")));

        LogConfig log = configs.of(Map.of("retention.ms", "-1", "cleanup.policy", "compact,delete", "message.timestamp.type", "LogAppendTime"));

        assertEquals(2_000_000, log.segmentBytes());
        assertEquals(LogConfig.UNLIMITED, log.retentionMillis());
        assertTrue(log.compact() && log.delete());
        assertTrue(log.fsyncBeforeAck());
        assertEquals(TimestampType.LOG_APPEND_TIME, log.timestampType());
        assertEquals(5, log.producerExpirationMillis());
        assertEquals(3_600_000, configs.of(Map.of()).retentionMillis());
        assertFalse(configs.of(Map.of()).delete());
        assertFalse(configs.of(Map.of("flush.messages", "2")).fsyncBeforeAck());
    }

    @Test
    void readsEveryKindOfCompression() {
        LogConfigs configs = new LogConfigs(BrokerConfig.of(Map.of()));
        assertNull(configs.of(Map.of("compression.type", "producer")).compression());
        assertEquals(Compression.NONE, configs.of(Map.of("compression.type", "uncompressed")).compression());
        assertEquals(Compression.ZSTD, configs.of(Map.of("compression.type", "zstd")).compression());
    }

    @Test
    void compressedBatchesAreOpenedAndPackedAsTheTopicSays() {
        LogConfig log = new LogConfigs(BrokerConfig.of(Map.of("compression.zstd.level", "5", "record.validation", "true"))).of(Map.of(
                "compression.gzip.level", "1", "compression.lz4.level", "12", "max.decompressed.message.bytes", "70"));
        assertEquals(1, log.compressionLevel(Compression.GZIP));
        assertEquals(12, log.compressionLevel(Compression.LZ4));
        assertEquals(5, log.compressionLevel(Compression.ZSTD));
        assertEquals(Compression.DEFAULT_LEVEL, LogConfig.DEFAULTS.compressionLevel(Compression.GZIP));
        assertEquals(70, log.maxRecordBytes());
        assertTrue(log.checksCompressed());
        assertFalse(LogConfig.DEFAULTS.checksCompressed());
        assertTrue(new LogConfigs(BrokerConfig.of(Map.of())).of(Map.of("cleanup.policy", "compact")).checksCompressed());
    }

    @Test
    void testsMayHaveSmallSegments() {
        assertEquals(100, new LogConfigs(BrokerConfig.of(Map.of())).of(Map.of("segment.bytes", "2000000", "internal.segment.bytes", "100")).segmentBytes());
    }

    @Test
    void expiryCanBeExact() {
        LogConfig log = new LogConfigs(BrokerConfig.of(Map.of())).of(Map.of("retention.exact", "true", "retention.ms", "1000"));
        assertTrue(log.expireExactly());
        assertEquals(1000, log.retentionMillis());
    }
}
