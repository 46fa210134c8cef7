package io.partita.broker.log;

import io.partita.broker.env.Clock;
import io.partita.broker.protocol.ErrorCode;
import java.io.IOException;

/**
 * Reads logs whose records expire exactly: what is given to a reader begins with a batch that has not expired and ends before the next one that
 * has, wherever that lies; a reader passes over the offsets in between as over those that compaction has removed. The log's start is behind all
 * that has expired at its beginning, so there is something to pass over only where timestamps do not rise, and where many batches expired since
 * the start was moved last.
 *
 * <p>Threads: any.
 */
final class LiveBatches {

    /** Expired batches that are passed over at once on an event loop; more are left to a worker. */
    private static final int PASSED_AT_ONCE = 1_000;

    /** Read where the batch to begin with is not known yet. */
    private static final int PIECE_BYTES = 1 << 20;

    /** Reads without regard to time. */
    interface Reader {
        LogSlice read(long offset, int maxBytes, long upperOffset, long logEndOffset, boolean atLeastOneBatch, boolean patient);
    }

    /** Offsets that have nothing but expired batches, under these settings. Once so, always so. */
    private record Expired(LogConfig config, long fromOffset, long toOffset) {
        static final Expired NONE = new Expired(null, 0, 0);

        long after(long offset) {
            return offset >= fromOffset && offset < toOffset ? toOffset : offset;
        }
    }

    private final Clock clock;
    private final Reader reader;

    /** What was passed over last: who waits behind it need not do it again and again. */
    private volatile Expired passed = Expired.NONE;

    LiveBatches(Clock clock, Reader reader) {
        this.clock = clock;
        this.reader = reader;
    }

    /** The smallest timestamp that has not expired; {@link Long#MIN_VALUE} where records do not expire exactly. */
    static long oldestLive(LogConfig config, long nowMillis) {
        return config.hidesExpired() ? nowMillis - config.retentionMillis() + 1 : Long.MIN_VALUE;
    }

    /** As {@link PartitionLog#read}, for an offset in the log, which ends at {@code end}. */
    LogSlice read(LogConfig config, long offset, int maxBytes, long upperOffset, long end, boolean atLeastOneBatch) {
        LogSlice found = read(config, offset, maxBytes, upperOffset, end, atLeastOneBatch, PASSED_AT_ONCE);
        return found != null
                ? found
                : LogSlice.sought(maxBytes, () -> read(config, offset, maxBytes, upperOffset, end, atLeastOneBatch, Long.MAX_VALUE));
    }

    /** {@code null} when it takes more than looking at {@code batchesMax}, or at bytes that may have to come from the disk. */
    private LogSlice read(LogConfig config, long offset, int maxBytes, long upperOffset, long end, boolean atLeastOneBatch, long batchesMax) {
        long oldest = oldestLive(config, clock.wallMillis());
        boolean patient = batchesMax == Long.MAX_VALUE;
        Expired known = passed;
        boolean within = known.config == config && known.after(offset) > offset;
        long next = within ? known.toOffset : offset;
        long left = batchesMax;
        while (next < upperOffset) {
            int bytes = next == offset ? maxBytes : Math.max(maxBytes, PIECE_BYTES);
            LogSlice slice = reader.read(next, bytes, upperOffset, end, atLeastOneBatch || next > offset, patient);
            if (slice.isEmpty()) {
                return slice;
            }
            if (!patient && !slice.likelyCached()) {
                slice.release();
                return null;
            }
            Look look;
            try {
                look = look(slice, oldest, maxBytes, atLeastOneBatch, left);
            } catch (IOException e) {
                slice.release();
                return LogSlice.failed(ErrorCode.KAFKA_STORAGE_ERROR);
            }
            if (look.passedTo > next) {
                next = look.passedTo;
                passed = new Expired(config, within ? known.fromOffset : offset, next);
            }
            if (look.live != null) {
                return look.live;
            }
            slice.release();
            left -= look.batches;
            if (left <= 0) {
                return null;
            }
        }
        return LogSlice.empty();
    }

    /** What was found: {@code live} has the slice's file, or is {@code null} and all batches up to {@code passedTo} have expired. */
    private record Look(LogSlice live, long passedTo, long batches) {}

    private static Look look(LogSlice slice, long oldest, int maxBytes, boolean atLeastOneBatch, long batchesMax) throws IOException {
        BatchScanner headers = slice.headers();
        long passedTo = -1;
        long count = 0;
        int from = -1;
        int to = -1;
        long firstOffset = -1;
        boolean ended = false;
        while (!ended && count < batchesMax && headers.next()) {
            count++;
            boolean expired = headers.maxTimestamp() >= 0 && headers.maxTimestamp() < oldest;
            if (!expired) {
                boolean first = from < 0;
                from = first ? headers.position() : from;
                firstOffset = first ? headers.baseOffset() : firstOffset;
                to = headers.position() + headers.size();
                boolean tooLarge = to - from > maxBytes && !(first && atLeastOneBatch);
                to = tooLarge ? from + maxBytes : to; // the last batch is cut off, as in other logs
                ended = tooLarge || to - from >= maxBytes;
            } else if (from < 0) {
                passedTo = headers.lastOffset() + 1;
            } else {
                ended = true;
            }
        }
        if (from >= 0) {
            return new Look(slice.part(from, to - from, firstOffset), passedTo, count);
        }
        // Nothing whole is there: who asks for few bytes gets the beginning of a batch, and who checks the slice finds what is wrong with it.
        return new Look(count == 0 ? slice : null, passedTo, count);
    }
}
