package io.partita.broker.api;

import io.partita.broker.log.ProducerDescription;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeProducersRequest;
import io.partita.broker.protocol.message.DescribeProducersResponse;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/** DescribeProducers (key 61), version 0 (KIP-664): the idempotent and transactional producers that partitions know of. */
final class DescribeProducersHandler implements Handler<DescribeProducersRequest> {

    private final Partitions partitions;

    DescribeProducersHandler(Partitions partitions) {
        this.partitions = partitions;
    }

    @Override
    public void handle(RequestContext context, DescribeProducersRequest request) {
        DescribeProducersResponse response = new DescribeProducersResponse();
        int count = 0;
        for (DescribeProducersRequest.TopicRequest topic : request.topics) {
            count += topic.partitionIndexes.size();
        }
        // One more than there are partitions: the last one down answers, and that is never before all have been asked.
        AtomicInteger open = new AtomicInteger(count + 1);
        for (DescribeProducersRequest.TopicRequest topic : request.topics) {
            var topicAnswer = new DescribeProducersResponse.TopicResponse();
            topicAnswer.name = topic.name;
            response.topics.add(topicAnswer);
            for (int index : topic.partitionIndexes) {
                var answer = new DescribeProducersResponse.PartitionResponse();
                answer.partitionIndex = index;
                topicAnswer.partitions.add(answer);
                PartitionLeader leader = partitions.find(topic.name, index);
                ErrorCode error = PartitionLookup.check(leader, -1);
                answer.errorCode = error.code();
                if (error == ErrorCode.NONE) {
                    leader.owner().run(() -> {
                        describe(leader, answer);
                        done(open, context, response);
                    });
                } else {
                    done(open, context, response);
                }
            }
        }
        done(open, context, response);
    }

    private static void describe(PartitionLeader leader, DescribeProducersResponse.PartitionResponse answer) {
        try {
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

    private static void done(AtomicInteger open, RequestContext context, DescribeProducersResponse response) {
        if (open.decrementAndGet() == 0) {
            context.respond(response);
        }
    }
}
