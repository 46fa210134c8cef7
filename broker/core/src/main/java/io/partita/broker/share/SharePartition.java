package io.partita.broker.share;

import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Failures;
import io.partita.broker.env.Workers;
import io.partita.broker.log.LogSlice;
import io.partita.broker.log.QueueConfig;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Replica;
import io.partita.broker.share.state.ShareKey;
import io.partita.broker.share.state.StateAccess;
import io.partita.broker.share.state.StateBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A partition as one share group reads it, on the broker that leads it, for as long as it leads it and somebody of the group fetches from it.
 *
 * <pre>
 *   LOADING ── the share coordinator told the state ──► ACTIVE ── led elsewhere, offsets altered, nobody fetches ──► ENDED
 *      └─────────────────────── it cannot be told ────────────────────────────────────────────────────────────────────▲
 * </pre>
 *
 * <p>What a member says takes effect here at once; it is answered when the share coordinator has stored it. While one write is under way the changes that
 * gather go into the next. A write that the coordinator is not there for is repeated; one that it refuses ends this, and what was not stored with it:
 * whoever waits is told, and those records are given out again.
 *
 * <p>Owned by the partition's event loop; methods without a word about threads are called there.
 */
public final class SharePartition {

    private static final Logger LOG = LoggerFactory.getLogger(SharePartition.class);

    /** Read at once of the log: enough for what a poll asks for, little enough to read through when it is cold. */
    private static final int READ_BYTES_MAX = 4 << 20;
    private static final int COLD_BYTES_MAX = 1 << 20;
    /** So much that others have may lie between the records that one fetch is given, beside as much as it is given. */
    private static final int BETWEEN_BYTES = 64 * 1024;
    private static final long RETRY_MILLIS = 100;
    /** For so long a coordinator may be gone before who waits is told. */
    private static final long PATIENCE_MILLIS = 20_000;

    private enum State {
        LOADING,
        ACTIVE,
        ENDED
    }

    private final ShareKey key;
    private final PartitionLeader leader;
    private final EventLoop loop;
    private final Clock clock;
    private final Workers workers;
    private final StateAccess states;
    private final Supplier<SharePartitionConfig> config;
    private final DeadLetterQueue deadLetters;
    private final Consumer<SharePartition> onEnd;

    private State state = State.LOADING;
    private ErrorCode why = ErrorCode.NONE;
    private Deliveries deliveries;
    private int stateEpoch;
    /** What waits for the state to be there. */
    private List<Runnable> loading = new ArrayList<>();
    private final ArrayDeque<Taker> takers = new ArrayDeque<>();
    private final Expiry expiry = new Expiry();
    private boolean awaitsLog;
    private boolean readsCold;
    /** Sessions that fetch from it. */
    private int sessions;
    /** Letters of which it is not known yet that they are in the dead-letter topic. */
    private int lettersUnderWay;

    private EventLoop.Timer lockTimer;
    private long lockTimerMillis;

    /** Told when what they said is stored. */
    private List<Consumer<ErrorCode>> toStore = new ArrayList<>();
    private boolean stores;
    private boolean storesSoon;

    SharePartition(ShareKey key, PartitionLeader leader, Clock clock, Workers workers, StateAccess states, Supplier<SharePartitionConfig> config,
            DeadLetterQueue deadLetters, Consumer<SharePartition> onEnd) {
        this.key = key;
        this.leader = leader;
        this.loop = leader.owner();
        this.clock = clock;
        this.workers = workers;
        this.states = states;
        this.config = config;
        this.deadLetters = deadLetters;
        this.onEnd = onEnd;
    }

    public ShareKey key() {
        return key;
    }

    /** Any thread. */
    public PartitionLeader leader() {
        return leader;
    }

    /** Any thread. */
    public EventLoop loop() {
        return loop;
    }

    /** For how long records are locked. Any thread. */
    public int lockMillis() {
        return config.get().lockMillis();
    }

    // ---- the state

    /** Asks the share coordinator for the state. Called once, first. */
    void load() {
        load(clock.monotonicMillis() + PATIENCE_MILLIS);
    }

