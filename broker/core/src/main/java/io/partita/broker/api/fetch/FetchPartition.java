package io.partita.broker.api.fetch;

import io.partita.broker.protocol.message.FetchRequest;
import java.util.UUID;

/** One partition of a fetch, as the client last asked for it, and what it was last told; sessions keep it from request to request. */
final class FetchPartition {

    /** What a fetch names a partition by: the topic's id from version 13 on, its name before. */
    record Key(String topic, UUID topicId, int partition) {}

    /** An entry of a session's map, this, its key and the topic's id. */
    private static final int BYTES = 200;
    /** A text beside its characters. */
    private static final int TEXT_BYTES = 56;

    final Key key;
    int currentLeaderEpoch;
    long fetchOffset;
    int lastFetchedEpoch;
    int maxBytes;

    /** What the last response of the session said; -1 before the first. */
    long toldHighWatermark = -1;
    long toldLogStartOffset = -1;
    /** The {@link io.partita.broker.security.Access#version} in which the client might read it when it last asked; null before that. */
    Object allowedIn;
    /** The last response carried an error, so the next must speak of the partition whatever it says. */
    boolean toldError;

    FetchPartition(Key key, FetchRequest.FetchPartition asked) {
        this.key = key;
        update(asked);
    }

    /** Bytes of heap that a session needs to remember it, at most: the name of its topic may be nobody else's. */
    long bytes() {
        return BYTES + (key.topic == null || key.topic.isEmpty() ? 0 : TEXT_BYTES + (long) key.topic.length());
    }

    void update(FetchRequest.FetchPartition asked) {
        currentLeaderEpoch = asked.currentLeaderEpoch;
        fetchOffset = asked.fetchOffset;
        lastFetchedEpoch = asked.lastFetchedEpoch;
        maxBytes = asked.partitionMaxBytes;
    }
}
