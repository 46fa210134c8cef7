package io.partita.broker.share;

import io.partita.broker.Invariant;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.share.state.StateBatch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a share group knows of the records of a partition: a window of the log, from the first record that is not done with to the last one that was ever
 * given out, as runs of records in the same state.
 *
 * <pre>
 *                                  acquire                       accept, gap
 *   (not in the window) ──► AVAILABLE ──► ACQUIRED ─────────────────────────► ACKNOWLEDGED
 *                               ▲            │ │  reject; released or timed out
 *                               └────────────┘ │  for the last time
 *                        release, time-out     └──► ARCHIVING ──► ARCHIVED
 *                                              (straight there without a dead-letter topic)
 * </pre>
 *
 * <p>A pure state machine: who reads the log and writes down what changed is {@link SharePartition}. Not thread-safe.
 */
final class Deliveries {

    /** However the records that are done with lie among those that are not, no more runs than these are kept: then nothing new is given out. */
    static final int RUNS_MAX = 30_000;

    /** Told of records that are to be written to the dead-letter topic, with the reason. */
    interface DeadLetters {

        /** Whether there is one. */
        boolean isWanted();

        void dead(long firstOffset, long lastOffset, short deliveryCount, String reason);
    }

    private final Runs runs = new Runs();
    /** Ranges whose state is not what is stored: first offset, last offset. */
    private final List<long[]> dirty = new ArrayList<>();
    private final DeadLetters deadLetters;
    private long startOffset;
    private long endOffset;
    private boolean startMoved;
    /** Of the records before it is known of which class they are. */
    private long looked;

    /** @param deadLetters null when nothing is written anywhere */
    Deliveries(long startOffset, Collection<StateBatch> stored, DeadLetters deadLetters) {
        this.startOffset = startOffset;
        this.endOffset = startOffset;
        this.deadLetters = deadLetters;
        for (StateBatch batch : stored) {
            long first = Math.max(batch.firstOffset(), startOffset);
            if (batch.lastOffset() < first) {
                continue;
            }
            if (first > endOffset) {
                // Given out and never heard of: nobody has them now.
                runs.add(new Run(endOffset, first - 1, StateBatch.AVAILABLE, 0));
            }
            // What was on its way to the dead-letter topic may not have come there.
            runs.add(new Run(first, batch.lastOffset(), batch.state(), batch.deliveryCount()));
            endOffset = batch.lastOffset() + 1;
        }
        advance();
        startMoved = false;
    }

    // ---- what it is like

    /** The first record that is not done with. */
    long startOffset() {
        return startOffset;
    }

    /** The first one that was never given out. */
    long endOffset() {
        return endOffset;
    }

    /** Records behind the start that are done with. */
    int completeCount() {
        return (int) Math.min(Integer.MAX_VALUE, endOffset - startOffset - runs.open());
    }

    int runCount() {
        return runs.size();
    }

    /** Where to read from for whoever wants records; −1 when nobody may have more. */
    long nextOffset(int locksMax) {
        long ready = runs.firstReady();
        return ready >= 0 ? ready : runs.open() < locksMax && runs.size() < RUNS_MAX ? endOffset : -1;
    }

    /** The next records to be given out in the order of the log; null when nobody may have more. */
    Turn next(int locksMax) {
        long from = nextOffset(locksMax);
        return from < 0 ? null : Turn.inOrder(from);
    }

    /**
     * The next records to be given out by class, of those that were looked at; null when there are none that anybody may have.
     *
     * @param oldest whether it is the turn of the oldest, whatever they are
     */
    Turn nextByPriority(int locksMax, boolean oldest) {
        long from = runs.open() - runs.fresh() >= locksMax ? runs.firstReturned() : oldest ? runs.firstReady() : runs.firstOfHighest();
        return from < 0 ? null : new Turn(from, oldest ? Turn.ANY : runs.at(from).priority, true);
    }

    /** The state of a record, as stored; −1 for one that was never given out. For tests. */
    byte state(long offset) {
        if (offset < startOffset) {
            return StateBatch.ACKNOWLEDGED;
        }
        Run run = runs.at(offset);
        return run == null ? -1 : run.state;
    }

    /** How often it was given out. For tests. */
    short deliveryCount(long offset) {
        Run run = runs.at(offset);
        return run == null ? 0 : run.count;
    }

    /** Who has it, null when nobody does. For tests. */
    String memberOf(long offset) {
        Run run = runs.at(offset);
        return run == null || run.state != StateBatch.ACQUIRED ? null : run.member;
    }

