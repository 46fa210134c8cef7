package io.partita.broker.net;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.partita.broker.Invariant;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.ClientInfo;
import io.partita.broker.api.RequestContext;
import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import io.partita.broker.quota.ClientBudget;
import io.partita.broker.security.Access;

/**
 * A request from its arrival until its response is on its way. It uses the buffer it came in: Produce does until it is answered, because its
 * records are slices of it; every other request lets go of it as soon as it is decoded. Touched on its connection's event loop, but for
 * {@link #respond} and {@link #respondNothing}.
 */
final class InFlightRequest implements RequestContext {

    /** Stands for the version of an ApiVersions request that this broker does not know. */
    static final short UNKNOWN_VERSION = -1;

    /** About what a request in flight takes in the heap, whatever is in it. */
    private static final int OBJECT_BYTES = 256;

    private final Connection connection;
    private final int bytes;
    private final long startedNanos = System.nanoTime();
    /** Null once it is not used any more. */
    private ReceiveBuffer buffer;
    private long heapBytes = OBJECT_BYTES;
    private ApiRegistry.Entry entry;
    private short version;
    private int correlationId;
    private String clientId;
    private Access access;
    private ClientBudget budget;
    /** Of its event loop, until its handler returned; 0 before that, and where nobody counts it. */
    private long handledNanos;
    private long throttleMillis;

    private Runnable heldTask;
    private Runnable closeTask;
    private Runnable crowdedTask;
    private boolean answered;
    private boolean connectionClosed;
    private Message response;
    /** In place of the response where that has to wait for others: it takes less room, and room that counts. */
    private ResponseFrame encoded;

    InFlightRequest(Connection connection, int bytes, ReceiveBuffer buffer) {
        this.connection = connection;
        this.bytes = bytes;
        this.buffer = buffer;
    }

    void decoded(ApiRegistry.Entry entry, short version, int correlationId, String clientId, long decodedBytes) {
        this.heapBytes += decodedBytes;
        this.entry = entry;
        this.version = version;
        this.correlationId = correlationId;
        this.clientId = clientId;
        this.access = connection.access();
        this.budget = connection.throttle().budget(clientId);
        if (entry.key() != ApiKey.PRODUCE) {
            releaseBuffer();
        }
    }

    /** Hands it to its handler. */
    void handle(Message body) {
        entry.handler().handle(this, body);
        if (budget != ClientBudget.UNLIMITED) {
            handledNanos = System.nanoTime() - startedNanos;
        }
    }

    /** It never became a request: what it holds goes back. */
    void abandon() {
        releaseBuffer();
    }

    private void releaseBuffer() {
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
    }

    int bytes() {
        return bytes;
    }

    /** What serving it has taken of its event loop. */
    long servedNanos() {
        return handledNanos != 0 ? handledNanos : System.nanoTime() - startedNanos;
    }

    /** About what it takes in the heap, its response not counted. */
    long heapBytes() {
        return heapBytes;
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

    /** Turns the response into what is to be sent, because it has to wait for others. Returns the memory that takes from now on. */
    long encode(ByteBufAllocator allocator) {
        if (response == null) {
            return 0;
        }
        Message waiting = response;
        response = null;
        encoded = ResponseFrame.of(allocator, this, waiting).trimmed(allocator);
        return encoded.memoryBytes();
    }

    /** What the response takes while it waits. */
    long encodedBytes() {
        return encoded == null ? 0 : encoded.memoryBytes();
    }

    /** Writes the response, if there is one, to the channel. Returns whether there is something to flush. */
    boolean send(ChannelHandlerContext context) {
        ResponseFrame frame = encoded;
        Message unencoded = response;
        encoded = null;
        response = null;
        if (unencoded != null) {
            frame = ResponseFrame.of(context.alloc(), this, unencoded);
        }
        long responseBytes = 0;
        if (frame != null) {
            responseBytes = frame.sizeInBytes();
            frame.send(context);
        }
        if (throttleMillis > 0) {
            connection.throttle().mute(apiKey(), throttleMillis);
        }
        connection.listener().observer().completed(apiKey(), System.nanoTime() - startedNanos, bytes, responseBytes);
        return frame != null;
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
        if (encoded != null) {
            encoded.release();
            encoded = null;
        }
    }

    /** Answers behind this one take memory that others need: it is asked to be answered now. */
    void crowded() {
        Runnable task = crowdedTask;
        crowdedTask = null;
        if (task != null && !answered) {
            task.run();
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
        this.throttleMillis = Throttle.charge(this, response);
        closeTask = null;
        crowdedTask = null;
        takeHeld();
        releaseBuffer();
        if (connectionClosed) {
            dropResponse();
        } else {
            connection.answered(this);
        }
    }

    // ---- RequestContext

    @Override
    public ApiKey apiKey() {
        return entry.key();
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
        return connection.peer();
    }

    @Override
    public Access access() {
        return access;
    }

    @Override
    public ClientBudget budget() {
        return budget;
    }

    @Override
    public EventLoop eventLoop() {
        return connection.loop();
    }

    @Override
    public void respond(Message response) {
        // Not run(): what goes wrong with an answer on its own loop is its handler's to know.
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
    public void onCrowded(Runnable task) {
        if (!answered && !connectionClosed) {
            crowdedTask = task;
        }
    }

    @Override
    public void disconnect(String reason) {
        connection.loop().run(() -> connection.refuse(reason));
    }

    @Override
    public String toString() {
        return (entry == null ? "a request" : entry.key()) + " v" + version + " (correlation id " + correlationId + ")";
    }
}
