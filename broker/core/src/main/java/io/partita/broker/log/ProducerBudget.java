package io.partita.broker.log;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many producers the logs of a data directory may remember together, so that clients that take a new producer id for each message cannot use up
 * the memory. Who adds one above the bound makes room by forgetting those of its own that have been silent for longest.
 *
 * <p>A producer that was forgotten and goes on is taken as one that is new, as after {@code producer.id.expiration.ms}: a repetition of what it sent
 * before would not be recognised.
 *
 * <p>Threads: any.
 */
final class ProducerBudget {

    /** What one producer takes, with all five batches that are remembered, and its part of the table. */
    static final int ENTRY_BYTES = 256;

    /** A log keeps as many as this even when others have used up all: whoever writes to it now is among them. */
    private static final int KEPT_MIN = 64;

    /** Kept when twice as many as allowed are there, because logs that nobody writes to any more have them. */
    private static final int KEPT_AT_LEAST = 5;

    private final int entriesMax;
    private final AtomicInteger entries = new AtomicInteger();

    ProducerBudget(int entriesMax) {
        this.entriesMax = Math.max(1, entriesMax);
    }

    int entriesMax() {
        return entriesMax;
    }

    int entries() {
        return entries.get();
    }

    void add(int count) {
        entries.addAndGet(count);
    }

    /** How many of its {@code size} producers a log has to forget now. */
    int excess(int size) {
        int above = entries.get() - entriesMax;
        int kept = above > entriesMax ? KEPT_AT_LEAST : KEPT_MIN;
        return Math.min(above, size - kept);
    }
}