    /** Whether its lock runs out by then. For tests. */
    boolean isLockedUntil(long offset, long millis) {
        Run run = runs.at(offset);
        return run != null && run.state == StateBatch.ACQUIRED && run.deadlineMillis <= millis;
    }

    // ---- looking ahead

    /** The first record that was not looked at. */
    long lookedOffset() {
        return Math.max(looked, startOffset);
    }

    /** Whether there are so many records to choose from that no more need be looked at. */
    boolean hasLookedAtEnough(int recordsMax) {
        return lookedOffset() >= endOffset && (runs.fresh() >= recordsMax || runs.size() >= RUNS_MAX);
    }

    /** These records are of that class. What is not in the log between those looked at before and these is done with. */
    void look(long firstOffset, long lastOffset, int priority) {
        pass(firstOffset - 1);
        long at = Math.max(firstOffset, startOffset);
        while (at <= lastOffset && (at < endOffset || runs.size() < RUNS_MAX)) {
            Run there = runs.at(at);
            long last = there == null ? lastOffset : Math.min(there.last, lastOffset);
            if (there == null) {
                Run fresh = new Run(at, last, StateBatch.AVAILABLE, 0);
                fresh.priority = (byte) priority;
                runs.add(fresh);
                endOffset = last + 1;
            } else if (!there.isFinal() && there.priority != priority) {
                runs.change(at, last, run -> run.priority = (byte) priority);
            }
            runs.merge(runs.at(at).first, runs.at(at).last);
            at = last + 1;
        }
        looked = Math.max(looked, at);
    }

    /** What of the log is up to {@code lastOffset} is nothing that could be given out. */
    void pass(long lastOffset) {
        skip(lookedOffset(), lastOffset);
        looked = Math.max(looked, Math.min(lastOffset + 1, endOffset));
    }

    /** Nothing between these offsets can be given out. Of how many records that was not known before. Ends early when there are too many runs. */
    private long skip(long from, long lastOffset) {
        long skipped = 0;
        long at = from;
        while (at <= lastOffset) {
            Run run = runs.at(at);
            if (run == null && at < endOffset) {
                at = Math.max(at + 1, startOffset);
            } else if (run == null) {
                Invariant.check(at == endOffset, "records from %d on are passed over where %d comes next", at, endOffset);
                if (runs.size() >= RUNS_MAX) {
                    return skipped;
                }
                skipped += lastOffset - at + 1;
                runs.add(new Run(at, lastOffset, StateBatch.ARCHIVED, 0));
                endOffset = lastOffset + 1;
                dirty(at, lastOffset);
                runs.merge(at, lastOffset);
                at = lastOffset + 1;
            } else {
                long last = Math.min(run.last, lastOffset);
                if (run.state == StateBatch.AVAILABLE) {
                    skipped += last - at + 1;
                    change(at, last, StateBatch.ARCHIVED, 0);
                }
                at = last + 1;
            }
        }
        return skipped;
    }

    // ---- giving out

    /** Gives out records of one batch of the log after the other, in order. */
    final class Acquisition {
        private final String member;
        private final long deadlineMillis;
        private final int recordsMax;
        private final boolean strict;
        private final int locksMax;
        private final int deliveryLimit;
        private final List<Acquired> acquired = new ArrayList<>();
        private final Turn turn;
        private final int batchSize;
        private long next;
        private long count;
        private boolean full;
        /** Where the entry under way begins to be one of its own, in records. */
        private long inEntry;

        /**
         * @param turn which records it is about; the log is read from where it begins
         * @param recordsMax after so many no other batch is begun
         * @param strict whether it is never more than that (KIP-1206)
         * @param batchSize about how many records are given, and acknowledged, as one
         */
        Acquisition(String member, long deadlineMillis, Turn turn, int recordsMax, boolean strict, int batchSize, SharePartitionConfig config) {
            this.member = member;
            this.deadlineMillis = deadlineMillis;
            this.turn = turn;
            this.next = turn.from();
            this.recordsMax = recordsMax;
            this.strict = strict;
            this.batchSize = Math.max(1, batchSize);
            this.locksMax = config.locksMax();
            this.deliveryLimit = config.deliveryLimit();
        }

