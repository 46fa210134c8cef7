package io.partita.broker.log;

/** Who hands batches to the log, and so what is checked and what is set. */
public enum AppendOrigin {
    /** A producer over the network: everything is checked, offsets are assigned. */
    CLIENT,
    /** The broker itself (coordinators, transaction markers): producer epochs are checked, sequences are not, offsets are assigned. */
    INTERNAL,
    /** The partition's leader: batches were checked there and keep their offsets and leader epochs; only their place is checked. */
    REPLICA
}
