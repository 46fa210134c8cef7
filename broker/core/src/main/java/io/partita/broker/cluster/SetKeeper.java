package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectStore.Stored;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.Hindrances;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionState;
import io.partita.broker.control.PartitionStates;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.EventLoop;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ElectionWish;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.ReassignmentWish;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A broker's part in what is stored of partitions, for a metadata store that sees topics and brokers in a way of its own: it is told of them, and of sets; it stands for elections, elects for the
 * dead, and has leaders' wishes stored, by the same {@link Duties} and {@link SetWrites} as {@link ObjectMetadataStore}. Owned by its loop.
 */
public final class SetKeeper {

    /** Whoever is to see to something before others has so long at least, and as long again by chance. */
    private static final long TURN_MILLIS = 250;
    private static final long UPKEEP_MILLIS = 1_000;
    /** A broker that is back is given its partitions after so long, some at a time. */
    private static final long SETTLED_MILLIS = 5_000;
    private static final int GIVEN_BACK_MAX = 100;

    /** So long a suspicion counts. */
    public static final long SUSPICION_MILLIS = Peers.SUSPICION_MILLIS;

    /** What settings say of topics. */
    public interface Settings {

        int minInSync(TopicObject topic);

        /** How many replicas a topic is to have with so many brokers that stay, where that is the cluster's affair; 0 where it is its owner's. */
        int replicas(TopicObject topic, int brokers);

        /** Whether the cluster is to go on with a broker. */
        boolean isStaying(int broker);

        boolean isUncleanAllowed(TopicObject topic);

        /** Whether a topic is to begin with records that brokers have kept of another one. */
        boolean asksForRecords(TopicObject topic);

        /** Milliseconds for which a broker that is gone is waited for before others get what it held; below 0 for ever. */
        long replacementDelayMillis();

        /** Whether brokers that come with nothing get their share. */
        boolean isNewFilled();

        /** Whether leaders go back to those that are to lead. */
        boolean isRebalanced();

        /** Milliseconds for which what is stored of the partitions of a topic that is gone is kept. */
        long undeleteMillis();
    }

    private final EventLoop loop;
    private final Entropy entropy;
    private final Clock clock;
    private final Settings settings;
    private final BrokerProcess self;
    private final BooleanSupplier mayAct;
    private final Runnable changed;
    private final Runnable contested;
    private final SeenCluster seen = new SeenCluster();
    private final SetWrites writes;
    private final Peers peers;
    private final Duties duties;
    private final SelfMoves selfMoves;
    private final Map<Integer, BrokerObject> brokers = new HashMap<>();
    private final Map<String, TopicObject> topics = new HashMap<>();
    /** Sets of which somebody else is to do something first. */
    private final Set<String> watched = new HashSet<>();
    /** Of topics and brokers, which nobody writes here: each thing that is told of them is later than the one before. */
    private long tellings;
    private boolean isSettled;
    private boolean isKept;
    private boolean isStopping;
    private Set<UUID> existing = Set.of();
    /** Since when processes have been there. */
    private final Map<BrokerProcess, Long> thereSince = new HashMap<>();
    /** Since when topics of entries have been gone. */
    private final Map<UUID, Long> goneSince = new HashMap<>();
    /** What keeps replicas of this broker from their work. */
    private Hindrances hindrances = Hindrances.NONE;
    /** Partitions that nothing can be stored of for now. */
    private volatile Set<PartitionKey> stuck = Set.of();

