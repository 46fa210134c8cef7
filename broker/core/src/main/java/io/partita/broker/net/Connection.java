package io.partita.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.ClientInfo;
import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client connection: decodes its requests, hands them to their handlers and sends the responses in the order of the requests. All of it on
 * one event loop. Requests are handled as they arrive, without waiting for the answers to earlier ones, until the bounds of
 * {@link NetworkBounds} stop the reading. A client that does not read its responses is not read either.
 */
final class Connection extends ChannelInboundHandlerAdapter implements ClientInfo {

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private final KafkaListener listener;
    private final Channel channel;
    private final EventLoop loop;
    private final FrameReader reader;
    private final ArrayDeque<InFlightRequest> inFlight = new ArrayDeque<>();

    private final InetAddress address;

    private ChannelHandlerContext context;
    private int inFlightBytes;
    private int heldCount;
    private boolean flushNeeded;
    private boolean flushScheduled;
    private boolean reading;
    private boolean closed;
    private long lastTrafficMillis;
    private String softwareName = "";
    private String softwareVersion = "";
    private byte[] clientIdBytes = new byte[0];
    private String clientId = "";

    Connection(KafkaListener listener, Channel channel, InetAddress address, EventLoop loop, NetworkBounds bounds, RequestMemory memory) {
        this.listener = listener;
        this.channel = channel;
        this.loop = loop;
        this.address = address;
        this.reader = new FrameReader(this, bounds, memory);
        this.lastTrafficMillis = listener.clock().monotonicMillis();
    }

    /** Puts the connection's handlers into its channel's pipeline. */
    void install() {
        channel.config().setRecvByteBufAllocator(reader.receiveAllocator());
        channel.pipeline().addLast(reader, this);
    }

    // ---- receiving

    /** A whole request, whose frame this method comes to own; {@code reserved} bytes of the shared memory go back when it is answered. */
    void receive(ByteBuf frame, int reserved) {
        InFlightRequest request = new InFlightRequest(this, frame, reserved);
        try {
            ApiRegistry.Entry entry = listener.registry().find(frame.readShort());
            short version = frame.readShort();
            int correlationId = frame.readInt();
            if (entry == null) {
                request.abandon();
                refuse("it asked for an API key that is not served");
                return;
            }
            // KIP-511: ApiVersions in a version this broker does not know is answered in version 0, by its handler; its body is not read.
            boolean served = entry.serves(version);
            if (!served && entry.key() != ApiKey.API_VERSIONS) {
                request.abandon();
                refuse(entry.key() + " version " + version + " is not served");
                return;
            }
            Message body = entry.key().newRequest();
            if (served) {
                String client = readClientId(frame);
                MessageReader in = new MessageReader(frame);
                if (entry.key().isFlexible(version)) {
                    in.skipTaggedFields();
                }
                body.read(in, version);
                request.decoded(entry.key(), version, correlationId, client);
            } else {
                request.decoded(entry.key(), InFlightRequest.UNKNOWN_VERSION, correlationId, clientId);
            }
            serve(entry, request, body);
        } catch (MalformedMessageException | IndexOutOfBoundsException e) {
            request.abandon();
            refuse("a request could not be read: " + e.getMessage());
        }
    }

