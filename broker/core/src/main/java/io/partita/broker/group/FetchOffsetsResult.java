package io.partita.broker.group;

import io.partita.broker.protocol.ErrorCode;
import java.util.List;

/** Answer to a {@link FetchOffsetsRequest}: an error of the whole, or the topics and partitions in its order. */
public record FetchOffsetsResult(ErrorCode error, List<TopicOffsets> topics) {

    public record TopicOffsets(String topic, List<PartitionOffset> partitions) {}

    /**
     * @param offset null when nothing was committed
     * @param unstable whether a transaction is open that commits another one; only for requests that want to know
     */
    public record PartitionOffset(int partition, CommittedOffset offset, boolean unstable) {}
}
