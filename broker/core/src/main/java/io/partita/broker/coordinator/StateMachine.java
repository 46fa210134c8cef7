package io.partita.broker.coordinator;

/** The state that a coordinator's records add up to. */
public interface StateMachine<R> {

    /** Takes in a record that is committed: on load those of the log, later our own, in log order. */
    void apply(R record);

    /** The whole log has been taken in; requests are served from now on. */
    void loaded();
}
