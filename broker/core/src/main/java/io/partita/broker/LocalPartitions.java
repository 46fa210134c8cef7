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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this broker hold the partitions that the metadata give it: opens and makes logs, gives each an owner, closes and deletes what is gone.
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
        // A topic may come back under the name of a deleted one: its logs are made when the old ones have made room.
        CompletableFuture<Void> deleted = CompletableFuture.allOf(pending.toArray(new CompletableFuture[0]));
        return deleted.thenRun(() -> {
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
                EventLoop owner = loops.next();
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

    /** Closes the leaders of a topic on their owners' threads, then deletes the logs. */
    private CompletableFuture<Void> delete(TopicImage topic) {
        List<CompletableFuture<Void>> closed = new ArrayList<>();
        for (PartitionLeader leader : partitions.remove(topic.id())) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            closed.add(done);
            leader.owner().run(() -> {
                leader.close();
                done.complete(null);
            });
        }
        // On a worker: the last owner to close its leader must not wait for the disk.
        return CompletableFuture.allOf(closed.toArray(new CompletableFuture[0])).thenRunAsync(() -> {
            for (int index = 0; index < topic.partitions().size(); index++) {
                deleteLog(new LogId(topic.name(), index));
            }
        }, workers::execute);
    }

    private void deleteLog(LogId id) {
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
