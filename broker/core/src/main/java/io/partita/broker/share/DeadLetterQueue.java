package io.partita.broker.share;

import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.share.state.ShareKey;

/** Where records go that could not be delivered (KIP-1191). */
public interface DeadLetterQueue {

    /** @param reason for people */
    record Letter(ShareKey key, PartitionLeader from, long firstOffset, long lastOffset, short deliveryCount, String reason, SharePartitionConfig config) {}

    /** Writes records there; {@code done} is run when they are there, or cannot be brought there. Any thread. */
    void write(Letter letter, Runnable done);
}
