package io.partita.broker;

import io.netty.buffer.PooledByteBufAllocator;
import io.partita.broker.api.AclApis;
import io.partita.broker.api.AdminApis;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.ApiVersionsHandler;
import io.partita.broker.api.AuthenticationApis;
import io.partita.broker.api.DataApis;
import io.partita.broker.api.GroupApis;
import io.partita.broker.api.QuotaApis;
import io.partita.broker.api.SecurityApis;
import io.partita.broker.api.TransactionApis;
import io.partita.broker.api.share.ShareApis;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Descriptors;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Failures;
import io.partita.broker.env.MemoryBudget;
import io.partita.broker.env.UnpackedLibraries;
import io.partita.broker.env.WorkerPools;
import io.partita.broker.group.ConsumerGroupConfig;
import io.partita.broker.group.GroupConfig;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.GroupLag;
import io.partita.broker.link.LinkMetrics;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.log.LogIncarnation;
import io.partita.broker.log.LogLimits;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.metadata.AwayDirectory;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterEvents;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.net.ListenerSecurity;
import io.partita.broker.net.NettyEventLoops;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.quota.Quotas;
import io.partita.broker.replication.Partitions;
import io.partita.broker.security.Audit;
import io.partita.broker.security.Authorizer;
import io.partita.broker.share.SharePartitions;
import io.partita.broker.share.state.ShareCoordinator;
import io.partita.broker.transaction.TransactionConfig;
import io.partita.broker.transaction.TransactionCoordinator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A whole broker in this process: the place where its parts are made and put together. {@link #start} returns when clients are served;
 * {@link #close} ends it and leaves its data closed. Thread-safe.
 */
public final class Broker implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Broker.class);

    private static final long STEP_SECONDS = 30;
    /** For one write to each set of partitions and for the images that follow. */
    private static final long HAND_OVER_SECONDS = 5;
    /** Opening thousands of logs, and an API server that is slow or away. */
    private static final long START_SECONDS = 300;

    private final BrokerConfig config;
    private final WorkerPools workers;
    private final EventLoops eventLoops;
    private final DataDirectories found;
    private final List<LogDirectory> directories;
    private final MetadataStore metadata;
    private final Partitions partitions;
    private final GroupCoordinator groups;
    private final TransactionCoordinator transactions;
    private final ShareCoordinator shareStates;
    private final Listeners listeners;
    private final ReplicationListener replication;
    private final ReplicaRoles roles;
    private final LogUpkeep upkeep;
    private final ApiRegistry registry;
    private final MemoryBudget memory;
    private final ConsumerLags lags;
    private final InProcessClients clients;
    private final ClusterEvents events;
    private boolean handedOver;
    private boolean closed;

    private Broker(
            BrokerConfig config,
            WorkerPools workers,
            EventLoops eventLoops,
            DataDirectories found,
            List<LogDirectory> directories,
            MetadataStore metadata,
            Partitions partitions,
            GroupCoordinator groups,
            TransactionCoordinator transactions,
            ShareCoordinator shareStates,
            Listeners listeners,
            ReplicationListener replication,
            ReplicaRoles roles,
            LogUpkeep upkeep,
            ApiRegistry registry,
            MemoryBudget memory,
            ConsumerLags lags,
            InProcessClients clients,
            ClusterEvents events) {
        this.config = config;
        this.workers = workers;
        this.eventLoops = eventLoops;
        this.found = found;
        this.directories = directories;
        this.metadata = metadata;
        this.partitions = partitions;
        this.groups = groups;
        this.transactions = transactions;
        this.shareStates = shareStates;
        this.listeners = listeners;
        this.replication = replication;
        this.roles = roles;
        this.upkeep = upkeep;
        this.registry = registry;
        this.memory = memory;
        this.lags = lags;
        this.clients = clients;
        this.events = events;
    }

    /**
     * Starts a broker: locks and recovers its data, then listens.
     *
     * @throws BrokerStartException when it cannot; nothing is left running then
     */
    public static Broker start(BrokerOptions options) {
        Startup startup = new Startup(options);
        try {
            return startup.run();
        } catch (IOException | RuntimeException e) {
            startup.undo();
            Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
            throw e instanceof BrokerStartException known ? known : new BrokerStartException(String.valueOf(cause.getMessage()), cause);
        }
    }

    /** The way from nothing to a broker; knows what to undo when it cannot be finished. */
    private static final class Startup {

        private final BrokerOptions options;
        private final BrokerConfig config;
        private final List<LogDirectory> directories = new ArrayList<>();
        private DataDirectories found;
        private WorkerPools workers;
        private EventLoops eventLoops;
        private MetadataStore metadata;
        private Listeners listeners;
        private ReplicationListener replication;

        Startup(BrokerOptions options) {
            this.options = options;
            this.config = options.config();
        }

        Broker run() throws IOException {
            workers = new WorkerPools();
            eventLoops = options.vertx() != null ? EventLoops.of(options.vertx()) : EventLoops.create(config.intValue("num.network.threads"));
            // Nothing is written before it is certain that the directories are this broker's and all there.
            found = DataDirectories.find(config.dataDirectories().stream().map(Path::of).toList(), config.value("cluster.id"), config.nodeId(), options.disk(),
                    options.entropy());
            found.join(await(options.metadata().clusterId(found, config).toCompletableFuture(), START_SECONDS,
                    "The store of the cluster's objects did not answer"), config.value("cluster.id") != null);
            String clusterId = found.clusterId();
            LogIncarnation incarnation = LogIncarnation.of(options.disk(), found, options.entropy());
            MetadataStore store = options.metadata().open(new MetadataStore.Context(
                    config, options.disk(), found, clusterId, incarnation, this::latestEpoch, workers, options.clock(), options.entropy()));
            metadata = store;
            claimDirectories(store.away());
            for (LogDirectory directory : directories) {
                directory.load(topic -> LogConfig.DEFAULTS, config.intValue("num.recovery.threads.per.data.dir"));
            }
            Partitions partitions = new Partitions();
            ListenerGuards guards = new ListenerGuards(config, workers, options.clock(), options.entropy(), store);
            replication = new ReplicationListener(config, store, clusterId, partitions, eventLoops.loops(), workers, options.clock(), guards);
            ReplicaRoles roles = new ReplicaRoles(config.nodeId(), store, incarnation, replication.link(), options.disk(), options.clock(), workers,
                    config.longValue("replica.lag.time.max.ms"));
            LocalPartitions local = new LocalPartitions(config.nodeId(), config, directories, store.away(), partitions, roles, store::recordsOf,
                    eventLoops.loops()::next,
                    workers);
            MemoryBudget memory = memory();
            ShareCoordinator shareStates = new ShareCoordinator(options.clock(), ShareSettings.states(config));
            ShareSettings shareSettings = new ShareSettings(config);
            StreamsSettings streamsSettings = new StreamsSettings(config);
            ShareStateRoutes shareRoutes = new ShareStateRoutes(config.nodeId(), shareStates, replication.calls(), store, config);
            PartitionBounds bounds = new PartitionBounds(config.nodeId(), partitions, replication.calls(), store::image, workers);
            SharePartitions shares = new SharePartitions(options.clock(), workers, shareRoutes,
                    new DeadLetterWrites(config, partitions, replication.calls(), store, options.clock(), workers),
                    () -> id -> shareSettings.records(store.image(), id));
            GroupCoordinator groups = new GroupCoordinator(options.clock(), options.entropy(), groupConfig(config), memory.groups(),
                    new GroupShareStates(shareRoutes, bounds));
            LocalMarkers markers = new LocalMarkers(partitions, groups, store::image, PooledByteBufAllocator.DEFAULT, options.clock());
            TransactionCoordinator transactions = new TransactionCoordinator(options.clock(), options.entropy(), transactionConfig(config),
                    new Markers(config.nodeId(), markers, replication.calls(), store::image, new PartitionsGone(store, options.clock())));
            Admissions admissions = new Admissions(config.nodeId(), transactions, replication.calls(), store::image);
            GoneTopics gone = new GoneTopics(options.clock(), this::undeleteMillis);
            CoordinatorPartitions applied = new CoordinatorPartitions(local, gone,
                    List.of(new CoordinatorPartitions.Hosted(groups.shards(), config.intValue("offsets.load.buffer.size"),
                            change -> GroupTopics.follow(groups, consumerConfig(config), shareSettings, streamsSettings, change), groups::topicsDeleted),
                            new CoordinatorPartitions.Hosted(transactions.shards(), config.intValue("transaction.state.log.load.buffer.size"),
                                    change -> {}, deleted -> {}),
                            new CoordinatorPartitions.Hosted(shareStates.shards(), config.intValue("share.coordinator.load.buffer.size"),
                                    change -> shares.leadersChanged(), deleted -> {})),
                    partitions, workers);
            Audit audit = new Audit(options.clock());
            Authorizer authorizer = Authorizer.of(config, () -> store.image().acls(), audit);
            ApiRegistry registry = serve(store, partitions, groups, transactions, admissions, markers, shares, clusterId, memory, authorizer, audit);
            Quotas quotas = Quotas.of(config, () -> store.image().quotas(), options.clock());
            listeners = new Listeners(config, eventLoops.loops(), registry, options, memory, Descriptors.connectionsMax(), authorizer, quotas, guards);
            listeners.bind();
            replication.bind();
            // Images come from the start on, and with them whoever follows and is followed.
            InProcessClients clients = new InProcessClients(config.nodeId(), registry, authorizer, quotas, eventLoops.loops(), workers, replication.calls(),
                    new ClientInsight(listeners, quotas));
            replication.open(served(store, partitions, transactions, markers, shareStates, clients));
            BrokerImage self = new BrokerImage(config.nodeId(), replication.with(listeners.advertised()), config.value("broker.rack"));
            ClusterEvents events = new ClusterEvents(options.clock());
            SerialImages images = new SerialImages(change -> {
                events.observe(change);
                // Who was deleted is shut out at once, however long it takes to carry out the rest.
                if (guards.usersOf(change.after())) {
                    listeners.review();
                }
                return applied.apply(change);
            }, local);
            await(store.start(self, images).toCompletableFuture(), START_SECONDS,
                    "The metadata of the cluster were not there (see the log for what was tried)");
            listeners.open();
            LogUpkeep upkeep = new LogUpkeep(config, () -> inForce(store.image()).longValue("log.dirs.reserve.bytes"), partitions,
                    () -> images.retry(workers::execute), directories,
                    store::hindered, eventLoops.loops().next(), workers, options.clock(), options.entropy());
            upkeep.start();
            UnpackedLibraries.problems().forEach(LOG::warn);
            return new Broker(config, workers, eventLoops, found, directories, store, partitions, groups, transactions, shareStates, listeners, replication,
                    roles, upkeep, registry, memory,
                    new ConsumerLags(config.nodeId(), groups, partitions, store::image, replication.calls(), workers, options.clock()),
                    clients,
                    events);
        }

        /** What other brokers may ask for, on behalf of clients that may. */
        private ApiRegistry served(MetadataStore store, Partitions partitions, TransactionCoordinator transactions, LocalMarkers markers,
                ShareCoordinator shareStates, InProcessClients clients) {
            ApiRegistry.Builder registry = new ApiRegistry.Builder();
            DataApis.serveBrokers(registry, store, config, partitions, workers);
            TransactionApis.serveBrokers(registry, store, config, transactions, markers);
            ShareApis.serveBrokers(registry, shareStates);
            registry.serve(ApiKey.ENVELOPE, 0, 0, clients::serve);
            return registry.build(entries -> new ApiVersionsHandler(entries, store.image().clusterId(), config.nodeId()));
        }

        private static TransactionConfig transactionConfig(BrokerConfig config) {
            return new TransactionConfig(
                    config.intValue("transaction.max.timeout.ms"),
                    config.intValue("transactional.id.expiration.ms"),
                    config.intValue("transaction.remove.expired.transaction.cleanup.interval.ms"),
                    TransactionConfig.DEFAULTS.writeTimeoutMillis());
        }

        private static GroupConfig groupConfig(BrokerConfig config) {
            return new GroupConfig(
                    config.intValue("group.min.session.timeout.ms"),
                    config.intValue("group.max.session.timeout.ms"),
                    config.intValue("group.initial.rebalance.delay.ms"),
                    config.intValue("group.max.size"),
                    config.intValue("offset.metadata.max.bytes"),
                    config.longValue("offsets.retention.minutes") * 60_000,
                    config.longValue("offsets.retention.check.interval.ms"),
                    config.longValue("offsets.commit.timeout.ms"),
                    GroupConfig.DEFAULTS.heartbeatHoldMaxMillis(),
                    consumerConfig(config));
        }

        private static ConsumerGroupConfig consumerConfig(BrokerConfig config) {
            return new ConsumerGroupConfig(
                    config.intValue("group.consumer.session.timeout.ms"),
                    config.intValue("group.consumer.heartbeat.interval.ms"),
                    false,
                    config.intValue("group.consumer.max.size"),
                    ConsumerGroupConfig.Migration.valueOf(config.value("group.consumer.migration.policy").toUpperCase(Locale.ROOT)));
        }

        /** Everything that a client may ask for. */
        private ApiRegistry serve(
                MetadataStore store,
                Partitions partitions,
                GroupCoordinator groups,
                TransactionCoordinator transactions,
                Admissions admissions,
                LocalMarkers markers,
                SharePartitions shares,
                String clusterId,
                MemoryBudget memory,
                Authorizer authorizer,
                Audit audit) {
            ApiRegistry.Builder registry = new ApiRegistry.Builder(config.booleanValue("audit.administration.enable") ? audit : null);
            DataApis.serve(registry, store, config, partitions, workers, admissions, options.clock(), options.entropy(), memory);
            TransactionApis.serve(registry, store, config, transactions, admissions, groups, markers.ofAdministrators(), options.clock());
            GroupApis.serve(registry, store, config, groups);
            ShareApis.serve(registry, store, config, partitions, shares);
            AdminApis.serve(registry, store, config, directories, options.disk(), workers);
            AclApis.serve(registry, store, authorizer);
            QuotaApis.serve(registry, store);
            SecurityApis.serve(registry);
            AuthenticationApis.serve(registry, store);
            return registry.build(entries -> new ApiVersionsHandler(entries, clusterId, config.nodeId()));
        }

        private MemoryBudget memory() {
            return MemoryBudget.of(MemoryBudget.directBytesMax(), Runtime.getRuntime().maxMemory(), config.longValue("queued.max.request.bytes"),
                    config.longValue("memory.request.bytes"), config.longValue("memory.group.bytes"), config.longValue("memory.conversion.bytes"));
        }

        private void claimDirectories(List<AwayDirectory> away) throws IOException {
            Set<Path> places = away.stream().map(AwayDirectory::path).collect(Collectors.toSet());
            for (DataDirectories.Unusable unusable : found.unusable()) {
                if (!places.contains(unusable.path().toAbsolutePath())) {
                    throw new IOException("The data directory " + unusable.path() + " cannot be used: " + unusable.reason()
                            + ". Repair it or its permissions, or take it out of log.dirs.");
                }
            }
            found.claim(places, config.nodeId(), LogLimits.ofProcess(config.dataDirectories().size()), options.clock(), workers, options.entropy(),
                    directories);
        }

        private BrokerConfig inForce(ClusterImage image) {
            return config.overlaid(image.brokerConfigs(ClusterImage.ALL_BROKERS), image.brokerConfigs(config.nodeId()));
        }

        private long undeleteMillis(ClusterImage image) {
            return inForce(image).longValue("log.undelete.retention.ms");
        }

        private int latestEpoch(String topic, UUID topicId, int partition) {
            LogId id = new LogId(topic, partition);
            int latest = -1;
            for (LogDirectory directory : directories) {
                try {
                    PartitionLog log = directory.log(id);
                    UUID madeFor = log == null ? null : directory.topicIdOf(log);
                    if (log != null && (madeFor == null || topicId.equals(madeFor))) {
                        latest = Math.max(latest, log.latestEpoch());
                    }
                    latest = Math.max(latest, directory.latestEpochOfStray(id, topicId));
                    UUID former = metadata == null ? null : metadata.recordsOf(topicId);
                    latest = former == null ? latest : Math.max(latest, directory.latestEpochOfStray(id, former));
                } catch (IOException e) {
                    LOG.warn("The leader epochs of {} cannot be read ({}); it cannot be led before they can", id, Failures.said(e));
                }
            }
            return latest;
        }

        void undo() {
            if (listeners != null) {
                listeners.close();
            }
            if (replication != null) {
                replication.close();
            }
            if (metadata != null) {
                metadata.close().toCompletableFuture().join();
            }
            for (LogDirectory directory : directories) {
                closeQuietly(directory);
            }
            if (found != null) {
                letGo(found);
            }
            if (eventLoops != null) {
                eventLoops.close();
            }
            if (workers != null) {
                workers.close();
            }
        }
    }

    private static <T> T await(CompletableFuture<T> step, long seconds, String otherwise) {
        try {
            return step.get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new CompletionException(e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException(otherwise + " within " + seconds + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(otherwise + ", because the thread was interrupted", e);
        }
    }

    private static void closeQuietly(LogDirectory directory) {
        try {
            directory.close();
        } catch (IOException e) {
            LOG.error("Data directory {} could not be closed properly: {}. The next start recovers it.", directory.path(), Failures.said(e));
        }
    }

    private static void letGo(DataDirectories found) {
        try {
            found.close();
        } catch (IOException e) {
            LOG.warn("The lock on a data directory could not be let go of: {}. It ends with the process.", Failures.said(e));
        }
    }

    /** Has others lead what they can lead as well, a while before this broker stops, and clients told so. Any thread; returns at once. */
    public void passOn() {
        metadata.passOn();
    }

    /**
     * Has others lead what this broker leads, while clients still get their answers: those who come here after that are told where to go. The first step of {@link #close}, which does it where
     * it was not done; for who has other things to end between the two. Idempotent.
     */
    public synchronized void handOver() {
        if (handedOver || closed) {
            return;
        }
        handedOver = true;
        roles.leave();
        try {
            await(metadata.handOver().toCompletableFuture(), HAND_OVER_SECONDS, "Leaderships were not handed over");
        } catch (RuntimeException e) {
            LOG.warn("{}; others take them over when this broker is gone.", e.getMessage());
        }
    }

    /** Hands over what it leads, stops serving and closes everything: connections first, logs last. Idempotent. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        handOver();
        closed = true;
        upkeep.stop();
        transactions.shards().close();
        groups.shards().close();
        shareStates.shards().close();
        listeners.close();
        replication.close();
        List<CompletableFuture<Void>> stopped = new ArrayList<>();
        partitions.forEachReplica(replica -> {
            CompletableFuture<Void> done = new CompletableFuture<>();
            stopped.add(done);
            replica.owner().run(() -> {
                replica.close();
                done.complete(null);
            });
        });
        try {
            await(CompletableFuture.allOf(stopped.toArray(new CompletableFuture[0])), STEP_SECONDS, "Partitions did not stop");
            await(metadata.close().toCompletableFuture(), STEP_SECONDS, "The metadata store did not close");
        } catch (RuntimeException e) {
            LOG.error("The broker does not stop in order; its logs are closed all the same", e);
        }
        for (LogDirectory directory : directories) {
            closeQuietly(directory);
        }
        letGo(found);
        if (!eventLoops.settle(workers, STEP_SECONDS)) {
            LOG.warn("Background tasks did not end within {} s and are left behind; a disk may hang", STEP_SECONDS);
        }
        eventLoops.close();
        workers.close();
    }

    /**
     * Ends it as if its process were killed: connections break, nothing is handed over, closed in order or said to anybody. What was written is there for the next start, and on the
     * disk of a machine as much as its operating system has. For tests of what depends on it. Idempotent.
     */
    public synchronized void kill() {
        if (closed) {
            return;
        }
        closed = true;
        metadata.abandon();
        eventLoops.close();
        workers.close();
        for (LogDirectory directory : directories) {
            try {
                directory.abandon();
            } catch (IOException e) {
                LOG.warn("The lock on {} could not be let go of: {}. It ends with the process.", directory.path(), Failures.said(e));
            }
        }
        letGo(found);
    }

    /** The loops that everything is done on. */
    List<EventLoop> loops() {
        return eventLoops.loops().all();
    }

    /**
     * Completes with a sentence when this process can no longer be its broker, because another one is, and is to {@linkplain #close end}. What depends on it must not block.
     */
    public CompletionStage<String> mustEnd() {
        return metadata.mustEnd();
    }

    /** What a client of the first listener gives as its bootstrap servers, for example {@code localhost:9092}. */
    public String bootstrapServers() {
        BrokerImage.Endpoint first = listeners.advertised().getFirst();
        return first.host() + ":" + first.port();
    }

    /** The port of the first listener. */
    public int port() {
        return listeners.advertised().getFirst().port();
    }

    public int nodeId() {
        return config.nodeId();
    }

    public String clusterId() {
        return metadata.image().clusterId();
    }

    /** The topics and settings as they are now. */
    public ClusterImage image() {
        return metadata.image();
    }

    /** Where topics are created and changed. */
    public MetadataStore metadata() {
        return metadata;
    }

    /** The partitions led here. */
    public Partitions partitions() {
        return partitions;
    }

    /** The consumer groups whose partitions are led here. */
    public GroupCoordinator groups() {
        return groups;
    }

    /** The transactional ids whose partitions are led here. */
    public TransactionCoordinator transactions() {
        return transactions;
    }

    /** The state of share-partitions that is kept here. */
    public ShareCoordinator shareStates() {
        return shareStates;
    }

    /** The data directories. */
    public List<LogDirectory> directories() {
        return List.copyOf(directories);
    }

    /** Which requests are served. */
    public ApiRegistry registry() {
        return registry;
    }

    /** The way for requests from within this process. */
    public InProcessClients clients() {
        return clients;
    }

    /** What happened lately, as this broker saw it. */
    public ClusterEvents events() {
        return events;
    }

    /** What the clients of a listener are asked for, {@code null} where there is no such listener. */
    public ListenerSecurity security(String listener) {
        return listeners.security(listener);
    }

    /** The loops that everything is done on, for sockets of other protocols. */
    public NettyEventLoops eventLoops() {
        return eventLoops.loops();
    }

    /** The settings that it was started with. */
    public BrokerConfig config() {
        return config;
    }

    /** What listeners ask of their clients. */
    ListenerGuards guards() {
        return listeners.guards();
    }

    /** What clients make this broker hold. */
    public MemoryBudget memory() {
        return memory;
    }

    /** The port that other brokers come by, 0 where there are none. */
    int replicationPort() {
        return replication.port();
    }

    /** Measures how far the groups are behind that this broker coordinates; {@code answer} is told once, on any thread. */
    public void lags(Consumer<List<GroupLag>> answer) {
        lags.measure(answer);
    }

    /** The connections between this broker and the others. */
    public LinkMetrics replication() {
        return replication.metrics();
    }

    public int connectionCount() {
        return listeners.connectionCount();
    }

    /** The version of this library, {@code development} when it does not run from its jar. */
    public static String version() {
        String version = Broker.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
