package io.partita.broker.share.state;

import io.partita.broker.protocol.ErrorCode;
import java.util.List;

/** What a share coordinator keeps of one share-partition, without the coordinator. */
public final class StoredStates {

    private final StoredState state = new StoredState();
    private long startOffset;

    public StoredStates(long startOffset) {
        this.startOffset = startOffset;
        state.apply(new StateRecord.Value(0, 1, 0, startOffset, 0, 0, 0, List.of()), 0);
    }

    /** A change is stored. */
    public void put(long start, List<StateBatch> changes) {
        startOffset = start;
        state.apply(new StateRecord.Change(0, 0, start, 0, changes));
    }

    public long startOffset() {
        return startOffset;
    }

    public List<StateBatch> batches() {
        return state.stored(ErrorCode.NONE, true).batches();
    }

    /** AVAILABLE where nothing is known. */
    public byte state(long offset) {
        for (StateBatch batch : batches()) {
            if (batch.firstOffset() <= offset && offset <= batch.lastOffset()) {
                return batch.state();
            }
        }
        return StateBatch.AVAILABLE;
    }

    public short deliveryCount(long offset) {
        for (StateBatch batch : batches()) {
            if (batch.firstOffset() <= offset && offset <= batch.lastOffset()) {
                return batch.deliveryCount();
            }
        }
        return 0;
    }
}
