package io.partita.broker;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.partita.broker.coordinator.CoordinatorLog;
import io.partita.broker.env.Workers;
import io.partita.broker.replication.PartitionLeader;

/** Gives tests in other packages the log of a coordinator as a broker wires it. */
public final class CoordinatorLogs {

    private CoordinatorLogs() {}

    /** Its buffers are of the heap: a simulated process that is killed leaves some behind, and nobody is to look for them. */
    public static CoordinatorLog over(PartitionLeader leader, Workers workers, int loadBytes) {
        return new PartitionCoordinatorLog(leader, workers, new UnpooledByteBufAllocator(false), loadBytes);
    }
}
