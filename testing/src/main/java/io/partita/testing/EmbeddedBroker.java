package io.partita.testing;

import io.partita.broker.Broker;
import io.partita.broker.BrokerOptions;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.FileDisk;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicSelector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * A Kafka broker in this process, for tests. It listens on a free port of 127.0.0.1, and its data are gone once it is {@linkplain #close()
 * closed}. Thread-safe; any number may run at once.
 *
 * <pre>{@code
 * try (EmbeddedBroker broker = EmbeddedBroker.builder().topic("orders", 3).start()) {
 *     properties.put("bootstrap.servers", broker.bootstrapServers());
 *     ...
 * }
 * }</pre>
 */
public final class EmbeddedBroker implements Embedded {

    private static final long COMMAND_SECONDS = 30;
    /** What a path on a {@link MemoryDisk} is called makes no difference. */
    static final Path IN_MEMORY = Path.of("partita-in-memory");

    private final Broker broker;
    private final Path directory;

    private EmbeddedBroker(Broker broker, Path directory) {
        this.broker = broker;
        this.directory = directory;
    }

    /** A broker with its data in memory and Kafka's default settings. */
    public static EmbeddedBroker start() {
        return builder().start();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** What clients take as {@code bootstrap.servers}. */
    @Override
    public String bootstrapServers() {
        return broker.bootstrapServers();
    }

    public int port() {
        return broker.port();
    }

    /** The broker itself, for what this class does not offer. */
    public Broker broker() {
        return broker;
    }

    /** Creates a topic, and returns when clients can use it. */
    public void createTopic(String name, int partitions) {
        createTopic(name, partitions, Map.of());
    }

    /**
     * Creates a topic, and returns when clients can use it.
     *
     * @param configs settings of the topic under Kafka's names
     * @throws IllegalArgumentException when there is such a topic already, or a name or value cannot be used; the message says which
     */
    public void createTopic(String name, int partitions, Map<String, String> configs) {
        createTopic(broker, name, partitions, configs);
    }

    static void createTopic(Broker broker, String name, int partitions, Map<String, String> configs) {
        NewTopic topic = new NewTopic(name, partitions, NewTopic.DEFAULT, null, configs);
        check("create", name, await(broker.metadata().createTopics(List.of(topic), false)));
    }

    /**
     * Deletes a topic with its records.
     *
     * @throws IllegalArgumentException when there is no such topic
     */
    public void deleteTopic(String name) {
        deleteTopic(broker, name);
    }

    static void deleteTopic(Broker broker, String name) {
        check("delete", name, await(broker.metadata().deleteTopics(List.of(TopicSelector.byName(name)))));
    }

    @Override
    public void recreateTopic(String name, int partitions, Map<String, String> configs) {
        if (broker.image().topic(name) != null) {
            deleteTopic(name);
        }
        createTopic(name, partitions, configs);
    }

    private static <T> void check(String verb, String topic, List<Result<T>> results) {
        Result<T> result = results.getFirst();
        if (!result.isDone()) {
            throw new IllegalArgumentException("Could not " + verb + " the topic " + topic + " (" + result.error() + "): " + result.message());
        }
    }

    private static <T> T await(CompletionStage<T> command) {
        return command.toCompletableFuture().orTimeout(COMMAND_SECONDS, TimeUnit.SECONDS).join();
    }

    /** Stops the broker and removes its data. Idempotent. */
    @Override
    public void close() {
        broker.close();
        if (directory != null) {
            deleteTree(directory);
        }
    }

    static void deleteTree(Path directory) {
        try {
            new FileDisk().deleteTree(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("The broker has stopped, but its directory " + directory + " could not be removed", e);
        }
    }

    @Override
    public String toString() {
        return "EmbeddedBroker[" + bootstrapServers() + "]";
    }

    /** What an embedded broker shall be like. Used by one thread. */
    public static final class Builder {

        static final Map<String, String> DEFAULTS = Map.of(
                "listeners", "PLAINTEXT://127.0.0.1:0",
                "node.id", "1",
                // One test's few consumers need neither fifty partitions of offsets nor time for others to join.
                "offsets.topic.num.partitions", "1",
                "group.initial.rebalance.delay.ms", "0");

        record TopicToCreate(int partitions, Map<String, String> configs) {}

        private final Map<String, String> settings = new HashMap<>();
        private final Map<String, TopicToCreate> topics = new LinkedHashMap<>();
        private Storage storage = Storage.MEMORY;

        private Builder() {
            settings.putAll(DEFAULTS);
        }

        /** A setting of the broker under Kafka's name. */
        public Builder setting(String name, String value) {
            settings.put(name, value);
            return this;
        }

        /** Settings of the broker under Kafka's names. */
        public Builder settings(Map<String, String> values) {
            settings.putAll(values);
            return this;
        }

        /** Settings of the broker, each written as {@code name=value}. */
        public Builder settings(String... assignments) {
            return settings(Settings.parse(assignments));
        }

        /** Where the data go; in memory unless told otherwise. */
        public Builder storage(Storage storage) {
            this.storage = storage;
            return this;
        }

        /** A topic to be there from the start. */
        public Builder topic(String name, int partitions) {
            return topic(name, partitions, Map.of());
        }

        /** A topic to be there from the start, with settings under Kafka's names. */
        public Builder topic(String name, int partitions, Map<String, String> configs) {
            topics.put(name, new TopicToCreate(partitions, Map.copyOf(configs)));
            return this;
        }

        /** A topic to be there from the start. */
        public Builder topic(Topic topic) {
            return topic(topic.name(), topic.partitions(), Settings.parse(topic.configs()));
        }

        /**
         * Starts the broker, and returns when clients can use it and its topics.
         *
         * @throws RuntimeException when a setting or topic cannot be used, or the broker cannot start; the message says why, and nothing stays behind
         */
        public EmbeddedBroker start() {
            Path directory = storage == Storage.TEMPORARY_DIRECTORY ? temporaryDirectory() : null;
            EmbeddedBroker started = null;
            try {
                Map<String, String> all = new HashMap<>(settings);
                all.put("log.dirs", (directory == null ? IN_MEMORY : directory).toString());
                BrokerOptions options = BrokerOptions.of(BrokerConfig.of(all));
                Broker broker = Broker.start(directory == null ? options.withDisk(new MemoryDisk()) : options);
                started = new EmbeddedBroker(broker, directory);
                for (Map.Entry<String, TopicToCreate> topic : topics.entrySet()) {
                    started.createTopic(topic.getKey(), topic.getValue().partitions(), topic.getValue().configs());
                }
                return started;
            } catch (RuntimeException e) {
                if (started != null) {
                    started.close();
                } else if (directory != null) {
                    deleteTree(directory);
                }
                throw e;
            }
        }

        static Path temporaryDirectory() {
            try {
                return Files.createTempDirectory("partita-");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
