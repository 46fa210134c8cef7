package io.partita.broker.coordinator;

import io.netty.buffer.ByteBuf;
import io.partita.broker.Invariant;
import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.RecordBatch;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition's replicated state machine: loads, then takes writes, until leadership goes elsewhere or the log does not take one of them.
 *
 * <pre>
 *   LOADING ──── the log is replayed ────► ACTIVE ──── close, or a failed append ────► CLOSED
 *      └────────────────────────────── close ────────────────────────────────────────────▲
 * </pre>
 *
 * <p>The state takes a write in at once and whoever wrote is answered when the log has committed it, so a failed append leaves a state that the log does
 * not have. It is not mended: the shard closes, and {@link CoordinatorShards} has another one load the log.
 *
 * <p>Owned by the partition's event loop; every method is called there. A log that cannot be read is tried again every second, and keeps
 * clients waiting in the meantime.
 */
public final class CoordinatorShard<R> {

    private static final Logger LOG = LoggerFactory.getLogger(CoordinatorShard.class);
    private static final long RELOAD_MILLIS = 1_000;
    /** Lengths and deltas of a record, and its key, generously. */
    private static final int RECORD_OVERHEAD_BYTES = 1_000;

    private enum State {
        LOADING,
        ACTIVE,
        CLOSED
    }

    private final String name;
    private final EventLoop loop;
    private final Clock clock;
    private final CoordinatorLog log;
    private final RecordFormat<R> format;
    private final StateMachine<R> machine;
    private final RecordWriter<R> writer;
    private final Runnable failed;
    private long endOffset;
    private State state = State.LOADING;

    /**
     * @param name for the log: {@code __consumer_offsets-7}
     * @param loop the shard's own: what goes wrong in a task of the shard is given to it
     * @param failed called once, on the event loop, when the shard has closed because an append failed: its state is to be thrown away
     */
    public CoordinatorShard(
            String name,
            EventLoop loop,
            Clock clock,
            CoordinatorLog log,
            RecordFormat<R> format,
            StateMachine<R> machine,
            long writeTimeoutMillis,
            Runnable failed) {
        this.name = name;
        this.loop = loop;
        this.clock = clock;
        this.log = log;
        this.format = format;
        this.machine = machine;
        this.failed = failed;
        this.writer = new RecordWriter<>(name, loop, clock, log, format, machine, writeTimeoutMillis, this::appendFailed);
    }

    public EventLoop loop() {
        return loop;
    }

    /** Replays the log. To be called once, first. */
    public void load() {
        loop.check();
        if (state == State.LOADING) {
            log.replay(new Loading(clock.monotonicMillis()));
        }
    }

    /** What to answer clients with: {@link ErrorCode#NONE} when requests can be served. */
    public ErrorCode availability() {
        loop.check();
        return switch (state) {
            case LOADING -> ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
            case ACTIVE -> ErrorCode.NONE;
            case CLOSED -> ErrorCode.NOT_COORDINATOR;
        };
    }

    /** The most that a record may take in the log. */
    public int recordBytesMax() {
        return log.maxBatchBytes() - RecordBatch.HEADER_BYTES - RECORD_OVERHEAD_BYTES;
    }

    /**
     * Applies {@code records} and appends them; the outcome is told once they are committed. Writes of one turn of the event loop go to the log together.
     * Without records this waits for the writes before it: what was read from the state now is then committed.
     */
    public void write(List<R> records, WriteOutcome outcome) {
        if (takesWrites(outcome)) {
            writer.write(records, outcome);
        }
    }

    /** As {@link #write}, as part of the transaction that {@code producer} has open: the records count once {@link #endTransaction} says so. */
    public void writeTransactional(Producer producer, List<R> records, WriteOutcome outcome) {
        if (takesWrites(outcome) && admits(producer, -1, outcome)) {
            writer.writeTransactional(producer, records, outcome);
        }
    }

    /** Ends the transaction of {@code producer} in this partition by a marker. */
    public void endTransaction(Producer producer, boolean commit, int coordinatorEpoch, WriteOutcome outcome) {
        if (takesWrites(outcome) && admits(producer, coordinatorEpoch, outcome)) {
            writer.endTransaction(producer, commit, coordinatorEpoch, outcome);
        }
    }

    private boolean takesWrites(WriteOutcome outcome) {
        loop.check();
        Invariant.check(state != State.LOADING, "write to a coordinator that is still loading");
        if (state == State.CLOSED) {
            loop.execute(() -> outcome.failed(ErrorCode.NOT_COORDINATOR));
        }
        return state == State.ACTIVE;
    }

    private boolean admits(Producer producer, int coordinatorEpoch, WriteOutcome outcome) {
        ErrorCode refusal = log.admits(producer, coordinatorEpoch);
        if (refusal != ErrorCode.NONE) {
            loop.execute(() -> outcome.failed(refusal));
        }
        return refusal == ErrorCode.NONE;
    }

    /** Ends the shard's life here: pending writes fail with NOT_COORDINATOR. Idempotent. */
    public void close() {
        loop.check();
        if (state != State.CLOSED) {
            state = State.CLOSED;
            writer.close();
        }
    }

    /** Closed first: whoever is told and asks again must not be served from a state that the log does not have. */
    private void appendFailed(Runnable tell) {
        state = State.CLOSED;
        tell.run();
        writer.close();
        failed.run();
    }

    private final class Loading implements CoordinatorLog.Replay {
        private final long startMillis;
        private long recordCount;

        private Loading(long startMillis) {
            this.startMillis = startMillis;
        }

        @Override
        public void batches(ByteBuf batches) {
            // Through the loop, which is the shard's: what goes wrong here is the shard's to know, not the partition's that calls.
            loop.run(() -> {
                if (state == State.LOADING) {
                    BatchReplay.Replayed replayed = BatchReplay.replay(name, batches, format, machine);
                    recordCount += replayed.recordCount();
                    endOffset = Math.max(endOffset, replayed.endOffset());
                }
            });
        }

        @Override
        public void finished() {
            loop.check();
            loop.run(this::activate);
        }

        private void activate() {
            if (state != State.LOADING) {
                return;
            }
            state = State.ACTIVE;
            writer.beginAt(endOffset);
            machine.loaded();
            if (recordCount > 0) {
                LOG.info("Loaded {} from {} records in {} ms.", name, recordCount, clock.monotonicMillis() - startMillis);
            }
        }

        @Override
        public void failed(String reason) {
            loop.check();
            if (state == State.LOADING) {
                LOG.error("Cannot load {}: {}. Its clients wait; trying again in {} ms.", name, reason, RELOAD_MILLIS);
                loop.schedule(RELOAD_MILLIS, CoordinatorShard.this::load);
            }
        }
    }
}
