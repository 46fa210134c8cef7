package io.partita.broker.log;

/**
 * Learns leader epochs from the headers of batches that go by in order. Epochs never fall, so one that is higher than that of the next batch is a
 * damaged header, which no checksum covers; an epoch is therefore not assigned before the next batch has confirmed it.
 */
final class EpochCollector {

    private final EpochCache epochs;
    private int noted = EpochCache.UNDEFINED_EPOCH;
    private long notedStart;

    EpochCollector(EpochCache epochs) {
        this.epochs = epochs;
    }

    /** Takes the epoch of the next batch. */
    void note(int epoch, long baseOffset) {
        if (epoch >= noted) {
            finish();
        }
        if (epoch != noted) {
            noted = epoch;
            notedStart = baseOffset;
        }
    }

    /** Says that no batch follows. */
    void finish() {
        epochs.assign(noted, notedStart);
    }
}
