package io.partita.broker.api;

import io.partita.broker.protocol.Message;

/**
 * Serves one API key.
 *
 * @param <Q> the request message
 */
@FunctionalInterface
public interface Handler<Q extends Message> {

    /**
     * Starts serving one request, on the event loop of its connection. Must not block. The handler answers through
     * {@link RequestContext#respond}, at once or later and from any thread. An exception closes the connection.
     *
     * <p>{@code Records} in a request are slices of the network buffer; they stay valid until the request is answered.
     */
    void handle(RequestContext context, Q request);
}
