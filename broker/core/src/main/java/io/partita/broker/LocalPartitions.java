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
import io.partita.broker.metadata.ImageListener;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.net.NettyEventLoops;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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
    private final Map<LogId, EventLoop> owners = new HashMap<>();

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
            pending.add(delete(topic));
        }
        for (TopicImage topic : change.changed()) {
            pending.add(resign(topic));
        }
        // A topic may come back under the name of a deleted one: its logs are made when the old ones have made room.
        CompletableFuture<Void> gone = CompletableFuture.allOf(pending.toArray(new CompletableFuture[0]));
        return gone.thenRun(() -> {
            for (TopicImage topic : change.created()) {
                open(topic, config, logConfigs);
            }
            for (TopicImage topic : change.changed()) {
                open(topic, config, logConfigs);
                reconfigure(topic, config, logConfigs);
            }
            if (change.settingsChanged()) {
                for (TopicImage topic : change.after().topics()) {
                    reconfigure(topic, config, logConfigs);
                }
            }
            if (change.whole()) {
                deleteLogsOfNobody(change.after());
            }
        });
    }

    private BrokerConfig configIn(ClusterImage image) {
        return startConfig.overlaid(image.brokerConfigs(ClusterImage.ALL_BROKERS), image.brokerConfigs(nodeId));
    }

    /** Opens the partitions of a topic that are led here and not open yet. */
    private void open(TopicImage topic, BrokerConfig config, LogConfigs logConfigs) {
        LogConfig logConfig = logConfigs.of(topic.configs());
        int minInSyncReplicas = minInSyncReplicas(topic, config);
        List<PartitionLeader> opened = new ArrayList<>();
        for (int index = 0; index < topic.partitions().size(); index++) {
            PartitionImage partition = topic.partition(index);
            if (partition.leader() != nodeId || partitions.find(topic.id(), index) != null) {
                continue;
            }
            try {
                PartitionLog log = log(topic, index, logConfig);
                log.reconfigure(logConfig);
                EventLoop owner = owners.computeIfAbsent(log.id(), id -> loops.next());
                opened.add(new PartitionLeader(topic.name(), topic.id(), index, owner, workers, log, partition.leaderEpoch(), minInSyncReplicas));
            } catch (IOException e) {
                LOG.error("Partition {}-{} cannot be served until the broker is restarted: its log could not be opened", topic.name(), index, e);
            }
        }
        partitions.add(opened);
    }

    private PartitionLog log(TopicImage topic, int index, LogConfig config) throws IOException {
        LogId id = new LogId(topic.name(), index);
        LogDirectory fewest = directories.getFirst();
        for (LogDirectory directory : directories) {
            PartitionLog existing = directory.log(id);
            if (existing != null) {
                if (topic.id().equals(directory.topicIdOf(existing))) {
                    return existing;
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
            int minInSyncReplicas = minInSyncReplicas(topic, config);
            for (PartitionLeader leader : leaders) {
                leader.reconfigure(logConfig, minInSyncReplicas);
            }
        }
    }

    private static int minInSyncReplicas(TopicImage topic, BrokerConfig config) {
        return Integer.parseInt(TopicSettings.effective(
                TopicSettings.definitions().find(TopicSettings.MIN_INSYNC_REPLICAS), topic.configs(), config));
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
                deleteLog(new LogId(topic.name(), index));
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

    /** Deletes logs whose topics were deleted, or placed elsewhere, while this broker was away. Those of an older topic of a known name go when they are opened. */
    private void deleteLogsOfNobody(ClusterImage image) {
        for (LogDirectory directory : directories) {
            for (PartitionLog log : List.copyOf(directory.logs())) {
                TopicImage topic = image.topic(log.id().topic());
                PartitionImage partition = topic == null ? null : topic.partition(log.id().partition());
                if (partition == null || !partition.replicas().contains(nodeId)) {
                    LOG.info("Log {} is of a topic that was deleted, or a partition that was placed elsewhere, and is deleted", log.directory());
                    deleteLog(log.id());
                }
            }
        }
    }

    private void deleteLog(LogId id) {
        owners.remove(id);
        for (LogDirectory directory : directories) {
            try {
                directory.delete(id);
            } catch (IOException e) {
                LOG.warn("The log of the deleted partition {} could not be removed from {}; it will be when the topic is created again or by hand",
                        id, directory.path(), e);
            }
        }
    }
}
