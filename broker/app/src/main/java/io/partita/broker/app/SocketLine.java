package io.partita.broker.app;

import io.partita.broker.http.HttpAnswer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A WebSocket of the application's port. Frames come on its event loop, one for each that is asked for. */
final class SocketLine implements HttpAnswer.Line {

    private static final long STALLED_SECONDS = 30;
    private static final short TEXTS_ONLY = 1003;
    private static final short TOO_LONG = 1009;
    /** In {@link #texts}: there will be none any more. */
    private static final Optional<String> END = Optional.empty();

    private final ServerWebSocket socket;
    private final Context loop;
    private final BlockingQueue<Optional<String>> texts = new LinkedBlockingQueue<>();
    /** A text of which not all frames have come. On the event loop. */
    private final StringBuilder part = new StringBuilder();

    private SocketLine(ServerWebSocket socket, Context loop) {
        this.socket = socket;
        this.loop = loop;
    }

    /** On the event loop: takes frames from now on, and has them talked about on another thread. */
    static void talk(ServerWebSocket socket, Context loop, HttpAnswer.Talk talk) {
        SocketLine line = new SocketLine(socket, loop);
        socket.pause();
        socket.frameHandler(line::take);
        socket.closeHandler(gone -> line.texts.add(END));
        socket.exceptionHandler(failure -> socket.close());
        Thread.ofVirtual().name("partita-http-socket").start(() -> line.run(talk));
    }

    private void run(HttpAnswer.Talk talk) {
        try {
            talk.run(this);
        } catch (IOException otherSideIsGone) {
            // Nobody is to be told.
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        } finally {
            socket.close();
        }
    }

    private void take(WebSocketFrame frame) {
        if (frame.isBinary()) {
            socket.close(TEXTS_ONLY, "Send texts.");
        } else if (frame.isText() || frame.isContinuation()) {
            part.append(frame.textData());
            if (part.length() > TEXT_BYTES_MAX) {
                socket.close(TOO_LONG, "A text has " + TEXT_BYTES_MAX + " bytes at most.");
            } else if (frame.isFinal()) {
                texts.add(Optional.of(part.toString()));
                part.setLength(0);
            } else {
                socket.fetch(1);
            }
        }
    }

    @Override
    public boolean isOpen() {
        return !socket.isClosed();
    }

    @Override
    public void send(String text) throws IOException, InterruptedException {
        try {
            socket.writeTextMessage(text).toCompletionStage().toCompletableFuture().get(STALLED_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | IllegalStateException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void ping() {
        Future<Void> sent = socket.writePing(Buffer.buffer());
        sent.onFailure(gone -> socket.close());
    }

    @Override
    public String receive() throws InterruptedException {
        Optional<String> text = texts.poll();
        if (text == null) {
            loop.runOnContext(now -> socket.fetch(1));
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
        texts.add(END);
        socket.close((short) status, reason);
    }
}
