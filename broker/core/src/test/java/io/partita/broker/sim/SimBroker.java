package io.partita.broker.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.CoordinatorLogs;
import io.partita.broker.Invariant;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.ApiVersionsHandler;
import io.partita.broker.api.DataApis;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryBudget;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.group.GroupConfig;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.log.FaultyDisk;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.log.LogSlice;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import io.partita.broker.transaction.TransactionConfig;
import io.partita.broker.transaction.TransactionCoordinator;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;

/** The parts of a broker from its APIs down to its disk, on simulated threads: one process, from its start to its end. */
final class SimBroker {

    static final String TOPIC = "t";

    private static final Path DATA = Path.of("/data");
    private static final BrokerConfig CONFIG = BrokerConfig.of(Map.of("node.id", "1", "log.dirs", "/data"));
    private static final GroupConfig GROUPS = GroupConfig.DEFAULTS.withInitialRebalanceDelayMillis(500);
    private static final int LOAD_BYTES = 2_000;

    private final SimThreads threads;
    private final Random random;
    private final LogDirectory directory;
    private final ApiRegistry registry;
    private final List<PartitionLeader> leaders = new ArrayList<>();
    private final PartitionLeader offsets;
    final GroupCoordinator groups;

    /** Starts a process on what is on the disk. {@code configs} are those of the partitions, the last one that of the offsets' topic. */
    SimBroker(SimThreads threads, FaultyDisk disk, Random random, List<LogConfig> configs, int epoch) throws IOException {
        this.threads = threads;
        this.random = random;
        directory = LogDirectory.open(DATA, "cluster", 1, 8, disk, threads.clock, threads, random::nextLong);
        directory.load(topic -> topic.equals(TOPIC) ? configs.getFirst() : configs.getLast(), 1);
        Partitions partitions = new Partitions();
        for (int i = 0; i < configs.size() - 1; i++) {
            leaders.add(leader(TOPIC, new UUID(0, 7), i, configs.get(i), epoch));
        }
        partitions.add(leaders);
        offsets = leader(GroupCoordinator.TOPIC, new UUID(0, 8), 0, configs.getLast(), epoch);
        partitions.add(List.of(offsets));
        groups = groups();
        ApiRegistry.Builder builder = new ApiRegistry.Builder();
        TransactionCoordinator transactions = new TransactionCoordinator(threads.clock, random::nextLong, TransactionConfig.DEFAULTS,
                (partition, marker, outcome) -> outcome.accept(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
        DataApis.serve(builder, noMetadata(), CONFIG, partitions, threads, transactions, threads.clock, random::nextLong,
                MemoryBudget.ofThisProcess());
        registry = builder.build(entries -> new ApiVersionsHandler(entries, "cluster", 1));
    }

    private PartitionLeader leader(String topic, UUID id, int index, LogConfig config, int epoch) throws IOException {
        LogId log = new LogId(topic, index);
        PartitionLog found = directory.log(log) != null ? directory.log(log) : directory.create(log, id, config);
        found.reconfigure(config);
        return new PartitionLeader(topic, id, index, threads.loop(index), threads, found, epoch, 1);
    }

    /** A coordinator that has loaded, or is loading, what the log of offsets has. */
    GroupCoordinator groups() {
        GroupCoordinator coordinator = new GroupCoordinator(threads.clock, random::nextLong, GROUPS, new MemoryPool(1 << 30));
        coordinator.shards().partitionCount(1);
        coordinator.shards().elected(0, offsets.owner(), CoordinatorLogs.over(offsets, threads, LOAD_BYTES));
        return coordinator;
    }

    /** The topics are there from the beginning, so nobody asks for more. */
    private static MetadataStore noMetadata() {
        ClusterImage image = ClusterImage.empty("cluster");
        return (MetadataStore) Proxy.newProxyInstance(MetadataStore.class.getClassLoader(), new Class<?>[] {MetadataStore.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("image")) {
                        return image;
                    }
                    throw new AssertionError(method.getName());
                });
    }

    /** Fails if an owner has met a defect and ended itself: what is right in a broker that serves others must not hide it here. */
    void checkNothingBroke() {
        for (PartitionLeader leader : allLeaders()) {
            Invariant.check(leader.ended() != ErrorCode.KAFKA_STORAGE_ERROR, "a partition met a defect");
        }
        Invariant.check(groups.defectCount() == 0, "groups met a defect");
    }

    PartitionLeader leader(int partition) {
        return leaders.get(partition);
    }

    List<PartitionLeader> allLeaders() {
        List<PartitionLeader> all = new ArrayList<>(leaders);
        all.add(offsets);
        return all;
    }

    long nowMillis() {
        return threads.clock.wallMillis();
    }

    boolean isWritable() {
        return directory.isWritable();
    }

    boolean isOffline() {
        return directory.isOffline();
    }

    void checkpoint() throws IOException {
        directory.checkpoint();
    }

    /** A request arrives on the connection of event loop {@code connection}. */
    SimRequest request(int connection, ApiKey key, int version, Message message, Consumer<Message> answer) {
        SimRequest request = new SimRequest(threads.loop(connection), key, version, answer);
        threads.on(request.eventLoop(), () -> registry.find((short) key.id()).handler().handle(request, message));
        return request;
    }

    /** The values of all records of a partition below {@code endOffset}, one for each offset from 0; null below the start of the log. */
    List<String> content(int partition, long endOffset) throws IOException {
        PartitionLog log = leaders.get(partition).log();
        List<String> values = new ArrayList<>();
        while (values.size() < log.logStartOffset()) {
            values.add(null);
        }
        RecordReader reader = new RecordReader(1 << 20);
        while (values.size() < endOffset) {
            int before = values.size();
            LogSlice slice = log.read(before, 4_000, endOffset, true);
            ByteBuf bytes = Unpooled.buffer();
            slice.verify();
            if (slice.error() != ErrorCode.NONE) {
                throw new AssertionError("partition " + partition + ", offset " + before + ": " + slice.error());
            }
            slice.copyTo(bytes);
            slice.release();
            for (int at = 0; bytes.writerIndex() - at >= RecordBatch.HEADER_BYTES
                    && RecordBatch.sizeInBytes(bytes, at) <= bytes.writerIndex() - at; at += RecordBatch.sizeInBytes(bytes, at)) {
                reader.open(bytes, at);
                while (reader.next()) {
                    if (reader.offset() != values.size()) {
                        throw new AssertionError("partition " + partition + ": offset " + reader.offset() + " in place of " + values.size());
                    }
                    values.add(reader.value().toString(StandardCharsets.UTF_8));
                }
            }
            if (values.size() == before) {
                throw new AssertionError("partition " + partition + ": nothing at offset " + before + " of " + endOffset);
            }
        }
        return values;
    }

    /** An orderly end. */
    void close() throws IOException {
        groups.shards().close();
        for (PartitionLeader leader : allLeaders()) {
            leader.owner().run(leader::close);
        }
        threads.settle();
        directory.close();
        threads.settle();
    }
}
