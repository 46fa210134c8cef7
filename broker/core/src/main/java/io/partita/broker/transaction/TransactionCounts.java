package io.partita.broker.transaction;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.LongAdder;

/** How many transactional ids are in which state, how transactions ended and how long they took, over all shards of a broker. Any thread. */
public final class TransactionCounts {

    private final AtomicIntegerArray ids = new AtomicIntegerArray(TransactionState.values().length);
    private final LongAdder committed = new LongAdder();
    private final LongAdder aborted = new LongAdder();
    private final LongAdder timedOut = new LongAdder();
    private final LongAdder committedMillis = new LongAdder();
    private final LongAdder abortedMillis = new LongAdder();

    void entered(TransactionState state) {
        ids.incrementAndGet(state.ordinal());
    }

    void left(TransactionState state) {
        ids.decrementAndGet(state.ordinal());
    }

    /** @param tookMillis from its first partition to its last marker */
    void ended(boolean commit, long tookMillis) {
        (commit ? committed : aborted).increment();
        // The clock may have been set back.
        (commit ? committedMillis : abortedMillis).add(Math.max(0, tookMillis));
    }

    void ranOut() {
        timedOut.increment();
    }

    /** Transactional ids in {@code state} now. */
    public int ids(TransactionState state) {
        return ids.get(state.ordinal());
    }

    /** Transactions committed since the start. */
    public long committed() {
        return committed.sum();
    }

    /** Transactions aborted since the start, whoever wanted it. */
    public long aborted() {
        return aborted.sum();
    }

    /** How long the committed ones took, in sum. */
    public long committedMillis() {
        return committedMillis.sum();
    }

    /** How long the aborted ones took, in sum. */
    public long abortedMillis() {
        return abortedMillis.sum();
    }

    /** Those of the aborted ones that took longer than their timeout. */
    public long timedOut() {
        return timedOut.sum();
    }
}
