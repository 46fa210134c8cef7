package io.partita.broker.group.consumer;

/**
 * How far a member has come towards its target.
 *
 * <pre>
 *   STABLE ── it has to give up partitions ──► UNREVOKED_PARTITIONS ── it has ──► (the next epoch)
 *      └───── others have not let go of some ► UNRELEASED_PARTITIONS ── they have ─► STABLE
 * </pre>
 */
enum MemberState {
    /** It has what it is to have in its epoch. */
    STABLE(0),
    /** It holds partitions that it must give up, and stays in its epoch until it has. */
    UNREVOKED_PARTITIONS(1),
    /** It is in the epoch of its target, of which others still hold partitions. */
    UNRELEASED_PARTITIONS(2),
    /** A state that a newer broker wrote. */
    UNKNOWN(127);

    private final byte id;

    MemberState(int id) {
        this.id = (byte) id;
    }

    byte id() {
        return id;
    }

    static MemberState of(byte id) {
        for (MemberState state : values()) {
            if (state.id == id) {
                return state;
            }
        }
        return UNKNOWN;
    }
}
