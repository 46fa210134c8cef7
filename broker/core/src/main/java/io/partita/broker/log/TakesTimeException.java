package io.partita.broker.log;

import java.io.IOException;

/** What was asked for may take long, and the caller is one that must not wait: it is to be asked for again on a worker. */
final class TakesTimeException extends IOException {

    static final TakesTimeException INSTANCE = new TakesTimeException();

    private TakesTimeException() {
        super("to be looked for by a worker");
    }

    /** It is thrown in the course of things, and always the same. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
