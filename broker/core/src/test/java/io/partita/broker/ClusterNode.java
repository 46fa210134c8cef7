package io.partita.broker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.ApiVersionsHandler;
import io.partita.broker.api.DataApis;
import io.partita.broker.api.TransactionApis;
import io.partita.broker.cluster.MemoryObjectStore;
import io.partita.broker.cluster.ObjectMetadataStore;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.MemoryBudget;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.Workers;
import io.partita.broker.group.GroupConfig;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.link.BrokerCalls;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.log.FaultyDisk;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogIncarnation;
import io.partita.broker.log.LogLimits;
import io.partita.broker.log.LogSlice;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import io.partita.broker.replication.Replica;
import io.partita.broker.replication.ReplicaAnswer;
import io.partita.broker.replication.ReplicaFetch;
import io.partita.broker.replication.ReplicaFetchCallback;
import io.partita.broker.replication.ReplicaLink;
import io.partita.broker.sim.SimRequest;
import io.partita.broker.transaction.TransactionConfig;
import io.partita.broker.transaction.TransactionCoordinator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One process of a broker in a simulated cluster: the real metadata store, roles, leaders, followers and logs, over a disk that loses and fails and a link that is cut.
 * All of it runs on the one loop of the simulation until the process is killed.
 */
final class ClusterNode {

    static final String CLUSTER = "AAAAAAAAAAAAAAAAAAAAAA";
    private static final Path DATA = Path.of("/data");
    private static final int LOAD_BYTES = 1_000;
    private static final long UNDELETE_MILLIS = 60_000;

    /** What lies between the brokers. */
    interface Network {

        /** The process of a broker that runs now, {@code null} for none. */
        ClusterNode running(int broker);

        /** Whether what one broker sends reaches another now. */
        boolean reaches(int from, int to);

        /** How long it takes. */
        long delayMillis();
    }

    final int id;
    final FaultyDisk disk;
    final Partitions partitions = new Partitions();
    final MemoryObjectStore.Road road;
    final MortalLoop loop;
    final GroupCoordinator groups;
    final TransactionCoordinator transactions;
    private final Network network;
    private final Calls calls = new Calls();
    private ApiRegistry clientApis;
    private ApiRegistry brokerApis;
    final MetadataStore store;
    private final LogDirectory directory;
    private final SerialImages images;
    private final Clock clock;

    ClusterNode(int id, FaultyDisk disk, EventLoop shared, SimulatedTime time, MemoryObjectStore objects, MemoryObjectStore.Road road, Network network,
            Map<String, String> settings) throws IOException {
        this.id = id;
        this.disk = disk;
        this.road = road;
        this.network = network;
        this.clock = time.clock();
        this.loop = new MortalLoop(shared);
        this.groups = new GroupCoordinator(time.clock(), time.entropy(), GroupConfig.DEFAULTS, new MemoryPool(1 << 30));
        Workers workers = loop::execute;
        BrokerConfig config = BrokerConfig.of(settings);
        try (DataDirectories found = DataDirectories.find(List.of(DATA), CLUSTER, id, disk, time.entropy())) {
            LogIncarnation incarnation = LogIncarnation.of(disk, found, time.entropy());
            store = ObjectMetadataStore.of(objects.client(road), loop, () -> null, () -> {
            }).open(new MetadataStore.Context(config, disk, found, CLUSTER, incarnation, (topic, topicId, partition) -> -1, workers, time.clock(),
                    time.entropy()));
            transactions = serve(config, time, workers);
            List<LogDirectory> claimed = new ArrayList<>();
            found.claim(Set.of(), id, new LogLimits(64, 1_000), time.clock(), workers, time.entropy(), claimed);
            directory = claimed.getFirst();
            directory.load(topic -> LogConfig.DEFAULTS, 1);
            ReplicaRoles roles = new ReplicaRoles(id, store, incarnation, new Link(), disk, time.clock(), workers, config.longValue("replica.lag.time.max.ms"));
            LocalPartitions local = new LocalPartitions(id, config, claimed, List.of(), partitions, roles, topic -> null, () -> loop, workers);
            BrokerImage self = new BrokerImage(id, List.of(new BrokerImage.Endpoint("PLAINTEXT", "broker-" + id, 9092)), null);
            CoordinatorPartitions applied = new CoordinatorPartitions(local, new GoneTopics(time.clock(), image -> UNDELETE_MILLIS),
                    List.of(new CoordinatorPartitions.Hosted(groups.shards(), LOAD_BYTES, change -> {}, groups::topicsDeleted),
                            new CoordinatorPartitions.Hosted(transactions.shards(), LOAD_BYTES, change -> {}, deleted -> {})),
                    partitions, workers);
            images = new SerialImages(applied, local);
            store.start(self, images).whenComplete((nothing, failure) -> {
                if (failure != null) {
                    // Its process ends.
                    kill();
                }
            });
        }
        every(1_000, () -> {
            partitions.forEachReplica(replica -> {
                replica.flushIfTimely();
                replica.tick();
            });
            store.hindered(partitions.hindrances());
            images.retry(Runnable::run);
        });
        every(5_000, this::checkpoint);
    }

