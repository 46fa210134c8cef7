package io.partita.broker.coordinator;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.Invariant;
import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.RecordBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: what is written within one turn of the event loop goes to the log in one batch. The records of one write share a batch when they
 * fit into one, and are otherwise spread over several.
 *
 * <p>The log commits batches in order, so records are applied in log order and the state is at all times the replay of a prefix of the log.
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

    /** Appended, outcome unknown; in log order. */
    private final ArrayDeque<Batch> inFlight = new ArrayDeque<>();
    /** Still taking records; null when there is nothing to append. */
    private Batch open;
    private EventLoop.Timer timeout;
    private boolean closed;
    /** Where a write's keys and values are put before it is known which batch they go to. */
    private ByteBuf scratch = Unpooled.buffer(BATCH_BYTES_INITIAL);

    RecordWriter(
            String name, EventLoop loop, Clock clock, CoordinatorLog log, RecordFormat<R> format, StateMachine<R> machine, long timeoutMillis) {
        this.name = name;
        this.loop = loop;
        this.clock = clock;
        this.log = log;
        this.format = format;
        this.machine = machine;
        this.timeoutMillis = timeoutMillis;
    }

    void write(List<R> records, WriteOutcome outcome) {
        var write = new Write(outcome);
        if (records.isEmpty()) {
            afterLast(write);
            return;
        }
        int[] lengths;
        try {
            lengths = encode(records);
        } catch (IllegalArgumentException e) {
            LOG.warn("Cannot write {} records to {}: {}. The request that wanted it fails.", records.size(), name, e.getMessage());
            write.batchCount = 1;
            loop.execute(() -> write.batchFailed(ErrorCode.UNKNOWN_SERVER_ERROR));
            return;
        }
        append(write, records, lengths);
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
        }
        return lengths;
    }

    private void append(Write write, List<R> records, int[] lengths) {
        int total = RecordBatch.HEADER_BYTES;
        for (int i = 0; i < lengths.length; i += 2) {
            total += BatchBuilder.recordBytesAtMost(lengths[i], lengths[i + 1]);
        }
        int max = log.maxBatchBytes();
        if (open != null && total <= max && open.builder.sizeInBytes() + total - RecordBatch.HEADER_BYTES > max) {
            flush();
        }
        Batch last = null;
        long now = clock.wallMillis();
        for (int i = 0; i < records.size(); i++) {
            int keyBytes = lengths[2 * i];
            int valueBytes = lengths[2 * i + 1];
            if (open != null && open.builder.recordCount() > 0
                    && open.builder.sizeInBytes() + BatchBuilder.recordBytesAtMost(keyBytes, valueBytes) > max) {
                flush();
            }
            if (open == null) {
                open = new Batch();
                loop.execute(open::flushUnlessDone);
            }
            ByteBuf key = scratch.readSlice(keyBytes);
            ByteBuf value = valueBytes == NULL ? null : scratch.readSlice(valueBytes);
            open.builder.append(now, key, value);
            if (open != last) {
                last = open;
                last.add(write);
            }
            last.parts.getLast().records.add(records.get(i));
        }
    }

    private void afterLast(Write write) {
        if (open != null) {
            open.add(write);
        } else if (!inFlight.isEmpty()) {
            inFlight.getLast().add(write);
        } else {
            write.batchCount = 1;
            write.batchCommitted();
        }
    }

    private void flush() {
        Batch batch = open;
        open = null;
        batch.builder.finish();
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
        /** Batches that hold records of this write, or stand before it, and of which the log has not decided. */
        private int batchCount;

        private Write(WriteOutcome outcome) {
            this.outcome = outcome;
        }

        private void batchCommitted() {
            batchCount--;
            if (batchCount == 0) {
                if (!told) {
                    told = true;
                    outcome.committed();
                }
                outcome.settled();
            }
        }

        private void batchFailed(ErrorCode code) {
            batchCount--;
            fail(code);
            if (batchCount == 0) {
                outcome.settled();
            }
        }

        private void fail(ErrorCode code) {
            if (!told) {
                told = true;
                outcome.failed(clientError(code));
            }
        }
    }

    /** Those records of a write that are in one batch. */
    private record Part<R>(Write write, List<R> records) {}

    private final class Batch implements CoordinatorLog.AppendOutcome {
        private final ByteBuf buffer = log.newBatch(BATCH_BYTES_INITIAL);
        private final BatchBuilder builder = new BatchBuilder(buffer);
        private final List<Part<R>> parts = new ArrayList<>(1);
        private long deadlineMillis;

        private void add(Write write) {
            write.batchCount++;
            parts.add(new Part<>(write, new ArrayList<>(1)));
        }

        private void flushUnlessDone() {
            if (open == this) {
                flush();
            }
        }

        @Override
        public void committed() {
            loop.check();
            if (closed) {
                return;
            }
            Invariant.check(inFlight.peekFirst() == this, "a batch was committed before the one appended before it");
            inFlight.removeFirst();
            for (Part<R> part : parts) {
                part.records.forEach(machine::apply);
                part.write.batchCommitted();
            }
        }

        @Override
        public void failed(ErrorCode code, String reason) {
            loop.check();
            if (inFlight.remove(this)) {
                LOG.warn("Appending {} records to {} failed with {}: {}. The requests that wrote them fail; clients try again.",
                        builder.recordCount(), name, code, reason);
                parts.forEach(part -> part.write.batchFailed(code));
            }
        }

        private void fail(ErrorCode code) {
            parts.forEach(part -> part.write.fail(code));
        }
    }
}