        /** Takes what can be had of a batch; whether that was anything. What is not in the log between the last batch and this one is done with. */
        boolean take(long firstOffset, long lastOffset) {
            skip(firstOffset - 1);
            long before = count;
            long at = Math.max(next, firstOffset);
            while (at <= lastOffset && !full) {
                Run run = runs.at(at);
                if (run == null && at < endOffset) {
                    // Done with meanwhile: it is before the start.
                    at = Math.max(at + 1, startOffset);
                    continue;
                }
                if (run == null && turn.lookedAt()) {
                    full = true;
                } else if (run == null) {
                    at = takeNew(at, lastOffset);
                } else {
                    at = turn.takes(run) ? takeAgain(run, at, Math.min(run.last, lastOffset)) : run.last + 1;
                }
            }
            next = Math.max(next, Math.min(at, lastOffset + 1));
            full |= count >= recordsMax;
            return count > before;
        }

        /** What of the log is up to {@code lastOffset} is nothing that could be given out. Of how many records that was not known before. */
        long skip(long lastOffset) {
            if (next > lastOffset) {
                return 0;
            }
            long skipped = Deliveries.this.skip(next, lastOffset);
            if (endOffset <= lastOffset) {
                full = true;
            } else {
                next = lastOffset + 1;
            }
            return skipped;
        }

        private long takeNew(long at, long lastOffset) {
            Invariant.check(at == endOffset, "records from %d on are given out where %d comes next", at, endOffset);
            long room = Math.min(locksMax - runs.open(), RUNS_MAX - runs.size() > 0 ? Long.MAX_VALUE : 0);
            long wanted = Math.min(lastOffset - at + 1, room);
            if (strict) {
                wanted = Math.min(wanted, recordsMax - count);
            }
            if (wanted <= 0) {
                full = true;
                return at;
            }
            long last = at + wanted - 1;
            Run run = new Run(at, last, StateBatch.ACQUIRED, 1);
            lock(run);
            runs.add(run);
            endOffset = last + 1;
            given(at, last, (short) 1);
            full |= last < lastOffset;
            return last + 1;
        }

        private long takeAgain(Run run, long at, long upTo) {
            // Whoever takes it may be ended by it: others are not to be lost with it.
            boolean isLastTime = run.count + 1 >= deliveryLimit && run.count > 0;
            if (isLastTime && count > 0) {
                full = true;
                return at;
            }
            long last = isLastTime ? at : strict ? Math.min(upTo, at + recordsMax - count - 1) : upTo;
            if (turn.lookedAt() && run.isFresh()) {
                // Others were not given them, and do not count as locked: so they are bounded here.
                last = Math.min(last, at + locksMax - (runs.open() - runs.fresh()) - 1);
            }
            if (last < at) {
                full = true;
                return at;
            }
            Run taken = runs.change(at, last, again -> {
                again.state = StateBatch.ACQUIRED;
                again.count++;
                lock(again);
            });
            given(at, last, taken.count);
            full |= isLastTime;
            return last + 1;
        }

        private void lock(Run run) {
            run.member = member;
            run.deadlineMillis = deadlineMillis;
        }

        private void given(long first, long last, short deliveryCount) {
            count += last - first + 1;
            Acquired before = acquired.isEmpty() ? null : acquired.getLast();
            if (before != null && before.lastOffset() + 1 == first && before.deliveryCount() == deliveryCount && inEntry < batchSize) {
                acquired.set(acquired.size() - 1, new Acquired(before.firstOffset(), last, deliveryCount));
                inEntry += last - first + 1;
            } else {
                acquired.add(new Acquired(first, last, deliveryCount));
                inEntry = last - first + 1;
            }
        }

        boolean isFull() {
            return full;
        }

        /** What was given, in ascending order. */
        List<Acquired> acquired() {
            return acquired;
        }
    }

    /** Records were skipped: those before the first that is not done with need not be known any more. */
    void skipped() {
        advance();
    }

    // ---- taking back

    /** Whether {@code member} may say what became of all records of the batches. Those that are gone from the log do not matter. */
    ErrorCode check(String member, List<AcknowledgeBatch> batches, long logStartOffset) {
        for (AcknowledgeBatch batch : batches) {
            long at = Math.max(batch.firstOffset(), logStartOffset);
            while (at <= batch.lastOffset()) {
                Run run = runs.at(at);
                if (run == null || run.state != StateBatch.ACQUIRED || !run.member.equals(member)) {
                    return ErrorCode.INVALID_RECORD_STATE;
                }
                at = run.last + 1;
            }
        }
        return ErrorCode.NONE;
    }

