package io.partita.broker.log;

import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchFormatException;
import io.partita.broker.record.BatchRules;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;

/** Finds things in a log: the bytes for a fetch, offsets for times, aborted transactions. Stateless over a list of segments; any thread. */
final class LogReader {

    private LogReader() {}

    /**
     * Batches from the one that holds {@code offset} on. {@code upperOffset} is above {@code offset} and not above the log's end; bytes of
     * batches at or after it are not in the slice.
     *
     * @param patient whether it may take longer than a few small reads; {@link TakesTimeException} if not
     */
    static LogSlice read(SegmentList segments, EpochCache epochs, long offset, int maxBytes, long upperOffset, long logEndOffset,
            boolean atLeastOneBatch, boolean patient) throws IOException {
        for (int index = Math.max(0, segments.floor(offset)); index < segments.count(); index++) {
            Segment segment = segments.get(index);
            if (segment.baseOffset >= upperOffset) {
                break;
            }
            long end = segments.endOffset(index, logEndOffset);
            boolean upperInside = upperOffset < end || index == segments.count() - 1;
            LogSlice slice = readSegment(segment, end, epochs, offset, maxBytes, upperInside ? upperOffset : -1, atLeastOneBatch, patient);
            if (slice != null) {
                return slice;
            }
            // After compaction a segment may end before the offset that begins the next one.
        }
        return LogSlice.empty();
    }

    private static LogSlice readSegment(Segment segment, long endOffset, EpochCache epochs, long offset, int maxBytes, long upperOffset,
            boolean atLeastOneBatch, boolean patient) throws IOException {
        int size = segment.size();
        int position;
        int firstBatchBytes;
        long firstBatchOffset;
        long found = segment.findInTail(offset);
        if (found >= 0 && TailPositions.size(found) > 0) {
            position = TailPositions.position(found);
            firstBatchBytes = TailPositions.size(found);
            firstBatchOffset = offset;
        } else {
            if (size == 0) {
                return null;
            }
            Segment.BatchLocation location = segment.locate(offset, size, patient);
            if (location == null) {
                return null;
            }
            position = location.position();
            firstBatchBytes = location.size();
            firstBatchOffset = location.baseOffset();
        }
        int end = upperOffset < 0 ? size : endPosition(segment, upperOffset, size, patient);
        int available = end - position;
        if (available <= 0) {
            return LogSlice.empty();
        }
        int bytes = Math.min(available, atLeastOneBatch ? Math.max(maxBytes, firstBatchBytes) : maxBytes);
        if (bytes <= 0) {
            return LogSlice.empty();
        }
        return new LogSlice(segment, segment.log.acquire(), position, bytes, firstBatchOffset, endOffset, epochs);
    }

    /** Where the first batch at or after {@code upperOffset} begins. */
    private static int endPosition(Segment segment, long upperOffset, int size, boolean patient) throws IOException {
        long found = segment.findInTail(upperOffset);
        if (found >= 0) {
            return TailPositions.position(found);
        }
        Segment.BatchLocation location = segment.locate(upperOffset, size, patient);
        return location == null ? size : location.position();
    }

    /** What a fetch is told when the log cannot be read; {@code null} when the file was deleted meanwhile and the caller should look again. */
    static ErrorCode errorOf(IOException e) {
        return switch (e) {
            case CorruptLogException corrupt -> ErrorCode.CORRUPT_MESSAGE;
            case NoSuchFileException gone -> null;
            default -> ErrorCode.KAFKA_STORAGE_ERROR;
        };
    }

    /**
     * The first record at or after {@code startOffset} and below {@code endOffset} whose timestamp is ≥ {@code timestamp};
     * {@link TimestampOffset#NONE} when there is none. Opens one batch, reads headers besides.
     */
    static TimestampOffset firstAtOrAfter(SegmentList segments, long timestamp, long startOffset, long endOffset) throws IOException {
        for (int index = Math.max(0, segments.floor(startOffset)); index < segments.count(); index++) {
            Segment segment = segments.get(index);
            if (segment.size() == 0 || segment.indexes.maxTimestamp().timestamp() < timestamp) {
                continue;
            }
            TimestampOffset entry = segment.indexes.timeBefore(timestamp);
            // Up to the entry's offset no timestamp is larger than the entry's, so an entry below the target says where to begin.
            long from = entry == TimestampOffset.NONE || entry.timestamp() >= timestamp ? segment.baseOffset : entry.offset();
            TimestampOffset found = scan(segment, Math.max(from, startOffset), startOffset, endOffset, timestamp);
            if (found != null) {
                return found;
            }
        }
        return TimestampOffset.NONE;
    }

