package io.partita.broker.coordinator;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.RecordBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A log in memory that commits when the test lets it, and fails when told to. */
public final class TestCoordinatorLog implements CoordinatorLog {

    private record Append(byte[] batch, AppendOutcome outcome) {}

    private final EventLoop loop;
    private final List<byte[]> committed = new ArrayList<>();
    private final ArrayDeque<Append> uncommitted = new ArrayDeque<>();
    private final Map<Long, Short> newestEpochs = new HashMap<>();
    private int maxBatchBytes = 1 << 20;
    private boolean commitsAtOnce = true;
    private boolean commitsWithinAppend;
    private ErrorCode failure;
    private String replayFailure;
    private Replay pausedReplay;
    private boolean replayPaused;
    /** They read all that was appended, so they wait until it is committed. */
    private final List<Replay> waitingReplays = new ArrayList<>();

    public TestCoordinatorLog(EventLoop loop) {
        this.loop = loop;
    }

    @Override
    public int maxBatchBytes() {
        return maxBatchBytes;
    }

    @Override
    public ByteBuf newBatch(int bytesInitial) {
        return Unpooled.buffer(bytesInitial);
    }

    @Override
    public int leaderEpoch() {
        return 3;
    }

    @Override
    public ErrorCode admits(Producer producer, int coordinatorEpoch) {
        short newest = newestEpochs.getOrDefault(producer.id(), (short) -1);
        return producer.epoch() < newest ? ErrorCode.INVALID_PRODUCER_EPOCH : ErrorCode.NONE;
    }

    public void maxBatchBytes(int bytes) {
        maxBatchBytes = bytes;
    }

    /** From now on batches wait for {@link #commit}, or {@link #commitAll}, or no longer. */
    public void commitsAtOnce(boolean atOnce) {
        commitsAtOnce = atOnce;
    }

    /** From now on batches are committed before {@link #append} returns, as by a leader without followers. */
    public void commitsWithinAppend() {
        commitsWithinAppend = true;
    }

    /** From now on appends fail with {@code code}; null ends that. */
    public void failsWith(ErrorCode code) {
        failure = code;
    }

    public void replayFailsWith(String reason) {
        replayFailure = reason;
    }

    /** From now on a replay waits for {@link #resumeReplay}. */
    public void pauseReplay() {
        replayPaused = true;
    }

    public void resumeReplay() {
        replayPaused = false;
        replay(pausedReplay);
    }

    public int committedCount() {
        return committed.size();
    }

    public int uncommittedCount() {
        return uncommitted.size();
    }

    /** Number of records in each committed batch. */
    public List<Integer> committedRecordCounts() {
        return committed.stream().map(batch -> RecordBatch.recordCount(Unpooled.wrappedBuffer(batch), 0)).toList();
    }

    public List<byte[]> committedBatches() {
        return List.copyOf(committed);
    }

    /** As if {@code batches} had been there before. */
    public void prefill(List<byte[]> batches) {
        committed.addAll(batches);
    }

    @Override
    public void append(ByteBuf batch, AppendOutcome outcome) {
        if (RecordBatch.isTransactional(batch, batch.readerIndex())) {
            newestEpochs.put(RecordBatch.producerId(batch, batch.readerIndex()), RecordBatch.producerEpoch(batch, batch.readerIndex()));
        }
        byte[] bytes = ByteBufUtil.getBytes(batch);
        batch.release();
        if (failure != null) {
            outcome.failed(failure, "the test wants it");
            return;
        }
        uncommitted.add(new Append(bytes, outcome));
        if (commitsWithinAppend) {
            commitOne();
        } else if (commitsAtOnce) {
            loop.execute(this::commitOne);
        }
    }

    /** Commits the oldest batch, if there is one. */
    public void commitOne() {
        Append oldest = uncommitted.poll();
        if (oldest != null) {
            committed.add(oldest.batch);
            oldest.outcome.committed();
            if (uncommitted.isEmpty()) {
                List<Replay> waiting = List.copyOf(waitingReplays);
                waitingReplays.clear();
                waiting.forEach(this::replay);
            }
        }
    }

    public void commitAll() {
        while (!uncommitted.isEmpty()) {
            commitOne();
        }
    }

    @Override
    public void replay(Replay replay) {
        if (replayPaused) {
            pausedReplay = replay;
            return;
        }
        if (!uncommitted.isEmpty()) {
            waitingReplays.add(replay);
            return;
        }
        if (replayFailure != null) {
            loop.execute(() -> replay.failed(replayFailure));
            return;
        }
        // A few batches at a time, as from a disk.
        long offset = 0;
        for (int i = 0; i < committed.size(); i += 3) {
            var buffer = Unpooled.buffer();
            for (byte[] batch : committed.subList(i, Math.min(i + 3, committed.size()))) {
                int at = buffer.writerIndex();
                buffer.writeBytes(batch);
                if (batch.length >= RecordBatch.HEADER_BYTES) {
                    RecordBatch.setBaseOffset(buffer, at, offset);
                    offset = RecordBatch.lastOffset(buffer, at) + 1;
                }
            }
            loop.execute(() -> {
                replay.batches(buffer);
                buffer.release();
            });
        }
        loop.execute(replay::finished);
    }
}
