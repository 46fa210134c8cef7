package io.partita.broker.replication;

import io.partita.broker.Invariant;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.Decision.Granted;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.InSyncSets;
import io.partita.broker.control.PartitionState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * What a leader knows of who has which records, for one epoch, and the high watermark that follows: the smallest offset that every member of the in-sync set has
 * said to have, as long as enough are in it. A member that is being added counts from the moment of asking (rule 3), one that is being removed until the smaller
 * set is stored (rule 2); whose log goes by another name than the set has counts for nothing (rule 10).
 *
 * <p>Threads: the partition's owner.
 */
public final class Commitment {

    /** A log that fetches in place of another one has to be the only one for so long before it is taken in. */
    private static final long STEADY_MILLIS = 1_000;
    /** Who fetched so lately is there, whatever others think of it: a suspicion lasts for seconds, and may be wrong. */
    private static final long SILENCE_MILLIS = 1_000;

    /** The last word of a follower. */
    private static final class Progress {

        private String incarnation;
        /** Since when it fetches under this name. */
        private long namedMillis;
        private long offset;
        /** When it last had everything there was, and what there was and when as it fetched last: whether it keeps up (KIP-16). */
        private long caughtUpMillis;
        private long fetchedMillis;
        private long endAtFetch;
        /** Whether it has left the in-sync set and not fetched since. */
        private boolean hasLeft;
    }

    /** A change of the set that was asked for and not seen decided. @param added the member, {@code null} for a removal */
    private record Pending(PartitionState next, InSyncReplica added) {}

    private final BrokerProcess self;
    private final int epoch;
    private final long epochStart;
    private final long beganMillis;
    private final Map<Integer, Progress> followers = new HashMap<>();
    private PartitionState state;
    private long version;
    private Pending pending;
    private long ownEnd;
    private long highWatermark;

    /**
     * A leadership begins.
     *
     * @param state what is stored and names {@code self} as leader
     * @param version number of the version of the object that holds it
     * @param logEnd where this log ends now; what lies below and was not told to be committed is so only when followers say that they have it
     * @param highWatermark what this replica was told to be committed, never more (rule 14)
     */
    public Commitment(BrokerProcess self, PartitionState state, long version, long logEnd, long highWatermark, long nowMillis) {
        Invariant.check(state.isLedBy(self), "a leadership of epoch %d of somebody else", state.epoch());
        Invariant.check(highWatermark <= logEnd, "high watermark %d beyond the log end %d", highWatermark, logEnd);
        this.self = self;
        this.state = state;
        this.version = version;
        this.epoch = state.epoch();
        this.epochStart = logEnd;
        this.highWatermark = highWatermark;
        this.beganMillis = nowMillis;
    }

    /** The offset behind the last committed record. Never falls. */
    public long highWatermark() {
        return highWatermark;
    }

    /** Where the log ended when the epoch began. Until the high watermark is there, it is not known what was committed before (OFFSET_NOT_AVAILABLE, KIP-207). */
    public long epochStart() {
        return epochStart;
    }

    /** Where this broker's records that count end: those it has itself, with fsync on its disk. */
    public long ownEnd() {
        return ownEnd;
    }

    /** Version of the object that has {@link #state}, or of a later one in which it is the same. */
    public long version() {
        return version;
    }

    /** What is stored, as this leader last saw it. */
    public PartitionState state() {
        return state;
    }

    /** Whether enough replicas are in sync for anything to be committed. */
    public boolean hasEnoughInSync() {
        return state.isr().size() >= state.effectiveMin();
    }

    /**
     * The members of the in-sync set that cannot be expected to have a new record soon, though they stay in it because the minimum needs them: who cannot be
     * reached and says nothing, and who has not had everything for so long that it would have to leave.
     *
     * @param isThere whether a broker can be reached, as far as is known
     * @param isWaiting whether a fetch of a broker waits at the end of the log
     */
    public List<Integer> missing(IntPredicate isThere, IntPredicate isWaiting, long nowMillis, long lagMaxMillis) {
        List<Integer> missing = List.of();
        for (InSyncReplica member : state.isr()) {
            int broker = member.broker();
            if (broker == self.broker() || isWaiting.test(broker)) {
                continue;
            }
            Progress progress = followers.get(broker);
            boolean isHeard = isThere.test(broker) || progress != null && nowMillis - progress.fetchedMillis <= SILENCE_MILLIS;
            if (!isHeard || lags(progress, nowMillis, lagMaxMillis)) {
                missing = missing.isEmpty() ? new ArrayList<>() : missing;
                missing.add(broker);
            }
        }
        return missing;
    }

    private boolean lags(Progress progress, long nowMillis, long lagMaxMillis) {
        return nowMillis - (progress == null ? beganMillis : progress.caughtUpMillis) > lagMaxMillis;
    }

    /** Whether this leader answers the broker's fetches: only a replica's (rule 19). */
    public boolean isFollower(int broker) {
        return broker != self.broker() && state.replicas().contains(broker);
    }

    /** This replica has everything below {@code end} itself; with fsync before the acknowledgement, on its disk. Returns whether the high watermark rose. */
    public boolean ownEnd(long end) {
        Invariant.check(end >= ownEnd, "the leader's own end falls from %d to %d", ownEnd, end);
        ownEnd = end;
        return advance();
    }