    private void load(long untilMillis) {
        // All that was given out by leaders before is in the log here, whatever is known to be committed; it is opened when it is read.
        states.read(key, leader.leaderEpoch(), stored -> loop.run(() -> {
            if (state != State.LOADING) {
                return;
            }
            if (stored.error() == ErrorCode.NONE) {
                loaded(stored);
            } else if (isPassing(stored.error()) && clock.monotonicMillis() < untilMillis && !leader.isClosed()) {
                loop.schedule(RETRY_MILLIS, () -> load(untilMillis));
            } else {
                end(told(stored.error()));
            }
        }));
    }

    private void loaded(StateAccess.Stored stored) {
        stateEpoch = stored.stateEpoch();
        long start = stored.startOffset() >= 0 ? stored.startOffset() : leader.log().logStartOffset();
        deliveries = new Deliveries(start, stored.batches(), new Dead());
        deliveries.logEndsAt(leader.log().logEndOffset());
        deliveries.logStartsAt(leader.log().logStartOffset());
        state = State.ACTIVE;
        LOG.debug("{} of share group {} begins at offset {}.", leader, key.groupId(), deliveries.startOffset());
        for (StateBatch batch : deliveries.archiving()) {
            dead(batch.firstOffset(), batch.lastOffset(), batch.deliveryCount(), "The record could not be delivered.");
        }
        List<Runnable> waiting = loading;
        loading = List.of();
        waiting.forEach(Runnable::run);
        serve();
    }

    /** Runs {@code task} when the state is there, or cannot be got: then {@link #why} says why. */
    public void whenLoaded(Runnable task) {
        loop.check();
        if (state == State.LOADING) {
            loading.add(task);
        } else {
            checkLeader();
            task.run();
        }
    }

    private void checkLeader() {
        if (leader.isClosed()) {
            end(leader.ended());
        }
    }

    /** Why it is not served any more; NONE while it is. */
    public ErrorCode why() {
        return why;
    }

    boolean isEnded() {
        return state == State.ENDED;
    }

    private static boolean isPassing(ErrorCode error) {
        return switch (error) {
            case NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, COORDINATOR_LOAD_IN_PROGRESS, REQUEST_TIMED_OUT, NETWORK_EXCEPTION -> true;
            default -> false;
        };
    }

    /**
     * What clients are told in place of what the share coordinator says: only what a client takes of a partition that it fetches from, because Kafka's throws anything else at its
     * application. Where the coordinator is gone it is as if another broker led: what was locked here is so no more, and the client comes again.
     */
    private static ErrorCode told(ErrorCode error) {
        return switch (error) {
            case NONE, UNKNOWN_TOPIC_OR_PARTITION, KAFKA_STORAGE_ERROR, NOT_LEADER_OR_FOLLOWER -> error;
            case GROUP_ID_NOT_FOUND -> ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
            case FENCED_LEADER_EPOCH, FENCED_STATE_EPOCH, NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, COORDINATOR_LOAD_IN_PROGRESS, NETWORK_EXCEPTION,
                    REQUEST_TIMED_OUT ->
                ErrorCode.NOT_LEADER_OR_FOLLOWER;
            default -> ErrorCode.UNKNOWN_SERVER_ERROR;
        };
    }

    /** Whoever waits is told, and whoever comes finds another one. */
    void end(ErrorCode error) {
        loop.check();
        if (state == State.ENDED) {
            return;
        }
        state = State.ENDED;
        why = error;
        if (lockTimer != null) {
            lockTimer.cancel();
        }
        onEnd.accept(this);
        List<Consumer<ErrorCode>> unstored = toStore;
        toStore = new ArrayList<>();
        unstored.forEach(answer -> answer.accept(error));
        List<Runnable> waiting = loading;
        loading = List.of();
        waiting.forEach(Runnable::run);
        while (!takers.isEmpty()) {
            takers.poll().ended(this, error);
        }
    }

    // ---- who fetches from it

    /** A session fetches from it from now on. The state may be another one since others did. */
    public void entered() {
        sessions++;
        if (state == State.ACTIVE && sessions > 1) {
            states.summary(key, stored -> loop.run(() -> {
                boolean isGone = stored.error() == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
                if (state == State.ACTIVE && (isGone || stored.error() == ErrorCode.NONE && stored.stateEpoch() > stateEpoch)) {
                    end(ErrorCode.NOT_LEADER_OR_FOLLOWER);
                }
            }));
        }
    }

    /** A session of a member ends: what the member has is given back. With the last one nothing of it is kept here. */
    public void left(String memberId) {
        sessions--;
        if (state == State.ACTIVE && deliveries.giveBack(memberId)) {
            serve();
        }
        endIfUnused();
    }

