package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.partita.broker.cluster.SetKeeper;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.Hindrances;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionSetText;
import io.partita.broker.control.PartitionStates;
import io.partita.broker.env.ThreadLoop;
import io.partita.broker.log.FoundDirectory;
import io.partita.broker.log.LogIncarnation;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.BrokerImage.Endpoint;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ConfigAlteration;
import io.partita.broker.metadata.ElectionWish;
import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.ImageChange.Basis;
import io.partita.broker.metadata.ImageListener;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.security.sasl.KeySet;
import io.partita.broker.metadata.NewPartitions;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.ReassignmentWish;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicSelector;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.quota.QuotaAlteration;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.AclFilter;
import io.partita.crds.Cluster;
import io.partita.crds.Topic;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metadata of a cluster on Kubernetes: Cluster, Topic and PartitionSet objects are all there is. A command of a Kafka client becomes a write of objects, and is answered
 * once the watch has brought it back and this broker has applied it; what {@code kubectl} writes comes the same way.
 *
 * <p>{@link ImageFollower} makes images of what {@link ObjectCache} sees, {@link ObjectCommands} writes, {@link SetKeeper} takes and gives up partitions,
 * {@link Joining} is the way in, {@link Membership} says that this broker is there. While the API server is away images stand still and commands fail; a start then goes by what {@link ObjectMemory}
 * remembers.
 */
public final class KubernetesMetadataStore implements MetadataStore {

    private static final Logger LOG = LoggerFactory.getLogger(KubernetesMetadataStore.class);

    /** The first lists of all objects. A start that has to wait longer goes by what is remembered. */
    private static final Duration LIST = Duration.ofSeconds(10);
    /** A watch that has brought nothing for so long, not even a bookmark, is made anew; and how often that is looked at. */
    private static final Duration SILENCE = Duration.ofMinutes(3);
    private static final Duration SILENCE_CHECK = Duration.ofSeconds(30);
    /** Of the time in which a stop gives up leaderships and registration, what is left over for the calls that are under way when it ends. */
    private static final Duration LAST_CALLS = Duration.ofMillis(500);
    /** How often it is looked whether others lead what was handed over. */
    private static final long LOOK_MILLIS = 10;
    /** An API server that was not heard of for so long is not said goodbye to. */
    private static final Duration UNHEARD = Membership.SILENCE;

    private final KubernetesClient client;
    private final String namespace;
    private final String clusterName;
    private final Context context;
    private final Bounds bounds;
    private final ObjectWrites writes;
    private final ObjectMemory memory;
    private final Membership membership;
    private final Joining joining;
    private final Sweep sweep;

