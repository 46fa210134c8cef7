package io.partita.broker.api;

import io.partita.broker.env.Entropy;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.InitProducerIdRequest;
import io.partita.broker.protocol.message.InitProducerIdResponse;

/**
 * InitProducerId (key 22), versions 0–5. v3 carries the producer's old id and epoch (KIP-360), of use to transactional producers only, as in
 * Kafka. Transactional ids are refused until transactions are served, with an error that producers do not try again after.
 *
 * <p>A producer id is 62 random bits: unique without asking anybody, on every broker and after every restart, so there is no block of ids to
 * allocate and none to persist.
 */
final class InitProducerIdHandler implements Handler<InitProducerIdRequest> {

    private static final long RANDOM_BITS = (1L << 62) - 1;

    private final Entropy entropy;

    InitProducerIdHandler(Entropy entropy) {
        this.entropy = entropy;
    }

    @Override
    public void handle(RequestContext context, InitProducerIdRequest request) {
        InitProducerIdResponse response = new InitProducerIdResponse();
        if (request.transactionalId != null) {
            response.errorCode = request.transactionalId.isEmpty() ? ErrorCode.INVALID_REQUEST.code() : ErrorCode.UNSUPPORTED_VERSION.code();
            response.producerId = -1;
            response.producerEpoch = -1;
        } else {
            response.producerId = entropy.nextLong() & RANDOM_BITS;
            response.producerEpoch = 0;
        }
        context.respond(response);
    }
}
