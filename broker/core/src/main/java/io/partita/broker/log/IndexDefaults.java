package io.partita.broker.log;

/** Kafka's distance between index entries, where no topic setting is at hand. */
final class IndexDefaults {
    static final int INTERVAL_BYTES = 4096;

    private IndexDefaults() {}
}
