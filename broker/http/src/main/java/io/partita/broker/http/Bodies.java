package io.partita.broker.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;

/** Collects bodies. One that becomes too long without having said so is refused with a sentence. On its connection's event loop. */
final class Bodies extends HttpObjectAggregator {

    Bodies() {
        super(Bounds.BODY_BYTES_MAX);
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
        BodyGate.refuse(context.channel(), Problem.tooLarge());
    }
}
