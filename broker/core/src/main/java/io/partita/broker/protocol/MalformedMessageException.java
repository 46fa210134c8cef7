package io.partita.broker.protocol;

/**
 * The bytes at hand are not what they should be: cut short, with an impossible length, or asking for more memory than a message may. The peer
 * is broken or hostile; the connection it came on is of no further use. Carries no stack trace, so that it is cheap to provoke.
 */
public final class MalformedMessageException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public MalformedMessageException(String message) {
        super(message, null, false, false);
    }
}
