package io.partita.broker.log;

/**
 * What the log knows of one producer id: its epoch, its last batches, the transaction it is in. Owned by the log.
 */
final class ProducerEntry {

    /** Batches remembered, so that a repetition of any of the five a producer may have in flight is answered as the first time. */
    static final int BATCHES_MAX = 5;

    private static final int BATCH_LONGS = 3;
    private static final long[] NO_BATCHES = {};

    static final int NO_SEQUENCE = -1;
    static final short NO_EPOCH = -1;
    static final long NO_OFFSET = -1;

    final long producerId;
    short epoch = NO_EPOCH;
    int coordinatorEpoch = -1;
    long lastTimestamp = -1;
    long transactionFirstOffset = NO_OFFSET;
    /** The last marker that this process has taken in, {@link #NO_OFFSET} for none. */
    long lastMarkerOffset = NO_OFFSET;

    /** Whether the batches before the last one are in the log only: the entry is from a snapshot. */
    boolean fromSnapshot;

    /** Neighbours in the order of when producers were last heard of, and the view of the table the entry belongs to; see {@link ProducerTable}. */
    ProducerEntry older;
    ProducerEntry newer;
    int generation;

    /** The last batches as a ring of last offset, timestamp, last sequence and offset delta; {@code newest} is the last one's slot. */
    private long[] ring = NO_BATCHES;
    private byte batches;
    private byte newest = -1;

    ProducerEntry(long producerId) {
        this.producerId = producerId;
    }

    /** The same producer, outside of any table. */
    ProducerEntry copy() {
        ProducerEntry copy = new ProducerEntry(producerId);
        copy.epoch = epoch;
        copy.coordinatorEpoch = coordinatorEpoch;
        copy.lastTimestamp = lastTimestamp;
        copy.transactionFirstOffset = transactionFirstOffset;
        copy.lastMarkerOffset = lastMarkerOffset;
        copy.fromSnapshot = fromSnapshot;
        copy.ring = ring.clone();
        copy.batches = batches;
        copy.newest = newest;
        return copy;
    }

    /** Notes a batch; one of a new epoch makes the older ones void. */
    void add(short batchEpoch, int lastSequence, long lastOffset, int offsetDelta, long timestamp) {
        setEpoch(batchEpoch);
        if (batches == capacity() && batches < BATCHES_MAX) {
            grow();
        }
        newest = (byte) (newest + 1 == capacity() ? 0 : newest + 1);
        batches = (byte) Math.min(capacity(), batches + 1);
        int at = newest * BATCH_LONGS;
        ring[at] = lastOffset;
        ring[at + 1] = timestamp;
        ring[at + 2] = (long) lastSequence << 32 | offsetDelta & 0xFFFF_FFFFL;
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
        long oldestKnown = known == 0 ? Long.MAX_VALUE : lastOffset(slot(known - 1));
        for (long[] batch : older) {
            if (batch[1] < oldestKnown && count < BATCHES_MAX) {
                all[count++] = batch;
            }
        }
        for (int i = known - 1; i >= 0; i--) {
            int slot = slot(i);
            all[count++] = new long[] {lastSequence(slot), lastOffset(slot), offsetDelta(slot), timestamp(slot)};
        }
        batches = 0;
        newest = -1;
        long timestamp = lastTimestamp;
        for (int i = Math.max(0, count - BATCHES_MAX); i < count; i++) {
            add(epoch, (int) all[i][0], all[i][1], (int) all[i][2], all[i][3]);
        }
        lastTimestamp = timestamp;
    }

    private int capacity() {
        return ring.length / BATCH_LONGS;
    }

    /** From none to one, two, five: most producers of a log that has many send one batch. */
    private void grow() {
        int wanted = batches == 0 ? 1 : batches == 1 ? 2 : BATCHES_MAX;
        long[] grown = new long[wanted * BATCH_LONGS];
        for (int i = 0; i < batches; i++) {
            System.arraycopy(ring, slot(batches - 1 - i) * BATCH_LONGS, grown, i * BATCH_LONGS, BATCH_LONGS);
        }
        ring = grown;
        newest = (byte) (batches - 1);
    }

    /** The slot of the batch that is {@code age} batches older than the newest. */
    private int slot(int age) {
        int slot = newest - age;
        return slot < 0 ? slot + capacity() : slot;
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
        return batches == 0 ? NO_SEQUENCE : lastSequence(newest);
    }

    long lastOffset() {
        return batches == 0 ? NO_OFFSET : lastOffset(newest);
    }

    int lastOffsetDelta() {
        return batches == 0 ? 0 : offsetDelta(newest);
    }

    /** The slot of the remembered batch with exactly these sequences, or -1. */
    int find(int firstSequence, int lastSequence) {
        for (int i = 0; i < batches; i++) {
            int slot = slot(i);
            if (lastSequence(slot) == lastSequence && firstSequence(slot) == firstSequence) {
                return slot;
            }
        }
        return -1;
    }

    long lastOffset(int slot) {
        return ring[slot * BATCH_LONGS];
    }

    long baseOffset(int slot) {
        return lastOffset(slot) - offsetDelta(slot);
    }

    long timestamp(int slot) {
        return ring[slot * BATCH_LONGS + 1];
    }

    private int lastSequence(int slot) {
        return (int) (ring[slot * BATCH_LONGS + 2] >> 32);
    }

    private int offsetDelta(int slot) {
        return (int) ring[slot * BATCH_LONGS + 2];
    }

    private int firstSequence(int slot) {
        // Sequences wrap from 2^31 - 1 to 0.
        return lastSequence(slot) - offsetDelta(slot) & Integer.MAX_VALUE;
    }
}
