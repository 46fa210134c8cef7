package io.partita.broker.replication;

import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionState;
import io.partita.broker.control.PartitionStates;
import io.partita.broker.env.Clock;
import io.partita.broker.env.GatheredLines;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * What a leader begins with.
 *
 * @param state what is stored of the partition, and names {@code self} as leader
 * @param objectVersion version of the object that has it
 * @param highWatermark what this replica was told to be committed; -1 where it is alone, and everything it has is
 * @param states where changes of the in-sync set are stored; {@code null} where there are none
 * @param lagMaxMillis replica.lag.time.max.ms
 * @param lines gathers what the log says of changes of in-sync sets
 * @param isThere whether a broker can be reached, as far as is known; asked on the owner's thread
 */
public record Leadership(BrokerProcess self, PartitionState state, long objectVersion, long highWatermark, PartitionStates states, Clock clock,
        long lagMaxMillis, GatheredLines lines, IntPredicate isThere) {

    /** The leadership of a broker that decides alone: it is the only one in sync, and ever will be. */
    static Leadership alone(int epoch) {
        BrokerProcess self = new BrokerProcess(0, "alone");
        // A stored epoch begins at 1, and nothing asks for this state's.
        PartitionState state = new PartitionState(List.of(0), self, Math.max(1, epoch), 0, List.of(new InSyncReplica(0, "alone")), 1, 0);
        return new Leadership(self, state, 0, -1, null, null, Long.MAX_VALUE, null, broker -> true);
    }

    boolean isAlone() {
        return states == null;
    }

    long nowMillis() {
        return clock == null ? 0 : clock.monotonicMillis();
    }
}
