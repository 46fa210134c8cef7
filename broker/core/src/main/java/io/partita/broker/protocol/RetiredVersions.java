package io.partita.broker.protocol;

/**
 * Versions of requests that Apache Kafka 4 does not serve any more (KIP-896), and this broker does: who uses them should be told before he meets another one.
 */
public final class RetiredVersions {

    private static final short[] CURRENT = new short[ApiKey.values().length];

    static {
        current(ApiKey.PRODUCE, 3);
        current(ApiKey.FETCH, 4);
        current(ApiKey.LIST_OFFSETS, 1);
        current(ApiKey.OFFSET_COMMIT, 2);
        current(ApiKey.OFFSET_FETCH, 1);
        current(ApiKey.CREATE_TOPICS, 2);
        current(ApiKey.DELETE_TOPICS, 1);
        current(ApiKey.OFFSET_FOR_LEADER_EPOCH, 2);
        current(ApiKey.DESCRIBE_ACLS, 1);
        current(ApiKey.CREATE_ACLS, 1);
        current(ApiKey.DELETE_ACLS, 1);
        current(ApiKey.DESCRIBE_CONFIGS, 1);
        current(ApiKey.ALTER_REPLICA_LOG_DIRS, 1);
        current(ApiKey.DESCRIBE_LOG_DIRS, 1);
    }

    private RetiredVersions() {}

    private static void current(ApiKey key, int lowest) {
        CURRENT[key.ordinal()] = (short) lowest;
    }

    /** Whether Kafka 4 does not serve this version because it is too old. */
    public static boolean contains(ApiKey key, short version) {
        return version < CURRENT[key.ordinal()];
    }

    /** The lowest version of a key that Kafka 4 serves. */
    public static short lowestCurrent(ApiKey key) {
        return CURRENT[key.ordinal()];
    }
}
