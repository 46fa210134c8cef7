package io.partita.broker.api;

import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeTransactionsRequest;
import io.partita.broker.protocol.message.DescribeTransactionsResponse;
import io.partita.broker.transaction.DescribedTransaction;
import io.partita.broker.transaction.TopicPartition;
import io.partita.broker.transaction.TransactionCoordinator;
import java.util.TreeSet;

/** DescribeTransactions (key 65), version 0 (KIP-664). */
final class DescribeTransactionsHandler implements Handler<DescribeTransactionsRequest> {

    private final TransactionCoordinator transactions;

    DescribeTransactionsHandler(TransactionCoordinator transactions) {
        this.transactions = transactions;
    }

    @Override
    public void handle(RequestContext context, DescribeTransactionsRequest request) {
        transactions.describe(request.transactionalIds, results -> {
            var response = new DescribeTransactionsResponse();
            for (int i = 0; i < results.size(); i++) {
                TransactionCoordinator.DescribeResult result = results.get(i);
                var answer = new DescribeTransactionsResponse.TransactionState();
                answer.transactionalId = request.transactionalIds.get(i);
                ErrorCode error = Permission.DESCRIBE_TRANSACTIONS.isGranted(context, answer.transactionalId)
                        ? result.error()
                        : Permission.DESCRIBE_TRANSACTIONS.refusal();
                answer.errorCode = error.code();
                if (error == ErrorCode.NONE) {
                    fill(context, answer, result.transaction());
                }
                response.transactionStates.add(answer);
            }
            context.respond(response);
        });
    }

    private static void fill(RequestContext context, DescribeTransactionsResponse.TransactionState answer, DescribedTransaction transaction) {
        answer.transactionState = transaction.state().displayName();
        answer.transactionTimeoutMs = transaction.timeoutMillis();
        answer.transactionStartTimeMs = transaction.startMillis();
        answer.producerId = transaction.producer().id();
        answer.producerEpoch = transaction.producer().epoch();
        for (TopicPartition partition : new TreeSet<>(transaction.partitions())) {
            if (!Permission.DESCRIBE_TRANSACTIONS_TOPIC.isGranted(context, partition.topic())) {
                continue;
            }
            if (answer.topics.isEmpty() || !answer.topics.getLast().topic.equals(partition.topic())) {
                var topic = new DescribeTransactionsResponse.TopicData();
                topic.topic = partition.topic();
                answer.topics.add(topic);
            }
            answer.topics.getLast().partitions.add(partition.partition());
        }
    }
}
