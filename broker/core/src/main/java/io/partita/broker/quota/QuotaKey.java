package io.partita.broker.quota;

/** What can be bounded, under Kafka's names. */
public enum QuotaKey {
    /** Bytes a second that clients produce. */
    PRODUCER_BYTE_RATE("producer_byte_rate", true),
    /** Bytes a second that clients fetch. */
    CONSUMER_BYTE_RATE("consumer_byte_rate", true),
    /** Hundredths of one thread's time. */
    REQUEST_PERCENTAGE("request_percentage", false),
    /** Partitions made and deleted a second. */
    CONTROLLER_MUTATION_RATE("controller_mutation_rate", false),
    /** Connections a second from one address. */
    CONNECTION_CREATION_RATE("connection_creation_rate", true);

    private static final QuotaKey[] KEYS = values();

    private final String title;
    private final boolean whole;

    QuotaKey(String title, boolean whole) {
        this.title = title;
        this.whole = whole;
    }

    /** The key of a name in the protocol, {@code null} when there is none. */
    public static QuotaKey named(String title) {
        for (QuotaKey key : KEYS) {
            if (key.title.equals(title)) {
                return key;
            }
        }
        return null;
    }

    public String title() {
        return title;
    }

    /** Why a value cannot be the bound, as a sentence; {@code null} when it can. */
    public String problem(double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            return "The quota " + title + " must be greater than 0, not " + value + ".";
        }
        return whole && Math.abs(value - Math.rint(value)) > 1e-6 ? "The quota " + title + " must be a whole number, not " + value + "." : null;
    }
}
