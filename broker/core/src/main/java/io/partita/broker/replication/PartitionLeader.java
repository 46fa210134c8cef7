package io.partita.broker.replication;

import io.netty.buffer.ByteBuf;
import io.partita.broker.Invariant;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionState;
import io.partita.broker.delay.DelayQueue;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Failures;
import io.partita.broker.env.Workers;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.EpochCache;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogSlice;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.protocol.ErrorCode;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The leader of one partition, for one epoch: appends to its log, sends followers what they lack, advances the high watermark with what they have, answers producers
 * when their acks rule is met and wakes fetches that wait for data. All state belongs to one owner event loop; readers on other threads see the published watermarks only.
 *
 * <p>What goes wrong in a task of this partition, a broken invariant among it, ends the partition alone: whoever waits is answered with
 * KAFKA_STORAGE_ERROR, and so is whoever comes, until the log has been loaded anew from its files and another leader has taken this one's place.
 *
 * <p>What is committed is {@link Commitment}'s business, who waits for it {@link PendingAcks}', what followers are sent {@link ReplicaFetches}' and
 * {@link WaitingFollowers}', and the flushes {@link LogFlusher}'s.
 */
public final class PartitionLeader extends HeldReplica {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionLeader.class);

    /** {@code acks=all}: answered once the in-sync replicas have the records. */
    public static final short ACKS_ALL = -1;

    /** How long a follower that has everything may not be told that more of it is committed; as replica.fetch.wait.max.ms. */
    private static final long TELL_MILLIS = 500;

    /** Told how an append ended, on the owner's event loop, once its acks rule is met. */
    @FunctionalInterface
    public interface AppendCallback {
        void completed(AppendResult result);
    }

    /** Something to be done with the log once it is in memory. */
    @FunctionalInterface
    public interface OpenLog {
        /** The log is there, or could not be opened for {@code failure}; the partition may have ended meanwhile. On the owner's event loop. */
        void opened(Throwable failure);
    }

    private final int leaderEpoch;
    private final Leadership leadership;
    private final Commitment commitment;
    private final ReplicaFetches fetches;
    private final WaitingFollowers followers = new WaitingFollowers();
    private final IntPredicate isWaiting = followers::isWaiting;
    private final PendingAcks pendingAcks;
    private final LogFlusher flusher;
    /** Of a broker that decides alone; else it is in the stored state. */
    private volatile int minInSyncReplicas;
    /** Followers will be told of the high watermark. */
    private boolean telling;

    /** What waits for the log to be open, {@code null} while it is not being opened. */
    private ArrayDeque<OpenLog> opening;
    /** The log could not be opened, and it was said. */
    private boolean openFailed;
    /** Null where the topic does not delay records. Set by the owner. */
    private volatile DelayQueue delays;

    /** Leads a partition that nobody else has. */
    public PartitionLeader(String topic, UUID topicId, int partition, EventLoop owner, Workers workers, PartitionLog log, int leaderEpoch,
            int minInSyncReplicas) {
        this(topic, topicId, partition, owner, workers, log, leaderEpoch, Leadership.alone(leaderEpoch), minInSyncReplicas);
    }

    /** Leads a partition that others may have too. The epoch is noted as seen already. */
    public PartitionLeader(String topic, UUID topicId, int partition, EventLoop owner, Workers workers, PartitionLog log, Leadership leadership) {
        this(topic, topicId, partition, owner, workers, log, leadership.state().epoch(), leadership, 1);
    }

    private PartitionLeader(String topic, UUID topicId, int partition, EventLoop owner, Workers workers, PartitionLog log, int leaderEpoch,
            Leadership leadership, int minInSyncReplicas) {
        super(topic, topicId, partition, owner, workers, log);
        this.leaderEpoch = leaderEpoch;
        this.leadership = leadership;
        this.minInSyncReplicas = minInSyncReplicas;
        this.pendingAcks = new PendingAcks(toString());
        this.flusher = new LogFlusher(log, this.owner, workers, new Flushes());
        log.beginEpoch(leaderEpoch);
        // What recovery kept is committed where nobody else is in sync; but where acks mean fsync, not before it is on the disk: a process that
        // was killed may have left it in the page cache, and a repetition of its batch is acknowledged by it.
        long told = leadership.isAlone() ? ownEnd() : Math.min(log.logEndOffset(), Math.max(leadership.highWatermark(), log.logStartOffset()));
        this.commitment = new Commitment(leadership.self(), leadership.state(), leadership.objectVersion(), log.logEndOffset(), told, leadership.nowMillis());
        this.fetches = new ReplicaFetches(log, commitment);
        commitment.ownEnd(ownEnd());
        this.highWatermark = commitment.highWatermark();
        // A transaction whose end was among it has ended: nobody may have to append for readers to be told.
        log.highWatermarkMoved(highWatermark);
        if (ownEnd() < log.logEndOffset()) {
            this.owner.execute(flusher::flushIfNeeded);
        }
        if (log.config().queue().delays()) {
            this.owner.execute(this::delays);
        }
    }

    /** Where this broker's own records that count end. */
    private long ownEnd() {
        return log.config().fsyncBeforeAck() ? log.flushedEndOffset() : log.logEndOffset();
    }

    @Override
    public int leaderEpoch() {
        return leaderEpoch;
    }

    /**
     * Whether it is known what was committed before this leadership began: until then the {@link #highWatermark} may lie below what consumers were shown by the
     * leader before (OFFSET_NOT_AVAILABLE, KIP-207). Any thread.
     */
    public boolean knowsWhatIsCommitted() {
        return highWatermark >= commitment.epochStart();
    }

    /** Where the records of {@code epoch} end, or those of the largest epoch before it. Any thread; may read the directory of a log not used yet. */
    @Override
    public EpochCache.EpochEndOffset endOfEpoch(int epoch) throws IOException {
        // The epoch under way ends where the log does; the log may have no record of it yet.
        return epoch == leaderEpoch
                ? new EpochCache.EpochEndOffset(epoch, log.logEndOffset())
                : log.leaderEpochs().endOffsetFor(epoch, log.logEndOffset());
    }

    /**
     * Appends whole record batches. From any thread; order is kept for appends from one thread. {@code batches} is taken over, changed in place, and
     * released once it is written, which is before {@code callback} is called: whoever waits for a flush or for replicas holds no buffer meanwhile.
     *
     * @param acks 0, 1 or {@link #ACKS_ALL}; with 0 the callback comes as soon as the append is done
     */
    public void append(ByteBuf batches, AppendOrigin origin, short acks, AppendCallback callback) {
        owner.run(() -> whenOpenOwned(failure -> {
            if (failure == null || isClosed()) {
                appendOpen(batches, origin, acks, callback);
            } else {
                batches.release();
                pendingAcks.complete(callback,
                        new AppendResult.Refused(ErrorCode.KAFKA_STORAGE_ERROR, "the log cannot be opened: " + Failures.said(failure)));
            }
        }));
    }

    /** Does something with the log when it is in memory, in one order with appends. Any thread. */
    public void whenOpen(OpenLog task) {
        owner.run(() -> whenOpenOwned(task));
    }

    /** In the order in which they come, also while the log is being opened for the first of them: that may take reading it. */
    private void whenOpenOwned(OpenLog task) {
        if (opening == null && (isClosed() || log.opensAtOnce())) {
            task.opened(null);
            return;
        }
        if (opening == null) {
            opening = new ArrayDeque<>();
            workers.of(Workers.Kind.READ).call(() -> {
                log.open();
                return null;
            }, owner, (ignored, failure) -> opened(failure));
        }
        opening.add(task);
    }

    private void opened(Throwable failure) {
        if (failure != null && !openFailed) {
            LOG.error("{}-{} cannot be opened: {}. Its producers get KAFKA_STORAGE_ERROR until it can.", topic, partition, Failures.said(failure),
                    Failures.defect(failure));
        }
        openFailed = failure != null;
        // What these hand over in turn is done at once, so that it keeps their order.
        ArrayDeque<OpenLog> waiting = opening;
        opening = null;
        waiting.forEach(task -> owner.guard(() -> task.opened(failure)));
    }

    private void appendOpen(ByteBuf batches, AppendOrigin origin, short acks, AppendCallback callback) {
        AppendResult result = written(batches, origin, acks);
        if (isClosed() || result instanceof AppendResult.Refused) {
            pendingAcks.complete(callback, !isClosed() ? result : refusal());
            return;
        }
        long awaitedOffset = switch (result) {
            case AppendResult.Appended appended -> appended.lastOffset() + 1;
            case AppendResult.Duplicate duplicate -> duplicate.lastOffset() + 1;
            case AppendResult.Refused refused -> 0;
        };
        if (acks == 0 || awaitedOffset <= (acks == ACKS_ALL ? highWatermark : commitment.ownEnd())) {
            pendingAcks.complete(callback, result);
        } else {
            pendingAcks.add(acks == ACKS_ALL, awaitedOffset, origin, result, callback);
        }
        flusher.flushIfNeeded();
    }

    /** Appends, and releases the batches. What goes wrong then has ended the partition when this returns. */
    private AppendResult written(ByteBuf batches, AppendOrigin origin, short acks) {
        try {
            if (isClosed()) {
                return refusal();
            }
            AppendResult.Refused unanswerable = acks == ACKS_ALL ? unanswerable(origin) : null;
            if (unanswerable != null) {
                return unanswerable;
            }
            AppendResult.Refused tooMany = origin == AppendOrigin.DELAYED ? delays().refusal() : null;
            if (tooMany != null) {
                return tooMany;
            }
            AppendResult result = log.append(batches, origin, leaderEpoch);
            if (origin.isProduced() && result instanceof AppendResult.Appended) {
                traffic.written(batches.readableBytes());
            }
            advance();
            followers.wakeBefore(log.logEndOffset(), this::sendRecords);
            if (origin == AppendOrigin.DELAYED && result instanceof AppendResult.Appended) {
                delays.appended(batches);
            }
            return result;
        } catch (Throwable defect) {
            broken(defect);
            return refusal();
        } finally {
            batches.release();
        }
    }

    /**
     * Why nobody could be told soon that all in sync have a record, {@code null} where that can be. The brokers' own records are appended as long as the in-sync
     * set allows it: whoever has written them waits.
     */
    private AppendResult.Refused unanswerable(AppendOrigin origin) {
        int min = minInSync();
        if (inSync() < min) {
            return new AppendResult.Refused(ErrorCode.NOT_ENOUGH_REPLICAS, "min.insync.replicas is " + min + ", in sync are " + inSync());
        }
        if (min == 1 || !origin.isProduced()) {
            return null;
        }
        List<Integer> missing = missing();
        return inSync() - missing.size() >= min
                ? null
                : new AppendResult.Refused(ErrorCode.NOT_ENOUGH_REPLICAS, "min.insync.replicas is " + min + ", and of the "
                        + inSync() + " replicas in sync " + nothingFrom(missing));
    }

    private static String nothingFrom(List<Integer> missing) {
        return (missing.size() == 1 ? "that of broker " : "those of brokers ") + missing.stream().map(String::valueOf).collect(Collectors.joining(", "))
                + (missing.size() == 1 ? " cannot be reached or does not keep up" : " cannot be reached or do not keep up");
    }

    /** Members of the in-sync set that hold up what the others have. */
    private List<Integer> missing() {
        return leadership.isAlone()
                ? List.of()
                : commitment.missing(leadership.isThere(), isWaiting, leadership.nowMillis(), leadership.lagMaxMillis());
    }

    /** The records that wait until they are due. Those of before are looked for when it is asked for them first. */
    private DelayQueue delays() {
        if (delays == null && !isClosed()) {
            delays = new DelayQueue(toString(), log, owner, workers, batch -> {
                AppendResult result = written(batch, AppendOrigin.RELEASED, (short) 0);
                flusher.flushIfNeeded();
                return result;
            });
            delays.start();
        }
        return delays;
    }

    /** How many records wait until they are due. Any thread. */
    public int delayedCount() {
        DelayQueue there = delays;
        return there == null ? 0 : there.count();
    }

    private int inSync() {
        return commitment.state().isr().size();
    }

    private int minInSync() {
        return leadership.isAlone() ? minInSyncReplicas : commitment.state().effectiveMin();
    }

    private AppendResult refusal() {
        return new AppendResult.Refused(ended, ended == ErrorCode.NOT_LEADER_OR_FOLLOWER
                ? "the partition is not led by this broker any more"
                : "the partition is not served until it has been loaded anew, because of a defect of the broker that its log tells of");
    }

    /** What this partition is in is not known any more, so nobody is served from it. */
    @Override
    void broken(Throwable defect) {
        if (!isClosed()) {
            LOG.error("Partition {} is not served until it has been loaded anew. This is a defect of the broker; please report it.", this, defect);
        }
        end(ErrorCode.KAFKA_STORAGE_ERROR);
    }

    /** Counts what this broker has by now, and answers whoever waited for that. */
    private void advance() {
        long own = ownEnd();
        if (own > commitment.ownEnd()) {
            boolean isMoreCommitted = commitment.ownEnd(own);
            pendingAcks.ownEnd(own);
            if (isMoreCommitted) {
                committed();
            }
        }
    }

    /** The high watermark rose: answers and wakes whoever waited for that. */
    private void committed() {
        long committed = commitment.highWatermark();
        Invariant.check(committed <= log.logEndOffset(), "high watermark %d beyond the log end %d", committed, log.logEndOffset());
        // The last stable offset first: whoever sees the new high watermark and waits for the next one must have seen it.
        if (log.hasUndecidedTransactions()) {
            log.highWatermarkMoved(committed);
        }
        highWatermark = committed;
        pendingAcks.committed(committed);
        waiters.wake(this);
        tellSoon();
    }

    @Override
    public void flushIfTimely() {
        flusher.flushIfTimely();
    }

    /** How flushes end. */
    private final class Flushes implements LogFlusher.Listener {

        @Override
        public void flushed() {
            advance();
        }

        @Override
        public void failed(Throwable failure, boolean isFirst) {
            if (isFirst) {
                LOG.atLevel(Failures.isOfDisk(failure) ? Level.DEBUG : Level.ERROR).setCause(Failures.defect(failure)).log(
                        "Flushing {}-{} failed: {}. Its producers get KAFKA_STORAGE_ERROR until the disk takes writes again.", topic, partition,
                        Failures.said(failure));
            }
            // The records are in the log and may yet be flushed. A producer may be told that they failed, because it sends them again and they are
            // recognised; a coordinator must not, because it would go on without what its log has.
            pendingAcks.fail(ack -> ack.origin().isProduced(),
                    new AppendResult.Refused(ErrorCode.KAFKA_STORAGE_ERROR, "the log could not be flushed: " + Failures.said(failure)));
        }
    }

    // ---- followers ----

    /**
     * A follower asks for records. From any thread; answered on the owner, at once where there is something to say, else when there is.
     *
     * @param maxBytes of records at most; a first batch that is larger comes whole
     */
    public void replicaFetch(ReplicaFetch fetch, int maxBytes, ReplicaFetchCallback callback) {
        owner.run(() -> {
            if (isClosed() || leadership.isAlone() || !fetches.concerns(fetch)) {
                callback.refused();
            } else if (log.opensAtOnce()) {
                fetchOpen(fetch, maxBytes, callback);
            } else {
                workers.of(Workers.Kind.READ).call(() -> {
                    log.open();
                    return null;
                }, owner, (ignored, failure) -> {
                    if (failure != null || isClosed() || !fetches.concerns(fetch)) {
                        callback.refused();
                    } else {
                        fetchOpen(fetch, maxBytes, callback);
                    }
                });
            }
        });
    }

    private void fetchOpen(ReplicaFetch fetch, int maxBytes, ReplicaFetchCallback callback) {
        ReplicaAnswer<LogSlice> parted;
        try {
            parted = fetches.compare(fetch, leadership.nowMillis());
        } catch (IOException e) {
            LOG.error("A follower of {} cannot be answered, because the log cannot be read: {}", this, Failures.said(e));
            callback.refused();
            return;
        }
        if (parted != null) {
            callback.answered(parted);
            return;
        }
        if (commitment.highWatermark() > highWatermark) {
            committed();
        }
        if (fetch.offset() < log.logEndOffset()) {
            sendRecords(fetch, maxBytes, callback);
        } else {
            followers.add(fetch, maxBytes, callback);
            tellSoon();
        }
        if (!commitment.state().isInSync(fetch.broker())) {
            wish();
        }
    }

    private void sendRecords(ReplicaFetch fetch, int maxBytes, ReplicaFetchCallback callback) {
        boolean isBehind = !commitment.state().isInSync(fetch.broker());
        long wait = isBehind ? throttle.waitMillis() : 0;
        if (wait > 0) {
            owner.schedule(wait, () -> replicaFetch(fetch, maxBytes, callback));
            return;
        }
        ReplicaAnswer<LogSlice> answer = fetches.records(fetch, maxBytes);
        if (isBehind && answer instanceof ReplicaAnswer.Records<LogSlice> found) {
            throttle.took(found.records().sizeInBytes());
        }
        callback.answered(answer);
    }

    /** Followers that wait at the end of the log are told before long how much of it is committed: with the next records, or without. */
    private void tellSoon() {
        if (telling || !followers.knowsLess(highWatermark, log.logStartOffset())) {
            return;
        }
        telling = true;
        owner.schedule(TELL_MILLIS, () -> {
            telling = false;
            if (!isClosed()) {
                followers.wakeThoseWhoKnowLess(highWatermark, log.logStartOffset(), this::sendRecords);
            }
        });
    }

    /**
     * The stored state was seen as it is now. Any thread. What is not of this leadership changes nothing: whoever applies the metadata ends it.
     *
     * @param objectVersion version of the object in which it was seen
     */
    public void learned(PartitionState state, long objectVersion) {
        owner.run(() -> {
            if (isClosed() || leadership.isAlone() || objectVersion <= commitment.version() || state.epoch() != leaderEpoch
                    || !state.isLedBy(leadership.self())) {
                return;
            }
            boolean hasSomebodyLeft = !state.isr().containsAll(commitment.state().isr());
            if (commitment.learned(state, objectVersion)) {
                committed();
            }
            if (hasSomebodyLeft) {
                followers.wakeThoseOutside(state, this::sendRecords);
            }
            answerInVain();
            wish();
        });
    }

    /** Whoever waits for more replicas than there are by now is told so, while it can still be told. */
    private void answerInVain() {
        AppendResult.Refused why = pendingAcks.isAnybodyWaitingForAll() ? unanswerable(AppendOrigin.CLIENT) : null;
        if (why != null) {
            // What a coordinator has appended it has applied; it goes on waiting.
            pendingAcks.failOfAll(ack -> ack.origin().isProduced(), new AppendResult.Refused(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
                    "the records are in the leader's log, but " + why.reason()));
        }
    }

    /** Has the change of the in-sync set stored that is due, if one is. */
    private void wish() {
        PartitionState from = commitment.state();
        PartitionState next = commitment.wish(leadership.nowMillis(), leadership.lagMaxMillis());
        if (next != null) {
            tell(from, next);
            commitment.asked(next);
            leadership.states().ask(new PartitionKey(topicId, partition), from, next, seen -> learned(seen.state(), seen.objectVersion()));
        }
    }

    private void tell(PartitionState from, PartitionState next) {
        List<Integer> left = brokers(from);
        List<Integer> entered = brokers(next);
        left.removeAll(brokers(next));
        entered.removeAll(brokers(from));
        // A log that goes by another name leaves before it comes back.
        String what = !left.isEmpty()
                ? "Broker " + left.getFirst() + " does not keep up and leaves the in-sync replicas of"
                : "Broker " + entered.getFirst() + " has caught up and enters the in-sync replicas of";
        leadership.lines().add(owner, what, this);
    }

    private static List<Integer> brokers(PartitionState state) {
        return state.isr().stream().map(InSyncReplica::broker).collect(Collectors.toCollection(ArrayList::new));
    }

    @Override
    public void tick() {
        if (leadership.isAlone() || leadership.state().replicas().size() == 1) {
            return;
        }
        owner.run(() -> {
            if (!isClosed()) {
                for (int broker : followers.present()) {
                    commitment.waits(broker, log.logEndOffset(), leadership.nowMillis());
                }
                answerInVain();
                wish();
            }
        });
    }

    @Override
    public void expire() {
        owner.run(() -> {
            Runnable rest = isClosed() ? null : log.expire(highWatermark);
            tellSoon();
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

    /** How many fetches wait here. Owner's thread. */
    public int waitingCount() {
        owner.check();
        return waiters.size();
    }

    /** Takes new settings of the topic. Any thread. */
    public void reconfigure(LogConfig config, int minInSyncReplicas) {
        log.reconfigure(config);
        this.minInSyncReplicas = minInSyncReplicas;
        if (config.queue().delays() && delays == null) {
            owner.execute(this::delays);
        }
    }

    @Override
    void end(ErrorCode code) {
        ended = code;
        if (delays != null) {
            delays.close();
        }
        flusher.end();
        pendingAcks.fail(ack -> true, refusal());
        followers.end();
        waiters.wake(this);
    }
}
