package io.partita.broker.group.consumer;

/** Where a consumer group stands, in Kafka's words. */
public enum ConsumerGroupState {
    /** No members; perhaps offsets. */
    EMPTY("Empty"),
    /** The target is of an older epoch than the group. */
    ASSIGNING("Assigning"),
    /** Members are on their way to the target. */
    RECONCILING("Reconciling"),
    /** Every member has what it is to have. */
    STABLE("Stable");

    private final String displayName;

    ConsumerGroupState(String displayName) {
        this.displayName = displayName;
    }

    /** The name that clients and Kafka's tools know. */
    public String displayName() {
        return displayName;
    }
}
