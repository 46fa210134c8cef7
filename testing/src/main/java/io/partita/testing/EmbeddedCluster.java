package io.partita.testing;

import io.partita.broker.Broker;
import io.partita.broker.BrokerOptions;
import io.partita.broker.cluster.MemoryObjectStore;
import io.partita.broker.cluster.ObjectMetadataStore;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Disk;
import io.partita.broker.env.FileDisk;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.ThreadLoop;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Several Kafka brokers in this process that are one cluster, for tests of what an application does when one of them fails. They replicate to each other as anywhere; what a cluster keeps
 * in an object store is in memory. Brokers have the numbers 1, 2, 3 and so on, each listens on a free port of 127.0.0.1 and keeps that port. Thread-safe.
 *
 * <pre>{@code
 * try (EmbeddedCluster cluster = EmbeddedCluster.builder(3).topic("orders", 3).start()) {
 *     properties.put("bootstrap.servers", cluster.bootstrapServers());
 *     ...
 *     cluster.kill(2);
 *     ...
 *     cluster.restart(2);
 * }
 * }</pre>
 */
public final class EmbeddedCluster implements Embedded {

    private final ThreadLoop loop = new ThreadLoop("partita-objects");
    private final MemoryObjectStore objects = new MemoryObjectStore(loop);
    private final Map<String, String> settings;
    private final Path directory;
    private final Map<Integer, Disk> disks = new HashMap<>();
    /** Listeners by broker, as they were at its first start. */
    private final Map<Integer, String> addresses = new TreeMap<>();
    private final Map<Integer, Broker> running = new TreeMap<>();

    private EmbeddedCluster(Map<String, String> settings, Path directory) {
        this.settings = settings;
        this.directory = directory;
    }

    /** Three brokers with their data in memory and Kafka's default settings. */
    public static EmbeddedCluster start() {
        return builder(3).start();
    }

    /** A cluster of so many brokers. */
    public static Builder builder(int brokers) {
        return new Builder(brokers);
    }

