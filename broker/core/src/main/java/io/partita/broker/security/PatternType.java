package io.partita.broker.security;

/** How a rule names resources, with the ids of Kafka's protocol (KIP-290). {@link #ANY} and {@link #MATCH} stand in filters only. */
public enum PatternType {
    UNKNOWN,
    ANY,
    /** In filters: whatever rules apply to a resource of the name. */
    MATCH,
    /** The resource of the name; the name {@code *} means all. */
    LITERAL,
    /** All resources whose names begin with it. */
    PREFIXED;

    private static final PatternType[] TYPES = values();

    public byte id() {
        return (byte) ordinal();
    }

    /** The type of an id on the wire; {@link #UNKNOWN} when there is none. */
    public static PatternType forId(byte id) {
        return id >= 0 && id < TYPES.length ? TYPES[id] : UNKNOWN;
    }

    /** Whether a rule can have it, so that it is no word of filters. */
    public boolean isConcrete() {
        return this == LITERAL || this == PREFIXED;
    }
}
