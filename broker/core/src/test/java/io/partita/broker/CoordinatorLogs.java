package io.partita.broker;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.partita.broker.coordinator.CoordinatorLog;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Workers;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import io.partita.broker.transaction.MarkerSender;
import java.util.function.Supplier;

/** Gives tests in other packages the log of a coordinator, and who writes markers, as a broker wires them. */
public final class CoordinatorLogs {

    private CoordinatorLogs() {}

    /** Its buffers are of the heap: a simulated process that is killed leaves some behind, and nobody is to look for them. */
    public static CoordinatorLog over(PartitionLeader leader, Workers workers, int loadBytes) {
        return new PartitionCoordinatorLog(leader, workers, new UnpooledByteBufAllocator(false), loadBytes);
    }

    /** Who writes markers to partitions that are led here. */
    public static MarkerSender markers(Partitions partitions, GroupCoordinator groups, Supplier<ClusterImage> image, Clock clock) {
        return new LocalMarkers(partitions, groups, image, new UnpooledByteBufAllocator(false), clock);
    }
}
