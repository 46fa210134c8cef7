package io.partita.broker.security;

/** Whether a rule allows or denies, with the ids of Kafka's protocol. {@link #ANY} stands in filters only. */
public enum PermissionType {
    UNKNOWN,
    ANY,
    DENY,
    ALLOW;

    private static final PermissionType[] TYPES = values();

    public byte id() {
        return (byte) ordinal();
    }

    /** The type of an id on the wire; {@link #UNKNOWN} when there is none. */
    public static PermissionType forId(byte id) {
        return id >= 0 && id < TYPES.length ? TYPES[id] : UNKNOWN;
    }

    /** Whether a rule can have it, so that it is no word of filters. */
    public boolean isConcrete() {
        return this == DENY || this == ALLOW;
    }
}
