package io.partita.broker.net;

import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;

/** Netty's, which also says what it holds of a record that has not arrived as a whole. */
final class TlsHandler extends SslHandler {

    TlsHandler(SSLEngine engine, Executor handshakes) {
        super(engine, false, handshakes);
    }

    long heldBytes() {
        return actualReadableBytes() == 0 ? 0 : internalBuffer().capacity();
    }
}
