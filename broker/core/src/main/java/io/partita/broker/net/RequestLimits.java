package io.partita.broker.net;

import io.partita.broker.protocol.DecoderLimits;

/**
 * What a connection's requests may be, in the state the connection is in.
 *
 * @param minRequestBytes shortest request there can be
 * @param maxRequestBytes largest request accepted; a longer one closes its connection
 * @param decoder what a request may ask of whoever decodes it
 */
record RequestLimits(int minRequestBytes, int maxRequestBytes, DecoderLimits decoder) {

    /** The shortest request header: key, version, correlation id, null client id. */
    private static final int HEADER_BYTES = 10;

    /** Of requests, which have a header. */
    RequestLimits(int maxRequestBytes, DecoderLimits decoder) {
        this(HEADER_BYTES, maxRequestBytes, decoder);
    }

    /** Until a client has said who it is. The size is Kafka's {@code sasl.server.max.receive.size}. */
    static final RequestLimits UNAUTHENTICATED = new RequestLimits(512 * 1024, DecoderLimits.UNAUTHENTICATED);
}
