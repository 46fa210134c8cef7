package io.partita.broker.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateEvent;
import io.partita.broker.net.Tls;
import io.partita.broker.security.Principal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;

/** One HTTP connection: a request at a time. On its event loop, but for what is said there. */
final class HttpConnection extends SimpleChannelInboundHandler<FullHttpRequest> {

    private final HttpService service;
    private final ExecutorService threads;
    /** Null where nothing is encrypted. */
    private final Tls tls;
    private final SslHandler encryption;
    private final boolean local;
    private final BodyGate bodies;
    /** A reader of a stream that takes nothing for so long is given up. */
    private final long stalledMillis;
    private boolean serving;

    HttpConnection(HttpService service, ExecutorService threads, Tls tls, SslHandler encryption, boolean local, BodyGate bodies,
            long stalledMillis) {
        this.bodies = bodies;
        this.stalledMillis = stalledMillis;
        this.service = service;
        this.threads = threads;
        this.tls = tls;
        this.encryption = encryption;
        this.local = local;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest message) {
        // The next request of a client that does not wait for the answer stays in the socket.
        context.channel().config().setAutoRead(false);
        serving = true;
        boolean keepAlive = HttpUtil.isKeepAlive(message);
        HttpHeaders headers = message.headers().copy();
        InetAddress address = ((InetSocketAddress) context.channel().remoteAddress()).getAddress();
        Principal certified = tls == null || service.security().sasl() != null ? null : tls.principal(encryption.engine().getSession());
        byte[] body = ByteBufUtil.getBytes(message.content());
        String method = message.method().name();
        String target = message.uri();
        boolean broken = message.decoderResult().isFailure();
        try {
            threads.execute(() -> serve(context.channel(), keepAlive && !broken, broken, method, target, headers, body, address, certified));
        } catch (RejectedExecutionException stopping) {
            context.close();
        }
    }

    /** On a thread that may wait. */
    private void serve(Channel channel, boolean keepAlive, boolean broken, String method, String target, HttpHeaders headers, byte[] body, InetAddress address,
            Principal certified) {
        HttpAnswer answer;
        try {
            if (broken) {
                throw Problem.badRequest("The request cannot be read: it is no HTTP/1.1, or its headers are too long.");
            }
            if (local && !isOfThisMachine(headers.get("host"))) {
                throw Problem.of(421, "This address is for this machine alone, and '" + headers.get("host")
                        + "' is none of its names: use localhost, or set http.listener to an address for others.");
            }
            answer = service.serve(HttpRequest.of(method, target, headers::get, body, address, tls != null, certified == null ? null : certified.name()));
        } catch (Problem problem) {
            answer = problem.answer();
        }
        switch (answer) {
            case HttpAnswer.Whole whole -> send(channel, whole, keepAlive, method.equals("HEAD"));
            case HttpAnswer.Stream stream -> stream(channel, stream, method.equals("HEAD"));
            case HttpAnswer.Socket socket -> socket(channel, socket, target, headers);
        }
    }

    private static boolean isOfThisMachine(String host) {
        if (host == null) {
            return true;
        }
        int colon = host.startsWith("[") ? host.indexOf("]:") + 1 : host.indexOf(':');
        String name = colon > 0 ? host.substring(0, colon) : host;
        return name.equalsIgnoreCase("localhost") || name.startsWith("127.") || name.equals("[::1]");
    }

    private void send(Channel channel, HttpAnswer.Whole answer, boolean keepAlive, boolean headOnly) {
        var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.status()),
                headOnly ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(answer.body()));
        answer.headers().forEach(response.headers()::set);
        if (answer.status() != 204 && answer.status() != 304) {
            response.headers().set("content-length", answer.body().length);
        }
        if (!keepAlive) {
            response.headers().set("connection", "close");
        }
        channel.eventLoop().execute(() -> {
            serving = false;
            bodies.done();
            ChannelFuture sent = channel.writeAndFlush(response);
            if (keepAlive) {
                sent.addListener(done -> channel.config().setAutoRead(true));
            } else {
                sent.addListener(ChannelFutureListener.CLOSE);
            }
        });
    }

    private void stream(Channel channel, HttpAnswer.Stream answer, boolean headOnly) {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.status()));
        answer.headers().forEach(response.headers()::set);
        response.headers().set("transfer-encoding", "chunked").set("connection", "close");
        try {
            written(channel.writeAndFlush(response), stalledMillis);
            if (!headOnly) {
                answer.source().run(new ChannelSink(channel, stalledMillis));
            }
            written(channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT), stalledMillis);
        } catch (IOException | RejectedExecutionException readerIsGone) {
            // Nobody is to be told.
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        } finally {
            channel.close();
        }
    }

    private void socket(Channel channel, HttpAnswer.Socket answer, String target, HttpHeaders headers) {
        var request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, target, Unpooled.EMPTY_BUFFER, headers, EmptyHttpHeaders.INSTANCE);
        WebSocketServerHandshaker handshaker = new WebSocketServerHandshakerFactory(target, null, false, HttpAnswer.Line.TEXT_BYTES_MAX).newHandshaker(request);
        try {
            if (handshaker == null) {
                written(WebSocketServerHandshakerFactory.sendUnsupportedVersionResponse(channel), stalledMillis);
                return;
            }
            HttpHeaders more = new DefaultHttpHeaders();
            answer.headers().forEach(more::set);
            written(handshaker.handshake(channel, request, more, channel.newPromise()), stalledMillis);
            SocketFrames line = new SocketFrames(channel, stalledMillis);
            channel.eventLoop().submit(() -> channel.pipeline().addLast(new WebSocketFrameAggregator(HttpAnswer.Line.TEXT_BYTES_MAX), line)).sync();
            answer.talk().run(line);
        } catch (WebSocketHandshakeException unfit) {
            // Of a client that says it wants a WebSocket and leaves out what one begins with.
            BodyGate.refuse(channel, Problem.badRequest("The handshake of the WebSocket is incomplete: " + unfit.getMessage() + "."));
        } catch (IOException | RejectedExecutionException otherSideIsGone) {
            // Nobody is to be told.
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        } finally {
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private record ChannelSink(Channel channel, long stalledMillis) implements HttpAnswer.Sink {

        @Override
        public boolean isOpen() {
            return channel.isActive() && !Thread.currentThread().isInterrupted();
        }

        @Override
        public void write(byte[] bytes) throws IOException, InterruptedException {
            written(channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes))), stalledMillis);
        }
    }

    /** Waits until the system has taken what was written: no more than that waits for a slow reader. */
    static void written(ChannelFuture write, long stalledMillis) throws IOException, InterruptedException {
        if (!write.await(stalledMillis)) {
            throw new IOException("the reader takes nothing");
        }
        if (!write.isSuccess()) {
            throw new IOException(write.cause());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        if (event instanceof IdleStateEvent) {
            if (!serving) {
                context.close();
            }
        } else {
            super.userEventTriggered(context, event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }
}
