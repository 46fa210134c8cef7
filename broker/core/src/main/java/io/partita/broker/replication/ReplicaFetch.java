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
 */
public record ReplicaFetch(int broker, String incarnation, int epoch, long offset, int lastEpoch) {

    public ReplicaFetch {
        Invariant.check(offset >= 0 && lastEpoch >= -1 && epoch >= 0, "a fetch at offset %d after epoch %d", offset, lastEpoch);
    }
}
