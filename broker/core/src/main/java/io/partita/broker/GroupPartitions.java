package io.partita.broker;

import io.netty.buffer.PooledByteBufAllocator;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Workers;
import io.partita.broker.group.GroupConfig;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.ImageListener;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * Lets the group coordinator follow the metadata: it serves the partitions of {@code __consumer_offsets} that are led here, and forgets offsets of
 * deleted topics. Comes after {@link LocalPartitions} in each step, because it needs the partitions open.
 */
final class GroupPartitions implements ImageListener {

    private final ImageListener before;
    private final GroupCoordinator groups;
    private final Partitions partitions;
    private final Workers workers;
    private final int loadBytes;
    private final Set<PartitionLeader> served = new HashSet<>();
    private int partitionCount;

    GroupPartitions(ImageListener before, GroupCoordinator groups, Partitions partitions, Workers workers, int loadBytes) {
        this.before = before;
        this.groups = groups;
        this.partitions = partitions;
        this.workers = workers;
        this.loadBytes = loadBytes;
    }

    static GroupConfig config(BrokerConfig config) {
        return new GroupConfig(
                config.intValue("group.min.session.timeout.ms"),
                config.intValue("group.max.session.timeout.ms"),
                config.intValue("group.initial.rebalance.delay.ms"),
                config.intValue("group.max.size"),
                config.intValue("offset.metadata.max.bytes"),
                config.longValue("offsets.retention.minutes") * 60_000,
                config.longValue("offsets.retention.check.interval.ms"),
                config.longValue("offsets.commit.timeout.ms"),
                GroupConfig.DEFAULTS.heartbeatHoldMaxMillis());
    }

    @Override
    public CompletionStage<Void> apply(ImageChange change) {
        return before.apply(change).thenRun(() -> {
            forget(change);
            TopicImage offsets = change.after().topic(GroupCoordinator.TOPIC);
            List<PartitionLeader> led = offsets == null ? List.of() : partitions.of(offsets.id());
            served.removeIf(leader -> {
                boolean over = !led.contains(leader);
                if (over) {
                    groups.resigned(leader.partition());
                }
                return over;
            });
            if (offsets != null) {
                count(offsets.partitions().size());
            }
            for (PartitionLeader leader : led) {
                if (served.add(leader)) {
                    groups.elected(leader.partition(), leader.owner(),
                            new PartitionCoordinatorLog(leader, workers, PooledByteBufAllocator.DEFAULT, loadBytes));
                }
            }
        });
    }

    /** With another number of partitions groups have other coordinators, so all begin anew. */
    private void count(int partitions) {
        if (partitions != partitionCount) {
            served.forEach(leader -> groups.resigned(leader.partition()));
            served.clear();
            partitionCount = partitions;
        }
        groups.partitionCount(partitions);
    }

    private void forget(ImageChange change) {
        Map<String, UUID> deleted = new HashMap<>();
        for (TopicImage topic : change.deleted()) {
            deleted.put(topic.name(), topic.id());
        }
        if (!deleted.isEmpty()) {
            groups.topicsDeleted(deleted);
        }
    }
}