    /**
     * @param objects changes {@code sets/…}
     * @param context what a store is given
     * @param mayAct whether this process is the one that counts as its broker, and sees what there is
     * @param contested told that another process leads in this broker's name what this one led: whether this one still counts is to be asked, before the two outbid each other
     * @param changed told that sets are known to have changed by the answer to a write; on the loop
     */
    public SetKeeper(
            VersionedObjects objects, EventLoop loop, MetadataStore.Context context, BrokerProcess self, Settings settings, BooleanSupplier mayAct,
            Runnable changed, Runnable contested) {
        this.loop = loop;
        this.entropy = context.entropy();
        this.clock = context.clock();
        this.settings = settings;
        this.self = self;
        this.mayAct = mayAct;
        this.changed = changed;
        this.contested = contested;
        this.writes = new SetWrites(objects, seen, loop, entropy, this::news);
        this.peers = new Peers(seen, context.clock(), self.broker());
        ReadEpochs epochs = new ReadEpochs(context.epochs(), key -> seen.topic(key.topicId()) == null ? null : seen.topic(key.topicId()).object().name(),
                context.workers(), loop, this::considerAll);
        this.selfMoves = new SelfMoves(seen, writes, peers, self.broker(), context.clock(), ofMoves(settings));
        this.duties = new Duties(seen, peers, self, context.incarnation(), epochs, () -> hindrances, new Duties.Settings() {
            @Override
            public int minInSync(TopicObject topic) {
                return settings.minInSync(topic);
            }

            @Override
            public int replicas(TopicObject topic, int brokers) {
                return settings.replicas(topic, brokers);
            }

            @Override
            public boolean isStaying(int broker) {
                return settings.isStaying(broker);
            }

            @Override
            public boolean isUncleanAllowed(TopicObject topic) {
                return settings.isUncleanAllowed(topic);
            }

            @Override
            public boolean asksForRecords(TopicObject topic) {
                return settings.asksForRecords(topic);
            }
        });
    }

    private static SelfMoves.Settings ofMoves(Settings settings) {
        return new SelfMoves.Settings() {
            @Override
            public long replacementDelayMillis() {
                return settings.replacementDelayMillis();
            }

            @Override
            public boolean isNewFilled() {
                return settings.isNewFilled();
            }

            @Override
            public boolean isStaying(int broker) {
                return settings.isStaying(broker);
            }
        };
    }

    /** Where leaders have changes of in-sync sets stored. Any thread. */
    public PartitionStates states() {
        return writes;
    }

    // ---- what is told

    /** A topic as it is now. */
    public void topic(TopicObject topic) {
        if (!topic.equals(topics.put(topic.name(), topic))) {
            seen.see(TopicObject.objectName(topic.name()), ++tellings, topic.text());
        }
    }

    /** There is no topic of this name any more. */
    public void noTopic(String name) {
        if (topics.remove(name) != null) {
            seen.see(TopicObject.objectName(name), ++tellings, null);
        }
    }

    /** All topics there are, also those that it is not told of. */
    public void existing(Set<UUID> ids) {
        existing = ids;
    }

    /** The topics that it was told of. */
    public Set<String> topicNames() {
        return Set.copyOf(topics.keySet());
    }

    /** The topic of this name, {@code null} when it was told of none. */
    public TopicObject topic(String name) {
        return topics.get(name);
    }

    /** The brokers that are there now. */
    public void brokers(List<BrokerObject> present) {
        Map<Integer, BrokerObject> now = new HashMap<>();
        present.forEach(broker -> now.put(broker.broker().id(), broker));
        for (BrokerObject broker : present) {
            if (!broker.equals(brokers.get(broker.broker().id()))) {
                seen.see(BrokerObject.objectName(broker.broker().id()), ++tellings, broker.text());
            }
        }
        for (int gone : brokers.keySet()) {
            if (!now.containsKey(gone)) {
                seen.see(BrokerObject.objectName(gone), ++tellings, null);
            }
        }
        brokers.clear();
        brokers.putAll(now);
    }

    /** A set as it is in a version. One that is older than what was seen before is left out. */
    public void set(String name, long version, List<String> lines) {
        PartitionSet before = seen.set(name).set();
        if (seen.see(SeenCluster.setObjectName(name), version, ObjectText.join(lines)) && isTakenOver(before, seen.set(name).set())) {
            contested.run();
        }
    }

    /** Whether another process of this broker leads what this one led. */
    private boolean isTakenOver(PartitionSet before, PartitionSet now) {
        return now.states().entrySet().stream().anyMatch(entry -> {
            PartitionState was = before.states().get(entry.getKey());
            BrokerProcess leader = entry.getValue().leader();
            return leader != null && leader.broker() == self.broker() && !leader.equals(self) && was != null && was.isLedBy(self);
        });
    }

