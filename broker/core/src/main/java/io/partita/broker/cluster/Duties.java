package io.partita.broker.cluster;

import io.partita.broker.cluster.SeenCluster.SeenTopic;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.Decision;
import io.partita.broker.control.Decision.Granted;
import io.partita.broker.control.Decision.Refusal;
import io.partita.broker.control.Decision.Refused;
import io.partita.broker.control.Elections;
import io.partita.broker.control.Hindrances;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.InSyncSets;
import io.partita.broker.control.Moves;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionState;
import io.partita.broker.control.Reassignments;
import io.partita.broker.log.LogIncarnation;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process would make of a set, as it sees it and everybody else: it stands for election where its turn is, says so where its log was lost, and where it is the
 * first to see to a set, or whoever that is does not, it adds entries that are missing, elects for the dead, puts minimums right, and takes the next step of moves. All of it is one step from a set to the next, which is worked
 * out anew when another was faster. Owned by the store's loop.
 */
final class Duties {

    private static final Logger LOG = LoggerFactory.getLogger(Duties.class);

    private final SeenCluster seen;
    private final Peers peers;
    private final BrokerProcess self;
    private final LogIncarnation logs;
    private final SeenEpochs epochs;
    private final Supplier<Hindrances> hindrances;
    private final Settings settings;
    private final Set<PartitionKey> said = new HashSet<>();

    /** With so many replicas what the cluster keeps for itself is to be on two before it counts, as users' topics are. */
    private static final int REPLICAS_FOR_TWO = 3;

    /** The highest epochs that this broker's logs know of. */
    interface SeenEpochs {

        /** {@code null} when it is not known yet; it will be read then. */
        Integer of(PartitionKey partition);
    }

    /** What settings say of topics. */
    interface Settings {

        int minInSync(TopicObject topic);

        /** How many replicas a topic is to have with so many brokers, where that is the cluster's affair; 0 where it is its owner's. */
        int replicas(TopicObject topic, int brokers);

        /** Whether a broker is to be given replicas: one that the cluster is to do without gets no more. */
        boolean isStaying(int broker);

        boolean isUncleanAllowed(TopicObject topic);

        /** Whether a topic is to begin with records that brokers have kept of another one. */
        boolean asksForRecords(TopicObject topic);
    }

    Duties(SeenCluster seen, Peers peers, BrokerProcess self, LogIncarnation logs, SeenEpochs epochs, Supplier<Hindrances> hindrances, Settings settings) {
        this.seen = seen;
        this.peers = peers;
        this.self = self;
        this.logs = logs;
        this.epochs = epochs;
        this.hindrances = hindrances;
        this.settings = settings;
    }

    /**
     * The set as this process would have it; an equal one when there is nothing to do.
     *
     * @param isLate whether whoever has the first turn has had time enough
     */
    PartitionSet next(String name, PartitionSet set, boolean isLate) {
        Map<Integer, BrokerProcess> electable = peers.electable();
        if (!self.equals(electable.get(self.broker()))) {
            return set;
        }
        boolean isFirst = Peers.firstFor(name, electable) == self.broker();
        boolean isMine = isLate || isFirst;
        List<Integer> staying = electable.keySet().stream().filter(settings::isStaying).toList();
        Map<UUID, Integer> minimums = new HashMap<>();
        TreeMap<PartitionKey, PartitionState> states = new TreeMap<>(set.states());
        if (isMine) {
            place(name, states);
        }
        states.replaceAll((key, state) -> {
            SeenTopic topic = seen.topic(key.topicId());
            if (topic == null || !name.equals(seen.setOf(key))) {
                // Of no topic: nobody acts on it.
                return state;
            }
            PartitionState next = stand(key, state, topic.object(), electable, isLate);
            if (!isFirst) {
                // Two brokers that were started with different minimums would else put each other's right for ever.
                return next;
            }
            int replicas = settings.replicas(topic.object(), staying.size());
            next = next.reassignment() == null ? grown(key, next, replicas, staying) : next;
            int min = minimums.computeIfAbsent(key.topicId(), id -> settings.minInSync(topic.object()));
            min = replicas > 0 && next.replicas().size() >= REPLICAS_FOR_TWO ? Math.max(2, min) : min;
            return Reassignments.setMin(next, Moves.minimum(next, min)).nextOr(next);
        });
        if (isMine) {
            states.replaceAll((key, state) -> seen.topic(key.topicId()) != null && name.equals(seen.setOf(key)) ? Moves.next(state, electable) : state);
        }
        PartitionSet next = new PartitionSet(states);
        Hindrances now = hindrances.get();
        if (!now.equals(Hindrances.NONE)) {
            next = Handovers.hindered(next, self, now, electable, peers::isHindered);
        }
        if (isMine) {
            for (int dead : missing(next)) {
                int epoch = latestEpochOf(dead, next);
                if (epoch < 0 ? peers.mayDrop(name, dead, latestVersionWith(dead, next)) : peers.mayReplace(name, dead, epoch)) {
                    next = next.afterDeathOf(dead, electable);
                }
            }
        }
        return next;
    }

    /** With as many replicas as the cluster's own topics are to have by now: the first broker of a cluster makes them alone. */
    private static PartitionState grown(PartitionKey key, PartitionState state, int replicas, List<Integer> brokers) {
        PartitionState next = state;
        for (int i = 0; i < brokers.size() && next.replicas().size() < replicas; i++) {
            next = Reassignments.addReplica(next, brokers.get((key.partition() + i) % brokers.size())).nextOr(next);
        }
        return next;
    }

