package io.partita.broker.delay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Failures;
import io.partita.broker.env.Workers;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogSlice;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.DelayedBatch;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.TimestampType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records of a partition that wait until they are due, on the broker that leads it (ADR 45). They lie in the partition's own log, where nobody is shown
 * them; when one is due it is appended to the log once more, for everybody. What of the log waits follows from the log alone: what lies there in the form of
 * those that wait, less what was released or cancelled behind it. So whoever leads next releases the rest, each record once.
 *
 * <pre>
 *   LOADING ── the log was read ──► WAITING ── some are due ──► RELEASING ── appended ──► WAITING
 * </pre>
 *
 * <p>Owned by the partition's event loop. The log is read by workers.
 */
public final class DelayQueue {

    private static final Logger LOG = LoggerFactory.getLogger(DelayQueue.class);

    /** Released with one batch: records, and bytes of them, of which one may be larger. */
    private static final int RELEASED_MAX = 1_000;
    private static final int RELEASED_BYTES_MAX = 512 * 1024;
    private static final int LOAD_BYTES = 4 << 20;
    /** A batch up to this size is read whole for one record of it: the next one may be in it too. */
    private static final int WHOLE_BYTES_MAX = 32 * 1024;
    private static final int RECORD_BYTES = 2 * 1024;
    private static final int UNCOMPRESSED_BYTES_MAX = 64 << 20;
    /** What waits in less memory is not counted: most queues are that short. */
    private static final int UNCOUNTED_BYTES = 64 * 1024;
    /** One of those that were appended while the rest was being read. */
    private static final int SEEN_BYTES = 64;
    private static final long RETRY_MILLIS = 1_000;
    /** The wall clock is looked at so often: it may be set. */
    private static final long LOOK_MILLIS = 1_000;

    private enum State {
        LOADING,
        WAITING,
        RELEASING,
        ENDED
    }

    /** A record as the log has it. */
    private record Seen(long offset, int position, long dueMillis, long keyHash, boolean cancels) {}

    /** What was found in the log, and what was taken of the memory for it. */
    private record Found(DueRecords records, long takenBytes) {}

    private final String name;
    private final PartitionLog log;
    private final EventLoop loop;
    private final Workers workers;
    private final Function<ByteBuf, AppendResult> appender;
    private State state = State.LOADING;
    private DueRecords waiting = new DueRecords();
    /** What was appended while the rest was being read. */
    private List<Seen> meanwhile = new ArrayList<>();
    private EventLoop.Timer timer;
    private long timerMillis;
    private boolean complained;
    /** Bytes taken of the memory for all that waits. */
    private long takenBytes;
    private volatile int count;

    /**
     * @param name of the partition, for people
     * @param appender appends a batch of the broker's own to the log, at once
     */
    public DelayQueue(String name, PartitionLog log, EventLoop loop, Workers workers, Function<ByteBuf, AppendResult> appender) {
        this.name = name;
        this.log = log;
        this.loop = loop;
        this.workers = workers;
        this.appender = appender;
    }

    /** How many records wait, as far as that is known. Any thread. */
    public int count() {
        return count;
    }

    // ---- what waits

    /** Reads the log. Called once, first. */
    public void start() {
        load(log.logEndOffset());
    }

    private void load(long end) {
        workers.of(Workers.Kind.READ).call(() -> found(end), loop, (found, failure) -> {
            if (state != State.LOADING) {
                if (found != null) {
                    log.delayed().give(found.takenBytes);
                }
                return;
            }
            if (failure != null) {
                if (!complained) {
                    LOG.error("What waits in {} cannot be read: {}. None of it is delivered before it can; that is tried again every second.", name,
                            Failures.said(failure));
                }
                complained = true;
                loop.schedule(RETRY_MILLIS, () -> load(end));
                return;
            }
            complained = false;
            waiting = found.records;
            takenBytes += found.takenBytes;
            state = State.WAITING;
            List<Seen> later = meanwhile;
            meanwhile = null;
            later.forEach(this::take);
            changed();
            if (count > 0) {
                LOG.info("{} records of {} wait until they are due.", count, name);
            }
        });
    }

