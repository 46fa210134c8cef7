package io.partita.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.ClientInfo;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.MemoryBudget;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.OwnedLoop;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.security.Access;
import io.partita.broker.security.Principal;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client connection: decodes its requests, hands them to their handlers and sends the responses in the order of the requests. All of it on
 * one event loop. Requests are handled as they arrive, without waiting for the answers to earlier ones, until the bounds of
 * {@link NetworkBounds} or the memory that all connections share stop the reading. A client that does not read its responses is not read either.
 */
final class Connection extends ChannelInboundHandlerAdapter implements ClientInfo {

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** Answers that wait behind others may take so much before those others are asked to be given early. */
    private static final long WAITING_ANSWER_BYTES = 64 * 1024;
    /** In steps of so much the memory of a connection is counted. */
    private static final long COUNTED_BYTES = 4 * 1024;

    private final KafkaListener listener;
    private final Network network;
    private final Channel channel;
    private final EventLoop loop;
    private final FrameReader reader;
    private final ArrayDeque<InFlightRequest> inFlight = new ArrayDeque<>();

    private final InetAddress address;

    private ChannelHandlerContext context;
    private RequestLimits limits;
    private int inFlightBytes;
    private long inFlightHeapBytes;
    /** Of answers that wait behind others. */
    private long waitingAnswerBytes;
    /** What was taken from the memory that all share: for answers that wait or are on their way, and for decoded requests. */
    private long countedNetworkBytes;
    private long countedHeapBytes;
    private boolean drainAwaited;
    private int heldCount;
    private boolean flushNeeded;
    private boolean flushScheduled;
    private boolean reading;
    private boolean closed;
    private long lastTrafficMillis;
    private Principal principal = Principal.ANONYMOUS;
    /** What {@link #accessOf} may do. */
    private Access access;
    private Principal accessOf;
    private String softwareName = "";
    private String softwareVersion = "";
    private byte[] clientIdBytes = new byte[0];
    private String clientId = "";

    /** @param limits of the state in which connections of the listener begin */
    Connection(KafkaListener listener, Channel channel, InetAddress address, EventLoop loop, Network network, RequestLimits limits) {
        this.listener = listener;
        this.network = network;
        this.channel = channel;
        this.loop = new OwnedLoop(loop, this::broken);
        this.address = address;
        this.limits = limits;
        this.reader = new FrameReader(this, network.memory().network());
        this.lastTrafficMillis = network.clock().monotonicMillis();
    }

    /** Puts the connection's handlers into its channel's pipeline. */
    void install() {
        channel.config().setRecvByteBufAllocator(reader.receiveAllocator());
        channel.pipeline().addLast(reader, this);
    }

    // ---- receiving

    /** A whole request, in {@code frame}, which is a piece of {@code buffer}; one use of that is this method's now. */
    void receive(ByteBuf frame, ReceiveBuffer buffer) {
        InFlightRequest request = new InFlightRequest(this, frame.readableBytes(), buffer);
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
                MessageReader in = new MessageReader(frame, limits.decoder());
                if (entry.key().isFlexible(version)) {
                    in.skipTaggedFields();
                }
                body.read(in, version);
                request.decoded(entry.key(), version, correlationId, client, in.heapBytes());
            } else {
                request.decoded(entry.key(), InFlightRequest.UNKNOWN_VERSION, correlationId, clientId, 0);
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
            inFlightHeapBytes += request.heapBytes();
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
        LOG.warn("Closing the connection from {}: the log could not be read for the answer to {}; its disk needs a look", remote(), request, e);
        close();
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
        countedNetworkBytes = count(network.memory().network(), countedNetworkBytes, waitingAnswerBytes + unsent);
        countedHeapBytes = count(network.memory().requests(), countedHeapBytes, inFlightHeapBytes);
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

    private static long count(MemoryPool memory, long counted, long held) {
        long wanted = held <= MemoryBudget.CONNECTION_BYTES_FREE ? 0 : (held + COUNTED_BYTES - 1) / COUNTED_BYTES * COUNTED_BYTES;
        if (wanted > counted) {
            memory.take(wanted - counted);
        } else if (wanted < counted) {
            memory.give(counted - wanted);
        }
        return wanted;
    }

    /** Of responses that the system has not taken yet. */
    private long unsentBytes() {
        ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
        return unsent == null ? 0 : unsent.totalPendingWriteBytes();
    }

    /**
     * The memory that is used up, if that keeps a request of this key from being served now; null when it does not. Who holds none is served all the
     * same where the answer is short, so that heartbeats and records get through.
     */
    MemoryPool memoryMissing(short apiKey) {
        MemoryBudget memory = network.memory();
        MemoryPool usedUp = memory.network().isUsedUp() ? memory.network() : memory.requests().isUsedUp() ? memory.requests() : null;
        if (usedUp == null) {
            return null;
        }
        return countedNetworkBytes != 0 || countedHeapBytes != 0 || !answersShortly(ApiKey.forId(apiKey)) ? usedUp : null;
    }

    private static boolean answersShortly(ApiKey key) {
        return key != null && switch (key) {
            case PRODUCE, FETCH, HEARTBEAT, FIND_COORDINATOR, OFFSET_COMMIT, SYNC_GROUP, LEAVE_GROUP, API_VERSIONS, INIT_PRODUCER_ID -> true;
            default -> false;
        };
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
        } else if (patienceIsOver && countedNetworkBytes != 0 && unsentBytes() > 0) {
            refuse("it has not read its answers for " + silent + " ms, while others wait for the memory they take");
        } else if (waitingAnswerBytes != 0 || countedHeapBytes != 0) {
            askForAnswers();
            if (patienceIsOver && waitingAnswerBytes > WAITING_ANSWER_BYTES) {
                refuse("answers wait for " + silent + " ms behind another one, while others wait for the memory they take");
            }
        }
    }

    private void releaseMemory() {
        network.memory().network().give(countedNetworkBytes);
        network.memory().requests().give(countedHeapBytes);
        countedNetworkBytes = 0;
        countedHeapBytes = 0;
        waitingAnswerBytes = 0;
    }

    // ---- backpressure

    boolean wantsRequests() {
        NetworkBounds bounds = network.bounds();
        return !closed && inFlight.size() < bounds.maxInFlightRequests() && inFlightBytes + waitingAnswerBytes < bounds.maxInFlightBytes()
                && channel.isWritable();
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
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("Connection from {} failed: {}", remote(), cause.toString());
        close();
    }

    long nowMillis() {
        return network.clock().monotonicMillis();
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
        if (reader.midFrame() && reading && silent >= network.bounds().stalledFrameMillis()) {
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

    /** Closes the connection of a client that broke a rule. */
    void refuse(String reason) {
        if (!closed) {
            if (network.mayReportRefusal()) {
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
        releaseMemory();
        channel.close();
        listener.closed(this);
    }

    boolean isClosed() {
        return closed;
    }

    /** What its requests may be in the state it is in. */
    RequestLimits limits() {
        return limits;
    }

    /** The state has changed. */
    void limits(RequestLimits next) {
        limits = next;
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

    /** What the client may do, as long as it is who it is now. */
    Access access() {
        if (accessOf != principal) {
            access = network.authorizer().of(principal, address);
            accessOf = principal;
        }
        return access;
    }

    // ---- ClientInfo

    @Override
    public Principal principal() {
        return principal;
    }

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
