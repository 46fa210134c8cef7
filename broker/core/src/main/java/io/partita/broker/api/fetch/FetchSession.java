package io.partita.broker.api.fetch;

import io.partita.broker.protocol.message.FetchRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An incremental fetch session (KIP-227): the partitions a client reads, so that its requests need to name only what changes. Whoever opens it, and
 * later whoever wins {@link #enter}, owns its state until {@link #leave}, from one event loop; meanwhile every other request for it is refused.
 */
final class FetchSession {

    final int id;
    final boolean usesTopicIds;
    /** Stands for the next epoch while a request is under way. No incremental request has this epoch. */
    private static final int BUSY = 0;
    private static final int FIRST_EPOCH = 1;

    private final AtomicInteger nextEpoch = new AtomicInteger(BUSY);
    private int epochAfter = FIRST_EPOCH;
    private final Map<FetchPartition.Key, FetchPartition> partitions = new LinkedHashMap<>();
    private volatile long lastUsedMillis;
    /** What the partitions take in the heap. */
    private long bytes;
    /** How much of it {@link FetchSessions} has counted; changed by its owner under the lock of the sessions. */
    volatile long counted;

    FetchSession(int id, boolean usesTopicIds, List<FetchPartition> initial, long nowMillis) {
        this.id = id;
        this.usesTopicIds = usesTopicIds;
        this.lastUsedMillis = nowMillis;
        for (FetchPartition partition : initial) {
            remember(partition);
        }
    }

    private void remember(FetchPartition partition) {
        FetchPartition before = partitions.put(partition.key, partition);
        bytes += partition.bytes() - (before == null ? 0 : before.bytes());
    }

    /** Whether {@code epoch} is the next one expected and no request is under way; it is used up, and the session the caller's, then. */
    boolean enter(int epoch, long nowMillis) {
        if (epoch < FIRST_EPOCH || !nextEpoch.compareAndSet(epoch, BUSY)) {
            return false;
        }
        lastUsedMillis = nowMillis;
        epochAfter = epoch == Integer.MAX_VALUE ? FIRST_EPOCH : epoch + 1;
        return true;
    }

    /** Lets the next request have the session. */
    void leave() {
        nextEpoch.set(epochAfter);
    }

    /** Bytes of heap that the session takes, at most. */
    long bytes() {
        return bytes;
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
                    remember(new FetchPartition(key, asked));
                } else {
                    known.update(asked);
                }
            }
        }
        for (FetchRequest.ForgottenTopic topic : request.forgottenTopicsData) {
            for (int partition : topic.partitions) {
                FetchPartition forgotten = partitions.remove(new FetchPartition.Key(topic.topic, topic.topicId, partition));
                bytes -= forgotten == null ? 0 : forgotten.bytes();
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
