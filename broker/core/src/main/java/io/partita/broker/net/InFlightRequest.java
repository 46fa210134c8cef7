package io.partita.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.partita.broker.Invariant;
import io.partita.broker.api.ClientInfo;
import io.partita.broker.api.RequestContext;
import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;

/**
 * A request from its arrival until its response is on its way. It owns the frame it came in: Produce keeps it until it is answered, because its
 * records are slices of it; every other request lets go of it as soon as it is decoded. Touched on its connection's event loop, but for
 * {@link #respond} and {@link #respondNothing}.
 */
final class InFlightRequest implements RequestContext {

    /** Stands for the version of an ApiVersions request that this broker does not know. */
    static final short UNKNOWN_VERSION = -1;

    private final Connection connection;
    private final int reservedBytes;
    private final int bytes;
    private final long startedNanos = System.nanoTime();
    private ByteBuf frame;
    private ApiKey apiKey;
    private short version;
    private int correlationId;
    private String clientId;

    private Runnable heldTask;
    private Runnable closeTask;
    private boolean answered;
    private boolean connectionClosed;
    private Message response;

    InFlightRequest(Connection connection, ByteBuf frame, int reservedBytes) {
        this.connection = connection;
        this.frame = frame;
        this.reservedBytes = reservedBytes;
        this.bytes = frame.readableBytes();
    }

    void decoded(ApiKey apiKey, short version, int correlationId, String clientId) {
        this.apiKey = apiKey;
        this.version = version;
        this.correlationId = correlationId;
        this.clientId = clientId;
        if (apiKey != ApiKey.PRODUCE) {
            releaseFrame();
        }
    }

    /** It never became a request: what it holds goes back. */
    void abandon() {
        releaseFrame();
    }

    private void releaseFrame() {
        if (frame != null) {
            frame.release();
            frame = null;
            if (reservedBytes != 0) {
                connection.listener().memory().release(reservedBytes);
            }
        }
    }

    int bytes() {
        return bytes;
    }

    /** The version the response is written in: the request's, or 0 for an ApiVersions request of an unknown version (KIP-511). */
    short responseVersion() {
        return version == UNKNOWN_VERSION ? 0 : version;
    }

    int correlationId() {
        return correlationId;
    }

    boolean answered() {
        return answered;
    }

    /** Writes the response, if there is one, to the channel. Returns whether there is something to flush. */
    boolean send(ChannelHandlerContext context) {
        Message sent = response;
        response = null;
        long responseBytes = sent == null ? 0 : ResponseFrame.write(context, this, sent);
        boolean written = sent != null;
        connection.listener().observer().completed(apiKey, System.nanoTime() - startedNanos, bytes, responseBytes);
        return written;
    }

    /** The connection is gone. The handler may still be at work, and then still uses the frame: it goes when the handler answers. */
    void connectionClosed() {
        connectionClosed = true;
        if (answered) {
            dropResponse();
        } else if (closeTask != null) {
            Runnable task = closeTask;
            closeTask = null;
            task.run();
        }
    }

    private void dropResponse() {
        if (response != null) {
            ResponseFrame.release(response);
            response = null;
        }
    }

    Runnable takeHeld() {
        Runnable task = heldTask;
        heldTask = null;
        if (task != null) {
            connection.heldTaken();
        }
        return task;
    }

    private void answer(Message response) {
        Invariant.check(!answered, "a request was answered twice");
        answered = true;
        this.response = response;
        closeTask = null;
        takeHeld();
        releaseFrame();
        if (connectionClosed) {
            dropResponse();
        } else {
            connection.answered();
        }
    }

    // ---- RequestContext

    @Override
    public ApiKey apiKey() {
        return apiKey;
    }

    @Override
    public short version() {
        return version;
    }

    @Override
    public String clientId() {
        return clientId;
    }

    @Override
    public ClientInfo client() {
        return connection;
    }

    @Override
    public EventLoop eventLoop() {
        return connection.loop();
    }

    @Override
    public void respond(Message response) {
        if (connection.loop().inEventLoop()) {
            answer(response);
        } else {
            connection.loop().execute(() -> answer(response));
        }
    }

    @Override
    public void respondNothing() {
        respond(null);
    }

    @Override
    public void onNextRequest(Runnable task) {
        Invariant.check(heldTask == null, "a request is held twice");
        if (answered) {
            return;
        }
        if (connectionClosed || connection.hasRequestBehind(this)) {
            // It came while the request was with another event loop.
            task.run();
            return;
        }
        heldTask = task;
        connection.held();
    }

    @Override
    public void onClose(Runnable task) {
        Invariant.check(closeTask == null, "a request has two tasks for its connection's end");
        if (answered) {
            return;
        }
        if (connectionClosed) {
            task.run();
            return;
        }
        closeTask = task;
    }

    @Override
    public void disconnect(String reason) {
        connection.loop().run(() -> connection.refuse(reason));
    }

    @Override
    public String toString() {
        return apiKey + " v" + version + " (correlation id " + correlationId + ")";
    }
}