    private final ThreadLoop loop = new ThreadLoop("metadata");
    private final SetObjects sets;
    private final ObjectUsers users = new ObjectUsers();
    private final ScheduledExecutorService background = Executors
            .newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("metadata-background").factory());

    private volatile BrokerImage self;
    private volatile BrokerProcess process;
    /** By topic, whose kept records it is to begin with. */
    private volatile Map<UUID, UUID> recordsOf = Map.of();
    private volatile SetKeeper keeper;
    /** Whether it is being asked which process counts as this broker. */
    private volatile boolean isContested;
    private volatile boolean isLeaving;
    private volatile ObjectCache cache;
    private volatile ImageFollower follower;
    private volatile ObjectCommands commands;
    private volatile CompletableFuture<Void> starting;

    private KubernetesMetadataStore(KubernetesClient client, String namespace, String clusterName, Context context, Bounds bounds,
            Supplier<String> standstill) throws IOException {
        this.client = client;
        this.namespace = namespace;
        this.clusterName = clusterName;
        this.context = context;
        this.bounds = bounds;
        this.writes = new ObjectWrites(client, namespace, clusterName);
        this.sets = new SetObjects(client, namespace, clusterName);
        this.memory = new ObjectMemory(context, this::inBackground);
        this.membership = new Membership(writes, context.clock(), standstill, new Membership.Listener() {
            @Override
            public void changed() {
                lookAgain();
            }

            @Override
            public void silent() {
                inBackground(KubernetesMetadataStore.this::watchAnew, Duration.ZERO);
            }
        });
        if (context.directories().found().stream().allMatch(FoundDirectory::isNew)) {
            membership.beNew();
        }
        this.joining = new Joining(this::listed, membership, namespace, clusterName, context.clusterId(),
                context.directories().found().getFirst().path().toString(), context.incarnation().name());
        this.sweep = new Sweep(writes, context.clusterId(), context.clock(), existing -> follower.sweep(existing), this::inBackground);
    }

    /**
     * Opens stores of a cluster.
     *
     * @param client with timeouts on every request; stays open when the store is closed
     * @param standstill says what keeps this broker from its work, the end of a sentence, {@code null} for nothing: while there is something it does not renew its registration
     */
    public static Factory of(KubernetesClient client, String namespace, String clusterName, Bounds bounds, Supplier<String> standstill) {
        return context -> new KubernetesMetadataStore(client, namespace, clusterName, context, bounds, standstill);
    }

    /**
     * How long things may take.
     *
     * @param command after which a command is answered that its outcome is not known
     * @param goodbye in which a stop gives up leaderships and registration; its logs are still to be closed after that
     */
    public record Bounds(Duration command, Duration goodbye) {}

    /**
     * Has clients told of other addresses of this broker from now on: by itself at once, by the others when they see its registration. Listeners it has not are left out, those
     * that are not named keep theirs. Any thread.
     */
    public synchronized void advertise(List<Endpoint> told) {
        BrokerImage before = self;
        if (before == null) {
            return;
        }
        BrokerImage named = new BrokerImage(before.id(), told, before.rack());
        List<Endpoint> endpoints = before.endpoints().stream()
                .map(present -> named.endpoint(present.listener()) == null ? present : named.endpoint(present.listener()))
                .toList();
        if (!endpoints.equals(before.endpoints())) {
            LOG.info("Clients are told other addresses from now on: {}.", Registration.text(endpoints));
            self = new BrokerImage(before.id(), endpoints, before.rack());
            membership.announce(endpoints);
            lookAgain();
        }
    }

    @Override
    public KeySet.Source tokenKeys() {
        return new AccountKeys(client, context.disk(), context.directories().found().getFirst().path());
    }

    @Override
    public void keysInForce(String text) {
        membership.announceKeys(text);
    }

    /** How this broker stands in its cluster. Looks at every partition; any thread. */
    public Standing standing() {
        SetKeeper current = keeper;
        BrokerProcess running = process;
        if (running == null || current == null) {
            return Standing.NONE;
        }
        // While the API server has not been there since the start nothing is to be had, and what is served is served.
        return Standing.of(running, membership.isStandingBack(), context.incarnation().name(), image(),
                partition -> cache == null || current.isStuck(partition));
    }

    @Override
    public BrokerProcess process() {
        return process;
    }

    @Override
    public PartitionStates states() {
        return (partition, from, next, decided) -> keeper.states().ask(partition, from, next, decided);
    }

    @Override
    public void suspect(int broker) {
        loop.execute(() -> {
            if (keeper != null && keeper.suspect(broker)) {
                lookAgain();
                loop.schedule(SetKeeper.SUSPICION_MILLIS + 1, this::lookAgain);
            }
        });
    }

    @Override
    public void trust(int broker) {
        loop.execute(() -> {
            if (keeper != null && keeper.trust(broker)) {
                lookAgain();
            }
        });
    }

    @Override
    public void hindered(Hindrances now) {
        loop.execute(() -> {
            if (keeper != null && keeper.hindered(now)) {
                membership.beHindered(now.isOfDisks());
                lookAgain();
            }
        });
    }

    /** Bounds every call of a client: it fails within seconds, and a connection of which nothing is heard is noticed as soon. The store tries again by itself. */
    public static void bound(Config config) {
        config.setConnectionTimeout(3_000);
        config.setRequestTimeout(10_000);
        config.setRequestRetryBackoffLimit(1);
        config.setRequestRetryBackoffInterval(100);
        config.setWebsocketPingInterval(5_000L);
        config.setWatchReconnectInterval(500);
    }

    /**
     * How long ago the API server last took the registration of this broker, which is tried every few seconds; empty when it never did. What is served is at least so old.
     */
    public Optional<Duration> unreached() {
        long millis = membership.unreachedMillis();
        return millis > Long.MAX_VALUE / 4 ? Optional.empty() : Optional.of(Duration.ofMillis(millis));
    }

    @Override
    public UUID recordsOf(UUID topicId) {
        return recordsOf.get(topicId);
    }

    @Override
    public ClusterImage image() {
        return follower == null ? ClusterImage.empty(context.clusterId()) : follower.image();
    }

    // ---- the way into the cluster

    @Override
    public CompletionStage<Void> start(BrokerImage broker, ImageListener listener) {
        self = broker;
        CompletableFuture<Void> done = new CompletableFuture<>();
        starting = done;
        background.execute(() -> guarded(() -> begin(listener, done), done));
        return done;
    }

    private void begin(ImageListener listener, CompletableFuture<Void> done) throws IOException {
        String process = LogIncarnation.newName(context.entropy());
        try {
            ObjectCache listed = joining.attempt(self, process);
            beProcess(process, listener, done);
            watch(listed);
        } catch (KubernetesClientException away) {
            SeenObjects remembered = memory.read();
            if (remembered == null) {
                Duration next = joining.failed(away,
                        "nothing is known of the cluster from before, so it is tried again until it does, or the start has taken too long");
                inBackground(() -> guarded(() -> begin(listener, done), done), next);
                return;
            }
            Duration next = joining.failed(away, "serving what was known of the cluster until it does");
            beProcess(processWithoutApi(remembered), listener, done);
            follower.follow(new Remembered(remembered));
            inBackground(this::joinLater, next);
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    private static void guarded(Step step, CompletableFuture<Void> done) {
        try {
            step.run();
        } catch (RuntimeException | IOException failed) {
            done.completeExceptionally(failed);
        }
    }

    /** Whether a listener asks for users of ours, or it is asked what they may do. Else they are not read, which needs rights. */
    private boolean asksForUsers() {
        BrokerConfig config = context.config();
        String authorizer = config.value("authorizer.class.name");
        return authorizer != null && !authorizer.isEmpty() || config.listeners().stream().map(listener -> config.listenerSettings(listener.name()))
                .anyMatch(settings -> settings.protocol().hasSasl() || Boolean.parseBoolean(settings.value("known.users.only")));
    }

    @Override
    public CompletionStage<Map<String, Integer>> partitionCounts() {
        CompletableFuture<Map<String, Integer>> counts = new CompletableFuture<>();
        inBackground(() -> {
            try {
                // Topics first, and then whether the Cluster is still there to have them deleted.
                Map<String, Integer> found = writes.partitionCounts();
                Cluster cluster = writes.cluster();
                if (cluster == null || !cluster.id().equals(context.clusterId()) || cluster.getMetadata().getDeletionTimestamp() != null) {
                    throw new IllegalStateException("The Cluster of this broker is being deleted.");
                }
                counts.complete(found);
            } catch (RuntimeException away) {
                counts.completeExceptionally(away);
            }
        }, Duration.ZERO);
        return counts;
    }

    /** What the API server says, {@code null} while it has not answered since the start. */
    private SeenObjects watched() {
        ObjectCache current = cache;
        return current == null ? null : current.objects();
    }

    private ObjectCache listed() {
        return new ObjectCache(client, namespace, clusterName, asksForUsers(), LIST, context.clock(), new ObjectCache.Follower() {
            @Override
            public void changed() {
                lookAgain();
            }

            @Override
            public void seen(Lease lease) {
                membership.seen(lease);
            }
        });
    }

    private void beProcess(String name, ImageListener listener, CompletableFuture<Void> done) throws IOException {
        context.incarnation().begin(name);
        BrokerProcess running = new BrokerProcess(self.id(), name);
        SetKeeper keeping = new SetKeeper(sets, loop, context, running, new ObjectSettings(context.config(), this::watched, topic -> recordsOf(topic) != null),
                () -> cache != null && !isContested && !membership.isStandingBack(),
                this::lookAgain, this::contested);
        ObjectFeed feed = new ObjectFeed(keeping);
        SeenRules rules = new SeenRules();
        follower = new ImageFollower(context.clusterId(), (objects, last) -> {
            recordsOf = objects.recordsOf();
            Map<String, String> damage = feed.tell(objects, membership::isThere, last);
            ObjectImages.Look look = ObjectImages.look(objects, membership::isThere, keeping, damage, running, cache == null ? former() : null,
                    membership.isStandingBack(), isLeaving ? self.as(BrokerImage.Standing.STOPPING) : self, last);
            return new ObjectImages.Look(users.on(rules.on(look.image(), objects.rules()), objects), look.hidden(), look.damage());
        }, listener, loop);
        commands = new ObjectCommands(writes, context, bounds.command, follower, this::watched);
        process = running;
        keeper = keeping;
        follower.first().whenComplete((nothing, failure) -> {
            if (failure != null) {
                done.completeExceptionally(failure);
            } else {
                done.complete(null);
            }
        });
    }

    /** Another process leads in this broker's name: the API server is asked which of the two counts, before this one stands for anything. */
    private void contested() {
        isContested = true;
        membership.confirm().thenRun(() -> loop.execute(() -> {
            isContested = false;
            keeper.unsettle();
            lookAgain();
        }));
    }

    /** The process that had these logs before and is dead, {@code null} when that cannot be known. */
    private BrokerProcess former() {
        String former = context.incarnation().formerProcess();
        return former == null ? null : new BrokerProcess(self.id(), former);
    }

    /**
     * While the API server is away no epoch can be had, so this process leads nothing; but what the one before it led without a second replica, and died with on the same boot of this
     * machine, it goes on with: nobody beside it might have been elected since, so nothing is different from a pause of that process. Where that is all there is it does so under its very name,
     * and nothing has to be stored when the API server is back.
     */
    private String processWithoutApi(SeenObjects remembered) {
        BrokerProcess former = former();
        boolean alone = former != null && remembered.sets().stream().allMatch(set -> isAlone(PartitionSetText.read(set.getSpec().lines), former));
        return alone ? former.process() : LogIncarnation.newName(context.entropy());
    }

    private static boolean isAlone(PartitionSetText.Reading set, BrokerProcess former) {
        return set instanceof PartitionSetText.Reading.Whole(PartitionSet whole)
                && whole.states().values().stream().allMatch(state -> !state.isLedBy(former) || state.replicas().size() == 1);
    }

    private void joinLater() {
        try {
            watch(joining.attempt(self, process.process()));
            LOG.info("The API server of Kubernetes is back: cluster '{}' is joined.", clusterName);
        } catch (RuntimeException notYet) {
            inBackground(this::joinLater, joining.failed(notYet, "going on with what is known until it can"));
        }
    }

    private void watch(ObjectCache listed) {
        cache = listed;
        follower.follow(new Watched(listed));
        sweep.soon();
        inBackground(this::checkSilence, SILENCE_CHECK);
    }

    private void checkSilence() {
        if (cache.isSilent(SILENCE)) {
            watchAnew();
        }
        inBackground(this::checkSilence, SILENCE_CHECK);
    }

    /** Lists and watches everything anew, because a watch may be dead without anybody having noticed. */
    private void watchAnew() {
        ObjectCache before = cache;
        try {
            ObjectCache listed = listed();
            cache = listed;
            follower.follow(new Watched(listed));
            before.close();
        } catch (KubernetesClientException away) {
            LOG.debug("The watches cannot be made anew yet: {}", ObjectWrites.reason(away));
        }
    }

    private void lookAgain() {
        ImageFollower current = follower;
        if (current != null) {
            current.changed();
        }
    }

    /** Runs something after a while, on one thread, unless the store ends before. */
    private void inBackground(Runnable task, Duration delay) {
        try {
            background.schedule(() -> {
                try {
                    task.run();
                } catch (RuntimeException | Error defect) {
                    // The executor would keep it to itself.
                    LOG.error("Something the metadata store does from time to time failed. Please report it.", defect);
                }
            }, delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException ended) {
            LOG.debug("The metadata store has ended, so a late task is left out.");
        }
    }

    /** What the API server says. */
    private final class Watched implements ImageFollower.View {

        private final ObjectCache objects;

        private Watched(ObjectCache objects) {
            this.objects = objects;
        }

        @Override
        public SeenObjects objects() {
            return objects.objects();
        }

        @Override
        public Basis basis() {
            return Basis.FOLLOWED;
        }

        @Override
        public void looked(SeenObjects seen) {
            keeper.look();
        }

        @Override
        public void applied(SeenObjects seen, ImageChange change) {
            memory.keep(seen);
            // With other settings logs that were set aside may be due.
            if (!change.deleted().isEmpty() || change.settingsChanged()) {
                sweep.soon();
            }
        }
    }

    /** What was known before this start. */
    private record Remembered(SeenObjects objects) implements ImageFollower.View {

        @Override
        public Basis basis() {
            return Basis.REMEMBERED;
        }

        @Override
        public void looked(SeenObjects seen) {
            // Nothing is stored while the API server is away.
        }

        @Override
        public void applied(SeenObjects seen, ImageChange change) {
            // It is in the file already.
        }
    }

    // ---- commands

    @Override
    public CompletionStage<List<Result<TopicImage>>> createTopics(List<NewTopic> topics, boolean validateOnly) {
        return commands.createTopics(topics, validateOnly);
    }

    @Override
    public CompletionStage<List<Result<TopicImage>>> deleteTopics(List<TopicSelector> topics) {
        return commands.deleteTopics(topics);
    }

    @Override
    public CompletionStage<List<Result<TopicImage>>> createPartitions(List<NewPartitions> additions, boolean validateOnly) {
        return commands.createPartitions(additions, validateOnly);
    }

    @Override
    public CompletionStage<List<Result<Void>>> alterConfigs(List<ConfigAlteration> alterations, boolean validateOnly) {
        return commands.alterConfigs(alterations, validateOnly);
    }

    @Override
    public CompletionStage<List<Result<Void>>> createAcls(List<AclBinding> acls) {
        return commands.rules().createAcls(acls);
    }

    @Override
    public CompletionStage<List<Result<List<AclBinding>>>> deleteAcls(List<AclFilter> filters) {
        return commands.rules().deleteAcls(filters);
    }

    @Override
    public CompletionStage<List<Result<Void>>> alterQuotas(List<QuotaAlteration> alterations, boolean validateOnly) {
        return commands.rules().alterQuotas(alterations, validateOnly);
    }

    @Override
    public CompletionStage<List<Result<Void>>> electLeaders(List<ElectionWish> wishes) {
        if (cache == null) {
            return CompletableFuture.completedStage(Collections.nCopies(wishes.size(), Result.refused(ErrorCode.REQUEST_TIMED_OUT,
                    "The API server of Kubernetes has not answered since this broker was started, so nothing can be changed. Try again when it is back.")));
        }
        Result<Void> unknown = Result.refused(ErrorCode.REQUEST_TIMED_OUT,
                "The API server of Kubernetes does not answer, so it is not known whether there are other leaders. Look again when it is back.");
        return keeper.elect(wishes, this::image).toCompletableFuture().completeOnTimeout(Collections.nCopies(wishes.size(), unknown),
                bounds.command.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The number of replicas is the Topic's; which brokers have them is not said anywhere else. */
    @Override
    public CompletionStage<List<Result<Void>>> reassign(List<ReassignmentWish> wishes) {
        if (cache == null) {
            return CompletableFuture.completedStage(Collections.nCopies(wishes.size(), Result.refused(ErrorCode.REQUEST_TIMED_OUT,
                    "The API server of Kubernetes has not answered since this broker was started, so nothing can be changed. Try again when it is back.")));
        }
        Result<Void> unknown = Result.refused(ErrorCode.REQUEST_TIMED_OUT,
                "The API server of Kubernetes does not answer, so it is not known whether the partitions move. Look again when it is back.");
        List<ReassignmentWish> ofSameCount = wishes.stream().map(wish -> new ReassignmentWish(wish.topic(), wish.partition(), wish.replicas(), false)).toList();
        return keeper.reassign(ofSameCount, this::image).toCompletableFuture().completeOnTimeout(Collections.nCopies(wishes.size(), unknown),
                bounds.command.toMillis(), TimeUnit.MILLISECONDS);
    }

    // ---- the way out

    @Override
    public CompletionStage<Void> passOn() {
        SetKeeper keeping = keeper;
        if (keeping == null || !mayGiveUp()) {
            return CompletableFuture.completedStage(null);
        }
        isLeaving = true;
        CompletableFuture<Void> done = new CompletableFuture<>();
        membership.beLeaving().thenRun(() -> loop.execute(() -> keeping.passOn().whenComplete((nothing, failure) -> done.complete(null))));
        return done;
    }

    private boolean mayGiveUp() {
        return cache != null && membership.unreachedMillis() < UNHEARD.toMillis() && !membership.isStandingBack();
    }

    /** The registration says first that this broker goes, so that nobody elects it meanwhile. What it leads then goes to others that are in sync, as far as there are any. */
    @Override
    public CompletionStage<Void> handOver() {
        SetKeeper keeping = keeper;
        if (keeping == null || !mayGiveUp()) {
            return CompletableFuture.completedStage(null);
        }
        isLeaving = true;
        boolean isSomebodyTold = image().isLedBy(process);
        CompletableFuture<Void> done = new CompletableFuture<>();
        membership.beLeaving().thenRun(() -> loop.execute(() -> keeping.handOver()
                .whenComplete((nothing, failure) -> loop.execute(() -> tell(isSomebodyTold ? SetKeeper.TELLING_MILLIS : 0, done)))));
        return done.completeOnTimeout(null, bounds.goodbye.minus(LAST_CALLS).toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Waits until clients are told by this broker itself who leads now, and some time for them to come and hear it. */
    private void tell(long tellingMillis, CompletableFuture<Void> done) {
        if (!done.isDone()) {
            if (image().isLedBy(process)) {
                loop.schedule(LOOK_MILLIS, () -> tell(tellingMillis, done));
            } else {
                loop.schedule(tellingMillis, () -> done.complete(null));
            }
        }
    }

    @Override
    public CompletionStage<Void> close() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofVirtual().name("metadata-close").start(() -> {
            try {
                end();
            } finally {
                done.complete(null);
            }
        });
        // An API server that hangs must not keep the logs from being closed.
        return done.completeOnTimeout(null, bounds.goodbye.toMillis(), TimeUnit.MILLISECONDS).thenRun(this::letGo);
    }

    private void letGo() {
        memory.letGo();
        if (keeper != null) {
            loop.execute(keeper::close);
        }
        loop.close();
    }

    private void end() {
        background.shutdownNow();
        joining.close();
        if (commands != null) {
            commands.close();
        }
        ImageFollower following = follower;
        ObjectCache watching = cache;
        boolean isHeardOf = watching != null && membership.unreachedMillis() < UNHEARD.toMillis();
        IllegalStateException reason = new IllegalStateException("the metadata store is closed, because the broker is stopping");
        if (following != null) {
            following.close(reason);
        }
        if (starting != null) {
            starting.completeExceptionally(reason);
        }
        if (watching != null) {
            memory.write();
        }
        if (isHeardOf) {
            leave();
        }
        if (watching != null) {
            watching.close();
        }
        membership.close();
    }

    /** Gives up registration and leaderships: the first is one write, by which everybody knows that nothing is led here any more, and goes beside the others. */
    private void leave() {
        SetKeeper keeping = keeper;
        CompletableFuture<Boolean> left = new CompletableFuture<>();
        loop.execute(() -> keeping.handOver().whenComplete((nothing, failure) -> left.complete(failure == null)));
        membership.leave();
        boolean isLeft = left.completeOnTimeout(false, bounds.goodbye.minus(LAST_CALLS).toMillis(), TimeUnit.MILLISECONDS).join();
        if (isLeft) {
            memory.noteResigned(context.incarnation());
        } else {
            LOG.info("What this broker leads could not be given up in time: its next process takes it over.");
        }
    }
}
