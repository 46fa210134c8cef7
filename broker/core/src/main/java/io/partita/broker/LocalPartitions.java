package io.partita.broker;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.LogConfigs;
import io.partita.broker.config.TopicSettings;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Failures;
import io.partita.broker.env.Workers;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.log.StrayLog;
import io.partita.broker.metadata.AwayDirectory;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.ImageChange.Basis;
import io.partita.broker.metadata.ImageListener;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.replication.FollowingReplica;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import io.partita.broker.replication.Replica;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this broker hold the partitions that the metadata give it: opens and makes logs, gives each an owner and a role, closes and deletes what is gone. A leadership
 * lasts for one leader epoch: where the metadata name another leader or another epoch, the leader here is closed, and another leader or a follower takes its place.
 * Steps are applied one at a time, on a thread of the metadata store.
 */
final class LocalPartitions implements ImageListener {

    private static final Logger LOG = LoggerFactory.getLogger(LocalPartitions.class);

    private final int nodeId;
    private final BrokerConfig startConfig;
    private final List<LogDirectory> directories;
    /** Directories that may have logs of this broker which cannot be seen. */
    private final List<AwayDirectory> away;
    private final Partitions partitions;
    private final ReplicaRoles roles;
    private final UnaryOperator<UUID> recordsOf;
    private final Supplier<EventLoop> loops;
    private final Workers workers;
    /** Partitions that are held here and whose log could not be opened, each with the step that was to open it. Changed by steps. */
    private final Map<Unopened, ImageChange> unopened = new ConcurrentHashMap<>();
    /** What the last step led to. */
    private volatile ClusterImage image;
    /** A log keeps its owner for as long as the process lives, since flushes and compactions of an earlier leader may still be under way. */
    private final Map<LogId, EventLoop> owners = new ConcurrentHashMap<>();

    /** @param recordsOf whose kept records a topic is to begin with, {@code null} for nobody's */
    LocalPartitions(
            int nodeId, BrokerConfig startConfig, List<LogDirectory> directories, List<AwayDirectory> away, Partitions partitions, ReplicaRoles roles,
            UnaryOperator<UUID> recordsOf, Supplier<EventLoop> loops, Workers workers) {
        this.nodeId = nodeId;
        this.startConfig = startConfig;
        this.directories = directories;
        this.away = away;
        this.partitions = partitions;
        this.roles = roles;
        this.recordsOf = recordsOf;
        this.loops = loops;
        this.workers = workers;
    }

    private record Unopened(UUID topicId, int partition) {}

    /** Whether there are partitions that are held here and whose log could not be opened, or that a defect has ended. Any thread. */
    boolean hasUnserved() {
        return !unopened.isEmpty() || !brokenTopics().isEmpty();
    }

    private Set<UUID> brokenTopics() {
        Set<UUID> broken = new HashSet<>();
        partitions.forEachReplica(replica -> {
            if (replica.isBroken()) {
                broken.add(replica.topicId());
            }
        });
        return broken;
    }

    /** A step that changes nothing, so that what could not be done before is done. */
    ImageChange again() {
        ClusterImage now = image;
        Set<UUID> unserved = brokenTopics();
        unopened.keySet().forEach(one -> unserved.add(one.topicId));
        List<TopicImage> topics = unserved.stream().map(now::topic).filter(Objects::nonNull).toList();
        return new ImageChange(now, now, List.of(), List.of(), topics, false, Basis.FOLLOWED, Set.of(), Set.of());
    }

