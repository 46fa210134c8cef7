package io.partita.broker.replication;

import io.netty.buffer.ByteBuf;
import io.partita.broker.Invariant;
import io.partita.broker.control.PartitionState;
import io.partita.broker.env.Workers;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.EpochCache.EpochEndOffset;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.record.RecordBatch;
import java.io.IOException;

/**
 * A replica that follows: asks the leader for what comes behind its log's end, appends it, and cuts its log where the leader says that the two part. It has one
 * fetch outstanding, and takes nothing but that one's answer (rule 5).
 *
 * <p>Threads: the partition's owner.
 */
public final class PartitionFollower {

    private final int broker;
    private final String incarnation;
    private final PartitionLog log;
    private final SeenEpoch seen;
    private final Workers workers;
    private PartitionState state;
    private ReplicaFetch outstanding;
    private long highWatermark;

    /**
     * @param incarnation the name of the log
     * @param highWatermark what this replica was told to be committed and still knows
     */
    public PartitionFollower(int broker, String incarnation, PartitionLog log, SeenEpoch seen, Workers workers, long highWatermark) {
        this.broker = broker;
        this.incarnation = incarnation;
        this.log = log;
        this.seen = seen;
        this.workers = workers;
        this.highWatermark = Math.min(highWatermark, log.logEndOffset());
    }

    /** What this replica was told to be committed. */
    public long highWatermark() {
        return highWatermark;
    }

    /**
     * Follows whoever leads in a state that was seen. What was asked for under another epoch is answered in vain from now on. Nothing is done under an epoch below
     * one that was acted under before (rules 7 and 22): such a state is an old one, and the present one will be seen.
     *
     * @throws IOException when the epoch cannot be noted; then this replica follows nobody
     */
    public void follow(PartitionState newer) throws IOException {
        if (newer.epoch() < seen.get()) {
            state = null;
            outstanding = null;
            return;
        }
        boolean sameLeadership = state != null && state.epoch() == newer.epoch() && newer.leader() != null && newer.leader().equals(state.leader());
        if (!sameLeadership) {
            outstanding = null;
        }
        state = null;
        if (newer.replicas().contains(broker)) {
            seen.raise(newer.epoch());
            state = newer;
        }
    }

    /** Whether it has everything that was acknowledged, by the state that it follows. */
    boolean isInSync() {
        return state != null && state.isInSync(broker);
    }

    /** Whether nothing can be committed without it. */
    boolean isNeeded() {
        return isInSync() && state.isr().size() <= state.effectiveMin();
    }

    /** Follows nobody: stands for election, or leads. Answers under way count for nothing any more. */
    public void stop() {
        state = null;
        outstanding = null;
    }

    /**
     * The next fetch, {@code null} when there is nobody to ask, one is outstanding, or, where acknowledgements mean fsync, not all of the log is flushed yet (rule 15).
     */
    public ReplicaFetch nextFetch() throws IOException {
        if (outstanding != null || state == null || state.leader() == null || state.leader().broker() == broker) {
            return null;
        }
        long end = log.logEndOffset();
        if (log.config().fsyncBeforeAck() && log.flushedEndOffset() < end) {
            return null;
        }
        int lastEpoch = end == log.logStartOffset() ? -1 : log.leaderEpochs().epochOf(end - 1);
        if (state.epoch() < lastEpoch) {
            return null;
        }
        outstanding = new ReplicaFetch(broker, incarnation, state.epoch(), end, lastEpoch, highWatermark, log.logStartOffset());
        return outstanding;
    }

    /** The fetch got lost, or its connection broke: it may be sent anew. An answer that comes after all counts for nothing. */
    public void lost(ReplicaFetch fetch) {
        if (fetch == outstanding) {
            outstanding = null;
        }
    }

    /**
     * Takes the answer to a fetch, if that is the outstanding one; any other is dropped. The records' indexes and reference count stay as they are.
     *
     * @return whether it was taken
     * @throws IOException when the log cannot be cut or written; then nothing of the answer counts
     */
    public boolean take(ReplicaFetch fetch, ReplicaAnswer<ByteBuf> answer) throws IOException {
        if (fetch != outstanding || answer.epoch() != fetch.epoch() || answer.offset() != fetch.offset()) {
            return false;
        }
        outstanding = null;
        Invariant.check(log.logEndOffset() == fetch.offset(), "the log went from %d to %d under a fetch", fetch.offset(), log.logEndOffset());
        switch (answer) {
            case ReplicaAnswer.Records<ByteBuf> found -> append(found);
            case ReplicaAnswer.Diverging<ByteBuf> diverging -> cut(diverging);
            case ReplicaAnswer.BeforeStart<ByteBuf> old -> {
                Invariant.check(old.logStartOffset() > log.logEndOffset(), "the leader's log begins at %d, this one ends at %d", old.logStartOffset(),
                        log.logEndOffset());
                log.truncateFullyTo(old.logStartOffset());
                highWatermark = Math.max(highWatermark, old.logStartOffset());
            }
        }
        return true;
    }

    private void append(ReplicaAnswer.Records<ByteBuf> found) throws IOException {
        ByteBuf records = found.records();
        boolean empty = log.logStartOffset() == log.logEndOffset();
        if (records.isReadable() && empty && RecordBatch.baseOffset(records, records.readerIndex()) < found.offset()) {
            // The leader's log may start within a batch, and a batch is stored whole.
            log.truncateFullyTo(RecordBatch.baseOffset(records, records.readerIndex()));
        }
        // Compaction leaves gaps in what is committed, perhaps long ago, when the topic had other settings; nowhere else are there any.
        AppendOrigin origin = found.offset() < found.highWatermark() ? AppendOrigin.REPLICA_WITH_GAPS : AppendOrigin.REPLICA;
        if (records.isReadable() && log.append(records, origin, found.epoch()) instanceof AppendResult.Refused refused) {
            throw new IOException("What the leader sent at offset " + found.offset() + " could not be appended: " + refused.reason());
        }
        highWatermark = Math.max(highWatermark, Math.min(found.highWatermark(), log.logEndOffset()));
        // What the leader has deleted is not kept here longer.
        long start = Math.min(found.logStartOffset(), highWatermark);
        if (start > log.logStartOffset()) {
            Runnable rest = log.advanceLogStartOffset(start);
            if (rest != null) {
                workers.execute(rest);
            }
        }
    }

    /** Cuts to where the logs part, as far as this log knows its own epochs; never below what is committed, unless that was given up (rules 6 and 24). */
    private void cut(ReplicaAnswer.Diverging<ByteBuf> diverging) throws IOException {
        long to = Math.min(diverging.endOffset(), endOfEpoch(diverging.endEpoch()));
        boolean givenUp = state.uncleanEpoch() > 0;
        Invariant.check(to >= highWatermark || givenUp, "the log would be cut to %d, below its high watermark %d", to, highWatermark);
        long end = log.truncateTo(to);
        Invariant.check(end >= highWatermark || givenUp, "the log was cut to %d, below its high watermark %d", end, highWatermark);
        highWatermark = Math.min(highWatermark, end);
    }

    /** Where this log's records of epochs up to the one given end. */
    private long endOfEpoch(int epoch) throws IOException {
        if (log.leaderEpochs().latestEpoch() <= epoch) {
            return log.logEndOffset();
        }
        long end = log.leaderEpochs().endOffsetFor(epoch, log.logEndOffset()).endOffset();
        return end == EpochEndOffset.UNDEFINED.endOffset() ? log.logStartOffset() : end;
    }
}
