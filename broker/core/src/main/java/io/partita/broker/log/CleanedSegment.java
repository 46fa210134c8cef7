package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.partita.broker.record.RecordBatch;
import java.io.IOException;
import java.util.List;

/**
 * Writes the segment that takes the place of others: batches are appended to {@link #out}, announced by {@link #added}, and go to the file a
 * buffer at a time. One worker thread.
 */
final class CleanedSegment {

    private final Segment[] sources;
    private final Segment segment;
    private final SegmentIndexes.Build indexes;
    private final ByteBuf out;
    private final int bufferBytes;
    private final int indexIntervalBytes;
    private final CleanerMeter meter;

    /** @param out an empty buffer, used by nobody else until {@link #finish} or {@link #discard} */
    CleanedSegment(LogEnvironment environment, Segment[] sources, ByteBuf out, int bufferBytes, int indexIntervalBytes, CleanerMeter meter)
            throws IOException {
        this.sources = sources;
        this.segment = Segment.cleaned(environment, sources);
        this.indexes = segment.indexes.start();
        this.out = out;
        this.bufferBytes = bufferBytes;
        this.indexIntervalBytes = indexIntervalBytes;
        this.meter = meter;
    }

    /** Where to append the next batch. */
    ByteBuf out() {
        return out;
    }

    /** Takes the batch that was appended to {@link #out} at {@code at}. */
    void added(int at) throws IOException {
        int bytes = out.writerIndex() - at;
        long position = (long) segment.size() + at;
        if (position + bytes > Integer.MAX_VALUE) {
            throw new IOException("The compacted segment would be larger than 2 GB; lower segment.bytes");
        }
        // What no record carries any more is not looked for.
        long timestamp = RecordBatch.recordCount(out, at) == 0 ? RecordBatch.NO_TIMESTAMP : RecordBatch.maxTimestamp(out, at);
        indexes.add((int) position, bytes, RecordBatch.lastOffset(out, at), timestamp, indexIntervalBytes);
        if (out.writerIndex() >= bufferBytes) {
            writeOut();
        }
    }

    private void writeOut() throws IOException {
        int bytes = out.readableBytes();
        if (bytes > 0) {
            segment.write(out);
            segment.publish(segment.size() + bytes);
            out.clear();
            meter.wrote(bytes);
        }
    }

    int size() {
        return segment.size() + out.readableBytes();
    }

    /** Completes the segment: all is written and flushed, under names of its own. */
    Segment finish(List<AbortedTransaction> aborted) throws IOException {
        writeOut();
        indexes.finish();
        for (AbortedTransaction transaction : aborted) {
            segment.transactionIndex.add(transaction);
        }
        if (aborted.isEmpty() && haveTransactionIndex()) {
            // An empty file, to take the place of the one there is.
            segment.transactionIndex.file.acquire(true).release();
        }
        segment.flush(true);
        return segment;
    }

    private boolean haveTransactionIndex() throws IOException {
        return sources[0].transactionIndex.file.exists();
    }

    /** Removes what was written; a failure to do so is left to the next start. */
    void discard() {
        discard(segment);
        out.clear();
    }

    static void discard(Segment cleaned) {
        try {
            cleaned.delete();
        } catch (IOException e) {
            cleaned.close(); // what is left has a name that the next round, or the next start, removes
        }
    }
}
