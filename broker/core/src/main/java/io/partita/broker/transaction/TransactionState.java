package io.partita.broker.transaction;

/**
 * Where a transactional id stands, by Kafka's names and numbers.
 *
 * <pre>
 *   EMPTY ──── a partition is added ────► ONGOING ──── EndTxn ────► PREPARE_COMMIT ──── all markers are written ────► COMPLETE_COMMIT
 *                                          ▲   └── EndTxn, fenced, timed out ──► PREPARE_ABORT ──── all markers ────► COMPLETE_ABORT
 *                                          └───────────────────────── a partition is added ───────────────────────────────┘
 * </pre>
 *
 * <p>An id that has no transaction may be told to abort one that it never began (KIP-890): EMPTY and COMPLETE then go to PREPARE_ABORT too. InitProducerId
 * leads to EMPTY. DEAD and PREPARE_EPOCH_FENCE are passing states of Kafka's coordinator that are never written.
 */
public enum TransactionState {
    EMPTY(0, "Empty"),
    ONGOING(1, "Ongoing"),
    PREPARE_COMMIT(2, "PrepareCommit"),
    PREPARE_ABORT(3, "PrepareAbort"),
    COMPLETE_COMMIT(4, "CompleteCommit"),
    COMPLETE_ABORT(5, "CompleteAbort"),
    DEAD(6, "Dead"),
    PREPARE_EPOCH_FENCE(7, "PrepareEpochFence");

    private static final TransactionState[] BY_ID = values();

    private final byte id;
    private final String displayName;

    TransactionState(int id, String displayName) {
        this.id = (byte) id;
        this.displayName = displayName;
    }

    /** What stands in the log for it. */
    byte id() {
        return id;
    }

    /** What clients are told. */
    public String displayName() {
        return displayName;
    }

    /** Null when there is none of that number. */
    static TransactionState of(byte id) {
        return id >= 0 && id < BY_ID.length ? BY_ID[id] : null;
    }

    /** Null when there is none of that name. */
    public static TransactionState named(String name) {
        for (TransactionState state : BY_ID) {
            if (state.displayName.equals(name)) {
                return state;
            }
        }
        return null;
    }

    /** Whether the outcome is decided but not all partitions may have its marker. */
    boolean isPrepared() {
        return this == PREPARE_COMMIT || this == PREPARE_ABORT;
    }
}
