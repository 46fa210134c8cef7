package io.partita.broker.share.state;

import io.partita.broker.protocol.ErrorCode;
import java.util.List;

/** One share-partition's state: what its records add up to. Owned by the loop of its shard. */
final class StoredState {

    private final StateBatches batches = new StateBatches();
    private int snapshotEpoch;
    private int stateEpoch;
    private int leaderEpoch;
    private long startOffset;
    private int completeCount;
    private long createMillis;
    /** The place of the last snapshot in the log: what is before it says nothing of this share-partition any more. */
    private long snapshotPlace;
    private int updatesSince;

    void apply(StateRecord.Value snapshot, long place) {
        snapshotEpoch = snapshot.snapshotEpoch();
        stateEpoch = snapshot.stateEpoch();
        leaderEpoch = snapshot.leaderEpoch();
        startOffset = snapshot.startOffset();
        completeCount = snapshot.completeCount();
        createMillis = snapshot.createMillis();
        batches.clear();
        batches.putAll(snapshot.batches());
        snapshotPlace = place;
        updatesSince = 0;
    }

    void apply(StateRecord.Change change) {
        leaderEpoch = Math.max(leaderEpoch, change.leaderEpoch());
        completeCount = change.completeCount();
        batches.putAll(change.batches());
        if (change.startOffset() >= 0) {
            startOffset = change.startOffset();
        }
        batches.trim(startOffset);
        updatesSince++;
    }

    StateAccess.Stored stored(ErrorCode error, boolean withBatches) {
        return new StateAccess.Stored(error, stateEpoch, leaderEpoch, startOffset, completeCount, withBatches ? batches.list() : List.of());
    }

    /** All of it as one record. */
    StateRecord.Value snapshot(long nowMillis) {
        return new StateRecord.Value(snapshotEpoch + 1, stateEpoch, leaderEpoch, startOffset, completeCount, createMillis, nowMillis, batches.list());
    }

    int snapshotEpoch() {
        return snapshotEpoch;
    }

    int stateEpoch() {
        return stateEpoch;
    }

    int leaderEpoch() {
        return leaderEpoch;
    }

    long snapshotPlace() {
        return snapshotPlace;
    }

    int updatesSince() {
        return updatesSince;
    }
}
