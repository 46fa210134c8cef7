package io.partita.broker;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/**
 * What a standalone broker was started with, as Kafka's settings. Later words win: a file of settings, then {@code --set}, then the options with
 * names of their own.
 */
record CommandLine(Map<String, String> settings, Adoption adoption, boolean help) {

    /** What becomes of data directories that Apache Kafka wrote. */
    enum Adoption {
        REFUSED,
        CHECKED,
        COMPLETE,
        INCOMPLETE
    }

    static final String USAGE = """
            Usage: run [options]

              --port N            port to listen on (default 9092; 0 for any free one)
              --host HOST         name or address to listen on and to tell clients (default localhost)
              --data DIR          directory for the data (default: data, beside this script)
              --node-id N         number of this broker (default 1)
              --store ADDRESS     where several brokers keep their metadata together: etcd://host:port[,host:port...][/name]
                                  (default: each alone, in its data directory)
              --http PORT         port for the REST interface and the console (default 8080, or any free one where that is
                                  taken; 0 for any free one, none for neither)
              --config FILE       settings in a file of Kafka's server.properties format
              --adopt-kafka       take over the data directories of an Apache Kafka broker that is stopped, without
                                  copying; --adopt-kafka=check says what would be taken over and changes nothing,
                                  --adopt-kafka=incomplete also takes over what is not all that Kafka served
              --set NAME=VALUE    one setting, for example --set log.retention.hours=24; may be repeated
              --help              this text

            Ctrl-C or SIGTERM stops the broker cleanly.
            """;

    /** The words cannot be understood; the message says which and what to write instead. */
    static final class UsageException extends Exception {
        UsageException(String message) {
            super(message);
        }
    }

    /** @param defaultData the data directory when nothing names one */
    static CommandLine parse(String[] words, String defaultData) throws UsageException {
        Map<String, String> fromFile = new HashMap<>();
        Map<String, String> set = new HashMap<>();
        Adoption adoption = Adoption.REFUSED;
        String host = null;
        String port = null;
        String http = null;
        for (int i = 0; i < words.length; i++) {
            String word = words[i];
            if (word.equals("--help") || word.equals("-h")) {
                return new CommandLine(Map.of(), Adoption.REFUSED, true);
            }
            if (word.equals("--adopt-kafka")) {
                adoption = Adoption.COMPLETE;
                continue;
            }
            int equals = word.startsWith("--") ? word.indexOf('=') : -1;
            String option = equals > 0 ? word.substring(0, equals) : word;
            String value = equals > 0 ? word.substring(equals + 1) : i + 1 < words.length ? words[++i] : null;
            if (value == null) {
                throw new UsageException(option + " needs a value.");
            }
            switch (option) {
                case "--port" -> port = value;
                case "--host" -> host = value;
                case "--data" -> set.put("log.dirs", Path.of(value).toAbsolutePath().normalize().toString());
                case "--node-id" -> set.put("node.id", value);
                case "--http" -> http = value;
                case "--store" -> set.put("metadata.store", value);
                case "--config" -> fromFile.putAll(read(value));
                case "--adopt-kafka" -> adoption = switch (value) {
                    case "check" -> Adoption.CHECKED;
                    case "incomplete" -> Adoption.INCOMPLETE;
                    default -> throw new UsageException("--adopt-kafka takes check or incomplete, or nothing, not " + value + ".");
                };
                case "--set" -> {
                    int at = value.indexOf('=');
                    if (at < 1) {
                        throw new UsageException("--set takes NAME=VALUE, not " + value + ".");
                    }
                    set.put(value.substring(0, at).trim(), value.substring(at + 1).trim());
                }
                default -> throw new UsageException("Unknown option " + option + ".");
            }
        }
        Map<String, String> settings = new HashMap<>(fromFile);
        settings.putAll(set);
        if (host != null || port != null || !settings.containsKey("listeners")) {
            settings.put("listeners", "PLAINTEXT://" + (host == null ? "localhost" : bracketed(host)) + ":" + (port == null ? "9092" : port));
        }
        if ("none".equals(http)) {
            settings.put("http.enable", "false");
        } else if (http != null) {
            settings.put("http.listener", (host == null ? "localhost" : bracketed(host)) + ":" + http);
        }
        if (!settings.containsKey("log.dirs") && !settings.containsKey("log.dir")) {
            settings.put("log.dirs", defaultData);
        }
        // One person's broker should not keep a first consumer waiting for others: so do the settings Kafka ships, though its default is 3 s.
        settings.putIfAbsent("group.initial.rebalance.delay.ms", "0");
        if (!settings.containsKey("node.id") && !settings.containsKey("broker.id")) {
            settings.put("node.id", "1");
        }
        return new CommandLine(settings, adoption, false);
    }

    private static String bracketed(String host) {
        return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
    }

    private static Map<String, String> read(String file) throws UsageException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(file), StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException("Cannot read the settings file " + file + ": " + e + ".");
        }
        Map<String, String> settings = new HashMap<>();
        for (String name : properties.stringPropertyNames()) {
            settings.put(name, properties.getProperty(name).trim());
        }
        return settings;
    }
}
