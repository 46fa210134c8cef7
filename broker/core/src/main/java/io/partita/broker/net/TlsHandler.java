package io.partita.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/**
 * Netty's, which also says what it holds of a record that has not arrived as a whole, and refuses a second handshake: TLS 1.2 lets clients ask for one at any time, which
 * costs them little and the broker much, and no Kafka client does.
 */
final class TlsHandler extends SslHandler {

    /** The first byte of a record that belongs to a handshake. Once TLS 1.3 has begun to encrypt, it tells no more what is inside. */
    private static final byte HANDSHAKE = 22;

    TlsHandler(SSLEngine engine, Executor handshakes) {
        super(engine, false, handshakes);
    }

    /** Called with the beginning of a record at the reader's position. */
    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws SSLException {
        if (in.isReadable() && in.getByte(in.readerIndex()) == HANDSHAKE && handshakeFuture().isSuccess()) {
            throw new SSLHandshakeException("the client asked for another handshake");
        }
        super.decode(context, in, out);
    }

    long heldBytes() {
        return actualReadableBytes() == 0 ? 0 : internalBuffer().capacity();
    }
}
