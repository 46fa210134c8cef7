package io.partita.broker.security.tls;

import java.io.IOException;

/** Reads the files that settings name. May block. */
@FunctionalInterface
public interface KeyFiles {

    /** All of a file. */
    byte[] read(String path) throws IOException;
}
