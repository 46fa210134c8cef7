package io.partita.broker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.partita.broker.coordinator.CoordinatorLog;
import io.partita.broker.coordinator.Producer;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Failures;
import io.partita.broker.env.Workers;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogSlice;
import io.partita.broker.log.ProducerDescription;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.replication.PartitionLeader;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log of a coordinator: a partition that is led here. */
final class PartitionCoordinatorLog implements CoordinatorLog {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionCoordinatorLog.class);

    /** Bytes read at once while a coordinator loads ({@code offsets.load.buffer.size}). */
    private final int loadBytes;
    private final PartitionLeader leader;
    private final Workers workers;
    private final ByteBufAllocator allocator;

    PartitionCoordinatorLog(PartitionLeader leader, Workers workers, ByteBufAllocator allocator, int loadBytes) {
        this.leader = leader;
        this.workers = workers;
        this.allocator = allocator;
        this.loadBytes = loadBytes;
    }

    @Override
    public int maxBatchBytes() {
        LogConfig config = leader.log().config();
        return Math.min(config.maxMessageBytes(), config.segmentBytes());
    }

    @Override
    public int leaderEpoch() {
        return leader.leaderEpoch();
    }

    @Override
    public ByteBuf newBatch(int bytesInitial) {
        return allocator.buffer(bytesInitial);
    }

    @Override
    public ErrorCode admits(Producer producer, int coordinatorEpoch) {
        try {
            ProducerDescription known = leader.log().producer(producer.id());
            if (known == null) {
                return ErrorCode.NONE;
            }
            if (producer.epoch() < known.epoch()) {
                return ErrorCode.INVALID_PRODUCER_EPOCH;
            }
            return coordinatorEpoch >= 0 && coordinatorEpoch < known.coordinatorEpoch() ? ErrorCode.TRANSACTION_COORDINATOR_FENCED : ErrorCode.NONE;
        } catch (IOException e) {
            return ErrorCode.KAFKA_STORAGE_ERROR;
        }
    }

    @Override
    public void append(ByteBuf batch, AppendOutcome outcome) {
        leader.append(batch, AppendOrigin.INTERNAL, PartitionLeader.ACKS_ALL, result -> {
            if (result instanceof AppendResult.Refused refused) {
                outcome.failed(refused.code(), refused.reason());
            } else {
                outcome.committed();
            }
        });
    }

    @Override
    public void deleteBefore(long offset) {
        long committed = Math.min(offset, leader.highWatermark());
        if (leader.isClosed() || committed <= leader.log().logStartOffset()) {
            return;
        }
        try {
            leader.deleteRecordsBefore(committed);
        } catch (IOException e) {
            LOG.warn("{} cannot be cut at offset {}: {}. It is tried again later.", leader, committed, Failures.said(e));
        }
    }

    @Override
    public void replay(Replay replay) {
        replayTo(leader.log().logEndOffset(), replay);
    }

    /** Not before all of it is committed: what a killed process left behind may still have to be flushed, and counts then. */
    private void replayTo(long endOffset, Replay replay) {
        if (leader.highWatermark() >= endOffset) {
            readFrom(leader.log().logStartOffset(), endOffset, replay);
        } else if (!leader.isClosed()) {
            leader.await(leader.highWatermark(), ignored -> replayTo(endOffset, replay));
        }
    }

    /** Has a worker read a piece, gives it to the coordinator on its event loop, and goes on from there. */
    private void readFrom(long offset, long endOffset, Replay replay) {
        EventLoop loop = leader.owner();
        if (offset >= endOffset) {
            replay.finished();
            return;
        }
        workers.of(Workers.Kind.READ).call(() -> read(offset, endOffset), loop, (batches, failure) -> {
            if (failure != null) {
                replay.failed(failure.getMessage());
                return;
            }
            if (!batches.isReadable()) {
                // What was between here and the end is gone, with a lost end of a segment for example: there is nothing more to replay.
                LOG.warn("{} has no records from offset {} to its end {}.", leader, offset, endOffset - 1);
                replay.finished();
                return;
            }
            long next = wholeBatches(batches);
            if (next < 0) {
                replay.failed("the batch at offset " + offset + " of " + leader + " cannot be read");
                return;
            }
            replay.batches(batches);
            readFrom(next, endOffset, replay);
        });
    }

    private ByteBuf read(long offset, long endOffset) throws IOException {
        LogSlice slice = leader.log().read(offset, loadBytes, endOffset, true);
        try {
            slice.verify();
            if (slice.error() != ErrorCode.NONE) {
                throw new IOException(slice.error() + " at offset " + offset + " of " + leader);
            }
            ByteBuf batches = Unpooled.buffer(slice.sizeInBytes());
            slice.copyTo(batches);
            return batches;
        } finally {
            slice.release();
        }
    }

    /** Cuts off what is not a whole batch at the end; returns the offset behind the last one, -1 when there is none. */
    private static long wholeBatches(ByteBuf batches) {
        int at = batches.readerIndex();
        long next = -1;
        while (batches.writerIndex() - at >= RecordBatch.HEADER_BYTES && RecordBatch.sizeInBytes(batches, at) <= batches.writerIndex() - at) {
            next = RecordBatch.lastOffset(batches, at) + 1;
            at += RecordBatch.sizeInBytes(batches, at);
        }
        batches.writerIndex(at);
        return next;
    }
}
