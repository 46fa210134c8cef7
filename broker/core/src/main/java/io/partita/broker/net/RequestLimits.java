package io.partita.broker.net;

import io.partita.broker.protocol.DecoderLimits;

/**
 * What a connection's requests may be, in the state the connection is in.
 *
 * @param maxRequestBytes largest request accepted; a longer one closes its connection
 * @param decoder what a request may ask of whoever decodes it
 */
record RequestLimits(int maxRequestBytes, DecoderLimits decoder) {

    /** Until a client has said who it is. The size is Kafka's {@code sasl.server.max.receive.size}. */
    static final RequestLimits UNAUTHENTICATED = new RequestLimits(512 * 1024, DecoderLimits.UNAUTHENTICATED);
}
