package io.partita.broker.api;

import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;

/** Which partitions a transaction can have: those whose end this broker can have written. Any thread. */
final class TransactionPartitions {

    private final MetadataStore metadata;
    private final int nodeId;

    TransactionPartitions(MetadataStore metadata, int nodeId) {
        this.metadata = metadata;
        this.nodeId = nodeId;
    }

    ClusterImage image() {
        return metadata.image();
    }

    /** NONE, or what a request to add the partition is refused with. */
    ErrorCode check(String topic, int index) {
        TopicImage known = metadata.image().topic(topic);
        PartitionImage partition = known == null ? null : known.partition(index);
        if (partition == null) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        // Brokers that do not replicate to each other do not send each other markers either.
        boolean isReached = metadata.states() != null || partition.leader() == nodeId || partition.leader() == PartitionImage.NO_LEADER;
        return isReached ? ErrorCode.NONE : ErrorCode.COORDINATOR_NOT_AVAILABLE;
    }
}
