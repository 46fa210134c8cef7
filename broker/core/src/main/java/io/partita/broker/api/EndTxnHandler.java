package io.partita.broker.api;

import io.partita.broker.coordinator.Producer;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.EndTxnRequest;
import io.partita.broker.protocol.message.EndTxnResponse;
import io.partita.broker.transaction.TransactionCoordinator;

/**
 * EndTxn (key 26), versions 0–5. v2 PRODUCER_FENCED; v4 TRANSACTION_ABORTABLE, which is not used; v5 is that of the newer protocol: the epoch rises with each
 * end, and the producer is told (KIP-890).
 */
final class EndTxnHandler implements Handler<EndTxnRequest> {

    private static final short FIRST_VERSION_WITH_FENCED = 2;
    private static final short FIRST_VERSION_WITH_NEW_PROTOCOL = 5;

    private final TransactionCoordinator transactions;

    EndTxnHandler(TransactionCoordinator transactions) {
        this.transactions = transactions;
    }

    @Override
    public void handle(RequestContext context, EndTxnRequest request) {
        if (!Permission.END_TXN.isGranted(context, request.transactionalId)) {
            var refusal = new EndTxnResponse();
            refusal.errorCode = Permission.END_TXN.refusal().code();
            context.respond(refusal);
            return;
        }
        short protocol = context.version() >= FIRST_VERSION_WITH_NEW_PROTOCOL ? TransactionCoordinator.NEW_PROTOCOL : TransactionCoordinator.OLD_PROTOCOL;
        var producer = new Producer(request.producerId, request.producerEpoch);
        transactions.end(request.transactionalId, producer, request.committed, protocol, answer -> {
            var response = new EndTxnResponse();
            response.errorCode = (answer.error() == ErrorCode.PRODUCER_FENCED && context.version() < FIRST_VERSION_WITH_FENCED
                    ? ErrorCode.INVALID_PRODUCER_EPOCH
                    : answer.error()).code();
            if (answer.producer() != null) {
                response.producerId = answer.producer().id();
                response.producerEpoch = answer.producer().epoch();
            }
            context.respond(response);
        });
    }
}
