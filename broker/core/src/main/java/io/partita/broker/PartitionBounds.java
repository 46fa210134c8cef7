package io.partita.broker;

import io.partita.broker.env.Workers;
import io.partita.broker.link.BrokerCalls;
import io.partita.broker.log.TimestampOffset;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ListOffsetsRequest;
import io.partita.broker.protocol.message.ListOffsetsResponse;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import java.util.UUID;
import java.util.function.Supplier;

/** Where partitions begin and end, asked of who leads them: here, or at the broker that the image names. */
final class PartitionBounds {

    /** As in ListOffsets: the first offset, and the one behind the last committed record. */
    static final long EARLIEST = -2;
    static final long LATEST = -1;

    private static final short VERSION = 9;
    private static final long TIMEOUT_MILLIS = 5_000;

    /** Told once, on any thread. {@code offset} is −1 with an error, and where there is no record so young. */
    @FunctionalInterface
    interface Found {
        void found(ErrorCode error, long offset);
    }

    private final int nodeId;
    private final Partitions partitions;
    private final BrokerCalls calls;
    private final Supplier<ClusterImage> image;
    private final Workers workers;

    PartitionBounds(int nodeId, Partitions partitions, BrokerCalls calls, Supplier<ClusterImage> image, Workers workers) {
        this.nodeId = nodeId;
        this.partitions = partitions;
        this.calls = calls;
        this.image = image;
        this.workers = workers;
    }

    /** @param timestamp {@link #EARLIEST}, {@link #LATEST}, or a time by the wall clock: the first record that is no older */
    void find(UUID topicId, int partition, long timestamp, Found found) {
        TopicImage topic = image.get().topic(topicId);
        PartitionImage known = topic == null ? null : topic.partition(partition);
        PartitionLeader leader = partitions.find(topicId, partition);
        if (known == null) {
            found.found(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1);
        } else if (leader != null) {
            findHere(leader, timestamp, found);
        } else if (known.leader() == nodeId || known.leader() == PartitionImage.NO_LEADER) {
            found.found(ErrorCode.NOT_LEADER_OR_FOLLOWER, -1);
        } else {
            ask(known.leader(), topic.name(), partition, timestamp, found);
        }
    }

    private void findHere(PartitionLeader leader, long timestamp, Found found) {
        leader.whenOpen(failure -> {
            if (failure != null || leader.isClosed()) {
                found.found(failure != null ? ErrorCode.KAFKA_STORAGE_ERROR : leader.ended(), -1);
            } else if (timestamp == EARLIEST) {
                found.found(ErrorCode.NONE, leader.log().logStartOffset());
            } else if (!leader.knowsWhatIsCommitted()) {
                found.found(ErrorCode.OFFSET_NOT_AVAILABLE, -1);
            } else if (timestamp == LATEST) {
                found.found(ErrorCode.NONE, leader.highWatermark());
            } else {
                workers.of(Workers.Kind.LOOKUP).call(() -> leader.log().lookupByTimestamp(timestamp, leader.highWatermark()), leader.owner(),
                        (TimestampOffset offset, Throwable failed) -> found.found(failed == null ? ErrorCode.NONE : ErrorCode.KAFKA_STORAGE_ERROR,
                                failed == null ? offset.offset() : -1));
            }
        });
    }

    private void ask(int broker, String topicName, int index, long timestamp, Found found) {
        var partition = new ListOffsetsRequest.ListOffsetsPartition();
        partition.partitionIndex = index;
        partition.timestamp = timestamp;
        var topic = new ListOffsetsRequest.ListOffsetsTopic();
        topic.name = topicName;
        topic.partitions.add(partition);
        var request = new ListOffsetsRequest();
        request.replicaId = -1;
        request.topics.add(topic);
        var response = new ListOffsetsResponse();
        calls.call(broker, ApiKey.LIST_OFFSETS, VERSION, request, response, TIMEOUT_MILLIS, given -> {
            if (given == null) {
                found.found(ErrorCode.NOT_LEADER_OR_FOLLOWER, -1);
            } else {
                var result = response.topics.getFirst().partitions.getFirst();
                found.found(ErrorCode.forCode(result.errorCode), result.offset);
            }
        });
    }
}
