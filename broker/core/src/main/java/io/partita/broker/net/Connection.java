package io.partita.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Failures;
import io.partita.broker.env.MemoryBudget;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.OwnedLoop;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.Message;
import io.partita.broker.security.Access;
import io.partita.broker.security.Principal;
import io.partita.broker.security.Printable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client connection: decodes its requests, hands them to their handlers and sends the responses in the order of the requests. All of it on
 * one event loop. Requests are handled as they arrive, without waiting for the answers to earlier ones, until the bounds of
 * {@link NetworkBounds} or the memory that all connections share stop the reading. A client that does not read its responses is not read either.
 */
final class Connection extends ChannelInboundHandlerAdapter implements SliceChunks.Owner {

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** Answers that wait behind others may take so much before those others are asked to be given early. */
    private static final long WAITING_ANSWER_BYTES = 64 * 1024;

    private final KafkaListener listener;
    private final Network network;
    private final Channel channel;
    private final EventLoop loop;
    private final FrameReader reader;
    /** Null where bytes go from files to the socket. */
    private final TlsHandler tls;
    private final SliceChunks slices;
    private final ArrayDeque<InFlightRequest> inFlight = new ArrayDeque<>();

    private final Peer peer;
    private final RequestDecoder decoder;
    private final CountedMemory memory;
    private final Throttle throttle;

    private ChannelHandlerContext context;
    private Session session;
    private int inFlightBytes;
    private long inFlightHeapBytes;
    /** Of answers that wait behind others. */
    private long waitingAnswerBytes;
    private boolean drainAwaited;
    private int heldCount;
    private boolean flushNeeded;
    private boolean flushScheduled;
    private boolean reading;
    private boolean closed;
    private long lastTrafficMillis;
    /** What {@link #accessOf} may do. */
    private Access access;
    private Principal accessOf;
    private final long acceptedMillis;
    private boolean newcomer;

    /** @param sessions makes the session in which connections of the listener begin */
    Connection(KafkaListener listener, Channel channel, InetAddress address, EventLoop loop, Network network, SessionFactory sessions) {
        this.listener = listener;
        this.network = network;
        this.channel = channel;
        this.loop = new OwnedLoop(loop, this::broken);
        this.peer = new Peer(address, listener.name());
        this.decoder = new RequestDecoder(listener.registry());
        this.memory = new CountedMemory(network.memory());
        this.throttle = new Throttle(this, network.quotas());
        this.reader = new FrameReader(this, network.memory().network());
        this.acceptedMillis = network.clock().monotonicMillis();
        this.lastTrafficMillis = acceptedMillis;
        this.tls = listener.security().tls() == null ? null : listener.security().tls().newHandler(channel.alloc(), network.bounds().setupMillis());
        this.slices = tls == null ? null : new SliceChunks(this);
        this.session = sessions.begin(this);
    }

    /** Puts the connection's handlers into its channel's pipeline. */
    void install() {
        if (tls == null) {
            channel.config().setRecvByteBufAllocator(reader.receiveAllocator());
            channel.pipeline().addLast(reader, this);
        } else {
            channel.pipeline().addLast(tls, slices, reader, this);
        }
    }

    // ---- receiving

    /** A whole request, in {@code frame}, which is a piece of {@code buffer}; one use of that is this method's now. */
    void receive(ByteBuf frame, ReceiveBuffer buffer) {
        if (session.takesTokens()) {
            try {
                session.token(frame);
            } finally {
                buffer.release();
            }
            return;
        }
        InFlightRequest request = new InFlightRequest(this, frame.readableBytes(), buffer);
        Message body;
        try {
            body = decoder.read(frame, request, session);
        } catch (RefusedRequestException e) {
            request.abandon();
            refuse(e.getMessage());
            return;
        } catch (MalformedMessageException | IndexOutOfBoundsException e) {
            request.abandon();
            refuse("a request could not be read: " + e.getMessage());
            return;
        }
        serve(request, body);
    }

