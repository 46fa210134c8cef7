package io.partita.broker.api;

import io.partita.broker.coordinator.Producer;
import io.partita.broker.protocol.message.WriteTxnMarkersRequest;
import io.partita.broker.protocol.message.WriteTxnMarkersResponse;
import io.partita.broker.transaction.MarkerSender;
import io.partita.broker.transaction.TopicPartition;

/**
 * WriteTxnMarkers (key 27), versions 1–2: ends transactions in partitions that are led here. For other brokers, and for an administrator who ends a transaction
 * that nobody else will ({@code kafka-transactions.sh --abort}). v2 says by which protocol the producer works (KIP-1228).
 */
final class WriteTxnMarkersHandler implements Handler<WriteTxnMarkersRequest> {

    private final MarkerSender markers;

    /** {@code markers} writes to partitions that are led here. */
    WriteTxnMarkersHandler(MarkerSender markers) {
        this.markers = markers;
    }

    @Override
    public void handle(RequestContext context, WriteTxnMarkersRequest request) {
        var response = new WriteTxnMarkersResponse();
        var answers = new OpenAnswers(context, response);
        boolean isAllowed = Permission.WRITE_TXN_MARKERS_BROKER.isGrantedQuietly(context) || Permission.WRITE_TXN_MARKERS.isGranted(context);
        for (var wanted : request.markers) {
            var marker = new MarkerSender.Marker(new Producer(wanted.producerId, wanted.producerEpoch), wanted.transactionResult, wanted.coordinatorEpoch,
                    wanted.transactionVersion);
            var result = new WriteTxnMarkersResponse.WritableTxnMarkerResult();
            result.producerId = wanted.producerId;
            response.markers.add(result);
            for (var topic : wanted.topics) {
                var topicResult = new WriteTxnMarkersResponse.WritableTxnMarkerTopicResult();
                topicResult.name = topic.name;
                result.topics.add(topicResult);
                for (int index : topic.partitionIndexes) {
                    var partition = new WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult();
                    partition.partitionIndex = index;
                    topicResult.partitions.add(partition);
                    if (!isAllowed) {
                        partition.errorCode = Permission.WRITE_TXN_MARKERS.refusal().code();
                        continue;
                    }
                    answers.begin();
                    markers.send(new TopicPartition(topic.name, index), marker, code -> {
                        partition.errorCode = code.code();
                        answers.done();
                    });
                }
            }
        }
        answers.done();
    }
}
