package io.partita.broker.security;

/** What can be done with a resource, with the ids of Kafka's protocol. {@link #ALL} stands in rules and filters, {@link #ANY} in filters only. */
public enum Operation {
    UNKNOWN,
    ANY,
    ALL,
    READ,
    WRITE,
    CREATE,
    DELETE,
    ALTER,
    DESCRIBE,
    CLUSTER_ACTION,
    DESCRIBE_CONFIGS,
    ALTER_CONFIGS,
    IDEMPOTENT_WRITE,
    CREATE_TOKENS,
    DESCRIBE_TOKENS,
    TWO_PHASE_COMMIT;

    /** All that can be asked for, as bits: those from {@link #READ} on. */
    static final int EVERYTHING = (1 << 16) - (1 << 3);

    private static final Operation[] OPERATIONS = values();

    public byte id() {
        return (byte) ordinal();
    }

    /** The operation of an id on the wire; {@link #UNKNOWN} when there is none. */
    public static Operation forId(byte id) {
        return id >= 0 && id < OPERATIONS.length ? OPERATIONS[id] : UNKNOWN;
    }

    /** Whether a rule can be about it, so that it is no word of filters. */
    public boolean isConcrete() {
        return this != UNKNOWN && this != ANY;
    }

    /** The bit that stands for it where the protocol lists authorized operations (KIP-430). */
    public int bit() {
        return 1 << ordinal();
    }

    /** What somebody may do who is allowed this: to read, write, delete or alter implies to describe, to alter settings implies to see them. */
    int allowedBits() {
        return switch (this) {
            case ALL -> EVERYTHING;
            case READ, WRITE, DELETE, ALTER -> bit() | DESCRIBE.bit();
            case ALTER_CONFIGS -> bit() | DESCRIBE_CONFIGS.bit();
            default -> bit();
        };
    }

    /** What somebody may not do who is denied this. Nothing is implied: whoever may not describe may still read. */
    int deniedBits() {
        return this == ALL ? EVERYTHING : bit();
    }
}
