package io.partita.quarkus.deployment;

import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.config.Config;

/** What the settings of an application's messaging channels say of topics. */
final class ChannelTopics {

    private static final String INCOMING = "mp.messaging.incoming.";
    private static final String OUTGOING = "mp.messaging.outgoing.";
    private static final String CONNECTOR = ".connector";
    private static final String KAFKA = "smallrye-kafka";
    /** Of Quarkus' own Dev Service. */
    private static final String PARTITIONS = "quarkus.kafka.devservices.topic-partitions.";

    private final Config config;

    ChannelTopics(Config config) {
        this.config = config;
    }

    /** Topics with their partitions: those of channels have one unless something says otherwise. */
    Map<String, Integer> topics(Map<String, Integer> told) {
        Map<String, Integer> topics = new TreeMap<>();
        for (String channel : channels()) {
            String names = value(channel + ".topics", value(channel + ".topic", channel.substring(INCOMING.length())));
            // A pattern stands for topics that others make.
            if (!Boolean.parseBoolean(value(channel + ".pattern", "false"))) {
                for (String name : names.split(",")) {
                    topics.put(name.trim(), 1);
                }
            }
            String deadLetters = value(channel + ".dead-letter-queue.topic", null);
            if (deadLetters != null) {
                topics.put(deadLetters, 1);
            }
        }
        for (String property : config.getPropertyNames()) {
            if (property.startsWith(PARTITIONS)) {
                String name = property.substring(PARTITIONS.length());
                config.getOptionalValue(property, Integer.class)
                        .ifPresent(partitions -> topics.put(name.startsWith("\"") && name.endsWith("\"") ? name.substring(1, name.length() - 1) : name,
                                partitions));
            }
        }
        topics.putAll(told);
        return topics;
    }

    /** Whether all channels say for themselves where their broker is, so that nobody needs ours. */
    boolean allHaveBrokers() {
        Iterable<String> channels = channels();
        boolean any = false;
        for (String channel : channels) {
            any = true;
            if (value(channel + ".bootstrap.servers", null) == null) {
                return false;
            }
        }
        return any;
    }

    /** Prefixes of the settings of channels to Kafka. */
    private Iterable<String> channels() {
        Map<String, String> channels = new TreeMap<>();
        for (String property : config.getPropertyNames()) {
            if ((property.startsWith(INCOMING) || property.startsWith(OUTGOING)) && property.endsWith(CONNECTOR) && KAFKA.equals(value(property, null))) {
                channels.put(property.substring(0, property.length() - CONNECTOR.length()), KAFKA);
            }
        }
        return channels.keySet();
    }

    private String value(String name, String otherwise) {
        return config.getOptionalValue(name, String.class).orElse(otherwise);
    }
}
