package io.partita.broker.env;

import java.io.IOException;

/** A write or an fsync failed, and not for want of space: nobody knows what the disk has of it, or of what was written before. */
public final class DiskWriteException extends IOException {

    public DiskWriteException(String message, Throwable cause) {
        super(message, cause);
    }

    public DiskWriteException(String message) {
        super(message);
    }
}