    /** Takes in what became of records. Only after {@link #check}. */
    void acknowledge(List<AcknowledgeBatch> batches, long logStartOffset, long renewedMillis, Retry retry) {
        for (AcknowledgeBatch batch : batches) {
            long at = Math.max(batch.firstOffset(), logStartOffset);
            while (at <= batch.lastOffset()) {
                byte type = batch.type(at);
                long last = at;
                while (last < batch.lastOffset() && batch.type(last + 1) == type) {
                    last = batch.types().length == 1 ? batch.lastOffset() : last + 1;
                }
                acknowledge(at, last, type, renewedMillis, retry);
                at = last + 1;
            }
        }
        advance();
    }

    private void acknowledge(long first, long last, byte type, long renewedMillis, Retry retry) {
        switch (type) {
            case AcknowledgeBatch.ACCEPT -> change(first, last, StateBatch.ACKNOWLEDGED, 0);
            case AcknowledgeBatch.GAP -> change(first, last, StateBatch.ARCHIVED, 0);
            case AcknowledgeBatch.REJECT -> forEach(first, last, run -> archive(run, "The record was rejected by a consumer."));
            case AcknowledgeBatch.RENEW -> forEach(first, last, run -> run.deadlineMillis = renewedMillis);
            default -> forEach(first, last, run -> release(run, retry));
        }
    }

    /** Does something with the run of each record, cut so that all of it is within the bounds. */
    private void forEach(long first, long last, Consumer<Run> action) {
        long at = first;
        while (at <= last) {
            Run run = runs.at(at);
            Run part = runs.cut(at, Math.min(run.last, last));
            long next = part.last + 1;
            action.accept(part);
            at = next;
        }
    }

    private void release(Run run, Retry retry) {
        if (run.count >= retry.deliveryLimit()) {
            archive(run, "The record was delivered " + run.count + " times, which is the limit, and never accepted.");
        } else {
            dirty(run.first, run.last);
            available(run, run.count, retry.readyMillis(run.count));
        }
    }

    private void archive(Run run, String reason) {
        short count = run.count;
        long first = run.first;
        long last = run.last;
        if (deadLetters == null || !deadLetters.isWanted()) {
            change(first, last, StateBatch.ARCHIVED, 0);
        } else {
            change(first, last, StateBatch.ARCHIVING, count);
            deadLetters.dead(first, last, count, reason);
        }
    }

    /** Records are in the dead-letter topic now, or cannot be brought there. */
    void archived(long firstOffset, long lastOffset) {
        long at = Math.max(firstOffset, startOffset);
        while (at <= lastOffset) {
            Run run = runs.at(at);
            long last = Math.min(run == null ? lastOffset : run.last, lastOffset);
            if (run != null && run.state == StateBatch.ARCHIVING) {
                change(at, last, StateBatch.ARCHIVED, 0);
            }
            at = last + 1;
        }
        advance();
    }

    /** Those that were on their way to the dead-letter topic when the state was stored. */
    List<StateBatch> archiving() {
        List<StateBatch> found = new ArrayList<>();
        for (Run run : runs.each()) {
            if (run.state == StateBatch.ARCHIVING) {
                found.add(new StateBatch(run.first, run.last, run.state, run.count));
            }
        }
        return found;
    }

    /** Takes back what was locked for too long, and gives out again what was kept back for long enough. Whether anything was taken back. */
    boolean expire(long nowMillis, Retry retry) {
        boolean any = false;
        for (Run run : runs.all()) {
            if (run.state == StateBatch.ACQUIRED && run.deadlineMillis <= nowMillis) {
                release(run, retry);
                any = true;
            } else if (run.readyMillis != 0 && run.readyMillis <= nowMillis && runs.isThere(run)) {
                available(run, run.count, 0);
            }
        }
        advance();
        return any;
    }

    /** When the first lock runs out, or a record is kept back no longer; {@code Long.MAX_VALUE} when none will. */
    long nextDeadlineMillis() {
        long next = Long.MAX_VALUE;
        for (Run run : runs.each()) {
            if (run.state == StateBatch.ACQUIRED) {
                next = Math.min(next, run.deadlineMillis);
            } else if (run.readyMillis != 0) {
                next = Math.min(next, run.readyMillis);
            }
        }
        return next;
    }

    /** Who takes records of it is gone: what it has counts as not delivered to it. Whether it had anything. */
    boolean giveBack(String member) {
        boolean any = false;
        for (Run run : runs.all()) {
            if (run.state == StateBatch.ACQUIRED && run.member.equals(member)) {
                giveBack(run);
                any = true;
            }
        }
        return any;
    }

