package io.partita.broker.cluster;

/** A store did not answer, or not as it should. Whether a write was stored nobody knows then. */
public final class ObjectStoreException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** @param message what happened, without a full stop */
    public ObjectStoreException(String message) {
        super(message);
    }

    public ObjectStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
