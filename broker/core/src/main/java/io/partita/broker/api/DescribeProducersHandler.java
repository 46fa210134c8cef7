package io.partita.broker.api;

import io.partita.broker.log.ProducerDescription;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeProducersRequest;
import io.partita.broker.protocol.message.DescribeProducersResponse;
import io.partita.broker.replication.PartitionLeader;
import java.io.IOException;

/** DescribeProducers (key 61), version 0 (KIP-664): the idempotent and transactional producers that partitions know of. */
final class DescribeProducersHandler implements Handler<DescribeProducersRequest> {

    private final PartitionLookup partitions;

    DescribeProducersHandler(PartitionLookup partitions) {
        this.partitions = partitions;
    }

    @Override
    public void handle(RequestContext context, DescribeProducersRequest request) {
        DescribeProducersResponse response = new DescribeProducersResponse();
        OpenAnswers answers = new OpenAnswers(context, response);
        for (DescribeProducersRequest.TopicRequest topic : request.topics) {
            var topicAnswer = new DescribeProducersResponse.TopicResponse();
            topicAnswer.name = topic.name;
            response.topics.add(topicAnswer);
            boolean isAllowed = Permission.DESCRIBE_PRODUCERS.isGranted(context, topic.name);
            for (int index : topic.partitionIndexes) {
                var answer = new DescribeProducersResponse.PartitionResponse();
                answer.partitionIndex = index;
                topicAnswer.partitions.add(answer);
                PartitionLeader leader = partitions.find(topic.name, index);
                ErrorCode error = isAllowed
                        ? partitions.check(leader, topic.name, index, PartitionLookup.NO_EPOCH)
                        : Permission.DESCRIBE_PRODUCERS.refusal();
                answer.errorCode = error.code();
                if (error == ErrorCode.NONE) {
                    answers.onOpenLog(leader, failure -> describe(leader, failure, answer));
                }
            }
        }
        answers.done();
    }

    private static void describe(PartitionLeader leader, Throwable failure, DescribeProducersResponse.PartitionResponse answer) {
        try {
            if (failure != null || leader.isClosed()) {
                answer.errorCode = (leader.isClosed() ? leader.ended() : ErrorCode.KAFKA_STORAGE_ERROR).code();
                answer.errorMessage = failure == null ? null : "The log could not be read: " + failure.getMessage();
                return;
            }
            for (ProducerDescription producer : leader.log().producers()) {
                var state = new DescribeProducersResponse.ProducerState();
                state.producerId = producer.producerId();
                state.producerEpoch = producer.epoch();
                state.lastSequence = producer.lastSequence();
                state.lastTimestamp = producer.lastTimestamp();
                state.coordinatorEpoch = producer.coordinatorEpoch();
                state.currentTxnStartOffset = producer.transactionStartOffset();
                answer.activeProducers.add(state);
            }
        } catch (IOException e) {
            answer.errorCode = ErrorCode.KAFKA_STORAGE_ERROR.code();
            answer.errorMessage = "The log could not be read: " + e.getMessage();
        }
    }
}
