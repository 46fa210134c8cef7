package io.partita.broker.log;

/** Who hands batches to the log, and so what is checked and what is set. */
public enum AppendOrigin {
    /** A producer over the network: everything is checked, offsets are assigned. */
    CLIENT,
    /** As {@link #CLIENT}, but checked and brought into the form already in which records wait until they are due. */
    DELAYED,
    /** The broker itself (coordinators, transaction markers): producer epochs are checked, sequences are not, offsets are assigned. */
    INTERNAL,
    /** As {@link #INTERNAL}: records of producers that have waited until they are due. */
    RELEASED,
    /**
     * The partition's leader: batches were checked there and keep their offsets and leader epochs. Only their place is checked: they follow what is
     * there without a gap, unless the topic is compacted, and of no older epoch.
     */
    REPLICA,
    /** As {@link #REPLICA}, from a leader whose log has gaps although the topic is not compacted: it was before. */
    REPLICA_WITH_GAPS;

    /** Whether a producer is answered by what becomes of it. */
    public boolean isProduced() {
        return this == CLIENT || this == DELAYED;
    }

    /** Whether the last of the disk, which is kept for what the brokers keep themselves, may be used for it. */
    boolean mayUseReserve() {
        return !isProduced() && this != RELEASED;
    }
}