    /** What waits of the log up to {@code end}. On a worker. */
    private Found found(long end) throws Exception {
        log.open();
        DueRecords found = new DueRecords();
        long taken = 0;
        long at = log.logStartOffset();
        try {
            while (at < end) {
                long next = read(found, at, end);
                long more = counted(found.bytes()) - taken;
                if (!log.delayed().hasRoomFor(more)) {
                    throw new IOException("records that wait have used up their part of the memory, " + log.delayed().maxBytes() / (1 << 20) + " MB");
                }
                log.delayed().take(more);
                taken += more;
                at = next;
            }
            return new Found(found, taken);
        } catch (Exception | Error e) {
            log.delayed().give(taken);
            throw e;
        }
    }

    private static long counted(long bytes) {
        return bytes <= UNCOUNTED_BYTES ? 0 : bytes;
    }

    /** Reads a piece of the log; returns the offset behind it, or {@code end} when there is no more. */
    private long read(DueRecords found, long at, long end) throws Exception {
        LogSlice slice = log.read(at, LOAD_BYTES, end, true);
        ByteBuf batches = Unpooled.buffer();
        try {
            if (!slice.likelyCached()) {
                slice.verify();
            }
            if (slice.error() == ErrorCode.OFFSET_OUT_OF_RANGE && log.logStartOffset() > at) {
                return log.logStartOffset();
            }
            if (slice.error() != ErrorCode.NONE) {
                throw new IOException(slice.error() + " at offset " + at);
            }
            if (slice.isEmpty()) {
                return end;
            }
            slice.copyTo(batches);
        } finally {
            slice.release();
        }
        return Math.max(at + 1, addTo(found, batches, at));
    }

    /** Takes in whole batches; returns the offset behind the last one. */
    private static long addTo(DueRecords found, ByteBuf batches, long from) {
        long next = from;
        int at = 0;
        while (batches.writerIndex() - at >= RecordBatch.HEADER_BYTES && RecordBatch.sizeInBytes(batches, at) <= batches.writerIndex() - at) {
            if (RecordBatch.isDelayed(batches, at)) {
                DelayedBatch.forEach(batches, at, (offset, position, due, keyHash, cancels) -> {
                    if (cancels) {
                        found.cancel(keyHash);
                    } else {
                        found.add(offset, position, due, keyHash);
                    }
                });
            } else if (DelayedBatch.isReleased(batches, at)) {
                DelayedBatch.forEachReleased(batches, at, UNCOMPRESSED_BYTES_MAX, found::remove);
            }
            next = RecordBatch.lastOffset(batches, at) + 1;
            at += RecordBatch.sizeInBytes(batches, at);
        }
        return next;
    }

    /** Why no more may wait, null when they may. */
    public AppendResult.Refused refusal() {
        // The other half is for partitions that come to be led here.
        if (log.delayed().usedBytes() >= log.delayed().maxBytes() / 2) {
            return new AppendResult.Refused(ErrorCode.POLICY_VIOLATION, "Records that wait until they are due use " + log.delayed().usedBytes() / (1 << 20)
                    + " MB of this broker's memory, which is as much as it has for them. Wait until some are delivered, or give it a larger heap.");
        }
        int max = log.config().queue().delayedMax();
        return count < max
                ? null
                : new AppendResult.Refused(ErrorCode.POLICY_VIOLATION,
                        count + " records of the partition wait until they are due, of which queue.delay.max.records"
                                + " allows " + max + ". Raise it, or wait until some are delivered.");
    }

    /** A batch of records that wait was appended; {@code batch} has its place in the log. What of it is due at once is released at once, before anything else is appended. */
    public void appended(ByteBuf batch) {
        int at = batch.readerIndex();
        List<Seen> now = new ArrayList<>();
        DelayedBatch.forEach(batch, at, (offset, position, due, keyHash, cancels) -> {
            Seen seen = new Seen(offset, position, due, keyHash, cancels);
            if (due == 0 && !cancels) {
                now.add(seen);
            } else if (meanwhile != null) {
                meanwhile.add(seen);
            } else {
                take(seen);
            }
        });
        if (!now.isEmpty()) {
            releaseAtOnce(batch, at, now);
        }
        changed();
    }

    private void take(Seen seen) {
        if (seen.cancels) {
            waiting.cancel(seen.keyHash);
        } else {
            waiting.add(seen.offset, seen.position, seen.dueMillis, seen.keyHash);
        }
    }

