package io.partita.broker.coordinator;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.Invariant;
import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.EndMarker;
import io.partita.broker.record.RecordBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: what is written within one turn of the event loop goes to the log in one batch. The records of one write share a batch when they
 * fit into one, and are otherwise spread over several. Those of a transaction, and its end, have batches of their own.
 *
 * <p>Records are applied before they are put into a batch, in the order of the batches, so the state is the replay of the log and of what is on its way there.
 */
final class RecordWriter<R> {

    private static final Logger LOG = LoggerFactory.getLogger(RecordWriter.class);
    private static final int BATCH_BYTES_INITIAL = 1_024;
    /** One large group must not cost its memory for ever. */
    private static final int SCRATCH_BYTES_KEPT = 64 << 10;
    private static final int NULL = -1;

    private final String name;
    private final EventLoop loop;
    private final Clock clock;
    private final CoordinatorLog log;
    private final RecordFormat<R> format;
    private final StateMachine<R> machine;
    private final long timeoutMillis;
    /** Told once when an append has failed, with what tells those whose records were in it. */
    private final Consumer<Runnable> failed;

    /** Appended, outcome unknown; in log order. */
    private final ArrayDeque<Batch> inFlight = new ArrayDeque<>();
    /** Still taking records; null when there is nothing to append. */
    private Batch open;
    private EventLoop.Timer timeout;
    private boolean closed;
    /** What {@link StateMachine#apply} is told next. */
    private long place;
    /** Where a write's keys and values are put before it is known which batch they go to. */
    private ByteBuf scratch = Unpooled.buffer(BATCH_BYTES_INITIAL);

    RecordWriter(
            String name,
            EventLoop loop,
            Clock clock,
            CoordinatorLog log,
            RecordFormat<R> format,
            StateMachine<R> machine,
            long timeoutMillis,
            Consumer<Runnable> failed) {
        this.name = name;
        this.loop = loop;
        this.clock = clock;
        this.log = log;
        this.format = format;
        this.machine = machine;
        this.timeoutMillis = timeoutMillis;
        this.failed = failed;
    }

    /** The log was replayed up to here. */
    void beginAt(long endOffset) {
        place = endOffset;
    }

    void write(List<R> records, WriteOutcome outcome) {
        var write = new Write(outcome);
        if (records.isEmpty()) {
            afterLast(write);
            write.batchCommitted();
        } else {
            append(null, records, write);
        }
    }

    void writeTransactional(Producer producer, List<R> records, WriteOutcome outcome) {
        flushOpen();
        append(producer, records, new Write(outcome));
        flushOpen();
    }

    void endTransaction(Producer producer, boolean commit, int coordinatorEpoch, WriteOutcome outcome) {
        flushOpen();
        var write = new Write(outcome);
        machine.transactionEnded(producer, commit, place++);
        if (!closed) {
            var batch = new Batch(null);
            batch.add(write);
            new EndMarker(commit, coordinatorEpoch).write(batch.buffer, producer.id(), producer.epoch(), clock.wallMillis());
            send(batch);
        }
        finish(write);
    }

    private void append(Producer producer, List<R> records, Write write) {
        int[] lengths;
        try {
            lengths = encode(records);
        } catch (IllegalArgumentException e) {
            LOG.warn("Cannot write {} records to {}: {}. The request that wanted it fails.", records.size(), name, e.getMessage());
            loop.execute(() -> write.batchFailed(ErrorCode.UNKNOWN_SERVER_ERROR));
            return;
        }
        records.forEach(record -> machine.apply(record, place++, producer));
        if (!closed) {
            append(producer, write, lengths);
        }
        finish(write);
    }

    /** All of a write is on its way; what is there already no longer waits for the rest. */
    private void finish(Write write) {
        if (closed) {
            write.batchFailed(ErrorCode.NOT_COORDINATOR);
        } else {
            write.batchCommitted();
        }
    }

