package io.partita.broker.link;

import io.partita.broker.control.PartitionKey;
import io.partita.broker.replication.ReplicaFetch;
import io.partita.broker.replication.ReplicaFetchCallback;

/** Where the fetches of followers are answered: the partitions that are led here. */
@FunctionalInterface
public interface Followed {

    /**
     * Answers a fetch, at once when there is something to say, else later. Any thread.
     *
     * @param maxBytes most bytes of records; a single batch may exceed it
     * @param callback told on the partition's owner; {@linkplain ReplicaFetchCallback#refused refused} where the partition is not led here under that epoch
     */
    void fetch(PartitionKey partition, ReplicaFetch fetch, int maxBytes, ReplicaFetchCallback callback);
}
