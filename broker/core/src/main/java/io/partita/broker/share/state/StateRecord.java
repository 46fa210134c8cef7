package io.partita.broker.share.state;

import java.util.List;

/** A record of {@code __share_group_state}. */
sealed interface StateRecord {

    ShareKey key();

    /** All of a share-partition's state; {@code value} null: there is none any more. */
    record Snapshot(ShareKey key, Value value) implements StateRecord {}

    record Value(
            int snapshotEpoch,
            int stateEpoch,
            int leaderEpoch,
            long startOffset,
            int completeCount,
            long createMillis,
            long writeMillis,
            List<StateBatch> batches) {}

    /** What changed since the snapshot of that epoch. {@code change} null says nothing. */
    record Update(ShareKey key, Change change) implements StateRecord {}

    /** @param startOffset −1 when it is as before */
    record Change(int snapshotEpoch, int leaderEpoch, long startOffset, int completeCount, List<StateBatch> batches) {}
}
