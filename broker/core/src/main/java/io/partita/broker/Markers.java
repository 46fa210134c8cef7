package io.partita.broker;

import io.partita.broker.link.BrokerCalls;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.WriteTxnMarkersRequest;
import io.partita.broker.protocol.message.WriteTxnMarkersResponse;
import io.partita.broker.transaction.MarkerSender;
import io.partita.broker.transaction.TopicPartition;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Has markers written where their partitions are led: here, or by the broker that the image names. A partition is gone when the store says so, not when an image lacks it. Whoever is told that it did not work asks again, and by then the
 * image may name another one. A marker that was written although its answer got lost is written again, which changes nothing; it
 * cannot come late, behind the beginning of the next transaction, because what a broker sends by a new connection is done after what it sent by those before.
 */
final class Markers implements MarkerSender {

    private static final short VERSION = 2;
    /** The marker may have to wait for replicas. */
    private static final long TIMEOUT_MILLIS = 30_000;

    private final int nodeId;
    private final LocalMarkers local;
    private final BrokerCalls calls;
    private final Supplier<ClusterImage> image;
    private final PartitionsGone gone;

    Markers(int nodeId, LocalMarkers local, BrokerCalls calls, Supplier<ClusterImage> image, PartitionsGone gone) {
        this.nodeId = nodeId;
        this.local = local;
        this.calls = calls;
        this.image = image;
        this.gone = gone;
    }

    @Override
    public void send(TopicPartition partition, Marker marker, Consumer<ErrorCode> outcome) {
        PartitionImage known = partition(partition);
        if (known == null || known.leader() == nodeId || known.leader() == PartitionImage.NO_LEADER || local.leads(partition)) {
            local.send(partition, marker, code -> outcome.accept(orNotShown(partition, code)));
            return;
        }
        calls.call(known.leader(), ApiKey.WRITE_TXN_MARKERS, VERSION, request(partition, marker), new WriteTxnMarkersResponse(), TIMEOUT_MILLIS,
                response -> outcome.accept(response == null ? ErrorCode.NOT_LEADER_OR_FOLLOWER : code(partition, (WriteTxnMarkersResponse) response)));
    }

    private static WriteTxnMarkersRequest request(TopicPartition partition, Marker marker) {
        var topic = new WriteTxnMarkersRequest.WritableTxnMarkerTopic();
        topic.name = partition.topic();
        topic.partitionIndexes.add(partition.partition());
        var wanted = new WriteTxnMarkersRequest.WritableTxnMarker();
        wanted.producerId = marker.producer().id();
        wanted.producerEpoch = marker.producer().epoch();
        wanted.transactionResult = marker.commit();
        wanted.coordinatorEpoch = marker.coordinatorEpoch();
        wanted.transactionVersion = (byte) marker.protocol();
        wanted.topics.add(topic);
        var request = new WriteTxnMarkersRequest();
        request.markers.add(wanted);
        return request;
    }

    private ErrorCode code(TopicPartition partition, WriteTxnMarkersResponse response) {
        return orNotShown(partition, ErrorCode.forCode(response.markers.getFirst().topics.getFirst().partitions.getFirst().errorCode));
    }

    /** Who does not know the partition may not have heard of it yet, this broker as well. What is open in it would stay open for ever if it were taken for gone. */
    private ErrorCode orNotShown(TopicPartition partition, ErrorCode code) {
        boolean isNotShown = code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION && (partition(partition) != null || !gone.isGone(partition));
        return isNotShown ? ErrorCode.NOT_LEADER_OR_FOLLOWER : code;
    }

    private PartitionImage partition(TopicPartition partition) {
        TopicImage topic = image.get().topic(partition.topic());
        return topic == null ? null : topic.partition(partition.partition());
    }
}
