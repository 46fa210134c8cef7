package io.partita.broker.share.state;

import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import java.util.function.Consumer;

/** What the share coordinator is asked, here or on another broker. Callable from any thread; answers come once, on any thread. */
public interface StateAccess {

    /** There is state from now on, in place of what there was in a lower state epoch. */
    void initialize(ShareKey key, int stateEpoch, long startOffset, Consumer<ErrorCode> answer);

    /** Gives whoever leads the partition in {@code leaderEpoch} its state; those of lower epochs write none from then on. */
    void read(ShareKey key, int leaderEpoch, Consumer<Stored> answer);

    void write(ShareKey key, Change change, Consumer<ErrorCode> answer);

    void delete(ShareKey key, Consumer<ErrorCode> answer);

    /** As {@link #read} without the batches, for who does not lead the partition. */
    void summary(ShareKey key, Consumer<Stored> answer);

    /**
     * @param startOffset −1 where nothing was read yet
     * @param completeCount records behind the start offset that are done with, −1 when it is not known
     */
    record Stored(ErrorCode error, int stateEpoch, int leaderEpoch, long startOffset, int completeCount, List<StateBatch> batches) {

        public static Stored failed(ErrorCode error) {
            return new Stored(error, -1, -1, -1, -1, List.of());
        }
    }

    /** What changed: where the group begins now, and of which batches the state is another one. */
    record Change(int stateEpoch, int leaderEpoch, long startOffset, int completeCount, List<StateBatch> batches) {}
}
