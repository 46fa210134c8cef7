package io.partita.broker.api;

/** What settings can be of, with the numbers of the protocol. */
enum ConfigResourceType {
    TOPIC(2),
    BROKER(4),
    BROKER_LOGGER(8),
    CLIENT_METRICS(16),
    GROUP(32);

    private final byte id;

    ConfigResourceType(int id) {
        this.id = (byte) id;
    }

    byte id() {
        return id;
    }

    /** The type of a number, or {@code null} when there is none. */
    static ConfigResourceType forId(byte id) {
        for (ConfigResourceType type : values()) {
            if (type.id == id) {
                return type;
            }
        }
        return null;
    }
}
