package io.partita.broker.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;

/** Stands before the collecting of bodies: lets one begin when there is room for it. On its connection's event loop. */
final class BodyGate extends ChannelInboundHandlerAdapter {

    private static final long NONE = 0;

    private final Bounds bounds;
    private long taken = NONE;
    private boolean refused;

    BodyGate(Bounds bounds) {
        this.bounds = bounds;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (refused) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (message instanceof HttpRequest request) {
            long announced = HttpUtil.isTransferEncodingChunked(request) ? -1 : HttpUtil.getContentLength(request, 0L);
            Problem problem = announced > Bounds.BODY_BYTES_MAX
                    ? Problem.tooLarge()
                    : bounds.takesBody(announced) ? null : Problem.of(503, "Many large requests are on their way at once: try again in a moment.");
            if (problem != null) {
                refused = true;
                refuse(context.channel(), problem);
                return;
            }
            taken = announced;
        }
        context.fireChannelRead(message);
    }

    /** Answers without having read the body, and closes. */
    static void refuse(Channel channel, Problem problem) {
        HttpAnswer.Whole answer = problem.answer();
        var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.status()), Unpooled.wrappedBuffer(answer.body()));
        answer.headers().forEach(response.headers()::set);
        response.headers().set("content-length", answer.body().length).set("connection", "close");
        channel.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    /** The request is answered. */
    void done() {
        long before = taken;
        taken = NONE;
        bounds.bodyDone(before);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        done();
        context.fireChannelInactive();
    }
}
