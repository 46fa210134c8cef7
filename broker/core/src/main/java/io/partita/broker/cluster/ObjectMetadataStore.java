package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectStore.Event;
import io.partita.broker.cluster.ObjectStore.Listing;
import io.partita.broker.cluster.ObjectStore.Outcome;
import io.partita.broker.cluster.ObjectStore.Stored;
import io.partita.broker.cluster.SeenCluster.SeenBroker;
import io.partita.broker.cluster.SeenCluster.SeenTopic;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.Hindrances;
import io.partita.broker.control.PartitionStates;
import io.partita.broker.env.EventLoop;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.log.FoundDirectory;
import io.partita.broker.log.LogIncarnation;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ConfigAlteration;
import io.partita.broker.metadata.ElectionWish;
import io.partita.broker.metadata.ImageListener;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.NewPartitions;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.ReassignmentWish;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicSelector;
import io.partita.broker.metadata.UserAlteration;
import io.partita.broker.quota.QuotaAlteration;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.AclFilter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metadata of a cluster of brokers that share an {@link ObjectStore}: {@code cluster}, {@code topics/…}, {@code sets/…} and {@code brokers/…} are all there is. Every broker sees the
 * same objects and decides by the same rules, each what is its own, and one of them, whom all can name, what is everybody's; nobody else is needed.
 *
 * <p>{@link ObjectFollower} sees, {@link SeenCluster} remembers, {@link ImageSteps} makes images, {@link SetUpkeep} sees to partitions,
 * {@link TopicCommands} carries out what clients want, {@link Membership} says that this broker is there. All of it is owned by one loop.
 */
public final class ObjectMetadataStore implements MetadataStore {

    private static final Logger LOG = LoggerFactory.getLogger(ObjectMetadataStore.class);

    private static final long UPKEEP_MILLIS = 1_000;
    private static final long GATHER_MILLIS = 2;
    /** How often it is asked which topics there are without any reason, and as much again by chance; and after one went. */
    private static final long SWEEP_MILLIS = 1_800_000;
    private static final long SWEEP_SOON_MILLIS = 10_000;
    private static final long ORPHANS_MILLIS = 30_000;
    private static final long HAND_OVER_MILLIS = 3_000;
    /** So long the answer to a command waits at most until this broker shows what it has stored. */
    private static final long SHOWN_MILLIS = 5_000;
    /** So long what a broker does waits for what it says of itself. */
    private static final long WORD_MILLIS = 250;

    private final ObjectStore store;
    private final EventLoop loop;
    private final Context context;
    private final Runnable closed;
    private final SeenCluster seen = new SeenCluster();
    private final StoreSettings settings;
    private final SetWrites writes;
    private final Membership membership;
    private final ObjectFollower follower;
    private final CompletableFuture<String> mustEnd = new CompletableFuture<>();
    /** Sets that have changed and were not looked at yet. */
    private final Set<String> toConsider = new LinkedHashSet<>();
    /** Topics whose mark is being written. */
    private final Set<String> marking = new HashSet<>();

    private BrokerImage self;
    private CompletableFuture<Void> starting;
    /** Whether this broker began without any data. */
    private final boolean isNew;
    private SetUpkeep upkeep;
    private SelfMoves selfMoves;
    private Peers peers;
    private TopicCommands commands;
    /** Written on the loop. */
    private volatile Hindrances hindrances = Hindrances.NONE;
    private boolean isJoined;
    private boolean isLeaving;
    private boolean isClosing;
    private long sweepMillis;
    private long orphansMillis;
    /** How often this broker has said what hinders it. */
    private long words;
    private volatile ImageSteps steps;
    private volatile BrokerProcess process;

    private ObjectMetadataStore(ObjectStore store, EventLoop loop, Context context, Supplier<String> standstill, Runnable closed) {
        this.store = store;
        this.loop = loop;
        this.context = context;
        this.settings = new StoreSettings(seen, context.config());
        this.isNew = context.directories().found().stream().allMatch(FoundDirectory::isNew);
        this.closed = closed;
        this.writes = new SetWrites(store, seen, loop, context.entropy(), this::news);
        this.follower = new ObjectFollower(store, loop, context.clock(), new ObjectFollower.Listener() {
            @Override
            public void listed(Listing listing, long known) {
                ObjectMetadataStore.this.listed(listing, known);
            }

            @Override
            public void changed(List<Event> events) {
                events.forEach(event -> seen.see(event.name(), event.version(), event.text()));
                look();
            }
        });
        this.membership = new Membership(store, seen, loop, context.clock(), standstill, this::news, follower::known);
        membership.replaced().thenAccept(mustEnd::complete);
    }

