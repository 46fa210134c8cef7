package io.partita.broker.api;

import io.partita.broker.coordinator.Producer;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AddPartitionsToTxnRequest;
import io.partita.broker.protocol.message.AddPartitionsToTxnRequest.AddPartitionsToTxnTopic;
import io.partita.broker.protocol.message.AddPartitionsToTxnResponse;
import io.partita.broker.protocol.message.AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult;
import io.partita.broker.protocol.message.AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult;
import io.partita.broker.transaction.TopicPartition;
import io.partita.broker.transaction.TransactionCoordinator;
import java.util.ArrayList;
import java.util.List;

/**
 * AddPartitionsToTxn (key 24), versions 0–5. v2 PRODUCER_FENCED; up to v3 clients of the older protocol add partitions before they write to them; v4 is for brokers:
 * several transactions, and verification of partitions that were added (KIP-890); v5 TRANSACTION_ABORTABLE.
 *
 * <p>All partitions of a transaction are added or none: one that does not exist leaves the others OPERATION_NOT_ATTEMPTED.
 */
final class AddPartitionsToTxnHandler implements Handler<AddPartitionsToTxnRequest> {

    private static final short FIRST_VERSION_WITH_FENCED = 2;
    private static final short LAST_VERSION_OF_CLIENTS = 3;

    private final TransactionCoordinator transactions;
    private final TransactionPartitions partitions;

    AddPartitionsToTxnHandler(TransactionCoordinator transactions, TransactionPartitions partitions) {
        this.transactions = transactions;
        this.partitions = partitions;
    }

    @Override
    public void handle(RequestContext context, AddPartitionsToTxnRequest request) {
        var response = new AddPartitionsToTxnResponse();
        if (context.version() > LAST_VERSION_OF_CLIENTS && !Permission.ADD_PARTITIONS_TO_TXN_CLUSTER.isGranted(context)) {
            response.errorCode = Permission.ADD_PARTITIONS_TO_TXN_CLUSTER.refusal().code();
            context.respond(response);
            return;
        }
        var answers = new OpenAnswers(context, response);
        if (context.version() <= LAST_VERSION_OF_CLIENTS) {
            var producer = new Producer(request.v3AndBelowProducerId, request.v3AndBelowProducerEpoch);
            answer(context, answers, request.v3AndBelowTransactionalId, producer, false, request.v3AndBelowTopics, response.resultsByTopicV3AndBelow);
        } else {
            for (var transaction : request.transactions) {
                var result = new AddPartitionsToTxnResponse.AddPartitionsToTxnResult();
                result.transactionalId = transaction.transactionalId;
                response.resultsByTransaction.add(result);
                answer(context, answers, transaction.transactionalId, new Producer(transaction.producerId, transaction.producerEpoch), transaction.verifyOnly,
                        transaction.topics, result.topicResults);
            }
        }
        answers.done();
    }

    private void answer(
            RequestContext context,
            OpenAnswers answers,
            String transactionalId,
            Producer producer,
            boolean verifyOnly,
            List<AddPartitionsToTxnTopic> topics,
            List<AddPartitionsToTxnTopicResult> results) {
        var wanted = new ArrayList<TopicPartition>();
        var open = new ArrayList<AddPartitionsToTxnPartitionResult>();
        boolean isClient = context.version() <= LAST_VERSION_OF_CLIENTS;
        boolean mayUseId = !isClient || Permission.ADD_PARTITIONS_TO_TXN.isGranted(context, transactionalId);
        boolean refused = false;
        for (AddPartitionsToTxnTopic topic : topics) {
            var topicResult = new AddPartitionsToTxnTopicResult();
            topicResult.name = topic.name;
            results.add(topicResult);
            boolean mayWrite = !mayUseId || !isClient || Permission.ADD_PARTITIONS_TO_TXN_TOPIC.isGranted(context, topic.name);
            for (int index : topic.partitions) {
                var result = new AddPartitionsToTxnPartitionResult();
                result.partitionIndex = index;
                topicResult.resultsByPartition.add(result);
                ErrorCode error = !mayUseId
                        ? Permission.ADD_PARTITIONS_TO_TXN.refusal()
                        : mayWrite ? partitions.check(topic.name, index) : Permission.ADD_PARTITIONS_TO_TXN_TOPIC.refusal();
                if (error == ErrorCode.NONE) {
                    wanted.add(new TopicPartition(topic.name, index));
                    open.add(result);
                } else {
                    result.partitionErrorCode = error.code();
                    refused = true;
                }
            }
        }
        if (refused) {
            open.forEach(result -> result.partitionErrorCode = ErrorCode.OPERATION_NOT_ATTEMPTED.code());
            return;
        }
        answers.begin();
        if (verifyOnly) {
            transactions.verify(transactionalId, producer, wanted, codes -> {
                for (int i = 0; i < codes.size(); i++) {
                    open.get(i).partitionErrorCode = codes.get(i).code();
                }
                answers.done();
            });
        } else {
            short protocol = context.version() <= LAST_VERSION_OF_CLIENTS ? TransactionCoordinator.OLD_PROTOCOL : TransactionCoordinator.NEW_PROTOCOL;
            transactions.add(transactionalId, producer, wanted, protocol, code -> {
                ErrorCode told = code == ErrorCode.PRODUCER_FENCED && context.version() < FIRST_VERSION_WITH_FENCED ? ErrorCode.INVALID_PRODUCER_EPOCH : code;
                open.forEach(result -> result.partitionErrorCode = told.code());
                answers.done();
            });
        }
    }
}