    private void serve(InFlightRequest request, Message body) {
        try {
            wakeHeld();
            inFlight.add(request);
            inFlightBytes += request.bytes();
            inFlightHeapBytes += request.heapBytes();
            session.serve(request, body);
        } catch (MalformedMessageException e) {
            // Of something within the request that its handler has opened.
            request.abandon();
            refuse("a request could not be read: " + e.getMessage());
        } catch (RuntimeException | Error e) {
            LOG.error("Closing the connection from {}: serving {} failed. This is a defect of the broker; please report it.", remote(), request, e);
            request.abandon();
            close();
        }
    }

    private void wakeHeld() {
        if (heldCount == 0) {
            return;
        }
        for (InFlightRequest request : inFlight.toArray(new InFlightRequest[0])) {
            Runnable task = request.takeHeld();
            if (task != null) {
                task.run();
            }
        }
    }

    boolean hasRequestBehind(InFlightRequest request) {
        return inFlight.peekLast() != request;
    }

    void held() {
        heldCount++;
    }

    void heldTaken() {
        heldCount--;
    }

    // ---- answering

    /** The response of {@code request} is there, on this loop; sends what is next in order. */
    void answered(InFlightRequest request) {
        boolean waits = inFlight.peek() != request;
        while (!closed && !inFlight.isEmpty() && inFlight.peek().answered()) {
            InFlightRequest next = inFlight.poll();
            inFlightBytes -= next.bytes();
            inFlightHeapBytes -= next.heapBytes();
            waitingAnswerBytes -= next.encodedBytes();
            if (!send(next)) {
                return;
            }
        }
        if (waits && !closed && !keep(request)) {
            return;
        }
        if (flushNeeded && !flushScheduled) {
            // One flush for all responses that this turn of the loop completes.
            flushScheduled = true;
            loop.execute(this::flush);
        }
        updateReading();
    }

    /** Without its response the ones behind would be taken for it, so a connection that cannot send one is closed. */
    private boolean send(InFlightRequest request) {
        try {
            flushNeeded |= request.send(context);
            return true;
        } catch (UncheckedIOException e) {
            unreadable(request, e);
        } catch (RuntimeException | Error e) {
            unwritable(request, e);
        }
        return false;
    }

    /** Keeps a response until those before it are there. If it takes much, they are asked to be. */
    private boolean keep(InFlightRequest request) {
        try {
            waitingAnswerBytes += request.encode(channel.alloc());
        } catch (UncheckedIOException e) {
            unreadable(request, e);
            return false;
        } catch (RuntimeException | Error e) {
            unwritable(request, e);
            return false;
        }
        if (waitingAnswerBytes > WAITING_ANSWER_BYTES) {
            loop.execute(this::askForAnswers);
        }
        settle();
        return true;
    }

    private void unreadable(InFlightRequest request, UncheckedIOException e) {
        LOG.warn("Closing the connection from {}: the log could not be read for the answer to {}: {}. Its disk needs a look.", remote(), request,
                Failures.said(e),
                Failures.defect(e));
        close();
    }

    @Override
    public void unreadable(IOException e) {
        LOG.warn("Closing the connection from {}: the log could not be read for an answer: {}. Its disk needs a look.", remote(), Failures.said(e),
                Failures.defect(e));
        close();
    }

    @Override
    public void sliceSent(boolean isLast) {
        touched();
        if (isLast) {
            updateReading();
        }
    }

    private void unwritable(InFlightRequest request, Throwable e) {
        LOG.error("Closing the connection from {}: the answer to {} could not be written. This is a defect of the broker; please report it.",
                remote(), request, e);
        close();
    }

    /** Requests that only wait for more to come are answered with what there is. */
    private void askForAnswers() {
        for (InFlightRequest request : inFlight.toArray(new InFlightRequest[0])) {
            request.crowded();
        }
    }

    private void flush() {
        flushScheduled = false;
        if (flushNeeded && !closed) {
            flushNeeded = false;
            touched();
            context.flush();
            settle();
        }
    }

    void readComplete() {
        if (flushNeeded && !closed) {
            flushNeeded = false;
            context.flush();
            settle();
        }
    }

    /** Something threw in a task of this connection. */
    private void broken(Throwable defect) {
        LOG.error("Closing the connection from {}: a request could not be served. This is a defect of the broker; please report it.", remote(), defect);
        close();
    }

