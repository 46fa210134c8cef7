package io.partita.broker.log;

import java.io.IOException;

/** A segment holds bytes that are no good batch. The place was reported where it was found. */
final class CorruptLogException extends IOException {

    CorruptLogException(String message) {
        super(message);
    }
}