    @Override
    public CompletionStage<Void> apply(ImageChange change) {
        image = change.after();
        unopened.keySet().removeIf(one -> !isHeldHere(one, change.after()));
        BrokerConfig config = configIn(change.after());
        roles.throttles().rates(config);
        LogConfigs logConfigs = new LogConfigs(config);
        List<CompletableFuture<Void>> pending = new ArrayList<>();
        for (TopicImage topic : change.deleted()) {
            pending.add(change.basis() == Basis.DECIDED ? delete(topic) : close(removed(topic)));
        }
        for (TopicImage topic : change.changed()) {
            pending.add(resign(topic));
        }
        // A topic may come back under the name of a deleted one: its logs are made when the old ones have made room.
        CompletableFuture<Void> gone = CompletableFuture.allOf(pending.toArray(new CompletableFuture[0]));
        // On a worker where there was something to wait for: the last owner to close its leader must not touch files.
        Runnable rest = () -> open(change, config, logConfigs);
        return pending.isEmpty() ? gone.thenRun(rest) : gone.thenRunAsync(rest, workers::execute);
    }

    private void open(ImageChange change, BrokerConfig config, LogConfigs logConfigs) {
        for (TopicImage topic : change.created()) {
            guarded(topic, () -> open(topic, change, config, logConfigs));
        }
        for (TopicImage topic : change.changed()) {
            guarded(topic, () -> {
                open(topic, change, config, logConfigs);
                reconfigure(topic, config, logConfigs);
            });
        }
        if (change.settingsChanged()) {
            for (TopicImage topic : change.after().topics()) {
                guarded(topic, () -> reconfigure(topic, config, logConfigs));
            }
        }
        if (change.basis() == Basis.READ || change.basis() == Basis.ASKED) {
            clearLogsOfNobody(change);
        }
        if (change.basis() == Basis.ASKED) {
            purge(change, config.longValue("log.undelete.retention.ms"));
        }
    }