    // ---- memory

    /** Counts what this connection holds now, as far as it is more than every connection may have; reads on if it may. */
    void settle() {
        if (closed) {
            return;
        }
        long unsent = unsentBytes();
        memory.settle(waitingAnswerBytes + unsent + (tls == null ? 0 : tls.heldBytes()), inFlightHeapBytes);
        if (unsent > MemoryBudget.CONNECTION_BYTES_FREE && !drainAwaited) {
            // Nothing tells when the last of it is sent, so something without content is sent behind it.
            drainAwaited = true;
            context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> {
                drainAwaited = false;
                settle();
            });
        }
        updateReading();
    }

    /** Of responses that the system has not taken yet. */
    private long unsentBytes() {
        ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
        return unsent == null ? 0 : unsent.totalPendingWriteBytes();
    }

    /** The memory that is used up, if that keeps a request of this key from being served now; null when it does not. */
    MemoryPool memoryMissing(short apiKey) {
        return memory.missing(apiKey);
    }

    /** Others wait for memory: sees whether this connection holds some that it does nothing with. */
    void giveWay(long nowMillis) {
        if (closed) {
            return;
        }
        long silent = nowMillis - lastTrafficMillis;
        boolean patienceIsOver = silent >= network.bounds().contestedMillis();
        if (reader.holdsSince(nowMillis - network.bounds().stalledFrameMillis())) {
            refuse("it takes longer than " + network.bounds().stalledFrameMillis() + " ms to send a request while others wait for memory");
        } else if (patienceIsOver && reader.holdsMemory() && (reader.midFrame() && reading || reader.waitsForMemory())) {
            refuse("nothing came of its request for " + silent + " ms, while others wait for the memory it holds");
        } else if (patienceIsOver && memory.countsNetwork() && unsentBytes() > 0) {
            refuse("it has not read its answers for " + silent + " ms, while others wait for the memory they take");
        } else if (waitingAnswerBytes != 0 || memory.countsHeap()) {
            askForAnswers();
            if (patienceIsOver && waitingAnswerBytes > WAITING_ANSWER_BYTES) {
                refuse("answers wait for " + silent + " ms behind another one, while others wait for the memory they take");
            }
        }
    }

    // ---- backpressure

    boolean wantsRequests() {
        NetworkBounds bounds = network.bounds();
        return !closed && !throttle.isMuted() && session.takesRequests() && inFlight.size() < bounds.maxInFlightRequests()
                && inFlightBytes + waitingAnswerBytes < bounds.maxInFlightBytes()
                && channel.isWritable() && (slices == null || slices.isEmpty());
    }

    /** Reads on or stops reading, as the bounds say. */
    void updateReading() {
        if (closed) {
            return;
        }
        boolean wanted = wantsRequests() && !reader.waitsForMemory();
        if (wanted == reading) {
            return;
        }
        reading = wanted;
        channel.config().setAutoRead(wanted);
        if (wanted) {
            loop.execute(() -> {
                if (!closed) {
                    reader.deliver(context);
                    settle();
                }
            });
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        // The client has read some of what is for it.
        touched();
        updateReading();
    }

    // ---- life

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        this.context = context;
        this.reading = true;
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent completion && session instanceof TlsSession waiting && !closed) {
            waiting.completed(completion, tls.engine().getSession());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("Connection from {} failed: {}", remote(), cause.toString());
        close();
    }

    long nowMillis() {
        return network.clock().monotonicMillis();
    }

    long wallMillis() {
        return network.clock().wallMillis();
    }

    void touched() {
        lastTrafficMillis = nowMillis();
    }

    /** Users have changed: ends the connection of one that is there no more, or not the same. */
    void review() {
        if (!closed && !peer.isStillThere()) {
            refuse("the user " + Printable.of(peer.principal().name()) + " that it was let in as was deleted");
        }
    }

    /** Closes the connection if it has been silent for too long. */
    void closeIfIdle(long nowMillis) {
        long silent = nowMillis - lastTrafficMillis;
        if (closed) {
            return;
        }
        if (!peer.isStillThere()) {
            review();
        } else if (!session.isOpen() && nowMillis - acceptedMillis >= network.bounds().setupMillis()) {
            refuse("it has not authenticated within " + network.bounds().setupMillis() + " ms (connection.setup.ms)");
        } else if ((reader.midFrame() || tls != null && tls.heldBytes() > 0) && reading && silent >= network.bounds().stalledFrameMillis()) {
            refuse("it stopped in the middle of a request for " + silent + " ms");
        } else if (inFlight.isEmpty() && silent >= network.bounds().idleMillis()) {
            LOG.debug("Closing the connection from {}: idle for {} ms (connections.max.idle.ms)", remote(), silent);
            close();
        } else if (!channel.isWritable() && silent >= network.bounds().idleMillis()) {
            refuse("it has not read its responses for " + silent + " ms");
        } else {
            reader.trim(context);
            settle();
        }
    }

    /** Closes the connection of a client that broke a rule, once it has been sent what is on its way to it. */
    void refuseWhenSent(String reason) {
        flushNeeded = false;
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> refuse(reason));
    }

    /** Closes the connection of a client that broke a rule. */
    void refuse(String reason) {
        if (!closed) {
            if (network.mayReportRefusal()) {
                LOG.warn("Closing the connection from {} (client {}): {}", remote(), decoder.clientId().isEmpty() ? "unnamed" : decoder.clientId(), reason);
            } else {
                LOG.debug("Closing the connection from {}: {}", remote(), reason);
            }
            close();
        }
    }

    void close() {
        if (closed) {
            return;
        }
        closed = true;
        reader.close();
        if (slices != null) {
            slices.close();
        }
        while (!inFlight.isEmpty()) {
            InFlightRequest request = inFlight.poll();
            Runnable held = request.takeHeld();
            if (held != null) {
                held.run();
            }
            request.connectionClosed();
        }
        peer.disconnected();
        memory.release();
        waitingAnswerBytes = 0;
        if (newcomer) {
            network.newcomers().remove(this);
        }
        channel.close();
        listener.closed(this);
    }

    boolean isClosed() {
        return closed;
    }

    /** What may come on it now. */
    Session session() {
        return session;
    }

    /** The client has come on. */
    void session(Session next) {
        session = next;
        opened();
    }

    /** Begins; a client that is to say who it is first has no place of its own until it has. */
    void begin() {
        if (!session.isOpen()) {
            newcomer = true;
            Connection oldest = network.newcomers().add(this);
            if (oldest != null) {
                oldest.loop.run(() -> oldest.refuse("others want to connect, and it has not authenticated yet"));
            }
        }
    }

    /** Sees whether the client has said who it is. */
    void opened() {
        if (newcomer && session.isOpen()) {
            newcomer = false;
            network.newcomers().remove(this);
        }
    }

    /** Sends a token without a header, as clients before Kafka 1.0 expect it. */
    void sendBare(byte[] token) {
        ByteBuf frame = channel.alloc().directBuffer(Integer.BYTES + token.length);
        context.writeAndFlush(frame.writeInt(token.length).writeBytes(token), context.voidPromise());
        updateReading();
    }

    Peer peer() {
        return peer;
    }

    EventLoop loop() {
        return loop;
    }

    KafkaListener listener() {
        return listener;
    }

    private Object remote() {
        return channel.remoteAddress();
    }

    /** What there is to say of it. */
    ConnectionInfo info() {
        long now = nowMillis();
        return new ConnectionInfo(listener.name(), channel.remoteAddress() instanceof InetSocketAddress remote
                ? remote.getAddress().getHostAddress() + ":" + remote.getPort()
                : peer.address().getHostAddress(), peer.principal().toString(), decoder.clientId(), peer.softwareName(),
                peer.softwareVersion(), now - acceptedMillis, now - lastTrafficMillis, throttle.mutedMillis(), inFlight.size(), decoder.retired());
    }

    Throttle throttle() {
        return throttle;
    }

    /** What the client may do, as long as it is who it is now. */
    Access access() {
        Principal principal = peer.principal();
        if (accessOf != principal) {
            access = network.authorizer().of(principal, peer.address());
            accessOf = principal;
        }
        return access;
    }
}
