package io.partita.broker.api;

import io.netty.buffer.Unpooled;
import io.partita.broker.log.LogSlice;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.replication.Replica;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Where an offset lies in a log: how far it is from the end, and when what is there was made.
 *
 * @param highWatermark behind the last committed record, as far as the replica knows
 * @param timestamp the largest of the batch that holds the offset, or of the next one there is: Unix milliseconds; {@link #NONE} at the end of the log, for a batch without, and for one that
 *        cannot be read
 */
public record LogPositions(long highWatermark, long timestamp) {

    /** No time is known. */
    public static final long NONE = RecordBatch.NO_TIMESTAMP;

    /** Reads a batch's header: on a worker. An offset below the log's start is taken for the start. */
    public static LogPositions of(Replica replica, long offset) {
        PartitionLog log = replica.log();
        long end = replica.highWatermark();
        long from = Math.max(offset, log.logStartOffset());
        return new LogPositions(end, from >= end ? NONE : timestamp(log, from, end));
    }

    private static long timestamp(PartitionLog log, long offset, long end) {
        LogSlice slice = log.read(offset, RecordBatch.HEADER_BYTES, end, true);
        try {
            ByteBuffer header = ByteBuffer.allocate(RecordBatch.HEADER_BYTES);
            if (slice.error() != ErrorCode.NONE || slice.read(header, 0) < RecordBatch.HEADER_BYTES) {
                return NONE;
            }
            return RecordBatch.maxTimestamp(Unpooled.wrappedBuffer(header.array()), 0);
        } catch (IOException unreadable) {
            // Whoever consumes it is told, and the log says so.
            return NONE;
        } finally {
            slice.release();
        }
    }
}
