package io.partita.broker.config;

/** The settings a broker was started with cannot be used. The message says which, why, and what to write instead. */
public final class InvalidConfigException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    public InvalidConfigException(String message) {
        super(message);
    }
}