    /** Wires what takes part in transactions, as a broker does. */
    private TransactionCoordinator serve(BrokerConfig config, SimulatedTime time, Workers workers) {
        LocalMarkers local = new LocalMarkers(partitions, groups, store::image, new UnpooledByteBufAllocator(false), time.clock());
        TransactionCoordinator coordinator = new TransactionCoordinator(time.clock(), time.entropy(), TransactionConfig.DEFAULTS,
                new Markers(id, local, calls, store::image, new PartitionsGone(store, time.clock())));
        Admissions admissions = new Admissions(id, coordinator, calls, store::image);
        ApiRegistry.Builder clients = new ApiRegistry.Builder();
        DataApis.serve(clients, store, config, partitions, workers, admissions, time.clock(), time.entropy(), MemoryBudget.ofThisProcess());
        TransactionApis.serve(clients, store, config, coordinator, admissions, groups, local.ofAdministrators(), time.clock());
        clientApis = clients.build(entries -> new ApiVersionsHandler(entries, CLUSTER, id));
        ApiRegistry.Builder brokers = new ApiRegistry.Builder();
        TransactionApis.serveBrokers(brokers, store, config, coordinator, local);
        brokerApis = brokers.build(entries -> new ApiVersionsHandler(entries, CLUSTER, id));
        return coordinator;
    }

    /** A request of a client arrives. {@code answer} is given the response when there is one. */
    void request(ApiKey key, int version, Message request, Consumer<Message> answer) {
        loop.execute(() -> clientApis.find((short) key.id()).handler().handle(new SimRequest(loop, key, version, answer), request));
    }

    /** Calls between brokers, as connections are: in order, and what is sent over a way that is cut is lost, which is noticed a while later. */
    private final class Calls implements BrokerCalls {

        private static final long NOTICED_MILLIS = 750;

        /** When the last one arrives, by broker. */
        private final Map<Integer, Long> lastAt = new HashMap<>();

        @Override
        public void call(int broker, ApiKey key, short version, Message request, Message response, long timeoutMillis, Consumer<Message> answer) {
            ClusterNode target = network.running(broker);
            if (target == null || !isReached(target)) {
                loop.schedule(target == null ? 1 : NOTICED_MILLIS, () -> answer.accept(null));
                return;
            }
            Call call = new Call(target, answer);
            long now = clock.monotonicMillis();
            long at = Math.max(lastAt.getOrDefault(broker, 0L), now + network.delayMillis());
            lastAt.put(broker, at);
            target.loop.schedule(at - now,
                    () -> target.brokerApis.find((short) key.id()).handler().handle(new SimRequest(target.loop, key, version, call::back), request));
            call.watch(now + timeoutMillis);
        }

        private boolean isReached(ClusterNode target) {
            return network.reaches(id, target.id) && network.reaches(target.id, id);
        }

        private final class Call {
            private final ClusterNode target;
            private final Consumer<Message> answer;
            private boolean over;

            private Call(ClusterNode target, Consumer<Message> answer) {
                this.target = target;
                this.answer = answer;
            }

            /** Until it is answered, nobody is there any more, or it takes too long. */
            private void watch(long until) {
                loop.schedule(NOTICED_MILLIS, () -> {
                    if (over) {
                        return;
                    }
                    if (target.loop.dead || target.isPaused() || !isReached(target) || clock.monotonicMillis() >= until) {
                        over = true;
                        answer.accept(null);
                    } else {
                        watch(until);
                    }
                });
            }

            private void back(Message response) {
                if (isReached(target)) {
                    loop.schedule(network.delayMillis(), () -> {
                        if (!over) {
                            over = true;
                            answer.accept(response);
                        }
                    });
                }
            }
        }
    }

    private void every(long millis, Runnable task) {
        loop.schedule(millis, () -> {
            every(millis, task);
            task.run();
        });
    }

    private void checkpoint() {
        try {
            directory.checkpoint();
        } catch (IOException e) {
            // The disk fails; the next time it may not.
        }
    }

    boolean isAlive() {
        return !loop.dead;
    }

    /** As kill -9. */
    void kill() {
        loop.dead = true;
        disk.crashProcess();
    }

