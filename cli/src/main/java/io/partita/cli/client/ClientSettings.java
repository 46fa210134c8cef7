package io.partita.cli.client;

import io.partita.broker.env.Failures;
import io.partita.cli.client.Failure.Kind;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

/**
 * How to reach a cluster, by the settings that Kafka's clients have: {@code bootstrap.servers}, {@code security.protocol}, {@code sasl.*}, {@code ssl.*},
 * {@code request.timeout.ms}, {@code client.id}. Settings that are not asked for here are ignored, so the file of any Kafka client will do.
 */
public record ClientSettings(Map<String, String> values) {

    public static final String BOOTSTRAP = "bootstrap.servers";
    /** What a broker on this machine listens on unless told otherwise. */
    public static final String DEFAULT_BOOTSTRAP = "localhost:9092";
    private static final int DEFAULT_PORT = 9092;
    private static final int PORT_MAX = 65_535;
    private static final int REQUEST_TIMEOUT_MILLIS = 30_000;
    /** A person waits for it; Kafka's clients take 10 seconds. */
    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

    public record HostPort(String host, int port) {
        @Override
        public String toString() {
            return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
        }
    }

    public ClientSettings {
        values = Map.copyOf(values);
        protocol(values.getOrDefault("security.protocol", ""));
    }

    /** The settings in a file of Kafka's format. */
    public static Map<String, String> read(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new Failure(Kind.USAGE, "The settings file " + file + " cannot be read: " + Failures.said(e) + ".");
        }
        Map<String, String> settings = new LinkedHashMap<>();
        for (String name : properties.stringPropertyNames()) {
            settings.put(name, properties.getProperty(name).trim());
        }
        return settings;
    }

    /** The value, or null. An empty one counts as none. */
    public String value(String name) {
        String value = values.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    public String value(String name, String otherwise) {
        String value = value(name);
        return value == null ? otherwise : value;
    }

    /** Where to ask first. */
    public List<HostPort> bootstrap() {
        List<HostPort> servers = new ArrayList<>();
        // Whoever names none by mistake, with a variable that is empty, does not mean the broker on this machine.
        for (String server : values.getOrDefault(BOOTSTRAP, DEFAULT_BOOTSTRAP).split(",")) {
            if (!server.isBlank()) {
                servers.add(parse(server.trim()));
            }
        }
        if (servers.isEmpty()) {
            throw new Failure(Kind.USAGE, BOOTSTRAP + " names no broker.", "Write it as host:port, several with commas between them.");
        }
        return servers;
    }

    private static HostPort parse(String server) {
        int scheme = server.indexOf("://");
        String address = scheme < 0 ? server : server.substring(scheme + 3);
        int colon = address.lastIndexOf(':');
        boolean withoutPort = colon < 0 || address.endsWith("]") || address.indexOf(':') != colon && !address.startsWith("[");
        String host = withoutPort ? address : address.substring(0, colon);
        try {
            int port = withoutPort ? DEFAULT_PORT : Integer.parseInt(address.substring(colon + 1));
            if (port > 0 && port <= PORT_MAX) {
                return new HostPort(host.startsWith("[") ? host.substring(1, host.length() - 1) : host, port);
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new Failure(Kind.USAGE, "'" + server + "' is no address of a broker.", "Write it as host:port, as in localhost:9092.");
    }

    public boolean tls() {
        return protocol(value("security.protocol", "")).endsWith("SSL");
    }

    public boolean sasl() {
        return protocol(value("security.protocol", "")).startsWith("SASL_");
    }

    private static String protocol(String value) {
        String protocol = value.isEmpty() ? "PLAINTEXT" : value.toUpperCase(Locale.ROOT);
        if (!List.of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL").contains(protocol)) {
            throw new Failure(Kind.USAGE, "security.protocol is " + protocol + ".", "It is one of PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL.");
        }
        return protocol;
    }

    public String clientId() {
        return value("client.id", "partita");
    }

    public int requestTimeoutMillis() {
        return millis("request.timeout.ms", REQUEST_TIMEOUT_MILLIS);
    }

    public int connectTimeoutMillis() {
        return millis("socket.connection.setup.timeout.ms", CONNECT_TIMEOUT_MILLIS);
    }

    private int millis(String name, int otherwise) {
        String value = value(name);
        try {
            return value == null ? otherwise : Math.max(1, Integer.parseInt(value));
        } catch (NumberFormatException e) {
            throw new Failure(Kind.USAGE, name + " is " + value + ", which is no number of milliseconds.");
        }
    }
}
