package io.partita.broker.replication;

import io.netty.buffer.ByteBuf;
import io.partita.broker.Invariant;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.OwnedLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.EpochCache;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.protocol.ErrorCode;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader of one partition: appends to its log, advances the high watermark, answers producers when their acks rule is met and wakes fetches
 * that wait for data. All state belongs to one owner event loop; readers on other threads see the published watermarks only.
 *
 * <p>What goes wrong in a task of this partition, a broken invariant among it, ends the partition alone: whoever waits is answered with
 * KAFKA_STORAGE_ERROR, and so is whoever comes, until the broker is restarted.
 *
 * <p>With a single replica a record is committed when the leader's log has it: written, or, where the topic asks for fsync before the ack,
 * flushed. Flushes are shared: while one runs, later appends gather behind it and the next flush serves them all (group commit).
 */
public final class PartitionLeader {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionLeader.class);

    /** {@code acks=all}: answered once the in-sync replicas have the records. */
    public static final short ACKS_ALL = -1;

    /** The in-sync set has the leader alone until followers exist. */
    private static final int IN_SYNC_REPLICAS = 1;

    /** Told how an append ended, on the owner's event loop, once its acks rule is met. */
    @FunctionalInterface
    public interface AppendCallback {
        void completed(AppendResult result);
    }

    /** Waits for records behind the high watermark. */
    public interface FetchWaiter {
        /** There may be something new in {@code partition}, or it is no longer led here. Called on the owner's event loop; the waiter has been removed. */
        void wake(PartitionLeader partition);
    }

    private record PendingAck(long endOffset, AppendOrigin origin, AppendResult result, AppendCallback callback) {}

    private record Waiting(ByteBuf batches, AppendOrigin origin, short acks, AppendCallback callback) {}

    private final String topic;
    private final UUID topicId;
    private final int partition;
    private final OwnedLoop owner;
    private final Workers workers;
    private final PartitionLog log;
    private final int leaderEpoch;
    private volatile int minInSyncReplicas;

    private final ArrayDeque<PendingAck> pendingAcks = new ArrayDeque<>();
    /** Appends that wait for the log to be open, {@code null} while it is not being opened. */
    private ArrayDeque<Waiting> opening;
    /** The log could not be opened, and it was said. */
    private boolean openFailed;
    private List<FetchWaiter> waiters = new ArrayList<>();
    private final PartitionTraffic traffic = new PartitionTraffic();
    private volatile long highWatermark;
    /** What whoever comes is answered with; NONE while the partition is led here. */
    private volatile ErrorCode ended = ErrorCode.NONE;
    private boolean flushing;
    /** The last flush failed, and it was said. */
    private boolean flushFailed;

    public PartitionLeader(String topic, UUID topicId, int partition, EventLoop owner, Workers workers, PartitionLog log, int leaderEpoch,
            int minInSyncReplicas) {
        this.topic = topic;
        this.topicId = topicId;
        this.partition = partition;
        this.owner = new OwnedLoop(owner, this::broken);
        this.workers = workers;
        this.log = log;
        this.leaderEpoch = leaderEpoch;
        this.minInSyncReplicas = minInSyncReplicas;
        log.beginEpoch(leaderEpoch);
        // What recovery kept is committed, alone in the in-sync set; but where acks mean fsync, not before it is on the disk: a process that
        // was killed may have left it in the page cache, and a repetition of its batch is acknowledged by it.
        this.highWatermark = log.config().fsyncBeforeAck() ? log.flushedEndOffset() : log.logEndOffset();
        // A transaction whose end was among it has ended: nobody may have to append for readers to be told.
        log.highWatermarkMoved(highWatermark);
        if (highWatermark < log.logEndOffset()) {
            this.owner.execute(this::flushIfNeeded);
        }
    }

    public String topic() {
        return topic;
    }

    public UUID topicId() {
        return topicId;
    }

    public int partition() {
        return partition;
    }

    /** The loop that everything about the partition is done on. What a task handed to it throws ends the partition. */
    public EventLoop owner() {
        return owner;
    }

    /** The log. Its reading methods may be called from any thread, the others on {@link #owner} alone. */
    public PartitionLog log() {
        return log;
    }

    public int leaderEpoch() {
        return leaderEpoch;
    }

    /** The offset behind the last committed record. Any thread. */
    public long highWatermark() {
        return highWatermark;
    }

    /** The offset up to which a read_committed consumer may read. Any thread. */
    public long lastStableOffset() {
        return Math.min(log.lastStableOffset(), highWatermark);
    }

    /** Where the records of {@code epoch} end, or those of the largest epoch before it. Any thread; may read the directory of a log not used yet. */
    public EpochCache.EpochEndOffset endOfEpoch(int epoch) throws IOException {
        // The epoch under way ends where the log does; the log may have no record of it yet.
        return epoch == leaderEpoch
                ? new EpochCache.EpochEndOffset(epoch, log.logEndOffset())
                : log.leaderEpochs().endOffsetFor(epoch, log.logEndOffset());
    }

    /** How much clients have written and read. */
    public PartitionTraffic traffic() {
        return traffic;
    }

    /** Whether the partition was deleted or moved: nothing is appended or woken any more. Any thread. */
    public boolean isClosed() {
        return ended != ErrorCode.NONE;
    }

    /** Why it {@link #isClosed}: NOT_LEADER_OR_FOLLOWER, or KAFKA_STORAGE_ERROR after a defect; else NONE. Any thread. */
    public ErrorCode ended() {
        return ended;
    }

    /**
     * Appends whole record batches. From any thread; order is kept for appends from one thread. {@code batches} is taken over, changed in place, and
     * released once it is written, which is before {@code callback} is called: whoever waits for a flush or for replicas holds no buffer meanwhile.
     *
     * @param acks 0, 1 or {@link #ACKS_ALL}; with 0 the callback comes as soon as the append is done
     */
    public void append(ByteBuf batches, AppendOrigin origin, short acks, AppendCallback callback) {
        owner.run(() -> appendOwned(batches, origin, acks, callback));
    }

    /** In the order in which they come, also while the log is being opened for the first of them: that may take reading it. */
    private void appendOwned(ByteBuf batches, AppendOrigin origin, short acks, AppendCallback callback) {
        if (opening == null && (ended != ErrorCode.NONE || log.opensAtOnce())) {
            appendOpen(batches, origin, acks, callback);
            return;
        }
        if (opening == null) {
            opening = new ArrayDeque<>();
            workers.of(Workers.Kind.READ).call(() -> {
                log.open();
                return null;
            }, owner, (ignored, failure) -> opened(failure));
        }
        opening.add(new Waiting(batches, origin, acks, callback));
    }

    private void opened(Throwable failure) {
        if (failure != null && !openFailed) {
            LOG.error("{}-{} cannot be opened; its producers get KAFKA_STORAGE_ERROR until it can", topic, partition, failure);
        }
        openFailed = failure != null;
        for (Waiting next = opening.poll(); next != null; next = opening.poll()) {
            if (failure == null || ended != ErrorCode.NONE) {
                appendOpen(next.batches, next.origin, next.acks, next.callback);
            } else {
                next.batches.release();
                complete(next.callback, new AppendResult.Refused(ErrorCode.KAFKA_STORAGE_ERROR, "the log cannot be opened: " + failure.getMessage()));
            }
        }
        opening = null;
    }

    private void appendOpen(ByteBuf batches, AppendOrigin origin, short acks, AppendCallback callback) {
        AppendResult result = written(batches, origin, acks);
        if (ended != ErrorCode.NONE || result instanceof AppendResult.Refused) {
            complete(callback, ended == ErrorCode.NONE ? result : refusal());
            return;
        }
        long awaitedOffset = switch (result) {
            case AppendResult.Appended appended -> appended.lastOffset() + 1;
            case AppendResult.Duplicate duplicate -> duplicate.lastOffset() + 1;
            case AppendResult.Refused refused -> 0;
        };
        if (acks == 0 || awaitedOffset <= highWatermark) {
            complete(callback, result);
        } else {
            pendingAcks.add(new PendingAck(awaitedOffset, origin, result, callback));
        }
        flushIfNeeded();
    }

    /** Appends, and releases the batches. What goes wrong then has ended the partition when this returns. */
    private AppendResult written(ByteBuf batches, AppendOrigin origin, short acks) {
        try {
            if (ended != ErrorCode.NONE) {
                return refusal();
            }
            if (acks == ACKS_ALL && minInSyncReplicas > IN_SYNC_REPLICAS) {
                return new AppendResult.Refused(
                        ErrorCode.NOT_ENOUGH_REPLICAS, "min.insync.replicas is " + minInSyncReplicas + ", in sync are " + IN_SYNC_REPLICAS);
            }
            AppendResult result = log.append(batches, origin, leaderEpoch);
            if (origin == AppendOrigin.CLIENT && result instanceof AppendResult.Appended) {
                traffic.written(batches.readableBytes());
            }
            advance();
            return result;
        } catch (Throwable defect) {
            broken(defect);
            return refusal();
        } finally {
            batches.release();
        }
    }

    private AppendResult refusal() {
        return new AppendResult.Refused(ended, ended == ErrorCode.NOT_LEADER_OR_FOLLOWER
                ? "the partition is not led by this broker any more"
                : "the partition is not served until the broker is restarted, because of a defect of the broker that its log tells of");
    }

    /** Whoever is told has its own to answer to: what it throws is not the partition's. */
    private void complete(AppendCallback callback, AppendResult result) {
        try {
            callback.completed(result);
        } catch (Throwable defect) {
            LOG.error("Whoever wrote to {} could not take the answer. This is a defect of the broker; please report it.", this, defect);
        }
    }

    /** What this partition is in is not known any more, so nobody is served from it. */
    private void broken(Throwable defect) {
        if (ended == ErrorCode.NONE) {
            LOG.error("Partition {} is not served any more until the broker is restarted. This is a defect of the broker; please report it.", this, defect);
        }
        end(ErrorCode.KAFKA_STORAGE_ERROR);
    }

    /** Raises the high watermark to what is committed now, answers and wakes whoever waited for that. */
    private void advance() {
        long committed = log.config().fsyncBeforeAck() ? log.flushedEndOffset() : log.logEndOffset();
        if (committed <= highWatermark) {
            return;
        }
        Invariant.check(committed <= log.logEndOffset(), "high watermark %d beyond the log end %d", committed, log.logEndOffset());
        // The last stable offset first: whoever sees the new high watermark and waits for the next one must have seen it.
        if (log.hasUndecidedTransactions()) {
            log.highWatermarkMoved(committed);
        }
        highWatermark = committed;
        while (!pendingAcks.isEmpty() && pendingAcks.peek().endOffset() <= committed) {
            PendingAck ack = pendingAcks.poll();
            complete(ack.callback(), ack.result());
        }
        wakeWaiters();
    }

    private void wakeWaiters() {
        if (waiters.isEmpty()) {
            return;
        }
        List<FetchWaiter> woken = waiters;
        waiters = new ArrayList<>();
        for (FetchWaiter waiter : woken) {
            waiter.wake(this);
        }
    }

    /** Starts a flush where the topic's policy asks for one now and none is under way. */
    private void flushIfNeeded() {
        if (flushing || ended != ErrorCode.NONE) {
            return;
        }
        if (!log.config().fsyncBeforeAck()) {
            if (log.flushIsDue()) {
                flushInBackground();
            }
        } else if (log.flushedEndOffset() < log.logEndOffset()) {
            flushing = true;
            long flushedBefore = log.flushedEndOffset();
            workers.call(log::flush, owner, (flushedEnd, failure) -> flushed(failure, flushedBefore));
        }
    }

    /** To be called every second or so: flushes what has waited long enough, and what a disk did not take before. Any thread. */
    public void flushIfTimely() {
        if (log.flushedEndOffset() < log.logEndOffset()) {
            owner.run(() -> {
                if (log.config().fsyncBeforeAck()) {
                    flushIfNeeded();
                } else if (!flushing && ended == ErrorCode.NONE) {
                    flushInBackground();
                }
            });
        }
    }

    private void flushInBackground() {
        Runnable flush = log.prepareFlush();
        if (flush != null) {
            flushing = true;
            long flushedBefore = log.flushedEndOffset();
            workers.of(Workers.Kind.BACKGROUND_FLUSH).call(() -> {
                flush.run();
                return null;
            }, owner, (ignored, failure) -> flushed(failure, flushedBefore));
        }
    }

    private void flushed(Throwable failure, long flushedBefore) {
        flushing = false;
        if (ended != ErrorCode.NONE) {
            return;
        }
        if (failure != null) {
            if (!flushFailed) {
                LOG.error("Flushing {}-{} failed; its producers get KAFKA_STORAGE_ERROR until the disk takes writes again", topic, partition, failure);
            }
            flushFailed = true;
            // The records are in the log and may yet be flushed. A producer may be told that they failed, because it sends them again and they are
            // recognised; a coordinator must not, because it would go on without what its log has.
            failPending(ack -> ack.origin() == AppendOrigin.CLIENT, ErrorCode.KAFKA_STORAGE_ERROR, "the log could not be flushed: " + failure.getMessage());
            return;
        }
        flushFailed = false;
        advance();
        // One that came to nothing (the disk is full) is not tried again at once: the next append does, or flushIfTimely.
        if (log.flushedEndOffset() > flushedBefore) {
            flushIfNeeded();
        }
    }

    /** Retention: removes what has outlived the topic's settings. Any thread. */
    public void expire() {
        owner.run(() -> {
            Runnable rest = ended != ErrorCode.NONE ? null : log.expire(highWatermark);
            if (rest != null) {
                workers.of(Workers.Kind.UPKEEP).execute(rest);
            }
        });
    }

    /**
     * Makes {@code offset}, at most the high watermark, the first one that may be read. Owner's thread.
     *
     * @throws IOException when the log cannot be read or written
     */
    public void deleteRecordsBefore(long offset) throws IOException {
        owner.check();
        Runnable rest = log.advanceLogStartOffset(offset);
        if (rest != null) {
            workers.of(Workers.Kind.UPKEEP).execute(rest);
        }
    }

    private void failPending(Predicate<PendingAck> which, ErrorCode code, String reason) {
        failPending(which, new AppendResult.Refused(code, reason));
    }

    private void failPending(Predicate<PendingAck> which, AppendResult refused) {
        List<PendingAck> failed = new ArrayList<>();
        pendingAcks.removeIf(ack -> which.test(ack) && failed.add(ack));
        failed.forEach(ack -> complete(ack.callback(), refused));
    }

    /** Adds a waiter for records from {@code offset} on; wakes it at once when they are there already. Any thread. */
    public void await(long offset, FetchWaiter waiter) {
        owner.run(() -> {
            if (ended != ErrorCode.NONE || highWatermark > offset) {
                waiter.wake(this);
            } else {
                waiters.add(waiter);
            }
        });
    }

    /** Removes a waiter that no longer waits. Any thread. */
    public void cancel(FetchWaiter waiter) {
        owner.run(() -> waiters.remove(waiter));
    }

    /** How many fetches wait here. Owner's thread. */
    public int waitingCount() {
        owner.check();
        return waiters.size();
    }

    /** Takes new settings of the topic. Any thread. */
    public void reconfigure(LogConfig config, int minInSyncReplicas) {
        log.reconfigure(config);
        this.minInSyncReplicas = minInSyncReplicas;
    }

    /** Ends the leadership: waiting producers get NOT_LEADER_OR_FOLLOWER, waiting fetches look again and find it gone. Owner's thread. */
    public void close() {
        owner.check();
        end(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }

    private void end(ErrorCode code) {
        ended = code;
        failPending(ack -> true, refusal());
        wakeWaiters();
    }

    @Override
    public String toString() {
        return topic + "-" + partition;
    }
}
