package io.partita.broker.api;

import io.partita.broker.coordinator.Producer;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.InitProducerIdRequest;
import io.partita.broker.protocol.message.InitProducerIdResponse;
import io.partita.broker.transaction.ProducerAnswer;
import io.partita.broker.transaction.TransactionCoordinator;

/**
 * InitProducerId (key 22), versions 0–5. v3 carries the producer's old id and epoch, by which a transactional one goes on after an error (KIP-360); v4
 * PRODUCER_FENCED; v5 TRANSACTION_ABORTABLE, which is not used. v6, not finished in Kafka either, is about transactions that somebody else coordinates.
 */
final class InitProducerIdHandler implements Handler<InitProducerIdRequest> {

    private static final short FIRST_VERSION_WITH_FENCED = 4;

    private final TransactionCoordinator transactions;

    InitProducerIdHandler(TransactionCoordinator transactions) {
        this.transactions = transactions;
    }

    @Override
    public void handle(RequestContext context, InitProducerIdRequest request) {
        if (request.transactionalId == null) {
            if (!mayWriteSomewhere(context)) {
                respond(context, Permission.INIT_PRODUCER_ID.refusal(), null);
                return;
            }
            respond(context, ErrorCode.NONE, new Producer(transactions.newProducerId(), (short) 0));
            return;
        }
        if (!Permission.INIT_PRODUCER_ID_TRANSACTIONAL_ID.isGranted(context, request.transactionalId)) {
            respond(context, Permission.INIT_PRODUCER_ID_TRANSACTIONAL_ID.refusal(), null);
            return;
        }
        boolean knowsId = request.producerId >= 0;
        if (knowsId != request.producerEpoch >= 0) {
            respond(context, ErrorCode.INVALID_REQUEST, null);
            return;
        }
        Producer expected = knowsId ? new Producer(request.producerId, request.producerEpoch) : null;
        transactions.initialize(request.transactionalId, request.transactionTimeoutMs, expected, (ProducerAnswer answer) -> {
            boolean toOldClient = answer.error() == ErrorCode.PRODUCER_FENCED && context.version() < FIRST_VERSION_WITH_FENCED;
            respond(context, toOldClient ? ErrorCode.INVALID_PRODUCER_EPOCH : answer.error(), answer.producer());
        });
    }

    /** Whoever may write to some topic may do so idempotently (KIP-679). */
    private static boolean mayWriteSomewhere(RequestContext context) {
        return Permission.INIT_PRODUCER_ID_TOPIC.isGrantedForSome(context) || Permission.INIT_PRODUCER_ID.isGranted(context);
    }

    private static void respond(RequestContext context, ErrorCode error, Producer producer) {
        var response = new InitProducerIdResponse();
        response.errorCode = error.code();
        response.producerId = producer == null ? -1 : producer.id();
        response.producerEpoch = producer == null ? -1 : producer.epoch();
        context.respond(response);
    }
}