    /**
     * Opens the store of one broker.
     *
     * @param store the objects of the cluster, as this broker reaches them
     * @param loop owns everything here
     * @param standstill says what keeps this broker from its work, the end of a sentence, {@code null} for nothing
     * @param closed called when the store is closed, to close the other two
     */
    public static Factory of(ObjectStore store, EventLoop loop, Supplier<String> standstill, Runnable closed) {
        return new Factory() {
            @Override
            public CompletionStage<String> clusterId(DataDirectories directories, BrokerConfig config) {
                CompletableFuture<String> id = new CompletableFuture<>();
                loop.execute(() -> new ClusterSearch(store, loop, directories, config, id).look());
                return id;
            }

            @Override
            public MetadataStore open(Context context) {
                return new ObjectMetadataStore(store, loop, context, standstill, closed);
            }
        };
    }

    @Override
    public BrokerProcess process() {
        return process;
    }

    @Override
    public PartitionStates states() {
        return writes;
    }

    @Override
    public ClusterImage image() {
        ImageSteps current = steps;
        return current == null ? ClusterImage.empty(context.clusterId()) : current.applied();
    }

    @Override
    public CompletionStage<String> mustEnd() {
        return mustEnd;
    }

    @Override
    public ClusterImage newest() {
        ImageSteps current = steps;
        return current == null ? image() : current.made();
    }

    // ---- the way into the cluster