    private void releaseAtOnce(ByteBuf batch, int at, List<Seen> now) {
        long nowMillis = log.wallMillis();
        ByteBuf out = PooledByteBufAllocator.DEFAULT.buffer(batch.readableBytes());
        try (BatchBuilder builder = DelayedBatch.released(out, log.config().timestampType(), nowMillis)) {
            for (Seen one : now) {
                DelayedBatch.release(batch, at, at + one.position, batch.writerIndex(), nowMillis, builder);
            }
            builder.finish();
        }
        if (appender.apply(out) instanceof AppendResult.Refused refused) {
            complain(refused);
            for (Seen one : now) {
                if (meanwhile != null) {
                    meanwhile.add(one);
                } else {
                    take(one);
                }
            }
        }
    }

    private void complain(AppendResult.Refused refused) {
        if (!complained && refused.code() != ErrorCode.NOT_LEADER_OR_FOLLOWER) {
            LOG.warn("Records of {} that are due cannot be delivered: {}. That is tried again every second.", name, refused.reason());
        }
        complained = true;
    }

    /** Whether something is to be done by another time is looked at. */
    private void changed() {
        if (state == State.ENDED) {
            return;
        }
        if (state == State.LOADING) {
            count = meanwhile.size();
            take((long) SEEN_BYTES * count);
            return;
        }
        count = waiting.count();
        take(waiting.bytes());
        log.keepFrom(waiting.oldestOffset());
        if (state == State.WAITING && !waiting.isEmpty()) {
            wakeBy(waiting.nextDueMillis(), 0);
        }
    }

    /** Counts what it has in memory. */
    private void take(long bytes) {
        long now = counted(bytes);
        if (now > takenBytes) {
            log.delayed().take(now - takenBytes);
        } else if (now < takenBytes) {
            log.delayed().give(takenBytes - now);
        }
        takenBytes = now;
    }

    private void wakeBy(long dueMillis, long leastMillis) {
        long now = log.wallMillis();
        long wait = Math.max(leastMillis, Math.min(LOOK_MILLIS, dueMillis - now));
        if (timer != null && timerMillis <= now + wait) {
            return;
        }
        if (timer != null) {
            timer.cancel();
        }
        timerMillis = now + wait;
        timer = loop.schedule(Math.max(1, wait), () -> {
            timer = null;
            look();
        });
    }

    /** The end of this leadership. */
    public void close() {
        state = State.ENDED;
        take(0);
        if (timer != null) {
            timer.cancel();
        }
        log.keepAllThatMayWait();
    }

    // ---- releasing

    private void look() {
        if (state != State.WAITING) {
            return;
        }
        if (!log.config().queue().delays()) {
            wakeBy(Long.MAX_VALUE, LOOK_MILLIS);
            return;
        }
        long now = log.wallMillis();
        List<DueRecords.Due> due = new ArrayList<>();
        for (DueRecords.Due next = waiting.take(now); next != null; next = due.size() < RELEASED_MAX ? waiting.take(now) : null) {
            due.add(next);
        }
        if (due.isEmpty()) {
            changed();
            return;
        }
        state = State.RELEASING;
        TimestampType type = log.config().timestampType();
        workers.of(Workers.Kind.READ).call(() -> new Release(due, type, now).read(), loop, (release, failure) -> {
            if (state == State.ENDED) {
                if (release != null) {
                    release.batch.release();
                }
            } else if (failure != null) {
                if (!complained) {
                    LOG.error("Records of {} that are due cannot be read: {}. That is tried again every second.", name, Failures.said(failure));
                }
                complained = true;
                again(due);
            } else {
                append(due, release);
            }
        });
    }

    private void again(List<DueRecords.Due> due) {
        due.forEach(one -> waiting.putBack(one.offset()));
        state = State.WAITING;
        wakeBy(Long.MAX_VALUE, RETRY_MILLIS);
    }

