package io.partita.broker.net;

import io.netty.buffer.ByteBuf;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;

/**
 * What may come on a connection, by how far its client has come in saying who it is. It stands before everything: what it does not let through is not
 * decoded. Lives on its connection's event loop.
 *
 * <pre>
 *   listener           begins as          and becomes
 *   PLAINTEXT          open
 *   SSL                {@link TlsSession}         open
 *   SASL_PLAINTEXT     SASL: expecting    exchanging, open; exchanging again, open; ...
 *   SASL_SSL           {@link TlsSession}         SASL: expecting, as above
 * </pre>
 */
interface Session {

    /** What requests may be now. */
    RequestLimits limits();

    /** Whether the client has said who it is, as far as its listener asks. */
    boolean isOpen();

    /** Why a request of this key must not come now, to be read after "because"; null when it may, and is to be decoded. */
    String refusal(ApiKey key);

    /** Serves a request that was let through. */
    void serve(InFlightRequest request, Message body);

    /** Whether the session takes requests now, and not only after what is under way. */
    default boolean takesRequests() {
        return true;
    }

    /** Whether the next frame is a bare token without a header, as before Kafka 1.0. */
    default boolean takesTokens() {
        return false;
    }

    /** A bare token. */
    default void token(ByteBuf token) {
        throw new IllegalStateException("no token is expected");
    }
}
