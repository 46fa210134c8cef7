package io.partita.broker.group;

/** What protocol the members of a group speak. */
public enum GroupType {
    CLASSIC("classic"),
    CONSUMER("consumer"),
    SHARE("share"),
    STREAMS("streams");

    private final String displayName;

    GroupType(String displayName) {
        this.displayName = displayName;
    }

    /** The name that clients and Kafka's tools know. */
    public String displayName() {
        return displayName;
    }
}
