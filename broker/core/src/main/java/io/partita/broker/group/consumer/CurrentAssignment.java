package io.partita.broker.group.consumer;

import io.partita.broker.group.EpochMember;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What a member has, as the log has it.
 *
 * @param epoch the one the member is to say in its heartbeats; 0 before it has one, −2 for a static member that is away
 * @param previousEpoch the one before, which the member says again when the answer that raised it got lost
 * @param assigned what it may read
 * @param since for each partition of {@code assigned} the epoch in which it came to the member: what was read of it before was read by somebody else
 * @param revoking what it must give up, and holds until it says that it has
 */
record CurrentAssignment(int epoch, int previousEpoch, MemberState state, Partitions assigned, Map<UUID, Map<Integer, Integer>> since, Partitions revoking)
        implements
            EpochMember.Current {

    static final CurrentAssignment NONE = new CurrentAssignment(0, -1, MemberState.STABLE, Partitions.NONE, Map.of(), Partitions.NONE);

    /** Moves on to {@code nextEpoch} with these partitions; what the member had before keeps the epoch in which it came. */
    CurrentAssignment next(int nextEpoch, MemberState nextState, Partitions nextAssigned, Partitions nextRevoking) {
        var epochs = new TreeMap<UUID, Map<Integer, Integer>>();
        nextAssigned.forEach((topic, partition) -> {
            int since = assigned.contains(topic, partition) ? since(topic, partition) : nextEpoch;
            epochs.computeIfAbsent(topic, id -> new TreeMap<>()).put(partition, since);
        });
        return new CurrentAssignment(nextEpoch, nextEpoch == epoch ? previousEpoch : epoch, nextState, nextAssigned, epochs, nextRevoking);
    }

    /** The epoch in which a partition came to the member; its own when that is not known. */
    int since(UUID topic, int partition) {
        return since.getOrDefault(topic, Map.of()).getOrDefault(partition, epoch);
    }

    /** All that nobody else may have. */
    @Override
    public Partitions held() {
        return assigned.plus(revoking);
    }
}
