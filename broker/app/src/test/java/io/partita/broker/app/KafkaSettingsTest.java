package io.partita.broker.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaSettingsTest {

    @TempDir
    Path directory;

    private static Map<String, String> settings(Map<String, String> properties, Map<String, String> environment) {
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(properties, "application.properties", 250))
                .withSources(new EnvConfigSource(environment, 300))
                .withSources(new ServerProperties())
                .build();
        return KafkaSettings.of(config, environment);
    }

    @Test
    void theEnvironmentHasMoreWeightThanProperties() {
        Map<String, String> settings = settings(
                Map.of("kafka.log.dirs", "data", "kafka.num.partitions", "3", "other.name", "x"),
                Map.of("KAFKA_LOG_DIRS", "/var/lib/partita", "KAFKA_LOG_RETENTION_HOURS", "24", "HOME", "/"));

        assertEquals(Map.of("log.dirs", "/var/lib/partita", "num.partitions", "3", "log.retention.hours", "24"), settings);
    }

    @Test
    void aSettingsFileLiesBetweenThem() throws IOException {
        Path file = Files.writeString(directory.resolve("server.properties"), "# Kafka's own format\nlog.dirs=/from/file\nnum.partitions = 5 \nbroker.id=7\n");

        Map<String, String> settings = settings(
                Map.of("partita.settings-file", file.toString(), "kafka.num.partitions", "3", "kafka.log.dirs", "data"),
                Map.of("KAFKA_LOG_DIRS", "/from/environment"));

        assertEquals(Map.of("log.dirs", "/from/environment", "num.partitions", "5", "broker.id", "7"), settings);
    }

    @Test
    void aSettingsFileThatIsMissingIsAnError() {
        Map<String, String> properties = Map.of("partita.settings-file", directory.resolve("none").toString());

        assertThrows(UncheckedIOException.class, () -> settings(properties, Map.of()));
    }

    @Test
    void variablesThatMeanSomethingElseAreLeftAlone() {
        Map<String, String> settings = settings(
                Map.of(),
                Map.of(
                        "KAFKA_PORT", "tcp://10.0.0.1:9092",
                        "KAFKA_PORT_9092_TCP_ADDR", "10.0.0.1",
                        "KAFKA_SERVICE_HOST", "10.0.0.1",
                        "KAFKA_HEAP_OPTS", "-Xmx1g",
                        "KAFKA_NODE_ID", "2"));

        assertEquals(Map.of("node.id", "2"), settings);
    }

    @Test
    void theIdOfTheClusterIsTakenFromFilesButNotFromTheVariableOfKafkasImage() {
        Map<String, String> fromFile = settings(Map.of("kafka.cluster.id", "uid"), Map.of());
        Map<String, String> fromEnvironment = settings(Map.of(), Map.of("KAFKA_CLUSTER_ID", "x"));

        assertEquals(Map.of("cluster.id", "uid"), fromFile);
        assertEquals(Map.of(), fromEnvironment);
    }
}
