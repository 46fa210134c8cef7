package io.partita.broker.config;

/** What a listener asks of its clients, by Kafka's names. */
public enum SecurityProtocol {
    PLAINTEXT(false, false),
    SSL(true, false),
    SASL_PLAINTEXT(false, true),
    SASL_SSL(true, true);

    private final boolean tls;
    private final boolean sasl;

    SecurityProtocol(boolean tls, boolean sasl) {
        this.tls = tls;
        this.sasl = sasl;
    }

    /** The protocol of this name, or {@code null}. */
    static SecurityProtocol find(String name) {
        for (SecurityProtocol protocol : values()) {
            if (protocol.name().equals(name)) {
                return protocol;
            }
        }
        return null;
    }

    /** Whether the bytes are encrypted. */
    public boolean hasTls() {
        return tls;
    }

    /** Whether clients prove who they are by SASL. */
    public boolean hasSasl() {
        return sasl;
    }
}
