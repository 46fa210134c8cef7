package io.partita.broker.replication;

import io.partita.broker.Invariant;

/**
 * What a follower asks its leader for: the records from {@code offset} on. It is its word as well that it has everything below, under the name of its log.
 *
 * @param broker the follower
 * @param incarnation the name of its log (rule 10)
 * @param epoch the leadership that it follows; a leader of another one does not answer (rule 5)
 * @param offset the end of its log; with fsync before the acknowledgement, of what is flushed (rule 15)
 * @param lastEpoch the epoch of the record before {@code offset}, -1 when it has none: whether the two logs are one up to there (KIP-595)
 * @param highWatermark what it knows to be committed; whoever knows less than its leader is told before long, though no record comes (KIP-1166 has the same for Raft)
 * @param logStartOffset the first offset it has; likewise
 */
public record ReplicaFetch(int broker, String incarnation, int epoch, long offset, int lastEpoch, long highWatermark, long logStartOffset) {

    public ReplicaFetch {
        Invariant.check(offset >= 0 && lastEpoch >= -1 && epoch >= 0 && highWatermark <= offset && logStartOffset <= offset,
                "a fetch at offset %d after epoch %d", offset, lastEpoch);
    }
}
