package io.partita.broker.coordinator;

import io.partita.broker.protocol.ErrorCode;

/** What became of the records of one request. Exactly one of the first two is called, on the owner's event loop. */
public interface WriteOutcome {

    /** The records are committed, and applied to the state. */
    void committed();

    /**
     * The records are not committed, or not yet: after a time-out, which is COORDINATOR_NOT_AVAILABLE as are some other failures, they may still be, and
     * are then applied. The code is one for clients of a coordinator.
     */
    void failed(ErrorCode code);

    /**
     * Nothing more will become of the records: they are committed and applied, or never will be. Called after the others, and long after a time-out.
     * Not called when the shard is closed before.
     */
    default void settled() {}
}