    @Override
    public CompletionStage<Void> start(BrokerImage broker, ImageListener listener) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        context.workers().execute(() -> {
            try {
                String name = LogIncarnation.newName(context.entropy());
                context.incarnation().begin(name);
                loop.execute(() -> begin(broker, new BrokerProcess(broker.id(), name), listener, done));
            } catch (IOException | RuntimeException failed) {
                done.completeExceptionally(failed);
            }
        });
        return done;
    }

    private void begin(BrokerImage broker, BrokerProcess name, ImageListener listener, CompletableFuture<Void> done) {
        self = broker;
        process = name;
        starting = done;
        peers = new Peers(seen, context.clock(), broker.id());
        ReadEpochs epochs = new ReadEpochs(context.epochs(), key -> seen.topic(key.topicId()) == null ? null : seen.topic(key.topicId()).object().name(),
                context.workers(), loop, () -> upkeep.considerAll());
        selfMoves = new SelfMoves(seen, writes, peers, broker.id(), context.clock(), settings);
        Duties duties = new Duties(seen, peers, process, context.incarnation(), epochs, () -> hindrances, settings);
        upkeep = new SetUpkeep(seen, writes, peers, duties, process, loop, context.clock(), context.entropy(),
                () -> !isClosing && !isLeaving && !mustEnd.isDone());
        steps = new ImageSteps(context.clusterId(), seen, loop, listener);
        commands = new TopicCommands(store, seen, steps, loop, context.clock(), context.config(), context.entropy(), this::news,
                selfMoves::awaited);
        steps.first().whenComplete((nothing, failure) -> {
            if (failure == null) {
                done.complete(null);
            } else {
                done.completeExceptionally(failure);
            }
        });
        follower.list();
    }

    private void listed(Listing listing, long known) {
        if (hasGoneBack(listing, known)) {
            return;
        }
        seen.seeAll(listing);
        if (isJoined) {
            look();
        } else {
            enter();
        }
    }

    /**
     * The store has forgotten what was stored. What this process has seen does not fit it any more, and it may be named as the leader of an epoch in which it wrote something else; so
     * nothing is done by either, until another process begins anew (rule 8).
     *
     * @param known a version that the store had when it was asked
     */
    private boolean hasGoneBack(Listing listing, long known) {
        boolean isBack = listing.version() < known || seen.isOlderThanSeen(listing);
        if (isBack && !mustEnd.isDone()) {
            String sentence = "The store of the cluster's objects has gone back: it has version " + listing.version()
                    + ", and this broker has seen later ones. It was restored from"
                    + " an older copy, or emptied. This broker leads nothing any more and ends. Stop all brokers, see to it that the store is the right one, and start them again;"
                    + " records may be missing that were acknowledged after that copy was made.";
            LOG.error(sentence);
            membership.fallSilent();
            mustEnd.complete(sentence);
        }
        return isBack;
    }

    /** Makes sure that the cluster is this broker's, and joins it. */
    private void enter() {
        ClusterObject cluster = seen.cluster();
        if (cluster == null) {
            String refusal = ClusterSearch.refusal(context.directories(), context.config());
            if (refusal != null) {
                starting.completeExceptionally(new IllegalStateException(refusal));
                return;
            }
            String text = ClusterObject.begun(context.clusterId()).text();
            store.put(ClusterObject.NAME, ObjectStore.ABSENT, text).whenComplete((outcome, failure) -> loop.execute(follower::list));
            return;
        }
        if (!cluster.id().equals(context.clusterId())) {
            starting.completeExceptionally(new IllegalStateException("The data directory " + context.directories().found().getFirst().path()
                    + " belongs to cluster " + context.clusterId() + ", and the objects are of cluster " + cluster.id()
                    + ": use the right directory or an empty one, or another name in metadata.store."));
            return;
        }
        if (cluster.level() > ClusterObject.LEVEL) {
            starting.completeExceptionally(
                    new IllegalStateException("The cluster has objects of level " + cluster.level() + ", and this release knows those up to "
                            + ClusterObject.LEVEL + ": start a newer one."));
            return;
        }
        if (isJoined) {
            return;
        }
        isJoined = true;
        String version = ObjectMetadataStore.class.getPackage().getImplementationVersion();
        BrokerObject registration = new BrokerObject(self, process, context.incarnation().name(), version == null ? "development" : version,
                BrokerObject.LEVEL, false, false, isNew, context.clock().wallMillis());
        membership.join(registration, other -> context.incarnation().provesDead(other.incarnation())).whenComplete((nothing, refused) -> {
            if (refused != null) {
                starting.completeExceptionally(refused);
                return;
            }
            long now = context.clock().monotonicMillis();
            sweepMillis = now + SWEEP_SOON_MILLIS + Math.floorMod(context.entropy().nextLong(), SWEEP_SOON_MILLIS);
            orphansMillis = now + ORPHANS_MILLIS;
            look();
            loop.schedule(UPKEEP_MILLIS, this::goOn);
        });
    }

    // ---- what was seen

    /** An object as it is, by the answer to a write or a look. */
    private void news(Stored object) {
        if (seen.see(object.name(), object.version(), object.text())) {
            look();
        }
    }

    /** Whether nothing is to be seen by this broker: it is not in yet, for another process may be registered as it, and live, or it is no more. */
    private boolean isOut() {
        return isClosing || image().brokers().isEmpty() && (steps == null || !membership.isSeen());
    }

    private void look() {
        if (isOut()) {
            return;
        }
        SeenCluster.Touched touched = seen.takeTouched();
        touched.sets().forEach(writes::seen);
        if (touched.brokers()) {
            membership.brokersSeen();
        }
        if (touched.topics().stream().anyMatch(id -> seen.topic(id) == null)) {
            sweepMillis = Math.min(sweepMillis,
                    context.clock().monotonicMillis() + SWEEP_SOON_MILLIS + Math.floorMod(context.entropy().nextLong(), SWEEP_SOON_MILLIS));
        }
        steps.look(touched.topics(), brokers());
        if (touched.brokers() || touched.cluster()) {
            upkeep.considerAll();
            return;
        }
        if (!touched.sets().isEmpty() && toConsider.isEmpty()) {
            // A thousand topics that are made at once are a thousand events, and a few sets.
            loop.schedule(GATHER_MILLIS, () -> {
                List<String> sets = List.copyOf(toConsider);
                toConsider.clear();
                sets.forEach(upkeep::consider);
            });
        }
        toConsider.addAll(touched.sets());
    }

    private List<BrokerImage> brokers() {
        List<BrokerImage> brokers = new ArrayList<>();
        for (SeenBroker broker : seen.brokers()) {
            int id = broker.object().broker().id();
            if (id != self.id() && peers.isReached(id)) {
                brokers.add(broker.object().image());
            }
        }
        SeenBroker mine = seen.broker(self.id());
        brokers.add(mine != null && membership.isSeen() ? self.as(mine.object().image().standing()) : self);
        return brokers;
    }

    // ---- what is to be done

    @Override
    public void suspect(int broker) {
        loop.execute(() -> {
            if (peers != null && peers.suspect(broker)) {
                lookAtBrokers();
                lookWhenTrusted(broker);
            }
        });
    }

    @Override
    public void trust(int broker) {
        loop.execute(() -> {
            if (peers != null && peers.trust(broker)) {
                lookAtBrokers();
            }
        });
    }

    @Override
    public void hindered(Hindrances now) {
        if (now.equals(hindrances)) {
            // As nearly always, every second: the loop sleeps on.
            return;
        }
        loop.execute(() -> {
            if (isOut() || mustEnd.isDone() || now.equals(hindrances)) {
                return;
            }
            // First everybody is told why; what is not told soon is acted on all the same.
            long mine = ++words;
            afterWord(membership.beHindered(now.isOfDisks()), () -> {
                if (mine == words && !isClosing) {
                    hindrances = now;
                    upkeep.considerAll();
                }
            });
        });
    }

    /** Does something once what this broker says of itself is stored, or has had time to be. */
    private void afterWord(CompletionStage<Void> said, Runnable task) {
        CompletableFuture<Void> stored = said.toCompletableFuture();
        EventLoop.Timer timer = loop.schedule(WORD_MILLIS, () -> stored.complete(null));
        stored.thenRun(() -> {
            timer.cancel();
            task.run();
        });
    }

    /** A suspicion that was renewed meanwhile is waited for again: nothing else may happen by which its end would be noticed. */
    private void lookWhenTrusted(int broker) {
        loop.schedule(Peers.SUSPICION_MILLIS + 1, () -> {
            if (isClosing) {
                return;
            }
            lookAtBrokers();
            if (!peers.isReached(broker)) {
                lookWhenTrusted(broker);
            }
        });
    }

    private void lookAtBrokers() {
        if (!isOut()) {
            steps.look(Set.of(), brokers());
            upkeep.considerAll();
        }
    }

    /** What is done from time to time. */
    private void goOn() {
        if (isClosing) {
            return;
        }
        loop.schedule(UPKEEP_MILLIS, this::goOn);
        if (mustEnd.isDone() || isLeaving) {
            return;
        }
        long now = context.clock().monotonicMillis();
        if (now >= sweepMillis) {
            sweepMillis = now + SWEEP_MILLIS + Math.floorMod(context.entropy().nextLong(), SWEEP_MILLIS);
            sweep();
        }
        if (now >= orphansMillis) {
            orphansMillis = now + ORPHANS_MILLIS;
            // What is being made has its topic first; what cannot be read may be any of them.
            upkeep.dropOrphans(id -> seen.topic(id) != null || seen.hasUnreadableTopics(), ORPHANS_MILLIS);
        }
        upkeep.giveBack(settings.isRebalanced());
        selfMoves.look();
        Map<Integer, BrokerProcess> electable = peers.electable();
        for (TopicObject topic : seen.unstored()) {
            boolean isMine = Peers.firstFor(topic.places().getFirst().set(), electable) == self.id();
            if (isMine) {
                mark(topic);
            }
        }
        upkeep.considerAll();
    }

    /** Asks which topics there are, so that the logs of those that are gone can be set aside. */
    private void sweep() {
        askAnew(isOurs -> {
            if (isOurs) {
                steps.sweep(seen.topicIds());
            }
        }, () -> sweepMillis = Math.min(sweepMillis, context.clock().monotonicMillis() + SWEEP_SOON_MILLIS));
    }

    /**
     * Lists everything there is, whatever the watch has shown so far.
     *
     * @param isKnown told when it is seen: whether the list is of this cluster, and all topics in it can be read
     */
    private void askAnew(Consumer<Boolean> isKnown, Runnable failed) {
        long known = follower.version();
        store.list().whenComplete((listing, failure) -> loop.execute(() -> {
            if (isClosing || failure != null || hasGoneBack(listing, known)) {
                failed.run();
                return;
            }
            seen.seeAll(listing);
            look();
            ClusterObject cluster = seen.cluster();
            boolean isThere = listing.objects().stream().anyMatch(object -> object.name().equals(ClusterObject.NAME));
            isKnown.accept(isThere && cluster.id().equals(context.clusterId()) && !seen.hasUnreadableTopics());
        }));
    }

    @Override
    public CompletionStage<Map<String, Integer>> partitionCounts() {
        CompletableFuture<Map<String, Integer>> counts = new CompletableFuture<>();
        Runnable failed = () -> counts.completeExceptionally(new IllegalStateException("The store does not say which topics there are."));
        loop.execute(() -> askAnew(isOurs -> {
            if (isOurs) {
                counts.complete(seen.partitionCounts());
            } else {
                failed.run();
            }
        }, failed));
        return counts;
    }

    /** Notes that the partitions of a topic were stored. */
    private void mark(TopicObject topic) {
        SeenTopic present = seen.topic(topic.name());
        boolean isStored = true;
        for (int i = topic.storedCount(); i < topic.places().size(); i++) {
            isStored &= seen.state(topic.key(i)) != null;
        }
        if (!isStored || !marking.add(topic.name())) {
            return;
        }
        String name = TopicObject.objectName(topic.name());
        String text = topic.withStored(topic.places().size()).text();
        store.put(name, present.version(), text).whenComplete((outcome, failure) -> loop.execute(() -> {
            marking.remove(topic.name());
            if (outcome instanceof Outcome.Written(long version)) {
                news(new Stored(name, version, text));
            }
        }));
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
    public CompletionStage<List<Result<Void>>> alterQuotas(List<QuotaAlteration> alterations, boolean validateOnly) {
        return commands.alterQuotas(alterations, validateOnly);
    }

    @Override
    public CompletionStage<List<Result<Void>>> alterUsers(List<UserAlteration> alterations) {
        return commands.alterUsers(alterations);
    }

    @Override
    public CompletionStage<List<Result<Void>>> createAcls(List<AclBinding> acls) {
        return commands.createAcls(acls);
    }

    @Override
    public CompletionStage<List<Result<List<AclBinding>>>> deleteAcls(List<AclFilter> filters) {
        return commands.deleteAcls(filters);
    }

    @Override
    public CompletionStage<List<Result<Void>>> electLeaders(List<ElectionWish> wishes) {
        return new WishedElections(loop, seen, writes, () -> peers).elect(wishes, () -> steps.made());
    }

    @Override
    public CompletionStage<List<Result<Void>>> reassign(List<ReassignmentWish> wishes) {
        WishedMoves moves = new WishedMoves(loop, seen, writes, shown -> steps.wait(() -> shown.getAsBoolean() ? Result.done(null) : null, SHOWN_MILLIS));
        return moves.begin(wishes, () -> steps.made(), () -> steps.applied());
    }

    // ---- the way out

    @Override
    public CompletionStage<Void> passOn() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> {
            if (!isJoined || isClosing || mustEnd.isDone()) {
                done.complete(null);
                return;
            }
            afterWord(membership.beLeaving(), () -> upkeep.passOn().thenRun(() -> done.complete(null)));
        });
        return done;
    }

    @Override
    public CompletionStage<Void> handOver() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> {
            if (!isJoined || isClosing || mustEnd.isDone()) {
                done.complete(null);
                return;
            }
            isLeaving = true;
            EventLoop.Timer timer = loop.schedule(HAND_OVER_MILLIS, () -> done.complete(null));
            done.whenComplete((nothing, failure) -> timer.cancel());
            afterWord(membership.beLeaving(), () -> handOver(done));
        });
        return done;
    }

    private void handOver(CompletableFuture<Void> done) {
        boolean isSomebodyTold = steps.applied().isLedBy(process) && peers.electable().keySet().stream().anyMatch(other -> other != self.id());
        upkeep.handOver()
                .thenCompose(nothing -> steps.wait(() -> steps.applied().isLedBy(process) ? null : Result.done(null), HAND_OVER_MILLIS))
                .thenRun(() -> loop.schedule(isSomebodyTold ? SetKeeper.TELLING_MILLIS : 0, () -> done.complete(null)));
    }

    @Override
    public void abandon() {
        loop.execute(() -> {
            end();
            membership.fallSilent();
            store.close();
            closed.run();
        });
    }

    @Override
    public CompletionStage<Void> close() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> {
            end();
            membership.leave().whenComplete((outcome, failure) -> {
                store.close();
                closed.run();
                done.complete(null);
            });
        });
        return done;
    }

    private void end() {
        isClosing = true;
        IllegalStateException reason = new IllegalStateException("the metadata store is closed, because the broker is stopping");
        follower.close();
        writes.close();
        if (steps != null) {
            steps.close(reason);
        }
        if (starting != null) {
            starting.completeExceptionally(reason);
        }
    }
}