    private void endIfUnused() {
        boolean isIdle = sessions == 0 && lettersUnderWay == 0 && !stores && !storesSoon;
        if (isIdle && state == State.ACTIVE && !deliveries.isDirty() && deliveries.nextDeadlineMillis() == Long.MAX_VALUE) {
            end(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        }
    }

    // ---- giving out

    /** Gives what there is to a fetch, now or when there is something, until it has been given something. */
    public void await(Taker taker) {
        loop.check();
        if (state == State.ENDED) {
            taker.ended(this, why);
            return;
        }
        takers.add(taker);
        serve();
    }

    /** The fetch waits no longer. */
    public void cancel(Taker taker) {
        loop.check();
        takers.remove(taker);
    }

    /** Gives out what there is, to whom it waits longest. */
    private void serve() {
        while (state == State.ACTIVE && !takers.isEmpty() && !readsCold) {
            Taker taker = takers.peek();
            if (!taker.isOpen()) {
                takers.remove();
                continue;
            }
            Taken taken = take(taker);
            if (taken == null) {
                break;
            }
            takers.remove();
            if (!taker.give(this, taken)) {
                putBack(taker.memberId(), taken);
            }
        }
        awaitLog();
        watchLocks();
    }

    /** It could not be given what was taken for it. */
    public void putBack(String memberId, Taken taken) {
        loop.check();
        taken.slice().release();
        if (state == State.ACTIVE) {
            deliveries.giveBack(memberId, taken.acquired());
        }
    }

    /** As {@link #putBack}, when it was on its way already. */
    public void returned(String memberId, Taken taken) {
        putBack(memberId, taken);
        serve();
    }

    /** What there is for a fetch now, without waiting; null when there is nothing. */
    public Taken takeNow(Taker taker) {
        loop.check();
        // Those who wait come first; they wait because there is nothing, or for more bytes.
        Taken taken = state == State.ACTIVE && !readsCold ? take(taker) : null;
        watchLocks();
        return taken;
    }

    private long readEnd() {
        return config.get().readCommitted() ? leader.lastStableOffset() : leader.highWatermark();
    }

    /** Null when there is nothing, or it is still being read. */
    private Taken take(Taker taker) {
        SharePartitionConfig now = config.get();
        checkLeader();
        while (state == State.ACTIVE) {
            deliveries.logStartsAt(leader.log().logStartOffset());
            long from = deliveries.nextOffset(now.locksMax());
            long end = readEnd();
            if (from < 0 || from >= end) {
                return null;
            }
            int bytesMax = Math.min(taker.bytesMax(), READ_BYTES_MAX);
            LogSlice slice = leader.log().read(from, bytesMax, end, true);
            if (!slice.likelyCached()) {
                slice.release();
                readCold(from, Math.min(bytesMax, COLD_BYTES_MAX), end);
                return null;
            }
            if (slice.error() != ErrorCode.NONE || slice.isEmpty()) {
                slice.release();
                if (slice.error() == ErrorCode.OFFSET_OUT_OF_RANGE && leader.log().logStartOffset() > from) {
                    continue;
                }
                return null;
            }
            Taken taken;
            long before = deliveries.nextOffset(now.locksMax());
            try {
                taken = take(taker, slice, from, end, now);
            } catch (IOException | UncheckedIOException e) {
                slice.release();
                LOG.error("{} cannot be read for share group {}: {}", leader, key.groupId(), Failures.said(e));
                end(ErrorCode.KAFKA_STORAGE_ERROR);
                return null;
            } catch (RuntimeException | Error defect) {
                slice.release();
                throw defect;
            }
            if (taken != null) {
                return taken;
            }
            slice.release();
            if (deliveries.nextOffset(now.locksMax()) == before) {
                // Nothing of it may be given, or not yet.
                return null;
            }
        }
        return null;
    }

    /** Goes through the batches of a slice; null when nothing of it could be had. */
    private Taken take(Taker taker, LogSlice slice, long from, long readEnd, SharePartitionConfig now) throws IOException {
        if (slice.sizeInBytes() < taker.bytesMin()) {
            return null;
        }
        var acquisition = deliveries.new Acquisition(taker.memberId(), clock.monotonicMillis() + now.lockMillis(), from, taker.recordsMax(), taker.isStrict(),
                taker.batchSize(), now);
        Transactions transactions = now.readCommitted() ? new Transactions(leader.log().abortedTransactions(from, readEnd)) : null;
        var piece = new Object() {
            int firstPosition;
            int lastEnd;
            int before;
            int takenBytes;
            int betweenBytes;
        };
        QueueConfig queue = leader.log().config().queue();
        Expiry expires = queue.expires() ? expiry.under(queue) : null;
        long wallMillis = clock.wallMillis();
        slice.forEachBatch((buffer, at, endPosition) -> {
            long first = RecordBatch.baseOffset(buffer, at);
            long last = RecordBatch.lastOffset(buffer, at);
            int bytes = endPosition - piece.before;
            boolean isAborted = transactions != null && transactions.isAborted(buffer, at);
            if (RecordBatch.isControl(buffer, at) || isAborted || RecordBatch.recordCount(buffer, at) == 0) {
                acquisition.skip(last);
            } else if (expires == null ? acquisition.take(first, last) : expires.take(acquisition, slice, piece.before, bytes, first, last, wallMillis)) {
                if (piece.takenBytes == 0) {
                    piece.firstPosition = piece.before;
                }
                piece.takenBytes += bytes;
                piece.lastEnd = endPosition;
            } else if (piece.takenBytes > 0) {
                piece.betweenBytes += bytes;
            }
            piece.before = endPosition;
            return !acquisition.isFull() && piece.betweenBytes <= piece.takenBytes + BETWEEN_BYTES;
        });
        expired();
        if (acquisition.acquired().isEmpty()) {
            return null;
        }
        slice.endAt(piece.lastEnd);
        return new Taken(slice, acquisition.acquired());
    }

    /** Counts and stores that records are past their time. */
    private void expired() {
        long count = expiry.takeExpired();
        if (count > 0) {
            leader.traffic().expired(count);
            deliveries.skipped();
            storeSoon();
        }
    }

    /** Has a worker bring a piece of the log into the page cache, and check it; then goes on. */
    private void readCold(long from, int bytesMax, long end) {
        readsCold = true;
        LogSlice slice = leader.log().read(from, bytesMax, end, true);
        workers.of(Workers.Kind.READ).call(() -> {
            slice.verify();
            return slice.error();
        }, loop, (error, failure) -> {
            slice.release();
            readsCold = false;
            boolean isBad = failure != null || error == ErrorCode.CORRUPT_MESSAGE || error == ErrorCode.KAFKA_STORAGE_ERROR;
            if (isBad && state == State.ACTIVE) {
                LOG.error("{} cannot be read from offset {} on for share group {}: {}", leader, from, key.groupId(), failure == null ? error : failure);
                end(error == null ? ErrorCode.KAFKA_STORAGE_ERROR : error);
            } else {
                serve();
            }
        });
    }

    /** Somebody waits: more of the log being committed wakes this. */
    private void awaitLog() {
        if (awaitsLog || takers.isEmpty() || state != State.ACTIVE || readsCold) {
            return;
        }
        awaitsLog = true;
        leader.await(leader.highWatermark(), (Replica woken) -> loop.run(() -> {
            awaitsLog = false;
            checkLeader();
            serve();
        }));
    }

    // ---- taking back

    /** A member says what became of records. {@code answer} is told when that is stored, or why it is not. */
    public void acknowledge(String memberId, List<AcknowledgeBatch> batches, Consumer<ErrorCode> answer) {
        loop.check();
        checkLeader();
        if (state != State.ACTIVE) {
            answer.accept(why == ErrorCode.NONE ? ErrorCode.NOT_LEADER_OR_FOLLOWER : why);
            return;
        }
        SharePartitionConfig now = config.get();
        for (AcknowledgeBatch batch : batches) {
            if (batch.problem(now.mayRenew()) != null) {
                answer.accept(ErrorCode.INVALID_REQUEST);
                return;
            }
        }
        List<AcknowledgeBatch> ordered = new ArrayList<>(batches);
        ordered.sort(Comparator.comparingLong(AcknowledgeBatch::firstOffset));
        for (int i = 1; i < ordered.size(); i++) {
            if (ordered.get(i).firstOffset() <= ordered.get(i - 1).lastOffset()) {
                answer.accept(ErrorCode.INVALID_REQUEST);
                return;
            }
        }
        long logStart = leader.log().logStartOffset();
        deliveries.logStartsAt(logStart);
        ErrorCode error = deliveries.check(memberId, ordered, logStart);
        if (error != ErrorCode.NONE) {
            answer.accept(error);
            return;
        }
        deliveries.acknowledge(ordered, logStart, clock.monotonicMillis() + now.lockMillis(), retry(now));
        if (deliveries.isDirty()) {
            toStore.add(answer);
            storeSoon();
        } else {
            answer.accept(ErrorCode.NONE);
        }
        serve();
    }

    private Retry retry(SharePartitionConfig now) {
        QueueConfig queue = leader.log().config().queue();
        return new Retry(now.deliveryLimit(), clock.monotonicMillis(), queue.backoffMillis(), queue.backoffMaxMillis());
    }

    private void watchLocks() {
        if (state != State.ACTIVE) {
            return;
        }
        if (lockTimer != null && leader.log().config().queue().backoffMillis() == 0) {
            // Locks are all as long: the one that the timer is set for runs out first, if it is still there.
            return;
        }
        long next = deliveries.nextDeadlineMillis();
        if (next == Long.MAX_VALUE || lockTimer != null && lockTimerMillis <= next) {
            return;
        }
        if (lockTimer != null) {
            lockTimer.cancel();
        }
        lockTimerMillis = next;
        lockTimer = loop.schedule(Math.max(1, next - clock.monotonicMillis()), () -> {
            lockTimer = null;
            if (state != State.ACTIVE) {
                return;
            }
            if (deliveries.expire(clock.monotonicMillis(), retry(config.get()))) {
                storeSoon();
            }
            serve();
            endIfUnused();
        });
    }

    // ---- records that nobody could be given

    private final class Dead implements Deliveries.DeadLetters {

        @Override
        public boolean isWanted() {
            return config.get().hasDeadLetters();
        }

        @Override
        public void dead(long firstOffset, long lastOffset, short deliveryCount, String reason) {
            SharePartition.this.dead(firstOffset, lastOffset, deliveryCount, reason);
        }
    }

    private void dead(long firstOffset, long lastOffset, short deliveryCount, String reason) {
        SharePartitionConfig now = config.get();
        lettersUnderWay++;
        Runnable done = () -> loop.run(() -> {
            lettersUnderWay--;
            if (state == State.ACTIVE) {
                deliveries.archived(firstOffset, lastOffset);
                storeSoon();
                serve();
            }
        });
        if (now.hasDeadLetters()) {
            deadLetters.write(new DeadLetterQueue.Letter(key, leader, firstOffset, lastOffset, deliveryCount, reason, now), done);
        } else {
            // Not within the change that led here.
            loop.execute(done);
        }
    }

    // ---- storing

    /** What this turn of the loop changes is stored together. */
    private void storeSoon() {
        if (!storesSoon && !stores) {
            storesSoon = true;
            loop.execute(() -> {
                storesSoon = false;
                store();
            });
        }
    }

    private void store() {
        if (stores || state != State.ACTIVE || !deliveries.isDirty()) {
            return;
        }
        stores = true;
        List<Consumer<ErrorCode>> answers = toStore;
        toStore = new ArrayList<>();
        List<StateBatch> changes = deliveries.takeChanges();
        send(new StateAccess.Change(stateEpoch, leader.leaderEpoch(), deliveries.startOffset(), deliveries.completeCount(), changes), answers,
                clock.monotonicMillis() + PATIENCE_MILLIS);
    }

    /** The same change may be stored twice, which changes nothing. */
    private void send(StateAccess.Change change, List<Consumer<ErrorCode>> answers, long untilMillis) {
        states.write(key, change, code -> loop.run(() -> {
            if (isPassing(code) && state == State.ACTIVE && !leader.isClosed() && clock.monotonicMillis() < untilMillis) {
                loop.schedule(RETRY_MILLIS, () -> send(change, answers, untilMillis));
                return;
            }
            stores = false;
            ErrorCode error = told(code);
            answers.forEach(answer -> answer.accept(error));
            if (error != ErrorCode.NONE) {
                LOG.warn("What share group {} did with records of {} could not be stored: {}. They are given out again.", key.groupId(), leader, code);
                end(error);
            } else {
                if (!toStore.isEmpty() || deliveries.isDirty() && state == State.ACTIVE) {
                    store();
                }
                endIfUnused();
            }
        }));
    }

    @Override
    public String toString() {
        return leader + " of share group " + key.groupId();
    }
}
