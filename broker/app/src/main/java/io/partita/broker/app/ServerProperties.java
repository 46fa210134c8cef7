package io.partita.broker.app;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Makes a file in the format of Kafka's server.properties part of the configuration: {@code partita.settings-file}. Its names are Kafka's, without
 * a prefix. It has more weight than the application's own defaults, less than the environment and system properties.
 */
public final class ServerProperties implements ConfigSourceFactory {

    private static final String FILE_PROPERTY = "partita.settings-file";
    /** Between application.properties (250) and the environment (300). */
    private static final int ORDINAL = 275;

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        ConfigValue file = context.getValue(FILE_PROPERTY);
        if (file == null || file.getValue() == null || file.getValue().isEmpty()) {
            return List.of();
        }
        return List.of(new PropertiesConfigSource(read(Path.of(file.getValue())), file.getValue(), ORDINAL));
    }

    private static Map<String, String> read(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the settings file " + file + ", which " + FILE_PROPERTY + " names: " + e.getMessage(), e);
        }
        Map<String, String> settings = new HashMap<>();
        for (String name : properties.stringPropertyNames()) {
            settings.put("kafka." + name, properties.getProperty(name).trim());
        }
        return settings;
    }
}
