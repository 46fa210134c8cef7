package io.partita.broker.replication;

import io.partita.broker.log.EpochCache.EpochEndOffset;
import io.partita.broker.log.LogSlice;
import io.partita.broker.log.PartitionLog;
import java.io.IOException;

/**
 * How a leader answers its followers: with the records behind what they have, or, where the two logs part before that, with where (KIP-101, KIP-595). Before the
 * answer is made the fetch is noted, because it acknowledges what lies below it.
 *
 * <p>Threads: the partition's owner.
 */
public final class ReplicaFetches {

    private final PartitionLog log;
    private final Commitment commitment;

    public ReplicaFetches(PartitionLog log, Commitment commitment) {
        this.log = log;
        this.commitment = commitment;
    }

    /** Whether the fetch is for this leadership, and of a replica. Any other is not answered at all: its sender follows somebody else, or soon will. */
    public boolean concerns(ReplicaFetch fetch) {
        return fetch.epoch() == commitment.state().epoch() && commitment.isFollower(fetch.broker());
    }

    /**
     * Compares the logs, and notes the fetch of one that {@linkplain #concerns concerns} this leadership. Returns the answer of a follower that has to cut its log or
     * begin anew, {@code null} for one that gets {@link #records}.
     *
     * @throws IOException when the log cannot be read
     */
    public ReplicaAnswer<LogSlice> compare(ReplicaFetch fetch, long nowMillis) throws IOException {
        int epoch = fetch.epoch();
        long offset = fetch.offset();
        if (offset < log.logStartOffset()) {
            return new ReplicaAnswer.BeforeStart<>(epoch, offset, log.logStartOffset());
        }
        EpochEndOffset parting = parting(fetch);
        if (parting != null) {
            return new ReplicaAnswer.Diverging<>(epoch, offset, parting.epoch(), parting.endOffset());
        }
        commitment.fetched(fetch, log.logEndOffset(), nowMillis);
        return null;
    }

    /** The records behind the offset of a fetch that was {@linkplain #compare compared}: a slice of the log, to be released by whoever sends it; it may be empty. */
    public ReplicaAnswer<LogSlice> records(ReplicaFetch fetch, int maxBytes) {
        if (fetch.offset() < log.logStartOffset()) {
            return new ReplicaAnswer.BeforeStart<>(fetch.epoch(), fetch.offset(), log.logStartOffset());
        }
        LogSlice records = log.readForReplica(fetch.offset(), maxBytes);
        return new ReplicaAnswer.Records<>(fetch.epoch(), fetch.offset(), records, commitment.highWatermark(), log.logStartOffset());
    }

    /** Answers a fetch at once, whatever there is. */
    public ReplicaAnswer<LogSlice> answer(ReplicaFetch fetch, int maxBytes, long nowMillis) throws IOException {
        ReplicaAnswer<LogSlice> parted = compare(fetch, nowMillis);
        return parted != null ? parted : records(fetch, maxBytes);
    }

    /** Where the two logs part, {@code null} when they are one up to the fetch's offset. */
    private EpochEndOffset parting(ReplicaFetch fetch) throws IOException {
        int latest = log.leaderEpochs().latestEpoch();
        if (fetch.offset() == log.logStartOffset() || fetch.lastEpoch() < 0 && fetch.offset() <= log.logEndOffset()) {
            // Nothing before that is left to compare. A log that is empty begins where everything before was committed, so every leader has had it.
            return null;
        }
        EpochEndOffset known = log.leaderEpochs().endOffsetFor(fetch.lastEpoch(), log.logEndOffset());
        if (known.epoch() < 0) {
            known = fetch.lastEpoch() < 0 || fetch.lastEpoch() > latest
                    ? new EpochEndOffset(latest, log.logEndOffset())
                    : new EpochEndOffset(-1, log.logStartOffset());
        }
        return known.epoch() < fetch.lastEpoch() || known.endOffset() < fetch.offset() ? known : null;
    }
}