    /** Entries that a topic says are here, and that were never stored. */
    private void place(String name, Map<PartitionKey, PartitionState> states) {
        for (TopicObject topic : seen.unstoredIn(name)) {
            for (int i = topic.storedCount(); i < topic.places().size(); i++) {
                if (topic.places().get(i).set().equals(name)) {
                    states.putIfAbsent(topic.key(i), PartitionState.placed(topic.places().get(i).replicas(), settings.minInSync(topic)));
                }
            }
        }
    }

    /** The latest epoch under which a broker leads, -1 when it leads nothing. */
    private static int latestEpochOf(int broker, PartitionSet set) {
        int latest = -1;
        for (PartitionState state : set.states().values()) {
            if (state.leader() != null && state.leader().broker() == broker) {
                latest = Math.max(latest, state.epoch());
            }
        }
        return latest;
    }

    /** The highest version of the states in whose in-sync sets a broker is. */
    private static int latestVersionWith(int broker, PartitionSet set) {
        int latest = 0;
        for (PartitionState state : set.states().values()) {
            if (state.isInSync(broker)) {
                latest = Math.max(latest, state.version());
            }
        }
        return latest;
    }

    /** Leaders and members of in-sync sets that are not there. */
    private Set<Integer> missing(PartitionSet set) {
        Set<Integer> missing = new HashSet<>();
        set.states().forEach((key, state) -> {
            for (InSyncReplica member : state.isr()) {
                if (!peers.isThere(member.broker())) {
                    missing.add(member.broker());
                }
            }
        });
        return missing;
    }

    private PartitionState stand(PartitionKey key, PartitionState stored, TopicObject topic, Map<Integer, BrokerProcess> electable, boolean isLate) {
        int broker = self.broker();
        InSyncReplica mine = stored.member(broker);
        boolean isLogThere = mine != null && (mine.isAnyLog() || mine.incarnation().equals(logs.name()));
        if (!stored.replicas().contains(broker) || stored.isLedBy(self) && isLogThere) {
            return stored;
        }
        // Who elected this process may have known only the log that its machine has lost since (rule 17).
        PartitionState led = stored.isLedBy(self) ? Elections.resign(stored, self).nextOr(stored) : stored;
        PartitionState state = InSyncSets.dropLost(led, broker, logs.name()).nextOr(led);
        boolean isWithoutLeader = state.leader() == null || state.leader().broker() == broker;
        boolean isLeaderGone = !isWithoutLeader && !peers.isThere(state.leader().broker());
        if (!isWithoutLeader && !isLeaderGone) {
            return state;
        }
        boolean isMyTurn = isLate || state.leader() != null && isWithoutLeader
                || (state.isUntouched() && settings.asksForRecords(topic) ? hasRecords(key) : first(state, electable) == broker);
        if (isWithoutLeader && isMyTurn) {
            Integer epoch = epochs.of(key);
            Decision clean = epoch == null ? Decision.refused(Refusal.NOTHING_TO_DO) : Elections.elect(state, self, logs.name(), epoch);
            if (clean instanceof Granted(PartitionState elected)) {
                return elected;
            }
            return clean instanceof Refused(Refusal why) && why == Refusal.LOG_LOST ? standWithLoss(key, state, topic, epoch) : state;
        }
        boolean nobodyInSyncIsThere = state.isr().stream().noneMatch(member -> electable.containsKey(member.broker()));
        return isLate && nobodyInSyncIsThere && settings.isUncleanAllowed(topic) ? unclean(key, state, topic, epochs.of(key)) : state;
    }

    /** Whether this broker has a log of an untouched partition, or keeps one that it is to begin with: it is known by its epochs. */
    private boolean hasRecords(PartitionKey key) {
        Integer epoch = epochs.of(key);
        return epoch != null && epoch >= 0;
    }

    /** Whose turn it is where nobody leads: before the first leader any replica's, else that of who is in sync; -1 for nobody's. */
    private static int first(PartitionState state, Map<Integer, BrokerProcess> electable) {
        for (int replica : state.replicas()) {
            if (electable.containsKey(replica) && (state.isUntouched() || state.isInSync(replica))) {
                return replica;
            }
        }
        return -1;
    }

    /** The in-sync set is this broker alone, under a log that it no longer has. */
    private PartitionState standWithLoss(PartitionKey key, PartitionState state, TopicObject topic, int epoch) {
        String expected = state.member(self.broker()).incarnation();
        if (state.replicas().size() == 1 && logs.goesOnFrom(expected)) {
            LOG.warn("{} goes on with what its only log has: the machine failed, and records that it had not yet written to its disk are lost.",
                    name(key, topic));
            return Elections.electUnclean(state, self, logs.name(), epoch).nextOr(state);
        }
        if (settings.isUncleanAllowed(topic)) {
            return unclean(key, state, topic, epoch);
        }
        if (said.add(key)) {
            LOG.error("{} has no leader: this broker should have its log {} but has another one, so its disk was lost or replaced. Bring the disk back, or set"
                    + " unclean.leader.election.enable to true on the topic to go on with what there is.", name(key, topic), expected);
        }
        // Nobody is to be sent to a former process.
        return state.leader() == null ? state : Elections.resign(state, state.leader()).nextOr(state);
    }

    private PartitionState unclean(PartitionKey key, PartitionState state, TopicObject topic, Integer epoch) {
        if (epoch == null) {
            return state;
        }
        if (said.add(key)) {
            LOG.warn("{} goes on with a log that may lack acknowledged records, because unclean.leader.election.enable is set.", name(key, topic));
        }
        return Elections.electUnclean(state, self, logs.name(), epoch).nextOr(state);
    }

    private static String name(PartitionKey key, TopicObject topic) {
        return "Partition " + key.partition() + " of topic '" + topic.name() + "'";
    }
}