    /** One topic that cannot be applied must not keep the others from being served. */
    private static void guarded(TopicImage topic, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException defect) {
            LOG.error("What the metadata say of topic '{}' could not be applied completely; a restart applies it anew.", topic.name(), defect);
        }
    }

    private BrokerConfig configIn(ClusterImage image) {
        return startConfig.overlaid(image.brokerConfigs(ClusterImage.ALL_BROKERS), image.brokerConfigs(nodeId));
    }

    /** Gives the partitions of a topic that are held here and have no role yet the one that the metadata say. */
    private void open(TopicImage topic, ImageChange change, BrokerConfig config, LogConfigs logConfigs) {
        LogConfig logConfig = logConfigs.of(topic.configs());
        List<PartitionLeader> led = new ArrayList<>();
        for (int index = 0; index < topic.partitions().size(); index++) {
            PartitionImage partition = topic.partition(index);
            if (!roles.isHeld(partition)) {
                leave(topic, index, partition, change);
                continue;
            }
            if (partitions.find(topic.id(), index) != null || partitions.followed(topic.id(), index) != null) {
                continue;
            }
            try {
                Replica opened = open(topic, index, partition, change, config, logConfig);
                if (opened != null) {
                    roles.throttles().apply(opened, topic);
                }
                switch (opened) {
                    case null -> {
                    }
                    case PartitionLeader leader -> led.add(leader);
                    case FollowingReplica follower -> partitions.add(follower);
                }
            } catch (IOException e) {
                if (unopened.putIfAbsent(new Unopened(topic.id(), index), change) == null) {
                    LOG.error("Partition {}-{} is not served, because its log could not be opened: {}. It is tried again every second.", topic.name(), index,
                            Failures.said(e));
                }
            }
        }
        partitions.add(led);
    }

    private Replica open(TopicImage topic, int index, PartitionImage partition, ImageChange change, BrokerConfig config, LogConfig logConfig)
            throws IOException {
        PartitionLog log = log(topic, index, unopened.getOrDefault(new Unopened(topic.id(), index), change), logConfig);
        boolean mayBeUsed = log != null && (partition.stored() != null || mayBeLed(log, partition));
        boolean isLed = partition.leader() == nodeId;
        if (mayBeUsed && isLed && log.mayHaveUndecidedTransactions()) {
            log.open(); // or consumers that read what is committed would be shown what is not
        }
        ImageChange failed = unopened.remove(new Unopened(topic.id(), index));
        if (!mayBeUsed) {
            return null;
        }
        if (failed != null) {
            LOG.info("Partition {}-{} is served now: its log could be opened.", topic.name(), index);
        }
        log.reconfigure(logConfig);
        EventLoop owner = owners.computeIfAbsent(log.id(), id -> loops.get());
        return partition.stored() == null
                ? new PartitionLeader(topic.name(), topic.id(), index, owner, workers, log, partition.leaderEpoch(), minInSyncReplicas(topic, index, config))
                : roles.begin(new ReplicaRoles.Held(topic.name(), topic.id(), index, owner, log), partition.stored(), checkpointed(log));
    }

    private long checkpointed(PartitionLog log) {
        return directories.stream().filter(directory -> directory.log(log.id()) == log).mapToLong(directory -> directory.highWatermark(log.id())).findFirst()
                .orElse(0);
    }

    /** Deletes the log of a partition of which this broker is a replica no more. */
    private void leave(TopicImage topic, int index, PartitionImage partition, ImageChange change) {
        if (partition.stored() == null || change.basis() == Basis.REMEMBERED) {
            return;
        }
        LogId id = new LogId(topic.name(), index);
        for (LogDirectory directory : directories) {
            try {
                PartitionLog log = directory.log(id);
                if (log != null && topic.id().equals(directory.topicIdOf(log)) && roles.mayBeDeleted(log, topic.id(), partition.stored().state())) {
                    LOG.info("Partition {} is held by {} and not by this broker any more, so its log goes.", id, partition.replicas());
                    roles.forget(id);
                    owners.remove(id);
                    directory.delete(id);
                }
            } catch (IOException e) {
                LOG.warn("The log of {}, which this broker holds no more, could not be removed from {} ({}); the next change of its topic tries again.", id,
                        directory.path(), Failures.said(e));
            }
        }
    }

    private boolean isHeldHere(Unopened one, ClusterImage after) {
        TopicImage topic = after.topic(one.topicId);
        return topic != null && roles.isHeld(topic.partition(one.partition));
    }

    /** An epoch is led in once: below one that is in the log, another leader, or this one, has written already. */
    private static boolean mayBeLed(PartitionLog log, PartitionImage partition) throws IOException {
        int latest = log.latestEpoch();
        if (partition.leaderEpoch() < latest) {
            LOG.error(
                    "{} is not led in epoch {}, because it has records of epoch {}: its metadata are older than it, as after they were restored from a backup.",
                    log.id(), partition.leaderEpoch(), latest);
            return false;
        }
        return true;
    }

    /** The log of a partition, made where there is none; {@code null} where another topic's is in the way and must stay there. */
    private PartitionLog log(TopicImage topic, int index, ImageChange change, LogConfig config) throws IOException {
        LogId id = new LogId(topic.name(), index);
        UUID former = former(topic, index, change);
        for (LogDirectory directory : directories) {
            PartitionLog existing = directory.log(id);
            if (existing == null) {
                continue;
            }
            UUID topicId = directory.topicIdOf(existing);
            // A log that does not tell lost that with its machine, before its first flush.
            boolean isUntold = topicId == null;
            if (isUntold && roles.mayBeTaken(existing, topic.partition(index))) {
                directory.identify(existing, topic.id());
                topicId = topic.id();
            }
            if (!isUntold && topic.id().equals(topicId) && existing.logEndOffset() == 0 && leadsAlone(topic.partition(index))
                    && (isSetAside(id, topic.id()) || former != null && isSetAside(id, former))) {
                // Begun before its records were given to it: nothing was written to it yet.
                directory.delete(id);
                continue;
            }
            if (topic.id().equals(topicId)) {
                return existing;
            }
            if (change.basis() == Basis.REMEMBERED) {
                LOG.warn("Log {} is of another topic than is remembered of that name, and neither is served until the metadata can be read",
                        existing.directory());
                return null;
            }
            clear(directory, existing, topicId, change,
                    isUntold ? "of a topic that it does not tell, as after a failure of the machine" : "of an older topic with the same name");
        }
        for (LogDirectory directory : directories) {
            PartitionLog back = directory.takeBack(id, topic.id(), config);
            if (back != null) {
                LOG.warn("Log {}, which had been set aside, is in use again: its topic is there under the id it had", back.directory());
                return back;
            }
        }
        for (LogDirectory directory : directories) {
            PartitionLog given = former == null ? null : directory.takeBack(id, former, topic.id(), config);
            if (given != null) {
                LOG.info("Partition {} begins with the records of the topic of its name that was deleted, {}, as its Topic asks for.", id, former);
                return given;
            }
        }
        if (!away.isEmpty() && !isNew(topic, index, change)) {
            LOG.error("Partition {} is not served: its log is in none of the data directories that are there, so it is in {}, which is away because {}.", id,
                    away.getFirst().path(), away.getFirst().reason());
            return null;
        }
        tellKept(id);
        return roomiest().create(id, topic.id(), config);
    }

    /**
     * The deleted topic whose kept log this partition is to begin with, {@code null} for none. Of what other brokers have kept nothing is touched.
     */
    private UUID former(TopicImage topic, int index, ImageChange change) throws IOException {
        UUID former = recordsOf.apply(topic.id());
        PartitionImage partition = topic.partition(index);
        boolean isGone = former != null && !former.equals(topic.id()) && change.after().topic(former) == null && !change.hidden().contains(former);
        if (!isGone || !leadsAlone(partition) || change.basis() == Basis.REMEMBERED) {
            return null;
        }
        LogId id = new LogId(topic.name(), index);
        for (LogDirectory directory : directories) {
            if (directory.latestEpochOfStray(id, former) >= partition.leaderEpoch()) {
                LOG.warn(
                        "Partition {} does not begin with the kept records of topic {} now, because it is led in epoch {} and they have later ones: restart this broker.",
                        id,
                        former, partition.leaderEpoch());
                return null;
            }
        }
        return former;
    }

    /** Whether this broker leads, and nobody else is in sync: then a log that was kept can take the place of an empty one. A follower's would be cut to its leader's. */
    private boolean leadsAlone(PartitionImage partition) {
        return partition.leader() == nodeId && partition.inSyncReplicas().equals(List.of(nodeId));
    }

    private boolean isSetAside(LogId id, UUID topicId) {
        return directories.stream().anyMatch(directory -> directory.isSetAside(id, topicId));
    }

    /** Whoever deleted a topic and made it again may have wanted its records. */
    private void tellKept(LogId id) {
        for (LogDirectory directory : directories) {
            for (StrayLog stray : directory.strays()) {
                if (id.equals(stray.id())) {
                    LOG.info(
                            "Partition {} begins empty. Records of an earlier topic of that name, {}, are kept in {}; docs/adr/0029-a-topic-made-again-begins-empty.md says"
                                    + " how they are given to this one.",
                            id, stray.topicId(), stray.directory());
                }
            }
        }
    }

    /** The directory with the most room for one more log, of those that can be written to if there are any. */
    private LogDirectory roomiest() {
        LogDirectory best = directories.getFirst();
        for (LogDirectory directory : directories) {
            boolean isBetter = directory.isWritable() == best.isWritable() ? directory.isRoomierThan(best) : directory.isWritable();
            best = isBetter ? directory : best;
        }
        return best;
    }

    /** Whether a partition begins with this very change, so that it has no log yet. */
    private static boolean isNew(TopicImage topic, int index, ImageChange change) {
        TopicImage before = change.before().topic(topic.id());
        return change.basis() == Basis.DECIDED && (before == null || before.partition(index) == null);
    }

    private void reconfigure(TopicImage topic, BrokerConfig config, LogConfigs logConfigs) {
        List<Replica> replicas = partitions.replicasOf(topic.id());
        if (!replicas.isEmpty()) {
            LogConfig logConfig = logConfigs.of(topic.configs());
            for (Replica replica : replicas) {
                roles.throttles().apply(replica, topic);
                switch (replica) {
                    case PartitionLeader leader -> leader.reconfigure(logConfig, minInSyncReplicas(topic, leader.partition(), config));
                    case FollowingReplica follower -> follower.log().reconfigure(logConfig);
                }
            }
        }
    }

    /** What the topic asks for, but no more than a partition has: else nothing could ever be written to it with acks=all. */
    private static int minInSyncReplicas(TopicImage topic, int partition, BrokerConfig config) {
        int wanted = Integer.parseInt(TopicSettings.effective(
                TopicSettings.definitions().find(TopicSettings.MIN_INSYNC_REPLICAS), topic.configs(), config));
        PartitionImage image = topic.partition(partition);
        return image == null ? wanted : Math.min(wanted, image.replicas().size());
    }

    /** Closes the replicas of a topic whose role is another one now, or none, or that a defect has ended. */
    private CompletableFuture<Void> resign(TopicImage topic) {
        List<Replica> resigning = new ArrayList<>();
        List<PartitionLog> broken = new ArrayList<>();
        for (Replica replica : partitions.replicasOf(topic.id())) {
            boolean isLoadedAnew = replica.isBroken() && roles.mayGoOn(replica, topic.partition(replica.partition()));
            if (isLoadedAnew || !roles.goesOn(replica, topic.partition(replica.partition()))) {
                resigning.add(replica);
                if (replica.isBroken()) {
                    broken.add(replica.log());
                }
            }
        }
        partitions.remove(resigning.stream().filter(PartitionLeader.class::isInstance).map(PartitionLeader.class::cast).toList());
        resigning.stream().filter(FollowingReplica.class::isInstance).map(FollowingReplica.class::cast).forEach(partitions::remove);
        CompletableFuture<Void> closed = close(resigning);
        return broken.isEmpty() ? closed : closed.thenRunAsync(() -> broken.forEach(this::reload), workers::execute);
    }

    private void reload(PartitionLog log) {
        for (LogDirectory directory : directories) {
            try {
                directory.reload(log);
            } catch (IOException e) {
                LOG.error("Log {} could not be loaded anew after a defect: {}. Whoever uses it makes the broker try again.", log.directory(), Failures.said(e));
            }
        }
    }

    /** Forgets the replicas of a topic and returns them; they are still to be closed. */
    private List<Replica> removed(TopicImage topic) {
        List<Replica> replicas = partitions.replicasOf(topic.id());
        replicas.stream().filter(FollowingReplica.class::isInstance).map(FollowingReplica.class::cast).forEach(partitions::remove);
        partitions.remove(topic.id());
        return replicas;
    }

    /** Closes the replicas of a topic on their owners' threads, then deletes the logs. */
    private CompletableFuture<Void> delete(TopicImage topic) {
        // On a worker: the last owner to close its replica must not wait for the disk.
        return close(removed(topic)).thenRunAsync(() -> {
            for (int index = 0; index < topic.partitions().size(); index++) {
                deleteLog(new LogId(topic.name(), index), topic.id());
            }
        }, workers::execute);
    }

    private CompletableFuture<Void> close(List<? extends Replica> replicas) {
        List<CompletableFuture<Void>> closed = new ArrayList<>();
        for (Replica replica : replicas) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            closed.add(done);
            replica.owner().run(() -> {
                replica.close();
                roles.closed(replica);
                done.complete(null);
            });
        }
        return CompletableFuture.allOf(closed.toArray(new CompletableFuture[0]));
    }

    /** Takes logs out of use whose topics are not there. Those of an older topic of a name that there is go when the name's own are opened. */
    private void clearLogsOfNobody(ImageChange change) {
        ClusterImage image = change.after();
        if (!away.isEmpty()) {
            // The newest copy of the metadata may be where nobody can look.
            return;
        }
        for (LogDirectory directory : directories) {
            for (PartitionLog log : List.copyOf(directory.logs())) {
                if (image.topic(log.id().topic()) != null) {
                    continue;
                }
                try {
                    UUID topicId = directory.topicIdOf(log);
                    boolean isSomebodys = topicId != null && (image.topic(topicId) != null || change.hidden().contains(topicId));
                    // One that does not tell may be of a topic that is not shown.
                    boolean isUncertain = topicId == null && change.basis() != Basis.READ;
                    if (!isSomebodys && !isUncertain) {
                        clear(directory, log, topicId, change, "of no topic that there is");
                    }
                } catch (IOException e) {
                    LOG.error("Log {} is of no topic that there is, and could not be set aside ({}); it stays where it is, and the next start tries again.",
                            log.directory(), Failures.said(e));
                }
            }
        }
    }

    /**
     * Takes a log out of use that the metadata do not name: deletes it where its topic is known to have been deleted, else sets it aside, for metadata may be lost and
     * older backups be put in their place.
     */
    private void clear(LogDirectory directory, PartitionLog log, UUID topicId, ImageChange change, String why) throws IOException {
        LogId id = log.id();
        Invariant.check(partitions.find(id.topic(), id.partition()) == null, "partition %d is led here, and its log would be taken away", id.partition());
        owners.remove(id);
        roles.forget(id);
        if (topicId != null && change.removed().contains(topicId)) {
            LOG.info("Log {} is of a topic that was deleted, and goes now", log.directory());
            directory.delete(id);
            return;
        }
        boolean isPurged = change.basis() == Basis.ASKED || change.basis() == Basis.FOLLOWED;
        StrayLog stray = directory.setAside(id, isPurged ? StrayLog.Fate.PURGED : StrayLog.Fate.KEPT);
        LOG.warn("Log {} is {} and is not served; its records are kept in {}{}", log.directory(), why, stray.directory(),
                isPurged ? " for as long as log.undelete.retention.ms says." : " until somebody deletes them.");
    }

    /** Deletes what was set aside, where its topic is still not there after the time in which its deletion can be undone. */
    private void purge(ImageChange change, long undeleteMillis) {
        for (LogDirectory directory : directories) {
            for (StrayLog stray : directory.strays()) {
                boolean isDue = stray.fate() == StrayLog.Fate.PURGED && directory.wallMillis() - stray.sinceMillis() >= undeleteMillis;
                boolean isSomebodys = stray.topicId() != null && (change.after().topic(stray.topicId()) != null || change.hidden().contains(stray.topicId()));
                if (!isDue || isSomebodys) {
                    continue;
                }
                try {
                    directory.purge(stray);
                    LOG.info("{} is deleted: the topic of this log was deleted more than {} ms ago.", stray.directory(), undeleteMillis);
                } catch (IOException e) {
                    LOG.warn("{} could not be deleted ({}); it is tried again.", stray.directory(), Failures.said(e));
                }
            }
        }
    }

    private void deleteLog(LogId id, UUID topicId) {
        for (LogDirectory directory : directories) {
            try {
                PartitionLog log = directory.log(id);
                if (log == null || !topicId.equals(directory.topicIdOf(log))) {
                    continue;
                }
                Invariant.check(partitions.find(id.topic(), id.partition()) == null, "partition %d is led here, and its log would be deleted", id.partition());
                owners.remove(id);
                roles.forget(id);
                directory.delete(id);
            } catch (IOException e) {
                LOG.warn("The log of the deleted partition {} could not be removed from {}: {}. The next start does it.", id, directory.path(),
                        Failures.said(e));
            }
        }
    }
}