    /** A set is not there any more. */
    public void noSet(String name) {
        if (seen.setNames().contains(name) && !seen.set(name).isDamaged()) {
            seen.see(SeenCluster.setObjectName(name), seen.set(name).version() + 1, null);
        }
    }

    /** The sets that were seen. */
    public Set<String> setNames() {
        return Set.copyOf(seen.setNames());
    }

    /** Settings have changed, or nothing that was told; everything is looked at. */
    public void unsettle() {
        isSettled = false;
    }

    /** Somebody cannot be reached; whether that is news. */
    public boolean suspect(int broker) {
        boolean isNews = peers.suspect(broker);
        isSettled &= !isNews;
        return isNews;
    }

    /** Somebody is heard of again; whether that is news. */
    public boolean trust(int broker) {
        boolean isNews = peers.trust(broker);
        isSettled &= !isNews;
        return isNews;
    }

    /** Replicas here cannot do what others can, or can again; whether that is news. */
    public boolean hindered(Hindrances now) {
        boolean isNews = !now.equals(hindrances);
        hindrances = now;
        isSettled &= !isNews;
        return isNews;
    }

    /** Whether a broker is there: told of, and not suspected. */
    public boolean isThere(int broker) {
        return peers.isThere(broker);
    }

    // ---- what is seen

    /**
     * A topic as it is to be shown, {@code null} when it is not.
     *
     * @param before how it was shown last
     */
    public TopicImage image(UUID id, TopicImage before) {
        TopicImage image = seen.image(id, before);
        return image != null && image.equals(before) ? before : image;
    }

    /** Whether nothing can be stored of a partition for now. Any thread. */
    public boolean isStuck(PartitionKey partition) {
        return stuck.contains(partition);
    }

    // ---- what is done

    /** Sees to what has changed since this was called last. */
    public void look() {
        SeenCluster.Touched touched = seen.takeTouched();
        touched.sets().forEach(writes::seen);
        if (touched.brokers() || !isSettled) {
            considerAll();
        } else {
            touched.sets().forEach(this::consider);
        }
        upkeep();
    }

    private void upkeep() {
        stuck = stuckNow();
        if (!isKept && !isStopping) {
            isKept = true;
            loop.schedule(UPKEEP_MILLIS, () -> {
                isKept = false;
                upkeep();
                if (!isStopping && mayAct.getAsBoolean()) {
                    long now = clock.monotonicMillis();
                    giveBack(now);
                    dropOrphans(now);
                    selfMoves.look();
                }
            });
        }
    }

    /** Gives some of what this broker leads back to those that are to lead it, once they have been there for a while. One set at a time, so that it does not all change hands at once. */
    private void giveBack(long now) {
        Map<Integer, BrokerProcess> settled = peers.electable();
        thereSince.keySet().retainAll(settled.values());
        settled.values().removeIf(other -> now - thereSince.computeIfAbsent(other, first -> now) < SETTLED_MILLIS || peers.isHindered(other.broker()));
        if (!settings.isRebalanced()) {
            return;
        }
        for (String set : seen.setNames()) {
            PartitionSet present = seen.set(set).set();
            if (mayChange(set) && Handovers.toPreferred(present, self, settled, GIVEN_BACK_MAX) != present) {
                writes.change(set, stored -> Handovers.toPreferred(stored, self, settled, GIVEN_BACK_MAX));
                return;
            }
        }
    }

