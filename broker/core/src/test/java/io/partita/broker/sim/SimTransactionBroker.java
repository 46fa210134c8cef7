package io.partita.broker.sim;

import io.partita.broker.CoordinatorLogs;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.ApiVersionsHandler;
import io.partita.broker.api.DataApis;
import io.partita.broker.api.TransactionApis;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryBudget;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.group.GroupConfig;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.log.FaultyDisk;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import io.partita.broker.transaction.MarkerSender;
import io.partita.broker.transaction.TransactionConfig;
import io.partita.broker.transaction.TransactionCoordinator;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** The parts of a broker that take part in transactions, from its APIs down to its disk, on simulated threads: one process. */
final class SimTransactionBroker implements SimTransactionTarget {

    static final String TOPIC = "t";
    static final int PARTITIONS = 3;

    private static final Path DATA = Path.of("/data");
    private static final BrokerConfig CONFIG = BrokerConfig.of(Map.of("node.id", "1", "log.dirs", "/data"));
    private static final int LOAD_BYTES = 2_000;

    private final SimThreads threads;
    private final LogDirectory directory;
    private final ApiRegistry registry;
    private final List<PartitionLeader> leaders = new ArrayList<>();
    final GroupCoordinator groups;

    /** @param markers what is put before the sender of markers: a fault that is to be found */
    SimTransactionBroker(SimThreads threads, FaultyDisk disk, Random random, LogConfig config, int epoch, UnaryOperator<MarkerSender> markers)
            throws IOException {
        this.threads = threads;
        directory = LogDirectory.open(DATA, "cluster", 1, 8, disk, threads.clock, threads, random::nextLong);
        directory.load(topic -> config, 1);
        Partitions partitions = new Partitions();
        List<TopicImage> topics = new ArrayList<>();
        topic(TOPIC, 7, PARTITIONS, config, epoch, topics);
        topic(GroupCoordinator.TOPIC, 8, 1, config, epoch, topics);
        topic(TransactionCoordinator.TOPIC, 9, 1, config, epoch, topics);
        partitions.add(leaders.subList(0, PARTITIONS));
        partitions.add(List.of(leaders.get(PARTITIONS)));
        partitions.add(List.of(leaders.get(PARTITIONS + 1)));
        ClusterImage image = ClusterImage.of("cluster", List.of(new BrokerImage(1, List.of(new BrokerImage.Endpoint("SIM", "h", 1)), null)), topics, Map.of());
        groups = new GroupCoordinator(threads.clock, random::nextLong, GroupConfig.DEFAULTS, new MemoryPool(1 << 30));
        MarkerSender sender = markers.apply(CoordinatorLogs.markers(partitions, groups, () -> image, threads.clock));
        var transactions = new TransactionCoordinator(threads.clock, random::nextLong, TransactionConfig.DEFAULTS, sender);
        PartitionLeader offsets = leaders.get(PARTITIONS);
        PartitionLeader state = leaders.get(PARTITIONS + 1);
        groups.shards().partitionCount(1);
        groups.shards().elected(0, offsets.owner(), CoordinatorLogs.over(offsets, threads, LOAD_BYTES));
        transactions.shards().partitionCount(1);
        transactions.shards().elected(0, state.owner(), CoordinatorLogs.over(state, threads, LOAD_BYTES));
        MetadataStore metadata = metadata(image);
        ApiRegistry.Builder builder = new ApiRegistry.Builder();
        DataApis.serve(builder, metadata, CONFIG, partitions, threads, transactions, threads.clock, random::nextLong, MemoryBudget.ofThisProcess());
        TransactionApis.serve(builder, metadata, CONFIG, transactions, transactions, groups, sender, threads.clock);
        registry = builder.build(entries -> new ApiVersionsHandler(entries, "cluster", 1));
    }

    private void topic(String name, long id, int count, LogConfig config, int epoch, List<TopicImage> topics) throws IOException {
        List<PartitionImage> images = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            LogId log = new LogId(name, index);
            PartitionLog found = directory.log(log) != null ? directory.log(log) : directory.create(log, new UUID(0, id), config);
            found.reconfigure(config);
            leaders.add(new PartitionLeader(name, new UUID(0, id), index, threads.loop(leaders.size()), threads, found, epoch, 1));
            images.add(new PartitionImage(1, epoch, epoch, List.of(1), List.of(1)));
        }
        topics.add(new TopicImage(name, new UUID(0, id), images, Map.of()));
    }

    private static MetadataStore metadata(ClusterImage image) {
        return (MetadataStore) Proxy.newProxyInstance(MetadataStore.class.getClassLoader(), new Class<?>[] {MetadataStore.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("states")) {
                        return null;
                    }
                    if (method.getName().equals("image")) {
                        return image;
                    }
                    throw new AssertionError(method.getName());
                });
    }

    PartitionLeader leader(int partition) {
        return leaders.get(partition);
    }

    List<PartitionLeader> allLeaders() {
        return leaders;
    }

    boolean isOffline() {
        return directory.isOffline();
    }

    void checkpoint() throws IOException {
        directory.checkpoint();
    }

    @Override
    public String topic() {
        return TOPIC;
    }

    @Override
    public int partitions() {
        return PARTITIONS;
    }

    /** A request arrives on the connection of event loop {@code connection}. */
    @Override
    public void request(int connection, ApiKey key, int version, Message message, Consumer<Message> answer) {
        SimRequest request = new SimRequest(threads.loop(connection), key, version, answer);
        threads.on(request.eventLoop(), () -> registry.find((short) key.id()).handler().handle(request, message));
    }

    /** An orderly end. */
    void close() throws IOException {
        for (PartitionLeader leader : leaders) {
            leader.owner().run(leader::close);
        }
        threads.settle();
        directory.close();
        threads.settle();
    }
}
