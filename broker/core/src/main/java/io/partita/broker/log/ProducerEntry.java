package io.partita.broker.log;

/**
 * What the log knows of one producer id: its epoch, its last batches, the transaction it is in. Owned by the log.
 */
final class ProducerEntry {

    /** Batches remembered, so that a repetition of any of the five a producer may have in flight is answered as the first time. */
    static final int BATCHES_MAX = 5;

    static final int NO_SEQUENCE = -1;
    static final short NO_EPOCH = -1;
    static final long NO_OFFSET = -1;

    final long producerId;
    short epoch = NO_EPOCH;
    int coordinatorEpoch = -1;
    long lastTimestamp = -1;
    long transactionFirstOffset = NO_OFFSET;

    /** Whether the batches before the last one are in the log only: the entry is from a snapshot. */
    boolean fromSnapshot;

    /** A ring of the last batches; {@code newest} is the last one's slot. */
    private int batches;
    private int newest = -1;
    private final int[] lastSequences = new int[BATCHES_MAX];
    private final long[] lastOffsets = new long[BATCHES_MAX];
    private final int[] offsetDeltas = new int[BATCHES_MAX];
    private final long[] timestamps = new long[BATCHES_MAX];

    ProducerEntry(long producerId) {
        this.producerId = producerId;
    }

    /** Notes a batch; one of a new epoch makes the older ones void. */
    void add(short batchEpoch, int lastSequence, long lastOffset, int offsetDelta, long timestamp) {
        setEpoch(batchEpoch);
        newest = newest + 1 == BATCHES_MAX ? 0 : newest + 1;
        batches = Math.min(BATCHES_MAX, batches + 1);
        lastSequences[newest] = lastSequence;
        lastOffsets[newest] = lastOffset;
        offsetDeltas[newest] = offsetDelta;
        timestamps[newest] = timestamp;
        lastTimestamp = timestamp;
    }

    /**
     * Adds older batches, oldest first, each as last sequence, last offset, offset delta, timestamp. Those that are known already, and what is
     * too many, are left out.
     */
    void prepend(Iterable<long[]> older) {
        fromSnapshot = false;
        int known = batches;
        long[][] all = new long[BATCHES_MAX + known][];
        int count = 0;
        long oldestKnown = known == 0 ? Long.MAX_VALUE : lastOffsets[slot(known - 1)];
        for (long[] batch : older) {
            if (batch[1] < oldestKnown && count < BATCHES_MAX) {
                all[count++] = batch;
            }
        }
        for (int i = known - 1; i >= 0; i--) {
            int slot = slot(i);
            all[count++] = new long[] {lastSequences[slot], lastOffsets[slot], offsetDeltas[slot], timestamps[slot]};
        }
        batches = 0;
        newest = -1;
        long timestamp = lastTimestamp;
        for (int i = Math.max(0, count - BATCHES_MAX); i < count; i++) {
            add(epoch, (int) all[i][0], all[i][1], (int) all[i][2], all[i][3]);
        }
        lastTimestamp = timestamp;
    }

    /** The slot of the batch that is {@code age} batches older than the newest. */
    private int slot(int age) {
        int slot = newest - age;
        return slot < 0 ? slot + BATCHES_MAX : slot;
    }

    /** Moves to {@code newEpoch}, which makes the batches of the epoch before void. */
    void setEpoch(short newEpoch) {
        if (epoch != newEpoch) {
            epoch = newEpoch;
            fromSnapshot = false;
            batches = 0;
            newest = -1;
        }
    }

    /** Whether looking into the log may bring back batches. */
    boolean mayRecall() {
        return fromSnapshot && batches > 0 && batches < BATCHES_MAX;
    }

    boolean hasBatches() {
        return batches > 0;
    }

    /** Sequence of the last record, {@link #NO_SEQUENCE} when there is no batch. */
    int lastSequence() {
        return batches == 0 ? NO_SEQUENCE : lastSequences[newest];
    }

    long lastOffset() {
        return batches == 0 ? NO_OFFSET : lastOffsets[newest];
    }

    int lastOffsetDelta() {
        return batches == 0 ? 0 : offsetDeltas[newest];
    }

    /** The slot of the remembered batch with exactly these sequences, or -1. */
    int find(int firstSequence, int lastSequence) {
        for (int i = 0; i < batches; i++) {
            int slot = slot(i);
            if (lastSequences[slot] == lastSequence && firstSequence(slot) == firstSequence) {
                return slot;
            }
        }
        return -1;
    }

    long lastOffset(int slot) {
        return lastOffsets[slot];
    }

    long baseOffset(int slot) {
        return lastOffsets[slot] - offsetDeltas[slot];
    }

    long timestamp(int slot) {
        return timestamps[slot];
    }

    private int firstSequence(int slot) {
        // Sequences wrap from 2^31 - 1 to 0.
        return lastSequences[slot] - offsetDeltas[slot] & Integer.MAX_VALUE;
    }
}
