package io.partita.broker.app;

import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.common.utils.StringUtil;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigValue;

/**
 * Finds the broker's settings in the application's configuration: every property {@code kafka.NAME}, where NAME is one of Kafka's, from any source.
 * As in Kafka's own image, the environment says {@code KAFKA_LOG_RETENTION_HOURS} for {@code log.retention.hours}.
 */
final class KafkaSettings {

    private static final String PREFIX = "kafka.";
    private static final String ENVIRONMENT_PREFIX = "KAFKA_";

    /** Variables of Kafka's own scripts and images, which are no settings of a broker. */
    private static final Set<String> NO_SETTINGS = Set.of(
            "KAFKA_HOME", "KAFKA_VERSION", "KAFKA_OPTS", "KAFKA_HEAP_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_GC_LOG_OPTS", "KAFKA_LOG4J_OPTS",
            "KAFKA_JMX_OPTS",
            "KAFKA_JMX_PORT", "KAFKA_JMX_HOSTNAME", "KAFKA_DEBUG", "KAFKA_MODE", "KAFKA_CLUSTER_ID");

    private KafkaSettings() {}

    static Map<String, String> of(Config config, Map<String, String> environment) {
        Set<String> names = new TreeSet<>();
        for (String property : config.getPropertyNames()) {
            if (property.startsWith(PREFIX)) {
                names.add(property.substring(PREFIX.length()));
            }
        }
        for (String variable : environment.keySet()) {
            if (variable.startsWith(ENVIRONMENT_PREFIX)) {
                names.add(variable.substring(ENVIRONMENT_PREFIX.length()).toLowerCase(Locale.ROOT).replace('_', '.'));
            }
        }
        Map<String, String> settings = new HashMap<>();
        for (String name : names) {
            String variable = ENVIRONMENT_PREFIX + StringUtil.replaceNonAlphanumericByUnderscores(name).toUpperCase(Locale.ROOT);
            // By name, so that the source with the last word has it.
            ConfigValue value = config.getConfigValue(PREFIX + name);
            boolean meansSomethingElse = isOfTheEnvironment(value)
                    && (NO_SETTINGS.contains(variable) || describesAService(variable, environment.get(variable)));
            if (value.getValue() != null && !value.getValue().isEmpty() && !meansSomethingElse) {
                settings.put(name, value.getValue());
            }
        }
        return settings;
    }

    private static boolean isOfTheEnvironment(ConfigValue value) {
        return value.getSourceName() != null && value.getSourceName().startsWith(EnvConfigSource.NAME);
    }

    /** Kubernetes puts KAFKA_PORT=tcp://… and the like into every pod beside a Service that is named kafka. */
    private static boolean describesAService(String variable, String value) {
        return variable.startsWith("KAFKA_SERVICE_")
                || variable.startsWith("KAFKA_PORT_")
                || variable.equals("KAFKA_PORT") && value != null && value.startsWith("tcp://");
    }
}
