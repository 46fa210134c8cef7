package io.partita.broker.share;

import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Failures;
import io.partita.broker.env.Workers;
import io.partita.broker.log.LogSlice;
import io.partita.broker.log.QueueConfig;
import io.partita.broker.protocol.ErrorCode;
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
    /** What waits for the state to be there. */
    private List<Runnable> loading = new ArrayList<>();
    private final ArrayDeque<Taker> takers = new ArrayDeque<>();
    private final Acquirer acquirer;
    private boolean awaitsLog;
    private boolean readsCold;
    /** Sessions that fetch from it. */
    private int sessions;
    /** Letters of which it is not known yet that they are in the dead-letter topic. */
    private int lettersUnderWay;

    private EventLoop.Timer lockTimer;
    private long lockTimerMillis;

    private final StateWriter writer;

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
        this.acquirer = new Acquirer(leader, clock);
        this.writer = new StateWriter(key, leader, clock, states, new Stored());
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
        load(clock.monotonicMillis() + StateWriter.PATIENCE_MILLIS);
    }

    private void load(long untilMillis) {
        // All that was given out by leaders before is in the log here, whatever is known to be committed; it is opened when it is read.
        states.read(key, leader.leaderEpoch(), stored -> loop.run(() -> {
            if (state != State.LOADING) {
                return;
            }
            if (stored.error() == ErrorCode.NONE) {
                loaded(stored);
            } else if (StateWriter.isPassing(stored.error()) && clock.monotonicMillis() < untilMillis && !leader.isClosed()) {
                loop.schedule(StateWriter.RETRY_MILLIS, () -> load(untilMillis));
            } else {
                end(StateWriter.told(stored.error()));
            }
        }));
    }

    private void loaded(StateAccess.Stored stored) {
        long start = stored.startOffset() >= 0 ? stored.startOffset() : leader.log().logStartOffset();
        deliveries = new Deliveries(start, stored.batches(), new Dead());
        writer.begin(deliveries, stored.stateEpoch());
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
        writer.end(error);
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
                if (state == State.ACTIVE && (isGone || stored.error() == ErrorCode.NONE && stored.stateEpoch() > writer.stateEpoch())) {
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
        boolean isIdle = sessions == 0 && lettersUnderWay == 0 && !writer.isBusy();
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
            long end = readEnd();
            if (!lookAhead(end, now)) {
                return null;
            }
            Turn turn = acquirer.next(deliveries, now);
            if (turn == null || turn.from() >= end) {
                return null;
            }
            int bytesMax = Math.min(taker.bytesMax(), READ_BYTES_MAX);
            LogSlice slice = leader.log().read(turn.from(), bytesMax, end, true);
            if (!slice.likelyCached()) {
                slice.release();
                readCold(turn.from(), Math.min(bytesMax, COLD_BYTES_MAX), end);
                return null;
            }
            if (slice.error() != ErrorCode.NONE || slice.isEmpty()) {
                slice.release();
                if (slice.error() == ErrorCode.OFFSET_OUT_OF_RANGE && leader.log().logStartOffset() > turn.from()) {
                    continue;
                }
                return null;
            }
            Taken taken;
            try {
                taken = acquirer.take(deliveries, taker, slice, turn, end, now);
            } catch (IOException | UncheckedIOException e) {
                slice.release();
                unreadable(e);
                return null;
            } catch (RuntimeException | Error defect) {
                slice.release();
                throw defect;
            }
            expired();
            if (taken != null) {
                return taken;
            }
            slice.release();
            if (turn.equals(acquirer.next(deliveries, now))) {
                // Nothing of it may be given, or not yet.
                return null;
            }
        }
        return null;
    }

    /** Finds out of which class the next records are, where that matters. Whether records can be given out now. */
    private boolean lookAhead(long end, SharePartitionConfig now) {
        boolean first = true;
        for (long from = acquirer.lookOffset(deliveries); from >= 0 && from < end; from = acquirer.lookOffset(deliveries)) {
            if (!first && from >= deliveries.endOffset()) {
                // The rest can wait for the next fetch.
                return true;
            }
            first = false;
            LogSlice slice = leader.log().read(from, COLD_BYTES_MAX, end, true);
            try {
                if (!slice.likelyCached()) {
                    readCold(from, COLD_BYTES_MAX, end);
                    return false;
                }
                if (slice.error() != ErrorCode.NONE || slice.isEmpty()) {
                    return true;
                }
                acquirer.look(deliveries, slice, from, end, now);
            } catch (IOException | UncheckedIOException e) {
                unreadable(e);
                return false;
            } finally {
                slice.release();
            }
            if (acquirer.lookOffset(deliveries) == from) {
                return true;
            }
        }
        return true;
    }

    private void unreadable(Exception why) {
        LOG.error("{} cannot be read for share group {}: {}", leader, key.groupId(), Failures.said(why));
        end(ErrorCode.KAFKA_STORAGE_ERROR);
    }

    /** Counts and stores that records are past their time. */
    private void expired() {
        long count = acquirer.takeExpired();
        if (count > 0) {
            leader.traffic().expired(count);
            deliveries.skipped();
            writer.soon();
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
            writer.soon(answer);
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
                writer.soon();
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
                writer.soon();
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

    private final class Stored implements StateWriter.Outcome {

        @Override
        public void stored() {
            endIfUnused();
        }

        @Override
        public void refused(ErrorCode code) {
            end(StateWriter.told(code));
        }
    }

    @Override
    public String toString() {
        return leader + " of share group " + key.groupId();
    }
}
