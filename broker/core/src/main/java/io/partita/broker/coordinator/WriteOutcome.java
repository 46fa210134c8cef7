package io.partita.broker.coordinator;

import io.partita.broker.protocol.ErrorCode;

/** What became of the records of one request. Exactly one of the methods is called, on the owner's event loop. */
public interface WriteOutcome {

    /** Of what nobody waits for. */
    WriteOutcome IGNORED = new WriteOutcome() {
        @Override
        public void committed() {}

        @Override
        public void failed(ErrorCode code) {}
    };

    /** The records are committed. */
    void committed();

    /**
     * The records are not committed, or not yet: after a time-out, which is COORDINATOR_NOT_AVAILABLE, the state has them and they may still be; after everything
     * else the shard is closed, or never took them in. The code is one for clients of a coordinator.
     */
    void failed(ErrorCode code);
}
