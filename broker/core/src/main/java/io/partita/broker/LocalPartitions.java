package io.partita.broker;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.LogConfigs;
import io.partita.broker.config.TopicSettings;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.ImageChange.Basis;
import io.partita.broker.metadata.ImageListener;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.net.NettyEventLoops;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this broker hold the partitions that the metadata give it: opens and makes logs, gives each an owner, closes and deletes what is gone. A leadership lasts
 * for one leader epoch: where the metadata name another leader or another epoch, the leader here is closed, and in the second case a new one takes its place.
 * Steps are applied one at a time, on a thread of the metadata store.
 */
final class LocalPartitions implements ImageListener {

    private static final Logger LOG = LoggerFactory.getLogger(LocalPartitions.class);

    private final int nodeId;
    private final BrokerConfig startConfig;
    private final List<LogDirectory> directories;
    private final Partitions partitions;
    private final NettyEventLoops loops;
    private final Workers workers;
    /** A log keeps its owner for as long as the process lives, since flushes and compactions of an earlier leader may still be under way. */
    private final Map<LogId, EventLoop> owners = new ConcurrentHashMap<>();

    LocalPartitions(
            int nodeId, BrokerConfig startConfig, List<LogDirectory> directories, Partitions partitions, NettyEventLoops loops, Workers workers) {
        this.nodeId = nodeId;
        this.startConfig = startConfig;
        this.directories = directories;
        this.partitions = partitions;
        this.loops = loops;
        this.workers = workers;
    }

