package io.partita.broker.coordinator;

/**
 * The state that a coordinator's records add up to. It takes them in when they are handed to the log, before the log has committed them: two requests
 * within one round trip of replication must not both start from the old state. Whoever asked is answered when they are committed; if they never will be, the
 * whole state is thrown away with its shard, and another shard loads what the log has.
 *
 * <p>{@code place} rises from record to record in the order of the log, on load as afterwards. It says which of two records is the later one.
 */
public interface StateMachine<R> {

    /**
     * Takes in a record.
     *
     * @param producer whose transaction the record is part of, null outside of transactions; such a record counts once the transaction is committed
     */
    void apply(R record, long place, Producer producer);

    /** A transaction ended: what {@link #apply} was told with its producer's id counts from now on, or never will. */
    default void transactionEnded(Producer producer, boolean committed, long place) {}

    /** The whole log has been taken in; requests are served from now on. */
    void loaded();
}