    /** As the failure of the machine. */
    void fail() {
        loop.dead = true;
        disk.crashMachine();
    }

    /** As SIGSTOP, until {@link #resume}. */
    void pause() {
        loop.paused = new ArrayList<>();
    }

    boolean isPaused() {
        return loop.paused != null;
    }

    void resume() {
        List<Runnable> late = loop.paused;
        loop.paused = null;
        late.forEach(loop::execute);
    }

    /** Every replica that has a role. */
    List<Replica> replicas() {
        List<Replica> replicas = new ArrayList<>();
        partitions.forEachReplica(replicas::add);
        return replicas;
    }

    static ByteBuf received(LogSlice slice) {
        ByteBuf bytes = Unpooled.buffer();
        try {
            slice.verify();
            if (slice.error() != ErrorCode.NONE) {
                return bytes;
            }
            slice.copyTo(bytes);
        } catch (IOException e) {
            bytes.clear();
        } finally {
            slice.release();
        }
        // Whole batches only, as the receiver keeps no piece of one.
        int at = 0;
        while (bytes.writerIndex() - at >= RecordBatch.HEADER_BYTES && RecordBatch.sizeInBytes(bytes, at) <= bytes.writerIndex() - at) {
            at += RecordBatch.sizeInBytes(bytes, at);
        }
        return bytes.writerIndex(at);
    }

    /** A link as sockets are: what is sent over a way that is cut is lost, and that is noticed a while later. */
    private final class Link implements ReplicaLink {

        private static final long NOTICED_MILLIS = 750;

        @Override
        public void fetch(int leader, PartitionKey partition, ReplicaFetch fetch, Outcome outcome) {
            ClusterNode target = network.running(leader);
            if (target == null || !network.reaches(id, leader) || !network.reaches(leader, id)) {
                loop.schedule(target == null ? 1 : NOTICED_MILLIS, () -> {
                    store.suspect(leader);
                    outcome.lost();
                });
                return;
            }
            Waiting waiting = new Waiting(target, outcome);
            target.loop.schedule(network.delayMillis(), () -> target.answer(partition, fetch, waiting));
        }

        private final class Waiting implements ReplicaFetchCallback {
            private final ClusterNode target;
            private final Outcome outcome;
            private boolean over;
            private boolean dropped;

            private Waiting(ClusterNode target, Outcome outcome) {
                this.target = target;
                this.outcome = outcome;
                check();
            }

            private void check() {
                loop.schedule(NOTICED_MILLIS, () -> {
                    if (over) {
                        return;
                    }
                    if (dropped || !isOpen()) {
                        over = true;
                        store.suspect(target.id);
                        outcome.lost();
                    } else {
                        check();
                    }
                });
            }

            @Override
            public void answered(ReplicaAnswer<LogSlice> answer) {
                ReplicaAnswer<ByteBuf> sent = answer.map(ClusterNode::received);
                back(() -> outcome.answered(sent));
            }

            @Override
            public void refused() {
                back(outcome::lost);
            }

            private void back(Runnable task) {
                if (!network.reaches(target.id, id)) {
                    dropped = true;
                    return;
                }
                loop.schedule(network.delayMillis(), () -> {
                    if (!over) {
                        over = true;
                        task.run();
                    }
                });
            }

            @Override
            public boolean isOpen() {
                // A connection that was given up does not come back.
                dropped |= loop.dead || target.loop.dead || !network.reaches(id, target.id) || !network.reaches(target.id, id);
                return !dropped;
            }
        }
    }

    private void answer(PartitionKey partition, ReplicaFetch fetch, ReplicaFetchCallback callback) {
        PartitionLeader leader = partitions.find(partition.topicId(), partition.partition());
        if (leader == null) {
            callback.refused();
        } else {
            leader.replicaFetch(fetch, 600, callback);
        }
    }

    /** What a process has handed over is not done any more once it is dead, and later while it is paused. */
    static final class MortalLoop implements EventLoop {

        private final EventLoop loop;
        private boolean dead;
        private List<Runnable> paused;

        private MortalLoop(EventLoop loop) {
            this.loop = loop;
        }

        private Runnable alive(Runnable task) {
            return () -> {
                if (dead) {
                    return;
                }
                if (paused != null) {
                    paused.add(task);
                } else {
                    task.run();
                }
            };
        }

        @Override
        public boolean inEventLoop() {
            return loop.inEventLoop();
        }

        @Override
        public void execute(Runnable task) {
            loop.execute(alive(task));
        }

        @Override
        public Timer schedule(long delayMillis, Runnable task) {
            return loop.schedule(delayMillis, alive(task));
        }
    }
}
