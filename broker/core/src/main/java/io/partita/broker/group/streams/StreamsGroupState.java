package io.partita.broker.group.streams;

/** How a group stands, as Kafka's tools show it. */
enum StreamsGroupState {
    EMPTY("Empty"),
    /** Topics are missing, or have not as many partitions as they must. */
    NOT_READY("NotReady"),
    ASSIGNING("Assigning"),
    RECONCILING("Reconciling"),
    STABLE("Stable");

    private final String displayName;

    StreamsGroupState(String displayName) {
        this.displayName = displayName;
    }

    String displayName() {
        return displayName;
    }
}
