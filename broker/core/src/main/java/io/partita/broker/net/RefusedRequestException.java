package io.partita.broker.net;

/** A request that is not even looked at, because of its key, its version or when it comes. The message, to be read after "because", ends its connection. */
final class RefusedRequestException extends RuntimeException {

    RefusedRequestException(String message) {
        super(message, null, false, false);
    }
}
