package io.partita.broker;

import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionState;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Disk;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.GatheredLines;
import io.partita.broker.env.Workers;
import io.partita.broker.log.LogId;
import io.partita.broker.log.LogIncarnation;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.replication.FollowingReplica;
import io.partita.broker.replication.Leadership;
import io.partita.broker.replication.PartitionFollower;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Replica;
import io.partita.broker.replication.ReplicaLink;
import io.partita.broker.replication.SeenEpoch;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.LoggerFactory;

/**
 * What this broker is to a partition of which a store for several brokers keeps a state: its leader, a follower, or nothing, and what is carried from one role to the
 * next. Used by steps of the metadata, one at a time.
 */
final class ReplicaRoles {

    /** Of one partition whose state is stored, as this broker has it. */
    record Held(String topic, UUID topicId, int partition, EventLoop owner, PartitionLog log) {}

    private volatile boolean isLeaving;
    private final int nodeId;
    private final MetadataStore store;
    private final LogIncarnation incarnation;
    private final ReplicaLink link;
    private final Disk disk;
    private final Clock clock;
    private final Workers workers;
    private final long lagMaxMillis;
    private final ReplicationThrottles throttles;
    private final GatheredLines lines = new GatheredLines(LoggerFactory.getLogger(PartitionLeader.class));
    private final Map<LogId, SeenEpoch> seenEpochs = new ConcurrentHashMap<>();
    private final Map<LogId, Long> highWatermarks = new ConcurrentHashMap<>();

    ReplicaRoles(int nodeId, MetadataStore store, LogIncarnation incarnation, ReplicaLink link, Disk disk, Clock clock, Workers workers, long lagMaxMillis) {
        this.nodeId = nodeId;
        this.store = store;
        this.incarnation = incarnation;
        this.link = link;
        this.disk = disk;
        this.clock = clock;
        this.workers = workers;
        this.lagMaxMillis = lagMaxMillis;
        this.throttles = new ReplicationThrottles(nodeId, clock);
    }

    /** What bounds replicas that catch up. */
    ReplicationThrottles throttles() {
        return throttles;
    }

    /** The broker stops: replicas that follow keep up only where nothing is committed without them, for it leaves the other in-sync sets. Any thread. */
    void leave() {
        isLeaving = true;
    }

    /** Whether this broker is to hold a partition: as one of its replicas, or where one broker alone decides, as its leader. */
    boolean isHeld(PartitionImage partition) {
        return partition != null && (partition.stored() == null ? partition.leader() == nodeId : partition.replicas().contains(nodeId));
    }

    /** Whether this process is named as leader, with the log that it has. */
    private boolean isLed(PartitionState state) {
        return store.process() != null && state.isLedBy(store.process()) && new InSyncReplica(nodeId, incarnation.name()).equals(state.member(nodeId));
    }

    /** Whether a replica has the role in a state that it has now; it is then told of the state. */
    boolean goesOn(Replica replica, PartitionImage partition) {
        if (!isHeld(partition)) {
            return false;
        }
        if (partition.stored() == null) {
            return replica instanceof PartitionLeader && partition.leaderEpoch() == replica.leaderEpoch();
        }
        PartitionState state = partition.stored().state();
        return switch (replica) {
            case PartitionLeader leader -> {
                boolean still = isLed(state) && state.epoch() == leader.leaderEpoch();
                if (still) {
                    leader.learned(state, partition.stored().objectVersion());
                }
                yield still;
            }
            case FollowingReplica follower -> {
                boolean still = !isLed(state) || state.epoch() < follower.leaderEpoch();
                if (still && !follower.state().equals(state)) {
                    follower.follow(state);
                }
                yield still;
            }
        };
    }

    /**
     * Whether a replica that a defect has ended may take its role up again in this process, with its log taken from the files: not the leader of what others have too,
     * for an epoch is led by what a leader remembers of it; another one is elected, or the broker restarted.
     */
    boolean mayGoOn(Replica replica, PartitionImage partition) {
        return replica instanceof FollowingReplica || partition != null && (partition.stored() == null || partition.stored().state().replicas().size() == 1);
    }

    /** Keeps what the next role of a replica that was closed begins with. */
    void closed(Replica replica) {
        highWatermarks.put(replica.log().id(), replica.highWatermark());
    }

    /** The log is deleted, or set aside: nothing is carried on. */
    void forget(LogId id) {
        seenEpochs.remove(id);
        highWatermarks.remove(id);
    }

    /**
     * Whether a log that does not tell its topic is taken for this partition's: where nobody else has it, or it counts as one that has everything. Else others have what it should have, and
     * its records may be of a topic that was there before under the name.
     */
    boolean mayBeTaken(PartitionLog log, PartitionImage partition) {
        if (log.logEndOffset() == 0 || partition.stored() == null) {
            return true;
        }
        PartitionState state = partition.stored().state();
        return state.replicas().size() == 1 || new InSyncReplica(nodeId, incarnation.name()).equals(state.member(nodeId));
    }

    /** Whether the log of a partition, of which this broker is no replica any more, may be deleted: not under an image from before it was taken in again (rule 22). */
    boolean mayBeDeleted(PartitionLog log, UUID topicId, PartitionState state) throws IOException {
        return !state.replicas().contains(nodeId) && state.epoch() >= seenEpoch(log, topicId).get();
    }

    private SeenEpoch seenEpoch(PartitionLog log, UUID topicId) throws IOException {
        SeenEpoch known = seenEpochs.get(log.id());
        if (known == null) {
            known = SeenEpoch.open(disk, log.directory(), topicId, log.latestEpoch(), log.config().fsyncBeforeAck());
            seenEpochs.put(log.id(), known);
        }
        return known;
    }

    /**
     * Gives a partition that has none its role.
     *
     * @param checkpointed the high watermark that was written down last before this process
     * @throws IOException when the log cannot be opened, or the epoch not be noted
     */
    Replica begin(Held held, PartitionImage.Stored stored, long checkpointed) throws IOException {
        PartitionState state = stored.state();
        PartitionLog log = held.log;
        SeenEpoch seen = seenEpoch(log, held.topicId);
        long highWatermark = highWatermarks.getOrDefault(log.id(), checkpointed);
        if (!isLed(state) || state.epoch() < seen.get()) {
            PartitionFollower follower = new PartitionFollower(nodeId, incarnation.name(), log, seen, workers.of(Workers.Kind.UPKEEP), highWatermark);
            FollowingReplica following = new FollowingReplica(held.topic, held.topicId, held.partition, held.owner, workers, log, follower, state, link,
                    () -> isLeaving);
            following.follow(state);
            return following;
        }
        seen.raise(state.epoch());
        return new PartitionLeader(held.topic, held.topicId, held.partition, held.owner, workers, log,
                new Leadership(store.process(), state, stored.objectVersion(), highWatermark, store.states(), clock, lagMaxMillis, lines,
                        broker -> store.image().broker(broker) != null));
    }
}
