package io.partita.broker.coordinator;

import io.partita.broker.protocol.ErrorCode;

/** What became of the records of one request. Exactly one of the two is called, on the owner's event loop. */
public interface WriteOutcome {

    /** The records are committed, and applied to the state. */
    void committed();

    /**
     * The records are not committed, or not yet: after {@link ErrorCode#REQUEST_TIMED_OUT} they may still be, and are then applied. The code is
     * one for clients of a coordinator.
     */
    void failed(ErrorCode code);
}