    private void append(List<DueRecords.Due> due, Release release) {
        boolean isWhole = release.released.stream().allMatch(waiting::contains);
        if (!isWhole) {
            // One of them was cancelled meanwhile.
            release.batch.release();
            due.forEach(one -> waiting.putBack(one.offset()));
            state = State.WAITING;
            look();
            return;
        }
        AppendResult result = null;
        if (release.released.isEmpty()) {
            release.batch.release();
        } else {
            result = appender.apply(release.batch);
        }
        if (state == State.ENDED) {
            return;
        }
        if (result instanceof AppendResult.Refused refused) {
            complain(refused);
            again(due);
            return;
        }
        complained = false;
        release.released.forEach(waiting::remove);
        release.gone.forEach(waiting::remove);
        due.forEach(one -> waiting.putBack(one.offset()));
        state = State.WAITING;
        if (waiting.nextDueMillis() <= log.wallMillis()) {
            count = waiting.count();
            take(waiting.bytes());
            look();
        } else {
            changed();
        }
    }

    /** Reads records that are due and makes a batch of them, on a worker. */
    private final class Release {
        private final List<DueRecords.Due> due;
        private final TimestampType type;
        private final long nowMillis;
        /** Offsets of those in the batch, and of those that are not in the log any more. */
        private final List<Long> released = new ArrayList<>();
        private final List<Long> gone = new ArrayList<>();
        private ByteBuf batch;
        /** A batch of the log that was read whole. */
        private ByteBuf whole;

        Release(List<DueRecords.Due> due, TimestampType type, long nowMillis) {
            this.due = due;
            this.type = type;
            this.nowMillis = nowMillis;
        }

        Release read() throws Exception {
            batch = PooledByteBufAllocator.DEFAULT.buffer();
            BatchBuilder builder = DelayedBatch.released(batch, type, nowMillis);
            try {
                for (DueRecords.Due one : due) {
                    if (builder.sizeInBytes() > RELEASED_BYTES_MAX) {
                        break;
                    }
                    if (add(one, builder)) {
                        released.add(one.offset());
                    } else {
                        gone.add(one.offset());
                    }
                }
                if (!released.isEmpty()) {
                    builder.finish();
                }
                return this;
            } catch (Exception | Error e) {
                batch.release();
                throw e;
            }
        }

        private boolean add(DueRecords.Due one, BatchBuilder builder) throws Exception {
            boolean isThere = whole != null && RecordBatch.baseOffset(whole, 0) <= one.offset() && one.offset() <= RecordBatch.lastOffset(whole, 0);
            if (isThere) {
                DelayedBatch.release(whole, 0, one.position(), whole.writerIndex(), nowMillis, builder);
                return true;
            }
            LogSlice slice = log.read(one.offset(), 1, log.logEndOffset(), true);
            try {
                if (!slice.likelyCached()) {
                    slice.verify();
                }
                if (slice.error() == ErrorCode.OFFSET_OUT_OF_RANGE) {
                    return false; // somebody deleted it
                }
                if (slice.error() == ErrorCode.CORRUPT_MESSAGE) {
                    LOG.error("The record of {} at offset {} is due and damaged: it is not delivered.", name, one.offset());
                    return false;
                }
                if (slice.error() != ErrorCode.NONE || slice.isEmpty()) {
                    throw new IOException(slice.error() + " at offset " + one.offset());
                }
                return add(slice, one, builder);
            } finally {
                slice.release();
            }
        }

        private boolean add(LogSlice slice, DueRecords.Due one, BatchBuilder builder) throws Exception {
            int size = slice.sizeInBytes();
            if (size <= WHOLE_BYTES_MAX) {
                whole = piece(slice, 0, size);
                DelayedBatch.release(whole, 0, one.position(), whole.writerIndex(), nowMillis, builder);
                return true;
            }
            ByteBuf header = piece(slice, 0, RecordBatch.HEADER_BYTES);
            int bytes = RECORD_BYTES;
            int missing;
            do {
                ByteBuf record = Unpooled.wrappedBuffer(header.duplicate(), piece(slice, one.position(), Math.min(bytes, size - one.position())));
                missing = DelayedBatch.release(record, 0, RecordBatch.HEADER_BYTES, record.writerIndex(), nowMillis, builder);
                bytes += missing;
            } while (missing > 0 && one.position() + bytes - missing < size);
            if (missing > 0) {
                throw new IOException("the record at offset " + one.offset() + " goes beyond its batch");
            }
            return true;
        }

        private static ByteBuf piece(LogSlice slice, int from, int bytes) throws Exception {
            ByteBuf piece = Unpooled.buffer(bytes, bytes);
            piece.writerIndex(slice.read(piece.nioBuffer(0, bytes), from));
            return piece;
        }
    }
}