    /** Puts keys and values into {@link #scratch} one behind the other; returns their lengths in pairs, {@link #NULL} for no value. */
    private int[] encode(List<R> records) {
        if (scratch.capacity() > SCRATCH_BYTES_KEPT) {
            scratch = Unpooled.buffer(BATCH_BYTES_INITIAL);
        }
        scratch.clear();
        var lengths = new int[2 * records.size()];
        for (int i = 0; i < records.size(); i++) {
            R record = records.get(i);
            int start = scratch.writerIndex();
            format.writeKey(record, scratch);
            int valueStart = scratch.writerIndex();
            boolean hasValue = format.writeValue(record, scratch);
            lengths[2 * i] = valueStart - start;
            lengths[2 * i + 1] = hasValue ? scratch.writerIndex() - valueStart : NULL;
            int bytes = RecordBatch.HEADER_BYTES + BatchBuilder.recordBytesAtMost(lengths[2 * i], lengths[2 * i + 1]);
            if (bytes > log.maxBatchBytes()) {
                // The log would refuse it, and a refusal ends the shard: one request must not be able to do that.
                throw new IllegalArgumentException("a record of " + bytes + " bytes is larger than the " + log.maxBatchBytes() + " that the topic allows");
            }
        }
        return lengths;
    }

    private void append(Producer producer, Write write, int[] lengths) {
        int total = RecordBatch.HEADER_BYTES;
        for (int i = 0; i < lengths.length; i += 2) {
            total += BatchBuilder.recordBytesAtMost(lengths[i], lengths[i + 1]);
        }
        int max = log.maxBatchBytes();
        if (open != null && total <= max && open.builder.sizeInBytes() + total - RecordBatch.HEADER_BYTES > max) {
            flushOpen();
        }
        Batch last = null;
        long now = clock.wallMillis();
        for (int i = 0; i < lengths.length && !closed; i += 2) {
            int keyBytes = lengths[i];
            int valueBytes = lengths[i + 1];
            if (open != null && open.builder.recordCount() > 0
                    && open.builder.sizeInBytes() + BatchBuilder.recordBytesAtMost(keyBytes, valueBytes) > max) {
                flushOpen();
                if (closed) {
                    return;
                }
            }
            if (open == null) {
                open = new Batch(producer);
                loop.execute(open::flushUnlessDone);
            }
            ByteBuf key = scratch.readSlice(keyBytes);
            ByteBuf value = valueBytes == NULL ? null : scratch.readSlice(valueBytes);
            open.builder.append(now, key, value);
            if (open != last) {
                last = open;
                last.add(write);
            }
        }
    }

    private void afterLast(Write write) {
        if (open != null) {
            open.add(write);
        } else if (!inFlight.isEmpty()) {
            Batch last = inFlight.getLast();
            last.add(write);
            if (last.deadlineMillis <= clock.monotonicMillis()) {
                // Those who waited for it were told that it takes too long; this one waits anew.
                last.deadlineMillis = clock.monotonicMillis() + timeoutMillis;
                watch();
            }
        }
    }

    private void flushOpen() {
        if (open != null) {
            Batch batch = open;
            open = null;
            batch.builder.finish();
            send(batch);
        }
    }

    private void send(Batch batch) {
        batch.deadlineMillis = clock.monotonicMillis() + timeoutMillis;
        inFlight.add(batch);
        watch();
        log.append(batch.buffer, batch);
    }

    /** Makes sure that the oldest batch's deadline is noticed. */
    private void watch() {
        if (timeout == null && !inFlight.isEmpty()) {
            timeout = loop.schedule(Math.max(0, inFlight.getFirst().deadlineMillis - clock.monotonicMillis()), this::timeOut);
        }
    }

