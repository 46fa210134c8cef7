package io.partita.broker;

import io.partita.broker.cluster.MemoryObjectStore;
import io.partita.broker.cluster.ObjectMetadataStore;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.ThreadLoop;
import io.partita.broker.link.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.IntFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** Brokers of one cluster in this process, which replicate to each other over sockets, with their objects in its memory and their data in files. */
final class ReplicatingBrokers implements AutoCloseable {

    private final Path directory;
    private final IntFunction<Map<String, String>> settings;
    private final ThreadLoop loop = new ThreadLoop("objects");
    private final MemoryObjectStore objects = new MemoryObjectStore(loop);
    private final Map<Integer, Broker> brokers = new ConcurrentSkipListMap<>();
    /** What the others reach a broker by, where that is not direct. */
    private final Map<Integer, Wire> wires = new TreeMap<>();

    ReplicatingBrokers(Path directory) {
        this(directory, List.of());
    }

    /** @param wired the brokers that others reach by a wire */
    ReplicatingBrokers(Path directory, List<Integer> wired) {
        this(directory, wired, id -> Map.of());
    }

    /** @param settings what each broker has beside what all of them have here */
    ReplicatingBrokers(Path directory, List<Integer> wired, IntFunction<Map<String, String>> settings) {
        this.directory = directory;
        this.settings = settings;
        for (int id : wired) {
            try {
                wires.put(id, new Wire(() -> brokers.get(id).replicationPort()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        for (int id = 1; id <= 3; id++) {
            start(id);
        }
    }

    void start(int id) {
        ThreadLoop metadata = new ThreadLoop("metadata-" + id);
        Map<String, String> settings = new HashMap<>(Map.of("node.id", Integer.toString(id), "listeners", "PLAINTEXT://127.0.0.1:0",
                "log.dirs", directory.resolve("data-" + id).toString(), "offsets.topic.num.partitions", "3", "group.initial.rebalance.delay.ms", "0",
                "transaction.state.log.num.partitions", "3", "share.coordinator.state.topic.num.partitions", "3"));
        settings.putAll(this.settings.apply(id));
        if (wires.containsKey(id)) {
            settings.put("replication.advertised.listener", "127.0.0.1:" + wires.get(id).port());
        }
        brokers.put(id, Broker.start(BrokerOptions.of(BrokerConfig.of(settings))
                .withMetadata(ObjectMetadataStore.of(objects.client(), metadata, () -> null, metadata::close))));
    }

    /** Breaks all connections that go by wires. */
    void breakConnections() throws IOException {
        for (Wire wire : wires.values()) {
            wire.reset();
        }
    }

    void stop(int id) {
        brokers.remove(id).close();
    }

    /** Ends one as if its process were killed. */
    void kill(int id) {
        brokers.remove(id).kill();
    }

    /** Those that run, by number. */
    Map<Integer, Broker> running() {
        return brokers;
    }

    Broker broker(int id) {
        return brokers.get(id);
    }

    String bootstrap() {
        List<String> servers = new ArrayList<>();
        brokers.values().forEach(broker -> servers.add(broker.bootstrapServers()));
        return String.join(",", servers);
    }

    Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", bootstrap()));
    }

    /** A topic with three replicas, two of which must have a record. */
    void create(String topic, int partitions) throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 3).configs(Map.of("min.insync.replicas", "2")))).all().get();
        }
    }

    int leader(String topic, int partition) {
        return brokers.values().iterator().next().image().topic(topic).partition(partition).leader();
    }

    @Override
    public void close() {
        brokers.values().forEach(Broker::close);
        for (Wire wire : wires.values()) {
            try {
                wire.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        loop.close();
    }
}
