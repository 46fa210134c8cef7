package io.partita.broker.replication;

import io.netty.buffer.ByteBuf;
import io.partita.broker.control.PartitionKey;

/** The way from followers to their leaders: one connection to each broker, for all partitions that are followed there. Any thread. */
public interface ReplicaLink {

    /** To nobody. */
    ReplicaLink NONE = (leader, partition, fetch, outcome) -> outcome.lost();

    /** How a fetch ended. One of the two is called, once, on any thread. */
    interface Outcome {

        /** The leader's answer. The receiver releases its records. */
        void answered(ReplicaAnswer<ByteBuf> answer);

        /** There is no answer: the connection broke or was not to be had, or the broker does not lead the partition under that epoch (yet, or any more). */
        void lost();
    }

    /** Sends a fetch. The answer comes when there are records behind its offset, when the high watermark rose a while ago, or the logs part. */
    void fetch(int leader, PartitionKey partition, ReplicaFetch fetch, Outcome outcome);
}
