package io.partita.broker.transaction;

import io.partita.broker.coordinator.Producer;
import io.partita.broker.protocol.ErrorCode;

/** Who a producer is from now on; null with an error. */
public record ProducerAnswer(ErrorCode error, Producer producer) {

    static ProducerAnswer failed(ErrorCode error) {
        return new ProducerAnswer(error, null);
    }
}