    private void serve(ApiRegistry.Entry entry, InFlightRequest request, Message body) {
        try {
            wakeHeld();
            inFlight.add(request);
            inFlightBytes += request.bytes();
            entry.handler().handle(request, body);
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

    private String readClientId(ByteBuf frame) {
        int length = frame.readShort();
        if (length < 0) {
            return "";
        }
        if (length > frame.readableBytes()) {
            throw new MalformedMessageException("a client id of " + length + " bytes is announced, " + frame.readableBytes() + " are left");
        }
        if (!sameAsLastClientId(frame, length)) {
            clientIdBytes = new byte[length];
            frame.getBytes(frame.readerIndex(), clientIdBytes);
            clientId = new String(clientIdBytes, StandardCharsets.UTF_8);
        }
        frame.skipBytes(length);
        return clientId;
    }

    private boolean sameAsLastClientId(ByteBuf frame, int length) {
        if (length != clientIdBytes.length) {
            return false;
        }
        int start = frame.readerIndex();
        for (int i = 0; i < length; i++) {
            if (frame.getByte(start + i) != clientIdBytes[i]) {
                return false;
            }
        }
        return true;
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

    /** The response of a request is there, on this loop; sends what is next in order. */
    void answered() {
        while (!closed && !inFlight.isEmpty() && inFlight.peek().answered()) {
            InFlightRequest request = inFlight.poll();
            inFlightBytes -= request.bytes();
            if (!send(request)) {
                return;
            }
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
            LOG.warn("Closing the connection from {}: the log could not be read for the answer to {}; its disk needs a look", remote(), request, e);
        } catch (RuntimeException | Error e) {
            LOG.error("Closing the connection from {}: the answer to {} could not be written. This is a defect of the broker; please report it.",
                    remote(), request, e);
        }
        close();
        return false;
    }

    private void flush() {
        flushScheduled = false;
        if (flushNeeded && !closed) {
            flushNeeded = false;
            touched();
            context.flush();
        }
    }

    void readComplete() {
        if (flushNeeded && !closed) {
            flushNeeded = false;
            context.flush();
        }
    }

    // ---- backpressure

    boolean wantsRequests() {
        NetworkBounds bounds = listener.bounds();
        return !closed && inFlight.size() < bounds.maxInFlightRequests() && inFlightBytes < bounds.maxInFlightBytes() && channel.isWritable();
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
                    updateReading();
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
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("Connection from {} failed: {}", remote(), cause.toString());
        close();
    }

    long nowMillis() {
        return listener.clock().monotonicMillis();
    }

    void touched() {
        lastTrafficMillis = nowMillis();
    }

    /** Closes the connection if it has been silent for too long. */
    void closeIfIdle(long nowMillis) {
        long silent = nowMillis - lastTrafficMillis;
        if (closed) {
            return;
        }
        if (reader.holdsUpOthers(nowMillis)) {
            refuse("it takes longer than " + listener.bounds().stalledFrameMillis() + " ms to send a large request while others wait for memory");
        } else if (reader.midFrame() && reading && silent >= listener.bounds().stalledFrameMillis()) {
            refuse("it stopped in the middle of a request for " + silent + " ms");
        } else if (inFlight.isEmpty() && silent >= listener.bounds().idleMillis()) {
            LOG.debug("Closing the connection from {}: idle for {} ms (connections.max.idle.ms)", remote(), silent);
            close();
        } else if (!channel.isWritable() && silent >= listener.bounds().idleMillis()) {
            refuse("it has not read its responses for " + silent + " ms");
        } else {
            reader.trim(context);
        }
    }

    /** Closes the connection of a client that broke a rule. */
    void refuse(String reason) {
        if (!closed) {
            if (listener.mayReportRefusal()) {
                LOG.warn("Closing the connection from {} (client {}): {}", remote(), clientId.isEmpty() ? "unnamed" : clientId, reason);
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
        while (!inFlight.isEmpty()) {
            InFlightRequest request = inFlight.poll();
            Runnable held = request.takeHeld();
            if (held != null) {
                held.run();
            }
            request.connectionClosed();
        }
        channel.close();
        listener.closed(this);
    }

    boolean isClosed() {
        return closed;
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

    // ---- ClientInfo

    @Override
    public InetAddress address() {
        return address;
    }

    @Override
    public String listenerName() {
        return listener.name();
    }

    @Override
    public String softwareName() {
        return softwareName;
    }

    @Override
    public String softwareVersion() {
        return softwareVersion;
    }

    @Override
    public void identify(String softwareName, String softwareVersion) {
        this.softwareName = softwareName;
        this.softwareVersion = softwareVersion;
    }
}
