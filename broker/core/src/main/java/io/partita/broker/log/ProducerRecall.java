package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.partita.broker.record.RecordBatch;
import java.io.IOException;
import java.util.ArrayDeque;

/**
 * Brings back the batches of a producer that its snapshot does not have. Kafka's snapshots keep the last batch only, a producer may have five
 * in flight: when the broker restarts before they are answered, all five come again, and must be told to be repetitions. Looked up in the log
 * when a sequence does not fit, which is rare; headers are read, not batches.
 */
final class ProducerRecall {

    /**
     * How far back is looked: what was in flight when the broker stopped is at the end of what was written then. Many producers' five batches
     * of 1 MB, and some milliseconds to read their headers.
     */
    private static final int BYTES_MAX = 32 << 20;

    private ProducerRecall() {}

    /** Fills {@code entry} with its last batches up to the one it knows. */
    static void fill(ProducerEntry entry, SegmentList segments) throws IOException {
        ArrayDeque<long[]> found = new ArrayDeque<>();
        long knownOffset = entry.lastOffset();
        int last = segments.floor(knownOffset);
        if (last < 0) {
            return;
        }
        int bytes = segments.get(last).size();
        int first = last;
        while (first > 0 && bytes < BYTES_MAX) {
            bytes += segments.get(--first).size();
        }
        for (int index = first; index <= last; index++) {
            Segment segment = segments.get(index);
            int skipped = index == first ? Math.max(0, bytes - BYTES_MAX) : 0;
            collect(entry, segment, skipped, knownOffset, found);
        }
        entry.prepend(found);
    }

    /** The batches of the producer in a segment from about {@code from} up to {@code knownOffset}, as last sequence, offset, delta, timestamp. */
    private static void collect(ProducerEntry entry, Segment segment, int from, long knownOffset, ArrayDeque<long[]> found) throws IOException {
        LogFile.Handle open = segment.log.acquire();
        try {
            BatchScanner batches = segment.headers(open, segment.indexes.offsets().positionAtOrBefore(from));
            while (batches.next() && batches.baseOffset() <= knownOffset) {
                ByteBuf buffer = batches.buffer();
                int at = batches.at();
                boolean its = RecordBatch.producerId(buffer, at) == entry.producerId && RecordBatch.producerEpoch(buffer, at) == entry.epoch
                        && (!RecordBatch.isControl(buffer, at) || RecordBatch.isDelayed(buffer, at));
                if (its) {
                    found.add(new long[] {RecordBatch.lastSequence(buffer, at), RecordBatch.lastOffset(buffer, at),
                        RecordBatch.lastOffsetDelta(buffer, at), RecordBatch.maxTimestamp(buffer, at)});
                    if (found.size() > ProducerEntry.BATCHES_MAX) {
                        found.removeFirst();
                    }
                }
            }
        } finally {
            open.release();
        }
    }
}