    /** The first record with the largest timestamp of the log below {@code endOffset}. */
    static TimestampOffset largest(SegmentList segments, long startOffset, long endOffset) throws IOException {
        TimestampOffset largest = TimestampOffset.NONE;
        Segment holder = null;
        for (int index = 0; index < segments.count(); index++) {
            Segment segment = segments.get(index);
            TimestampOffset max = segment.size() == 0 ? TimestampOffset.NONE : segment.indexes.maxTimestamp();
            if (max.timestamp() > largest.timestamp() && max.offset() >= startOffset) {
                largest = max;
                holder = segment;
            }
        }
        if (holder == null) {
            return TimestampOffset.NONE;
        }
        // The index names the batch by its last offset; the record is somewhere in it.
        TimestampOffset record = scan(holder, largest.offset(), startOffset, endOffset, largest.timestamp());
        return record == null ? largest : record;
    }

    private static TimestampOffset scan(Segment segment, long from, long startOffset, long endOffset, long timestamp) throws IOException {
        int size = segment.size();
        Segment.BatchLocation first = segment.locate(from, size);
        if (first == null) {
            return null;
        }
        LogFile.Handle open = segment.log.acquire();
        try {
            BatchScanner headers = BatchScanner.headers(open, first.position(), size, segment.baseOffset);
            while (headers.next()) {
                if (headers.baseOffset() >= endOffset) {
                    return null;
                }
                if (headers.maxTimestamp() >= timestamp && headers.lastOffset() >= startOffset) {
                    TimestampOffset found = scanBatch(open, headers.position(), headers.size(), startOffset, endOffset, timestamp);
                    if (found != null) {
                        return found;
                    }
                }
            }
            if (headers.problem() != null) {
                throw segment.corrupt(headers.position(), headers.problem());
            }
        } finally {
            open.release();
        }
        return null;
    }

    private static TimestampOffset scanBatch(LogFile.Handle open, int position, int bytes, long startOffset, long endOffset, long timestamp)
            throws IOException {
        BatchScanner batch = BatchScanner.verifying(open, position, position + bytes, 0);
        if (!batch.next()) {
            return null;
        }
        try {
            RecordReader records = new RecordReader(BatchRules.DEFAULT_MAX_UNCOMPRESSED_BYTES).open(batch.buffer(), batch.at());
            while (records.next()) {
                if (records.offset() >= startOffset && records.offset() < endOffset && records.timestamp() >= timestamp) {
                    return new TimestampOffset(records.timestamp(), records.offset());
                }
            }
            return null;
        } catch (BatchFormatException e) {
            // Stored as it came and cannot be opened: its last record is the best there is.
            return new TimestampOffset(RecordBatch.maxTimestamp(batch.buffer(), batch.at()), batch.lastOffset());
        }
    }

    /** The aborted transactions that touch offsets [{@code fromOffset}, {@code upperOffset}). */
    static List<AbortedTransaction> abortedTransactions(SegmentList segments, long fromOffset, long upperOffset) throws IOException {
        List<AbortedTransaction> found = null;
        for (int index = Math.max(0, segments.floor(fromOffset)); index < segments.count(); index++) {
            TransactionIndex transactions = segments.get(index).transactionIndex;
            if (transactions.isEmpty()) {
                continue;
            }
            for (AbortedTransaction aborted : transactions.all()) {
                if (aborted.lastOffset() >= fromOffset && aborted.firstOffset() < upperOffset) {
                    if (found == null) {
                        found = new ArrayList<>();
                    }
                    found.add(aborted);
                }
                if (aborted.lastStableOffset() >= upperOffset) {
                    return found == null ? List.of() : found; // nothing later can touch what lies below
                }
            }
        }
        return found == null ? List.of() : found;
    }
}
