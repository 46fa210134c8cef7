package io.partita.broker.api.fetch;

import io.partita.broker.protocol.message.FetchRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An incremental fetch session (KIP-227): the partitions a client reads, so that its requests need to name only what changes. Whoever wins
 * {@link #enter} for the next epoch owns the session's state until its response is sent; another request with the same epoch is refused.
 */
final class FetchSession {

    final int id;
    final boolean usesTopicIds;
    private final AtomicInteger nextEpoch = new AtomicInteger(1);
    private final Map<FetchPartition.Key, FetchPartition> partitions = new LinkedHashMap<>();
    private volatile long lastUsedMillis;

    FetchSession(int id, boolean usesTopicIds, List<FetchPartition> initial, long nowMillis) {
        this.id = id;
        this.usesTopicIds = usesTopicIds;
        this.lastUsedMillis = nowMillis;
        for (FetchPartition partition : initial) {
            partitions.put(partition.key, partition);
        }
    }

    /** Whether {@code epoch} is the next one expected; it is used up then. */
    boolean enter(int epoch, long nowMillis) {
        lastUsedMillis = nowMillis;
        return nextEpoch.compareAndSet(epoch, epoch == Integer.MAX_VALUE ? 1 : epoch + 1);
    }

    long lastUsedMillis() {
        return lastUsedMillis;
    }

    /** Takes over what an incremental request changes. */
    void update(FetchRequest request) {
        for (FetchRequest.FetchTopic topic : request.topics) {
            for (FetchRequest.FetchPartition asked : topic.partitions) {
                FetchPartition.Key key = new FetchPartition.Key(topic.topic, topic.topicId, asked.partition);
                FetchPartition known = partitions.get(key);
                if (known == null) {
                    partitions.put(key, new FetchPartition(key, asked));
                } else {
                    known.update(asked);
                }
            }
        }
        for (FetchRequest.ForgottenTopic topic : request.forgottenTopicsData) {
            for (int partition : topic.partitions) {
                partitions.remove(new FetchPartition.Key(topic.topic, topic.topicId, partition));
            }
        }
    }

    /** The partitions in the order in which they are to be read. */
    List<FetchPartition> partitions() {
        return new ArrayList<>(partitions.values());
    }

    /** Puts partitions that gave data behind the others, so that the response size bound starves none. */
    void readLast(List<FetchPartition> served) {
        for (FetchPartition partition : served) {
            if (partitions.remove(partition.key, partition)) {
                partitions.put(partition.key, partition);
            }
        }
    }
}
