package io.partita.broker.replication;

import java.util.function.Function;

/**
 * What a leader answers a {@link ReplicaFetch}. Every answer names the fetch by its epoch and offset, because it counts as that one's answer only (rule 5).
 *
 * @param <R> the records: a piece of the leader's log, or the bytes that were received
 */
public sealed interface ReplicaAnswer<R> {

    /** The leader's epoch, which is the fetch's. */
    int epoch();

    /** The offset that was asked for. */
    long offset();

    /**
     * The two logs are one up to the offset.
     *
     * @param records whole batches from the offset on, perhaps none
     * @param highWatermark the leader's
     * @param logStartOffset the leader's first offset
     */
    record Records<R>(int epoch, long offset, R records, long highWatermark, long logStartOffset) implements ReplicaAnswer<R> {}

    /**
     * The logs part before the offset.
     *
     * @param endEpoch the largest epoch up to the fetch's last one that the leader knows, -1 for none
     * @param endOffset where the leader's records of that epoch end
     */
    record Diverging<R>(int epoch, long offset, int endEpoch, long endOffset) implements ReplicaAnswer<R> {}

    /** The leader has nothing so old any more; the follower begins anew at its start. */
    record BeforeStart<R>(int epoch, long offset, long logStartOffset) implements ReplicaAnswer<R> {}

    /** The same answer with its records in another form. */
    default <S> ReplicaAnswer<S> map(Function<R, S> form) {
        return switch (this) {
            case Records<R> found -> new Records<>(found.epoch, found.offset, form.apply(found.records), found.highWatermark, found.logStartOffset);
            case Diverging<R> diverging -> new Diverging<>(diverging.epoch, diverging.offset, diverging.endEpoch, diverging.endOffset);
            case BeforeStart<R> old -> new BeforeStart<>(old.epoch, old.offset, old.logStartOffset);
        };
    }
}
