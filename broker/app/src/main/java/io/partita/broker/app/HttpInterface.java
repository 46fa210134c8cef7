package io.partita.broker.app;

import io.partita.broker.Broker;
import io.partita.broker.http.Bounds;
import io.partita.broker.http.HttpAnswer;
import io.partita.broker.http.HttpRequest;
import io.partita.broker.http.HttpService;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The REST interface and the console on the application's port: what comes there is handed to {@link HttpService}, each request on a virtual thread. */
@Singleton
class HttpInterface {

    private static final long STALLED_SECONDS = 30;

    private final BrokerLifecycle lifecycle;
    private HttpService service;
    private Broker serviceOf;

    HttpInterface(BrokerLifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    void onRouter(@Observes Router router) {
        for (String path : new String[] {"/", "/index.html", "/console/*", "/api/*"}) {
            router.route(path).handler(this::serve);
        }
    }

    private void serve(RoutingContext context) {
        HttpServerRequest request = context.request();
        Broker broker = lifecycle.broker().orElse(null);
        if (broker != null && !HttpService.isWanted(broker.config())) {
            context.next();
            return;
        }
        if (broker == null) {
            send(request, HttpService.refusal(503, "The broker is starting or stopping: try again in a moment."));
            return;
        }
        if ("websocket".equalsIgnoreCase(request.getHeader("upgrade"))) {
            connect(broker, request, context.vertx().getOrCreateContext());
            return;
        }
        String length = request.getHeader("content-length");
        long announced = length != null ? Long.parseLong(length) : request.getHeader("transfer-encoding") == null ? 0 : -1;
        Bounds bounds = service(broker).bounds();
        if (!bounds.takesBody(announced)) {
            send(request, HttpService.refusal(503, "Many large requests are on their way at once: try again in a moment."));
            return;
        }
        request.body().onComplete(read -> {
            if (read.failed()) {
                // Who sent it is gone, or was told by whoever bounds it.
                bounds.bodyDone(announced);
                return;
            }
            Buffer body = read.result();
            MultiMap headers = request.headers();
            SocketAddress remote = request.remoteAddress();
            Thread.ofVirtual().name("partita-http").start(() -> {
                HttpAnswer answer;
                try {
                    answer = answer(broker, request, headers, remote, body.getBytes());
                } finally {
                    bounds.bodyDone(announced);
                }
                send(request, answer);
            });
        });
        // Quarkus hands requests over paused.
        request.resume();
    }

    /** The request stays paused, as Quarkus hands it over, until it is known whether it becomes a WebSocket. */
    private void connect(Broker broker, HttpServerRequest request, Context loop) {
        MultiMap headers = request.headers();
        SocketAddress remote = request.remoteAddress();
        Thread.ofVirtual().name("partita-http-socket").start(() -> {
            HttpAnswer answer = answer(broker, request, headers, remote, new byte[0]);
            if (answer instanceof HttpAnswer.Socket socket) {
                loop.runOnContext(now -> request.toWebSocket().onSuccess(accepted -> SocketLine.talk(accepted, loop, socket.talk())));
            } else {
                loop.runOnContext(now -> request.resume());
                send(request, answer);
            }
        });
    }

    private synchronized HttpService service(Broker broker) {
        if (serviceOf != broker) {
            service = HttpService.of(broker);
            serviceOf = broker;
        }
        return service;
    }

    private HttpAnswer answer(Broker broker, HttpServerRequest request, MultiMap headers, SocketAddress remote, byte[] body) {
        if (body.length > Bounds.BODY_BYTES_MAX) {
            return HttpService.refusal(413, "A body has " + Bounds.BODY_BYTES_MAX + " bytes at most: send it in parts.");
        }
        try {
            InetAddress address = InetAddress.getByName(remote.hostAddress());
            return service(broker).serve(HttpRequest.of(request.method().name(), request.uri(), headers::get, body, address, request.isSSL(), null));
        } catch (UnknownHostException | RuntimeException unreadable) {
            return HttpService.refusal(400, unreadable.getMessage());
        }
    }

    private void send(HttpServerRequest request, HttpAnswer answer) {
        HttpServerResponse response = request.response();
        response.setStatusCode(answer.status());
        answer.headers().forEach(response::putHeader);
        switch (answer) {
            case HttpAnswer.Whole whole -> {
                boolean hasBody = answer.status() != 204 && answer.status() != 304;
                if (request.method().name().equals("HEAD")) {
                    response.putHeader("content-length", Integer.toString(whole.body().length)).end();
                } else if (hasBody) {
                    response.end(Buffer.buffer(whole.body()));
                } else {
                    response.end();
                }
            }
            case HttpAnswer.Stream stream -> stream(response, stream);
            case HttpAnswer.Socket socket -> throw new IllegalStateException("No WebSocket was asked for");
        }
    }

    private void stream(HttpServerResponse response, HttpAnswer.Stream stream) {
        response.setChunked(true);
        try {
            stream.source().run(new ResponseSink(response));
            response.end();
        } catch (IOException readerIsGone) {
            response.reset();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    private record ResponseSink(HttpServerResponse response) implements HttpAnswer.Sink {

        @Override
        public boolean isOpen() {
            return !response.closed();
        }

        /** Waits until it is on its way: no more than that waits for a slow reader. */
        @Override
        public void write(byte[] bytes) throws IOException, InterruptedException {
            try {
                response.write(Buffer.buffer(bytes)).toCompletionStage().toCompletableFuture().get(STALLED_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException | IllegalStateException e) {
                throw new IOException(e);
            }
        }
    }
}