    /** What was given out did not get there. */
    void giveBack(String member, List<Acquired> acquired) {
        for (Acquired range : acquired) {
            long at = Math.max(range.firstOffset(), startOffset);
            while (at <= range.lastOffset()) {
                Run run = runs.at(at);
                long last = Math.min(run == null ? range.lastOffset() : run.last, range.lastOffset());
                if (run != null && run.state == StateBatch.ACQUIRED && run.member.equals(member)) {
                    giveBack(runs.cut(at, last));
                }
                at = last + 1;
            }
        }
    }

    private void giveBack(Run run) {
        // What is stored is this already: the delivery was not.
        available(run, run.count - 1, 0);
    }

    /** The log begins later than it did: what is gone is not given out again. */
    void logStartsAt(long logStartOffset) {
        if (logStartOffset <= startOffset) {
            return;
        }
        while (!runs.isEmpty() && runs.first().first < logStartOffset) {
            Run run = runs.first();
            runs.remove(run);
            if (run.last >= logStartOffset) {
                runs.add(run.rest(logStartOffset, run.last));
            }
        }
        startOffset = logStartOffset;
        endOffset = Math.max(endOffset, logStartOffset);
        startMoved = true;
        advance();
    }

    /** Nobody has anything from {@code offset} on: the log ends there. */
    void logEndsAt(long offset) {
        if (offset >= endOffset) {
            return;
        }
        while (!runs.isEmpty() && runs.last().last >= offset) {
            Run run = runs.last();
            runs.remove(run);
            if (run.first < offset) {
                runs.add(run.rest(run.first, offset - 1));
            }
        }
        endOffset = offset;
        looked = Math.min(looked, offset);
        if (startOffset > offset) {
            startOffset = offset;
            startMoved = true;
        }
    }

    private void change(long first, long last, byte state, int count) {
        dirty(first, last);
        runs.set(new Run(first, last, state, count));
    }

    private void available(Run run, int count, long readyMillis) {
        Run available = new Run(run.first, run.last, StateBatch.AVAILABLE, count);
        available.priority = run.priority;
        available.readyMillis = readyMillis;
        runs.set(available);
    }

    /** The window begins with the first record that is not done with. */
    private void advance() {
        while (!runs.isEmpty()) {
            Run first = runs.first();
            if (first.first != startOffset || !first.isFinal()) {
                break;
            }
            runs.remove(first);
            startOffset = first.last + 1;
            startMoved = true;
        }
    }

    // ---- what is to be stored

    private void dirty(long first, long last) {
        if (!dirty.isEmpty()) {
            long[] before = dirty.getLast();
            if (before[1] + 1 == first) {
                before[1] = last;
                return;
            }
        }
        dirty.add(new long[] {first, last});
    }

    /** Whether what is stored is not how it is. */
    boolean isDirty() {
        return startMoved || !dirty.isEmpty();
    }

    /** What changed since this was asked last, as it is to be stored: a delivery that is under way is not. */
    List<StateBatch> takeChanges() {
        startMoved = false;
        List<StateBatch> changes = new ArrayList<>();
        for (long[] range : merged()) {
            long at = Math.max(range[0], startOffset);
            while (at <= range[1]) {
                Run run = runs.at(at);
                if (run == null) {
                    break;
                }
                long last = Math.min(run.last, range[1]);
                boolean underWay = run.state == StateBatch.ACQUIRED;
                changes.add(new StateBatch(at, last, underWay ? StateBatch.AVAILABLE : run.state, (short) (underWay ? run.count - 1 : run.count)));
                at = last + 1;
            }
        }
        dirty.clear();
        return changes;
    }

    /** The ranges that changed, without overlaps. */
    private List<long[]> merged() {
        dirty.sort(Comparator.comparingLong(range -> range[0]));
        List<long[]> merged = new ArrayList<>();
        for (long[] range : dirty) {
            long[] before = merged.isEmpty() ? null : merged.getLast();
            if (before != null && before[1] + 1 >= range[0]) {
                before[1] = Math.max(before[1], range[1]);
            } else {
                merged.add(range);
            }
        }
        return merged;
    }

    /** They were not stored after all. */
    void putBack(List<StateBatch> changes) {
        startMoved = true;
        changes.forEach(change -> dirty.add(new long[] {change.firstOffset(), change.lastOffset()}));
    }
}
