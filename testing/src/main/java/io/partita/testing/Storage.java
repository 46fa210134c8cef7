package io.partita.testing;

/** Where an embedded broker keeps its data. Either way they are gone once it is closed. */
public enum Storage {
    /** In memory: fastest, nothing to clean up. For what fits into the heap. */
    MEMORY,
    /** In a directory of its own below the system's temporary directory, in Kafka's files. For much data, or to look at the files. */
    TEMPORARY_DIRECTORY
}