    /**
     * A follower has fetched, and its log was found to be one with this up to the offset of its fetch. Returns whether the high watermark rose.
     *
     * @param logEnd where this log ends now
     */
    public boolean fetched(ReplicaFetch fetch, long logEnd, long nowMillis) {
        Invariant.check(fetch.epoch() == epoch && isFollower(fetch.broker()), "a fetch of broker %d in epoch %d", fetch.broker(), fetch.epoch());
        Progress progress = followers.computeIfAbsent(fetch.broker(), broker -> new Progress());
        if (!fetch.incarnation().equals(progress.incarnation)) {
            // Two processes that take themselves for one broker would else be taken in and out in turn, without end.
            progress.namedMillis = progress.incarnation == null ? nowMillis - STEADY_MILLIS : nowMillis;
            progress.incarnation = fetch.incarnation();
            progress.caughtUpMillis = beganMillis;
            progress.endAtFetch = Long.MAX_VALUE;
        }
        if (fetch.offset() >= logEnd) {
            progress.caughtUpMillis = nowMillis;
        } else if (fetch.offset() >= progress.endAtFetch) {
            progress.caughtUpMillis = Math.max(progress.caughtUpMillis, progress.fetchedMillis);
        }
        progress.hasLeft = false;
        progress.fetchedMillis = nowMillis;
        progress.endAtFetch = logEnd;
        progress.offset = fetch.offset();
        return advance();
    }

    /** A follower waits for what comes behind the end of the log: it has everything, though it says nothing. */
    public void waits(int broker, long logEnd, long nowMillis) {
        Progress progress = followers.get(broker);
        if (progress != null && progress.offset >= logEnd) {
            progress.caughtUpMillis = nowMillis;
        }
    }

    /**
     * A newer version of the object was seen in which this process still leads the same epoch: what was asked for is decided, whichever way (rule 18). Returns
     * whether the high watermark rose.
     */
    public boolean learned(PartitionState newer, long newerVersion) {
        Invariant.check(newer.isLedBy(self) && newer.epoch() == epoch, "epoch %d is not this leadership's %d", newer.epoch(), epoch);
        Invariant.check(newerVersion > version, "version %d seen after %d", newerVersion, version);
        for (InSyncReplica member : state.isr()) {
            if (!newer.isr().contains(member)) {
                // It may have left by its own word, for a full disk: what it said before does not bring it back.
                Progress progress = followers.get(member.broker());
                if (progress != null) {
                    progress.hasLeft = true;
                }
            }
        }
        state = newer;
        version = newerVersion;
        pending = null;
        followers.keySet().removeIf(broker -> !newer.replicas().contains(broker));
        return advance();
    }

    private boolean advance() {
        if (!hasEnoughInSync()) {
            return false;
        }
        long committed = ownEnd;
        for (InSyncReplica member : state.isr()) {
            if (member.broker() != self.broker()) {
                committed = Math.min(committed, saidBy(member));
            }
        }
        if (pending != null && pending.added != null) {
            committed = Math.min(committed, saidBy(pending.added));
        }
        if (committed <= highWatermark) {
            return false;
        }
        highWatermark = committed;
        return true;
    }

    /** Up to where this very log has said to have everything; nothing when it has not fetched in this epoch. */
    private long saidBy(InSyncReplica member) {
        Progress progress = followers.get(member.broker());
        return progress == null || !progress.incarnation.equals(member.incarnation()) ? 0 : progress.offset;
    }

    /**
     * The change of the in-sync set that this leader wants to have stored now over the version it has seen, {@code null} for none. Whoever sends it calls
     * {@link #asked} first.
     *
     * @param lagMaxMillis replica.lag.time.max.ms: a follower that has not had everything for so long leaves the set
     */
    public PartitionState wish(long nowMillis, long lagMaxMillis) {
        if (pending != null) {
            return null;
        }
        for (InSyncReplica member : state.isr()) {
            Progress progress = followers.get(member.broker());
            boolean logGone = progress != null && !progress.incarnation.equals(member.incarnation());
            if (member.broker() != self.broker() && (logGone || lags(progress, nowMillis, lagMaxMillis))
                    && InSyncSets.remove(state, self, member.broker(), logGone) instanceof Granted(PartitionState next)) {
                return next;
            }
        }
        for (int replica : state.replicas()) {
            Progress progress = followers.get(replica);
            // What it said long ago is no sign of it: it would be taken in and out for ever.
            boolean keepsUp = progress != null && !progress.hasLeft && nowMillis - progress.caughtUpMillis <= lagMaxMillis
                    && nowMillis - progress.namedMillis >= STEADY_MILLIS;
            if (keepsUp && !state.isInSync(replica) && progress.offset >= highWatermark && progress.offset >= epochStart
                    && InSyncSets.add(state, self, replica, progress.incarnation) instanceof Granted(PartitionState next)) {
                return next;
            }
        }
        return null;
    }

    /** The change is sent from now on; it counts as far as it must until a newer version is seen, whatever the answer or its absence says. */
    public void asked(PartitionState next) {
        Invariant.check(pending == null, "two changes of one in-sync set at a time, in epoch %d", epoch);
        InSyncReplica added = null;
        for (InSyncReplica member : next.isr()) {
            if (!state.isr().contains(member)) {
                Invariant.check(added == null, "two members added at a time, in epoch %d", epoch);
                added = member;
            }
        }
        pending = new Pending(next, added);
    }

    /** The change that was asked for and not seen decided, {@code null} for none. It may be sent again as it is. */
    public PartitionState pending() {
        return pending == null ? null : pending.next;
    }
}
