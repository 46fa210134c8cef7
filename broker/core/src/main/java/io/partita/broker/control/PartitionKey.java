package io.partita.broker.control;

import java.util.Comparator;
import java.util.Objects;
import java.util.UUID;

/**
 * Which partition.
 *
 * @param topicId id of the topic; a topic made again under an old name has another
 * @param partition index of the partition, 0 or above
 */
public record PartitionKey(UUID topicId, int partition) implements Comparable<PartitionKey> {

    private static final Comparator<PartitionKey> ORDER = Comparator.comparing(PartitionKey::topicId).thenComparingInt(PartitionKey::partition);

    public PartitionKey {
        Objects.requireNonNull(topicId, "topicId");
        if (partition < 0) {
            throw new IllegalArgumentException("not a partition: " + partition);
        }
    }

    @Override
    public int compareTo(PartitionKey other) {
        return ORDER.compare(this, other);
    }
}
