package io.partita.broker.group.classic;

/**
 * Where a classic group stands.
 *
 * <pre>
 *              a member joins                  all have joined, or time is up
 *   Empty ─────────────────────► PreparingRebalance ─────────────► CompletingRebalance
 *     ▲                           │   ▲      ▲                        │        │
 *     └───────────────────────────┘   │      └────────────────────────┘        │ the leader's assignment
 *         no member is left           │        a member joins or leaves        ▼ is in the log
 *                                     └──────────────────────────────────── Stable
 * </pre>
 */
public enum GroupState {
    /** No members; perhaps offsets. */
    EMPTY("Empty"),
    /** Collecting the members of the next generation: their JoinGroup requests wait. */
    PREPARING_REBALANCE("PreparingRebalance"),
    /** The members are known, the assignment is not: their SyncGroup requests wait for the leader's. */
    COMPLETING_REBALANCE("CompletingRebalance"),
    /** Every member has its assignment. */
    STABLE("Stable"),
    /** How a group that does not exist is described. */
    DEAD("Dead");

    private final String displayName;

    GroupState(String displayName) {
        this.displayName = displayName;
    }

    /** The name that clients and Kafka's tools know. */
    public String displayName() {
        return displayName;
    }

    /** Whether a group in this state may go over to {@code next}. */
    boolean mayBecome(GroupState next) {
        return switch (this) {
            case EMPTY, STABLE -> next == PREPARING_REBALANCE;
            case PREPARING_REBALANCE -> next == COMPLETING_REBALANCE || next == EMPTY;
            case COMPLETING_REBALANCE -> next == STABLE || next == PREPARING_REBALANCE;
            case DEAD -> false;
        };
    }
}