    @Override
    public CompletionStage<Void> apply(ImageChange change) {
        BrokerConfig config = configIn(change.after());
        LogConfigs logConfigs = new LogConfigs(config);
        List<CompletableFuture<Void>> pending = new ArrayList<>();
        for (TopicImage topic : change.deleted()) {
            pending.add(change.basis() == Basis.DECIDED ? delete(topic) : close(partitions.remove(topic.id())));
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
            guarded(topic, () -> open(topic, change.basis(), config, logConfigs));
        }
        for (TopicImage topic : change.changed()) {
            guarded(topic, () -> {
                open(topic, change.basis(), config, logConfigs);
                reconfigure(topic, config, logConfigs);
            });
        }
        if (change.settingsChanged()) {
            for (TopicImage topic : change.after().topics()) {
                guarded(topic, () -> reconfigure(topic, config, logConfigs));
            }
        }
        if (change.basis() == Basis.READ) {
            deleteLogsOfNobody(change.after(), change.hidden());
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

    /** Opens the partitions of a topic that are led here and not open yet. */
    private void open(TopicImage topic, Basis basis, BrokerConfig config, LogConfigs logConfigs) {
        LogConfig logConfig = logConfigs.of(topic.configs());
        List<PartitionLeader> opened = new ArrayList<>();
        for (int index = 0; index < topic.partitions().size(); index++) {
            PartitionImage partition = topic.partition(index);
            if (partition.leader() != nodeId || partitions.find(topic.id(), index) != null) {
                continue;
            }
            try {
                PartitionLog log = log(topic, index, basis, logConfig);
                if (log == null || !mayBeLed(log, partition)) {
                    continue;
                }
                log.reconfigure(logConfig);
                EventLoop owner = owners.computeIfAbsent(log.id(), id -> loops.next());
                opened.add(new PartitionLeader(topic.name(), topic.id(), index, owner, workers, log, partition.leaderEpoch(),
                        minInSyncReplicas(topic, index, config)));
            } catch (IOException e) {
                LOG.error("Partition {}-{} cannot be served until the broker is restarted: its log could not be opened", topic.name(), index, e);
            }
        }
        partitions.add(opened);
    }

    /** An epoch is led in once: below one that is in the log, another leader, or this one, has written already. */
    private static boolean mayBeLed(PartitionLog log, PartitionImage partition) throws IOException {
        int latest = log.leaderEpochs().latestEpoch();
        if (partition.leaderEpoch() < latest) {
            LOG.error(
                    "{} is not led in epoch {}, because it has records of epoch {}: its metadata are older than it, as after they were restored from a backup.",
                    log.id(), partition.leaderEpoch(), latest);
            return false;
        }
        return true;
    }

    /** The log of a partition, made where there is none; {@code null} where another topic's is in the way and may not be deleted. */
    private PartitionLog log(TopicImage topic, int index, Basis basis, LogConfig config) throws IOException {
        LogId id = new LogId(topic.name(), index);
        LogDirectory fewest = directories.getFirst();
        for (LogDirectory directory : directories) {
            PartitionLog existing = directory.log(id);
            if (existing != null) {
                UUID topicId = directory.topicIdOf(existing);
                // A log that does not tell lost that with its machine, before its first flush.
                if (topicId == null) {
                    directory.identify(existing, topic.id());
                }
                if (topicId == null || topic.id().equals(topicId)) {
                    return existing;
                }
                if (basis == Basis.REMEMBERED) {
                    LOG.warn("Log {} is of another topic than is remembered of that name, and neither is served until the metadata can be read",
                            existing.directory());
                    return null;
                }
                LOG.info("Log {} is of an older topic with the same name and is deleted", existing.directory());
                directory.delete(id);
            }
            if (directory.isWritable() && directory.logs().size() < fewest.logs().size()) {
                fewest = directory;
            }
        }
        return fewest.create(id, topic.id(), config);
    }

    private void reconfigure(TopicImage topic, BrokerConfig config, LogConfigs logConfigs) {
        List<PartitionLeader> leaders = partitions.of(topic.id());
        if (!leaders.isEmpty()) {
            LogConfig logConfig = logConfigs.of(topic.configs());
            for (PartitionLeader leader : leaders) {
                leader.reconfigure(logConfig, minInSyncReplicas(topic, leader.partition(), config));
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

    /** Closes the leaders of a topic that lead in another epoch than the metadata say, or no longer. */
    private CompletableFuture<Void> resign(TopicImage topic) {
        List<PartitionLeader> resigning = new ArrayList<>();
        for (PartitionLeader leader : partitions.of(topic.id())) {
            PartitionImage partition = topic.partition(leader.partition());
            if (partition == null || partition.leader() != nodeId || partition.leaderEpoch() != leader.leaderEpoch()) {
                resigning.add(leader);
            }
        }
        partitions.remove(resigning);
        return close(resigning);
    }

    /** Closes the leaders of a topic on their owners' threads, then deletes the logs. */
    private CompletableFuture<Void> delete(TopicImage topic) {
        // On a worker: the last owner to close its leader must not wait for the disk.
        return close(partitions.remove(topic.id())).thenRunAsync(() -> {
            for (int index = 0; index < topic.partitions().size(); index++) {
                deleteLog(new LogId(topic.name(), index), topic.id()::equals);
            }
        }, workers::execute);
    }

    private static CompletableFuture<Void> close(List<PartitionLeader> leaders) {
        List<CompletableFuture<Void>> closed = new ArrayList<>();
        for (PartitionLeader leader : leaders) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            closed.add(done);
            leader.owner().run(() -> {
                leader.close();
                done.complete(null);
            });
        }
        return CompletableFuture.allOf(closed.toArray(new CompletableFuture[0]));
    }

    /** Deletes logs whose topics are deleted. Those of an older topic of a name that there is go when the name's own are opened. */
    private void deleteLogsOfNobody(ClusterImage image, Set<UUID> hidden) {
        for (LogDirectory directory : directories) {
            for (PartitionLog log : List.copyOf(directory.logs())) {
                if (image.topic(log.id().topic()) == null) {
                    deleteLog(log.id(), topicId -> topicId != null && image.topic(topicId) == null && !hidden.contains(topicId));
                }
            }
        }
    }

    /** @param ofTopic whether a log of the topic with this id, {@code null} when the log does not tell, is to be deleted */
    private void deleteLog(LogId id, Predicate<UUID> ofTopic) {
        for (LogDirectory directory : directories) {
            try {
                PartitionLog log = directory.log(id);
                if (log == null || !ofTopic.test(directory.topicIdOf(log))) {
                    continue;
                }
                Invariant.check(partitions.find(id.topic(), id.partition()) == null, "partition %d is led here, and its log would be deleted", id.partition());
                owners.remove(id);
                directory.delete(id);
            } catch (IOException e) {
                LOG.warn("The log of the deleted partition {} could not be removed from {}; it will be when the topic is created again or by hand",
                        id, directory.path(), e);
            }
        }
    }
}