    private synchronized void startBroker(int id) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("node.id", Integer.toString(id));
        all.put("log.dirs", (directory == null ? EmbeddedBroker.IN_MEMORY : directory.resolve("broker-" + id)).toString());
        String address = addresses.get(id);
        if (address != null) {
            all.put("listeners", "PLAINTEXT://" + address);
        }
        ThreadLoop metadata = new ThreadLoop("partita-metadata-" + id);
        Disk disk = disks.computeIfAbsent(id, none -> directory == null ? new MemoryDisk() : new FileDisk());
        Broker broker = Broker.start(BrokerOptions.of(BrokerConfig.of(all)).withDisk(disk)
                .withMetadata(ObjectMetadataStore.of(objects.client(), metadata, () -> null, metadata::close)));
        running.put(id, broker);
        addresses.put(id, broker.bootstrapServers());
    }

    /** What clients take as {@code bootstrap.servers}: all brokers, those that do not run as well. */
    @Override
    public synchronized String bootstrapServers() {
        return String.join(",", addresses.values());
    }

    /** The numbers of the brokers that run. */
    public synchronized List<Integer> running() {
        return List.copyOf(running.keySet());
    }

    /**
     * A broker itself, for what this class does not offer.
     *
     * @throws IllegalArgumentException when there is no such broker, or it does not run
     */
    public synchronized Broker broker(int id) {
        Broker broker = running.get(id);
        if (broker == null) {
            throw new IllegalArgumentException("Broker " + id + " does not run; these do: " + running.keySet() + ".");
        }
        return broker;
    }

    private synchronized Broker any() {
        if (running.isEmpty()) {
            throw new IllegalStateException("No broker runs.");
        }
        return running.values().iterator().next();
    }

    /** The broker that leads a partition, -1 while nobody does: whom to {@link #kill} to see its clients go elsewhere. */
    public int leader(String topic, int partition) {
        var image = any().image().topic(topic);
        return image == null || image.partition(partition) == null ? -1 : image.partition(partition).leader();
    }

    /** Ends a broker as if its process were killed: connections break, and nothing is handed over. Its data stay. */
    public synchronized void kill(int id) {
        broker(id).kill();
        running.remove(id);
    }

    /** Ends a broker in order: others lead before it goes. Its data stay. */
    public synchronized void stop(int id) {
        broker(id).close();
        running.remove(id);
    }

    /** Starts a broker again, with the data and under the address it had; one that runs is {@linkplain #stop stopped} before. */
    public synchronized void restart(int id) {
        if (!addresses.containsKey(id)) {
            throw new IllegalArgumentException("There is no broker " + id + "; there are " + addresses.keySet() + ".");
        }
        if (running.containsKey(id)) {
            stop(id);
        }
        startBroker(id);
    }

    /** Creates a topic with three replicas of each partition, as far as there are brokers, and returns when clients can use it. */
    public void createTopic(String name, int partitions) {
        createTopic(name, partitions, Map.of());
    }

    /**
     * Creates a topic likewise.
     *
     * @param configs settings of the topic under Kafka's names
     * @throws IllegalArgumentException when there is such a topic already, or a name or value cannot be used; the message says which
     */
    public void createTopic(String name, int partitions, Map<String, String> configs) {
        EmbeddedBroker.createTopic(any(), name, partitions, configs);
    }

    /**
     * Deletes a topic with its records.
     *
     * @throws IllegalArgumentException when there is no such topic
     */
    public void deleteTopic(String name) {
        EmbeddedBroker.deleteTopic(any(), name);
    }

    @Override
    public void recreateTopic(String name, int partitions, Map<String, String> configs) {
        if (any().image().topic(name) != null) {
            deleteTopic(name);
        }
        createTopic(name, partitions, configs);
    }

    /** Stops the brokers and removes their data. Idempotent. */
    @Override
    public synchronized void close() {
        running.values().forEach(Broker::kill);
        running.clear();
        loop.close();
        if (directory != null) {
            EmbeddedBroker.deleteTree(directory);
        }
    }

    @Override
    public String toString() {
        return "EmbeddedCluster[" + bootstrapServers() + "]";
    }

    /** What an embedded cluster shall be like. Used by one thread. */
    public static final class Builder {

        private final int brokers;
        private final Map<String, String> settings = new HashMap<>(EmbeddedBroker.Builder.DEFAULTS);
        private final Map<String, EmbeddedBroker.Builder.TopicToCreate> topics = new LinkedHashMap<>();
        private Storage storage = Storage.MEMORY;

        private Builder(int brokers) {
            if (brokers < 1) {
                throw new IllegalArgumentException("A cluster has at least one broker, not " + brokers + ".");
            }
            this.brokers = brokers;
        }

        /** A setting of all brokers under Kafka's name. */
        public Builder setting(String name, String value) {
            settings.put(name, value);
            return this;
        }

        /** Settings of all brokers under Kafka's names. */
        public Builder settings(Map<String, String> values) {
            settings.putAll(values);
            return this;
        }

        /** Where the data go; in memory unless told otherwise. */
        public Builder storage(Storage where) {
            this.storage = where;
            return this;
        }

        /** A topic to be there from the start. */
        public Builder topic(String name, int partitions) {
            return topic(name, partitions, Map.of());
        }

        /** A topic to be there from the start, with settings under Kafka's names. */
        public Builder topic(String name, int partitions, Map<String, String> configs) {
            topics.put(name, new EmbeddedBroker.Builder.TopicToCreate(partitions, Map.copyOf(configs)));
            return this;
        }

        /**
         * Starts the brokers, and returns when clients can use them and the topics.
         *
         * @throws RuntimeException when a setting or topic cannot be used, or a broker cannot start; the message says why, and nothing stays behind
         */
        public EmbeddedCluster start() {
            EmbeddedCluster cluster = new EmbeddedCluster(settings, storage == Storage.MEMORY ? null : EmbeddedBroker.Builder.temporaryDirectory());
            try {
                for (int id = 1; id <= brokers; id++) {
                    cluster.startBroker(id);
                }
                topics.forEach((name, topic) -> cluster.createTopic(name, topic.partitions(), topic.configs()));
                return cluster;
            } catch (RuntimeException e) {
                cluster.close();
                throw e;
            }
        }
    }
}