    /** Entries of topics that have been gone for as long as a deletion can be undone leave their sets. */
    private void dropOrphans(long now) {
        Set<UUID> orphans = new HashSet<>();
        for (String set : seen.setNames()) {
            seen.set(set).set().states().keySet().forEach(key -> {
                if (!existing.contains(key.topicId())) {
                    orphans.add(key.topicId());
                }
            });
        }
        goneSince.keySet().retainAll(orphans);
        orphans.removeIf(id -> now - goneSince.computeIfAbsent(id, first -> now) < settings.undeleteMillis());
        if (orphans.isEmpty()) {
            return;
        }
        for (String set : List.copyOf(seen.setNames())) {
            PartitionSet present = seen.set(set).set();
            boolean isMine = Peers.firstFor(set, peers.electable()) == self.broker();
            if (isMine && mayChange(set) && present.states().keySet().stream().anyMatch(key -> orphans.contains(key.topicId()))) {
                writes.change(set, stored -> {
                    PartitionSet next = stored;
                    for (PartitionKey key : stored.states().keySet()) {
                        next = orphans.contains(key.topicId()) && !existing.contains(key.topicId()) ? next.without(key) : next;
                    }
                    return next;
                });
            }
        }
    }

    /** Elects leaders that somebody has asked for; an answer for each. Any thread. */
    public CompletionStage<List<Result<Void>>> elect(List<ElectionWish> wishes, Supplier<ClusterImage> image) {
        return new WishedElections(loop, seen, writes, () -> peers).elect(wishes, image);
    }

    /** Begins moves that somebody has asked for, or turns them back; an answer for each, once that is stored. Any thread. */
    public CompletionStage<List<Result<Void>>> reassign(List<ReassignmentWish> wishes, Supplier<ClusterImage> image) {
        return new WishedMoves(loop, seen, writes, shown -> CompletableFuture.completedStage(null)).begin(wishes, image, image);
    }

    private Set<PartitionKey> stuckNow() {
        Set<PartitionKey> found = new HashSet<>();
        for (String set : seen.setNames()) {
            if (seen.set(set).isDamaged() || writes.isFailing(set)) {
                found.addAll(seen.set(set).set().states().keySet());
            }
        }
        return found;
    }

    /** A set as it is by the answer to a write. */
    private void news(Stored object) {
        if (seen.see(object.name(), object.version(), object.text())) {
            changed.run();
        }
    }

    private boolean mayChange(String set) {
        return !isStopping && mayAct.getAsBoolean() && !writes.isChanging(set) && !seen.set(set).isDamaged();
    }

    private void considerAll() {
        isSettled = mayAct.getAsBoolean();
        Set<String> names = new HashSet<>(seen.setNames());
        seen.unstored().forEach(topic -> topic.places().forEach(place -> names.add(place.set())));
        names.forEach(this::consider);
    }

    private void consider(String set) {
        if (!mayChange(set)) {
            return;
        }
        PartitionSet now = seen.set(set).set();
        if (!duties.next(set, now, false).equals(now)) {
            writes.change(set, present -> mayAct.getAsBoolean() && !isStopping ? duties.next(set, present, false) : present).thenRun(() -> consider(set));
        } else if (!watched.contains(set) && !duties.next(set, now, true).equals(now)) {
            watched.add(set);
            loop.schedule(TURN_MILLIS + Math.floorMod(entropy.nextLong(), TURN_MILLIS), () -> {
                watched.remove(set);
                takeTurn(set);
            });
        }
    }

    /** Somebody else had time enough. */
    private void takeTurn(String set) {
        if (!mayChange(set)) {
            return;
        }
        PartitionSet now = seen.set(set).set();
        if (!duties.next(set, now, true).equals(now)) {
            writes.change(set, present -> mayAct.getAsBoolean() && !isStopping ? duties.next(set, present, true) : present).thenRun(() -> consider(set));
        }
    }

    /** Gives up all that this process leads, to others where there are any, leaves in-sync sets, and stands for nothing any more. Completes when that is stored; not while it cannot be. */
    public CompletableFuture<Void> handOver() {
        isStopping = true;
        Map<Integer, BrokerProcess> others = peers.electable();
        others.remove(self.broker());
        return CompletableFuture.allOf(seen.setNames().stream()
                .filter(set -> !Handovers.all(seen.set(set).set(), self, others, peers::isHindered).equals(seen.set(set).set()))
                .map(set -> writes.change(set, present -> Handovers.all(present, self, others, peers::isHindered)))
                .toArray(CompletableFuture[]::new));
    }

    /** Ends what is under way. */
    public void close() {
        isStopping = true;
        writes.close();
    }
}
