package io.partita.broker.env;

import java.io.IOException;

/** A write failed for want of space. Unlike other I/O errors this one passes: the same write may succeed once space was freed. */
public final class DiskFullException extends IOException {

    public DiskFullException(String message, Throwable cause) {
        super(message, cause);
    }

    public DiskFullException(String message) {
        super(message);
    }
}
