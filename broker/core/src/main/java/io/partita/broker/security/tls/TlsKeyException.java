package io.partita.broker.security.tls;

/** Keys or certificates that cannot be used. The message is a sentence that names the setting and what to do. */
public final class TlsKeyException extends Exception {

    TlsKeyException(String message) {
        super(message);
    }

    TlsKeyException(String message, Throwable cause) {
        super(message, cause);
    }
}
