package io.partita.broker.group.streams;

import io.partita.broker.group.EpochMember;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a member has, as the log has it.
 *
 * @param epoch the one the member is to say in its heartbeats; 0 before it has one, −2 for a static member that is away
 * @param previousEpoch the one before, which the member says again when the answer that raised it got lost
 * @param assigned what it may do
 * @param since for each active task of {@code assigned} the epoch in which it came to the member: offsets of before were another one's to commit
 * @param revoking what it must give up, and holds until it says that it has
 */
record CurrentTasks(int epoch, int previousEpoch, StreamsMemberState state, Tasks assigned, SortedMap<TaskId, Integer> since, Tasks revoking)
        implements
            EpochMember.Current {

    static final CurrentTasks NONE = new CurrentTasks(0, -1, StreamsMemberState.STABLE, Tasks.NONE, new TreeMap<>(), Tasks.NONE);

    CurrentTasks {
        since = Collections.unmodifiableSortedMap(since);
    }

    /** Moves on to {@code nextEpoch} with these tasks; what the member had before keeps the epoch in which it came. */
    CurrentTasks next(int nextEpoch, StreamsMemberState nextState, Tasks nextAssigned, Tasks nextRevoking) {
        var epochs = new TreeMap<TaskId, Integer>();
        for (TaskId task : nextAssigned.active()) {
            epochs.put(task, assigned.active().contains(task) ? since(task) : nextEpoch);
        }
        return new CurrentTasks(nextEpoch, nextEpoch == epoch ? previousEpoch : epoch, nextState, nextAssigned, epochs, nextRevoking);
    }

    /** The epoch in which an active task came to the member; its own when that is not known. */
    int since(TaskId task) {
        return since.getOrDefault(task, epoch);
    }

    /** All that the member may still be at. */
    @Override
    public Tasks held() {
        return assigned.plus(revoking);
    }
}