    private void timeOut() {
        timeout = null;
        long now = clock.monotonicMillis();
        boolean early = false;
        for (Batch batch : List.copyOf(inFlight)) {
            if (batch.deadlineMillis > now) {
                early = true;
                break;
            }
            batch.fail(ErrorCode.REQUEST_TIMED_OUT);
        }
        // Batches past their deadline have nobody left to tell, so the next one to watch is the first with time left.
        if (early && timeout == null) {
            long next = Long.MAX_VALUE;
            for (Batch batch : inFlight) {
                if (batch.deadlineMillis > now) {
                    next = batch.deadlineMillis;
                    break;
                }
            }
            timeout = loop.schedule(next - now, this::timeOut);
        }
    }

    void close() {
        closed = true;
        if (timeout != null) {
            timeout.cancel();
            timeout = null;
        }
        var batches = new ArrayList<>(inFlight);
        inFlight.clear();
        if (open != null) {
            batches.add(open);
            open.builder.close();
            open.buffer.release();
            open = null;
        }
        batches.forEach(batch -> batch.fail(ErrorCode.NOT_COORDINATOR));
    }

    /** What a client is told of a failed append, as Kafka's coordinator translates it. */
    private static ErrorCode clientError(ErrorCode code) {
        return switch (code) {
            case UNKNOWN_TOPIC_OR_PARTITION, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS_AFTER_APPEND, REQUEST_TIMED_OUT ->
                ErrorCode.COORDINATOR_NOT_AVAILABLE;
            case NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR -> ErrorCode.NOT_COORDINATOR;
            case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_FETCH_SIZE -> ErrorCode.UNKNOWN_SERVER_ERROR;
            default -> code;
        };
    }

    /** One call of {@link #write}. */
    private static final class Write {
        private final WriteOutcome outcome;
        private boolean told;
        /** Batches that hold records of this write, or stand before it, and of which the log has not decided; one more while it is being put into them. */
        private int batchCount = 1;

        private Write(WriteOutcome outcome) {
            this.outcome = outcome;
        }

        private void batchCommitted() {
            batchCount--;
            if (batchCount == 0 && !told) {
                told = true;
                outcome.committed();
            }
        }

        private void batchFailed(ErrorCode code) {
            batchCount--;
            fail(code);
        }

        private void fail(ErrorCode code) {
            if (!told) {
                told = true;
                outcome.failed(clientError(code));
            }
        }
    }

    private final class Batch implements CoordinatorLog.AppendOutcome {
        private final ByteBuf buffer = log.newBatch(BATCH_BYTES_INITIAL);
        private final BatchBuilder builder = new BatchBuilder(buffer);
        private final List<Write> writes = new ArrayList<>(1);
        private long deadlineMillis;

        /** {@code producer} is null for what is not part of a transaction. */
        private Batch(Producer producer) {
            if (producer != null) {
                builder.producer(producer.id(), producer.epoch(), RecordBatch.NO_SEQUENCE).transactional();
            }
        }

        private void add(Write write) {
            write.batchCount++;
            writes.add(write);
        }

        private void flushUnlessDone() {
            if (open == this) {
                flushOpen();
            }
        }

        @Override
        public void committed() {
            loop.check();
            // Through the loop, which is the shard's: what goes wrong here is the shard's to know, not the partition's that calls.
            loop.run(this::apply);
        }

        private void apply() {
            if (closed) {
                return;
            }
            Invariant.check(inFlight.peekFirst() == this, "a batch was committed before the one appended before it");
            inFlight.removeFirst();
            for (Write write : writes) {
                write.batchCommitted();
            }
        }

        @Override
        public void failed(ErrorCode code, String reason) {
            loop.check();
            loop.run(() -> refused(code, reason));
        }

        private void refused(ErrorCode code, String reason) {
            if (closed) {
                return;
            }
            LOG.warn("Appending {} records to {} failed with {}: {}. The requests that wrote them fail, and the state is loaded anew.",
                    builder.recordCount(), name, code, reason);
            closed = true;
            inFlight.remove(this);
            failed.accept(() -> writes.forEach(write -> write.batchFailed(code)));
        }

        private void fail(ErrorCode code) {
            // Who is told may wait again.
            List.copyOf(writes).forEach(write -> write.fail(code));
        }
    }
}
