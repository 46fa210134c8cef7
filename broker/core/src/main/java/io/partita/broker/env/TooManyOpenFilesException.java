package io.partita.broker.env;

import java.io.IOException;

/** A file could not be opened because the process, or the machine, has too many open. Nothing is wrong with the disk; it passes. */
public final class TooManyOpenFilesException extends IOException {

    public TooManyOpenFilesException(String message, Throwable cause) {
        super(message, cause);
    }
}
