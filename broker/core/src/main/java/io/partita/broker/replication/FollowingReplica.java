package io.partita.broker.replication;

import io.netty.buffer.ByteBuf;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionState;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Failures;
import io.partita.broker.env.Workers;
import io.partita.broker.log.EpochCache;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.protocol.ErrorCode;
import java.io.IOException;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * A partition that another broker leads: fetches from it all the time, one fetch after the other, and keeps the log as the leader's is. Which it fetches and what
 * becomes of the answer is {@link PartitionFollower}'s business.
 *
 * <p>A defect in a task ends this replica alone: it fetches no more, and its leader takes it out of the in-sync set, until its log is loaded anew.
 *
 * <p>Threads: the partition's owner, where nothing else is said.
 */
public final class FollowingReplica extends HeldReplica {

    private static final Logger LOG = LoggerFactory.getLogger(FollowingReplica.class);

    /** Until the leader is asked again that did not answer; doubled each time. */
    private static final long BACK_OFF_MIN_MILLIS = 10;
    private static final long BACK_OFF_MAX_MILLIS = 500;
    /** Until it is tried again to write what a disk did not take. */
    private static final long DISK_BACK_OFF_MILLIS = 1_000;

    private final PartitionFollower follower;
    private final ReplicaLink link;
    private final BooleanSupplier isLeaving;
    private final LogFlusher flusher;
    private volatile PartitionState state;
    private long backOffMillis = BACK_OFF_MIN_MILLIS;
    private EventLoop.Timer again;
    /** The disk did not take something, and it was said. */
    private boolean diskFailed;

    /**
     * @param follower begins with what {@code state} says
     * @param isLeaving whether the broker stops, and is out of in-sync sets before it closes: then nothing is fetched any more that nobody waits for
     */
    public FollowingReplica(String topic, UUID topicId, int partition, EventLoop owner, Workers workers, PartitionLog log, PartitionFollower follower,
            PartitionState state, ReplicaLink link, BooleanSupplier isLeaving) {
        super(topic, topicId, partition, owner, workers, log);
        this.isLeaving = isLeaving;
        this.follower = follower;
        this.link = link;
        this.state = state;
        this.highWatermark = follower.highWatermark();
        this.flusher = new LogFlusher(log, this.owner, workers, new LogFlusher.Listener() {
            @Override
            public void flushed() {
                fetchNext();
            }

            @Override
            public void failed(Throwable failure, boolean isFirst) {
                if (isFirst) {
                    LOG.atLevel(Failures.isOfDisk(failure) ? Level.DEBUG : Level.ERROR).setCause(Failures.defect(failure)).log(
                            "Flushing {} failed: {}. It falls behind its leader until the disk takes writes again.", FollowingReplica.this,
                            Failures.said(failure));
                }
            }
        });
    }

    @Override
    public int leaderEpoch() {
        return state.epoch();
    }

    /** The state that it follows. Any thread. */
    public PartitionState state() {
        return state;
    }

    /** Follows whoever leads in a state that was seen, from now on. Any thread; the log is opened first, by a worker. */
    public void follow(PartitionState newer) {
        state = newer;
        owner.run(() -> {
            if (isClosed()) {
                return;
            }
            if (log.opensAtOnce()) {
                followOpen();
            } else {
                workers.of(Workers.Kind.READ).call(() -> {
                    log.open();
                    return null;
                }, owner, (ignored, failure) -> {
                    if (failure == null) {
                        followOpen();
                    } else if (!isClosed()) {
                        diskFailure("be opened", failure);
                        againIn(DISK_BACK_OFF_MILLIS, () -> follow(state));
                    }
                });
            }
        });
    }

    private void followOpen() {
        if (isClosed()) {
            return;
        }
        try {
            follower.follow(state);
        } catch (IOException e) {
            diskFailure("note the epoch of its leader", e);
            againIn(DISK_BACK_OFF_MILLIS, () -> follow(state));
            return;
        }
        backOffMillis = BACK_OFF_MIN_MILLIS;
        fetchNext();
    }

