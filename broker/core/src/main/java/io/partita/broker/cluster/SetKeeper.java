package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectStore.Stored;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.Hindrances;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionState;
import io.partita.broker.control.PartitionStates;
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
 * dead, and has leaders' wishes stored, by the same {@link SetUpkeep} as {@link ObjectMetadataStore}. Owned by its loop.
 */
public final class SetKeeper {

    private static final long UPKEEP_MILLIS = 1_000;
    /** So long a suspicion counts. */
    public static final long SUSPICION_MILLIS = Peers.SUSPICION_MILLIS;
    /** So long clients of a broker that stops are told who leads instead, before their connections are closed; else they find out by trying. */
    public static final long TELLING_MILLIS = 250;

    /** What settings say of topics and brokers. */
    public interface Settings extends Duties.Settings, SelfMoves.Settings {

        /** Whether the cluster is to go on with a broker. */
        @Override
        boolean isStaying(int broker);

        /** Whether leaders go back to those that are to lead. */
        boolean isRebalanced();

        /** Milliseconds for which what is stored of the partitions of a topic that is gone is kept. */
        long undeleteMillis();
    }

    private final EventLoop loop;
    private final Settings settings;
    private final BrokerProcess self;
    private final BooleanSupplier mayAct;
    private final Runnable changed;
    private final Runnable contested;
    private final SeenCluster seen = new SeenCluster();
    private final SetWrites writes;
    private final Peers peers;
    private final SetUpkeep upkeep;
    private final SelfMoves selfMoves;
    private final Map<Integer, BrokerObject> brokers = new HashMap<>();
    private final Map<String, TopicObject> topics = new HashMap<>();
    /** Of topics and brokers, which nobody writes here: each thing that is told of them is later than the one before. */
    private long tellings;
    private boolean isSettled;
    private boolean isKept;
    private boolean isStopping;
    private Set<UUID> existing = Set.of();
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
        this.settings = settings;
        this.self = self;
        this.mayAct = mayAct;
        this.changed = changed;
        this.contested = contested;
        this.writes = new SetWrites(objects, seen, loop, context.entropy(), this::news);
        this.peers = new Peers(seen, context.clock(), self.broker());
        ReadEpochs epochs = new ReadEpochs(context.epochs(), key -> seen.topic(key.topicId()) == null ? null : seen.topic(key.topicId()).object().name(),
                context.workers(), loop, this::considerAll);
        this.selfMoves = new SelfMoves(seen, writes, peers, self.broker(), context.clock(), settings);
        Duties duties = new Duties(seen, peers, self, context.incarnation(), epochs, () -> hindrances, settings);
        this.upkeep = new SetUpkeep(seen, writes, peers, duties, self, loop, context.clock(), context.entropy(), () -> !isStopping && mayAct.getAsBoolean());
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

    /** Whether a broker is told of, and reached from here. */
    public boolean isReached(int broker) {
        return peers.isReached(broker);
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
            touched.sets().forEach(upkeep::consider);
        }
        goOn();
    }

    /** What is done from time to time. */
    private void goOn() {
        stuck = stuckNow();
        if (!isKept && !isStopping) {
            isKept = true;
            loop.schedule(UPKEEP_MILLIS, () -> {
                isKept = false;
                goOn();
                if (!isStopping && mayAct.getAsBoolean()) {
                    upkeep.giveUpWhereFenced();
                    upkeep.giveBack(settings.isRebalanced());
                    upkeep.dropOrphans(existing::contains, settings.undeleteMillis());
                    selfMoves.look();
                }
            });
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

    private void considerAll() {
        isSettled = mayAct.getAsBoolean();
        upkeep.considerAll();
    }

    /** Gives up all that this process leads, to others where there are any, leaves in-sync sets, and stands for nothing any more. Completes when that is stored; not while it cannot be. */
    public CompletableFuture<Void> handOver() {
        isStopping = true;
        return upkeep.handOver();
    }

    /** Gives up what others can lead, and goes on with the rest. Completes when that is stored; not while it cannot be. */
    public CompletableFuture<Void> passOn() {
        return upkeep.passOn();
    }

    /** Ends what is under way. */
    public void close() {
        isStopping = true;
        writes.close();
    }
}
