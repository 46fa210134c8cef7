package io.partita.broker;

import io.netty.buffer.PooledByteBufAllocator;
import io.partita.broker.coordinator.CoordinatorShards;
import io.partita.broker.env.Workers;
import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.ImageListener;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Lets coordinators follow the metadata: each serves the partitions of its internal topic that are led here, and hears of deleted topics. Comes after
 * {@link LocalPartitions} in each step, because it needs the partitions open.
 */
final class CoordinatorPartitions implements ImageListener {

    /**
     * A coordinator and how its partitions are read.
     *
     * @param loadBytes how many bytes are read at once while a partition is loaded
     * @param changing told of each step before its partitions are served
     * @param topicsDeleted told of topics that are deleted for good, id by name
     */
    record Hosted(CoordinatorShards<?> shards, int loadBytes, Consumer<ImageChange> changing, Consumer<Map<String, UUID>> topicsDeleted) {}

    private final ImageListener before;
    private final GoneTopics gone;
    private final Partitions partitions;
    private final Workers workers;
    private final List<Host> hosts;

    CoordinatorPartitions(ImageListener before, GoneTopics gone, List<Hosted> coordinators, Partitions partitions, Workers workers) {
        this.before = before;
        this.gone = gone;
        this.partitions = partitions;
        this.workers = workers;
        this.hosts = coordinators.stream().map(Host::new).toList();
    }

    @Override
    public CompletionStage<Void> apply(ImageChange change) {
        return before.apply(change).thenRun(() -> {
            Map<String, UUID> deleted = gone.after(change);
            for (Host host : hosts) {
                host.hosted.changing.accept(change);
                if (!deleted.isEmpty()) {
                    host.hosted.topicsDeleted.accept(deleted);
                }
                host.follow(change.after().topic(host.hosted.shards.topic()));
            }
        });
    }

    /** One coordinator's partitions. */
    private final class Host {

        private final Hosted hosted;
        private final Set<PartitionLeader> served = new HashSet<>();
        private int partitionCount;

        private Host(Hosted hosted) {
            this.hosted = hosted;
        }

        private void follow(TopicImage topic) {
            List<PartitionLeader> led = topic == null ? List.of() : partitions.of(topic.id());
            served.removeIf(leader -> {
                boolean over = !led.contains(leader);
                if (over) {
                    hosted.shards.resigned(leader.partition());
                }
                return over;
            });
            if (topic != null) {
                count(topic.partitions().size());
            }
            for (PartitionLeader leader : led) {
                if (served.add(leader)) {
                    hosted.shards.elected(leader.partition(), leader.owner(),
                            new PartitionCoordinatorLog(leader, workers, PooledByteBufAllocator.DEFAULT, hosted.loadBytes));
                }
            }
        }

        /** With another number of partitions keys have other coordinators, so all begin anew. */
        private void count(int partitions) {
            if (partitions != partitionCount) {
                served.forEach(leader -> hosted.shards.resigned(leader.partition()));
                served.clear();
                partitionCount = partitions;
            }
            hosted.shards.partitionCount(partitions);
        }
    }
}