    private void fetchNext() {
        if (isClosed() || isLeaving.getAsBoolean() && !follower.isNeeded()) {
            return;
        }
        if (!log.isWritable()) {
            // Whoever fetches may be taken into the in-sync set, and could keep nothing of what comes. That the disk takes nothing was said once for all of its logs.
            againIn(DISK_BACK_OFF_MILLIS, this::fetchNext);
            return;
        }
        long wait = follower.isInSync() ? 0 : throttle.waitMillis();
        if (wait > 0) {
            againIn(wait, this::fetchNext);
            return;
        }
        ReplicaFetch fetch;
        try {
            fetch = follower.nextFetch();
        } catch (IOException e) {
            diskFailure("be read", e);
            againIn(DISK_BACK_OFF_MILLIS, this::fetchNext);
            return;
        }
        if (fetch == null) {
            // With fsync the flush of what came last is still to come, and then it goes on.
            flusher.flushIfNeeded();
            return;
        }
        link.fetch(state.leader().broker(), new PartitionKey(topicId, partition), fetch, new ReplicaLink.Outcome() {
            @Override
            public void answered(ReplicaAnswer<ByteBuf> answer) {
                owner.run(() -> take(fetch, answer));
            }

            @Override
            public void lost() {
                owner.run(() -> {
                    follower.lost(fetch);
                    againIn(backOffMillis, FollowingReplica.this::fetchNext);
                    backOffMillis = Math.min(BACK_OFF_MAX_MILLIS, backOffMillis * 2);
                });
            }
        });
    }

    private void take(ReplicaFetch fetch, ReplicaAnswer<ByteBuf> answer) {
        boolean taken;
        try {
            taken = !isClosed() && follower.take(fetch, answer);
            if (answer instanceof ReplicaAnswer.Records<ByteBuf> found && !follower.isInSync()) {
                throttle.took(found.records().readableBytes());
            }
        } catch (IOException e) {
            follower.lost(fetch);
            diskFailure("be written", e);
            againIn(DISK_BACK_OFF_MILLIS, this::fetchNext);
            return;
        } finally {
            if (answer instanceof ReplicaAnswer.Records<ByteBuf> found) {
                found.records().release();
            }
        }
        if (!taken) {
            return;
        }
        if (diskFailed) {
            LOG.debug("{} is written again.", this);
            diskFailed = false;
        }
        backOffMillis = BACK_OFF_MIN_MILLIS;
        boolean isMoreCommitted = follower.highWatermark() > highWatermark;
        if (isMoreCommitted && log.hasUndecidedTransactions()) {
            log.highWatermarkMoved(follower.highWatermark());
        }
        highWatermark = follower.highWatermark();
        if (isMoreCommitted) {
            waiters.wake(this);
        }
        fetchNext();
        flusher.flushIfNeeded();
    }

    private void diskFailure(String what, Throwable failure) {
        if (!diskFailed) {
            LOG.atLevel(Failures.isOfDisk(failure) ? Level.DEBUG : Level.ERROR).setCause(Failures.defect(failure)).log(
                    "{} cannot {}: {}. It falls behind its leader; it is tried again every second.", this, what, Failures.said(failure));
        }
        diskFailed = true;
    }

    private void againIn(long millis, Runnable task) {
        if (again != null) {
            again.cancel();
        }
        if (!isClosed()) {
            again = owner.schedule(millis, task);
        }
    }

    @Override
    public EpochCache.EpochEndOffset endOfEpoch(int epoch) throws IOException {
        return log.leaderEpochs().endOffsetFor(epoch, log.logEndOffset());
    }

    @Override
    void broken(Throwable defect) {
        LOG.error("{} does not follow its leader until it has been loaded anew. This is a defect of the broker; please report it.", this, defect);
        end(ErrorCode.KAFKA_STORAGE_ERROR);
    }

    @Override
    public void flushIfTimely() {
        flusher.flushIfTimely();
    }

    @Override
    public void expire() {
        owner.run(() -> {
            Runnable rest = isClosed() || !log.isLoaded() ? null : log.expire(highWatermark);
            if (rest != null) {
                workers.of(Workers.Kind.UPKEEP).execute(rest);
            }
        });
    }

    @Override
    public void tick() {
        // Its leader's answers are all that it waits for.
    }

    @Override
    void end(ErrorCode why) {
        ended = why;
        follower.stop();
        flusher.end();
        if (again != null) {
            again.cancel();
        }
        waiters.wake(this);
    }
}
