package io.partita.broker.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A WebSocket of the broker's own HTTP port. Frames come on its event loop, and no more of them are read from the network than are asked for. */
final class SocketFrames extends SimpleChannelInboundHandler<WebSocketFrame> implements HttpAnswer.Line {

    private static final int TEXTS_ONLY = 1003;
    /** In {@link #texts}: there will be none any more. */
    private static final Optional<String> END = Optional.empty();

    private final Channel channel;
    private final long stalledMillis;
    /** What came in one read of the socket at most. */
    private final BlockingQueue<Optional<String>> texts = new LinkedBlockingQueue<>();
    /** Whether one is waited for. On the event loop. */
    private boolean wanted;
    /** Whether one side has said that it is over, and it needs no saying again. */
    private volatile boolean over;

    SocketFrames(Channel channel, long stalledMillis) {
        this.channel = channel;
        this.stalledMillis = stalledMillis;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
        switch (frame) {
            case TextWebSocketFrame text -> {
                wanted = false;
                texts.add(Optional.of(text.text()));
            }
            case PingWebSocketFrame ping -> context.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
            case PongWebSocketFrame pong -> {
                // It is there.
            }
            case CloseWebSocketFrame close -> {
                over = true;
                texts.add(END);
                context.writeAndFlush(close.retain()).addListener(ChannelFutureListener.CLOSE);
            }
            default -> end(TEXTS_ONLY, "Send texts.");
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (wanted) {
            // What came was no whole text.
            context.read();
        }
        context.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        texts.add(END);
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }

    @Override
    public boolean isOpen() {
        return channel.isActive();
    }

    @Override
    public void send(String text) throws IOException, InterruptedException {
        HttpConnection.written(channel.writeAndFlush(new TextWebSocketFrame(text)), stalledMillis);
    }

    @Override
    public void ping() {
        channel.writeAndFlush(new PingWebSocketFrame(Unpooled.EMPTY_BUFFER));
    }

    @Override
    public String receive() throws InterruptedException {
        Optional<String> text = texts.poll();
        if (text == null) {
            channel.eventLoop().execute(() -> {
                wanted = texts.isEmpty();
                if (wanted) {
                    channel.read();
                }
            });
            text = texts.take();
        }
        if (text.isEmpty()) {
            // For whoever asks again.
            texts.add(END);
        }
        return text.orElse(null);
    }

    @Override
    public void end(int status, String reason) {
        if (over) {
            return;
        }
        over = true;
        texts.add(END);
        channel.writeAndFlush(new CloseWebSocketFrame(status, reason)).addListener(ChannelFutureListener.CLOSE);
    }
}
