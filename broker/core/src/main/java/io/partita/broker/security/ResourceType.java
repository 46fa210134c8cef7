package io.partita.broker.security;

/** What access rules are about, with the ids of Kafka's protocol. {@link #ANY} stands in filters only. */
public enum ResourceType {
    UNKNOWN,
    ANY,
    TOPIC,
    GROUP,
    CLUSTER,
    TRANSACTIONAL_ID,
    DELEGATION_TOKEN,
    USER;

    /** The only resource of the type {@link #CLUSTER}. */
    public static final String CLUSTER_NAME = "kafka-cluster";

    private static final ResourceType[] TYPES = values();

    public byte id() {
        return (byte) ordinal();
    }

    /** The type of an id on the wire; {@link #UNKNOWN} when there is none. */
    public static ResourceType forId(byte id) {
        return id >= 0 && id < TYPES.length ? TYPES[id] : UNKNOWN;
    }

    /** Whether a rule can be about it, so that it is no word of filters. */
    public boolean isConcrete() {
        return this != UNKNOWN && this != ANY;
    }
}
