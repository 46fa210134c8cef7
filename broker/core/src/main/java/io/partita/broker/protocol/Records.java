package io.partita.broker.protocol;

/**
 * The batches of one partition inside a request or response. They travel as they lie in the log, so this may be bytes in memory
 * ({@link BufferRecords}) or a slice of a file that never passes through memory.
 */
public interface Records {

    /** The number of bytes these records take on the wire. Does not change. */
    int sizeInBytes();
}
