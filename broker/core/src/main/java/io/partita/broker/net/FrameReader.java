package io.partita.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.partita.broker.env.MemoryBudget;
import io.partita.broker.env.MemoryPool;

/**
 * Cuts the byte stream into requests: a four byte length and so many bytes (Kafka's framing). It also tells the channel where to read to: the
 * bytes of an unfinished request are read straight behind those that are there, so a large request is never copied together. An idle
 * connection holds no buffer.
 *
 * <p>A request that does not fit into what every connection may have is given room for all of it, or waits without being read: so nobody waits
 * while holding what others wait for, and what has been begun can be finished. Lives on its connection's event loop.
 */
final class FrameReader extends ChannelInboundHandlerAdapter {

    private static final int LENGTH_BYTES = 4;
    /** What a TLS handshake begins with in place of a length: its record type and the major version. */
    private static final int TLS_HANDSHAKE = 0x1603;
    private static final int MIN_READ_BYTES = MemoryBudget.CONNECTION_BYTES_FREE;
    private static final int MAX_READ_BYTES = 1024 * 1024;

    private final Connection connection;
    private final MemoryPool memory;

    /** Bytes received and not handed over, and room behind them; null when there are none. */
    private ReceiveBuffer buffer;
    /** What the next read into a new buffer asks for: about two requests like the last. */
    private int readBytes = MIN_READ_BYTES;
    /** Taken from {@link #memory} for all of the request at the head of the buffer, of which a part is there. */
    private long reservedBytes;
    /** When the request under way began to take memory that counts; -1 when none does. */
    private long holdingSinceMillis = -1;
    /** Waits for memory, or null. */
    private MemoryPool.Waiter wait;
    private MemoryPool waitedFor;

    FrameReader(Connection connection, MemoryPool memory) {
        this.connection = connection;
        this.memory = memory;
    }

    /** Makes the channel read into {@link #buffer} while a request is unfinished. */
    RecvByteBufAllocator receiveAllocator() {
        return new DefaultMaxMessagesRecvByteBufAllocator() {
            @Override
            public Handle newHandle() {
                return new MaxMessageHandle() {
                    @Override
                    public ByteBuf allocate(ByteBufAllocator allocator) {
                        if (buffer != null && buffer.bytes.isWritable()) {
                            return buffer.bytes.retain();
                        }
                        int bytes = guess();
                        return allocator.directBuffer(bytes, bytes);
                    }

                    @Override
                    public int guess() {
                        return memory.isTight() ? MIN_READ_BYTES : readBytes;
                    }
                };
            }
        };
    }

    /** Whether a request has arrived in part. */
    boolean midFrame() {
        return buffer != null && wait == null;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf received = (ByteBuf) message;
        if (connection.isClosed()) {
            received.release();
            return;
        }
        if (buffer == null) {
            buffer = new ReceiveBuffer(received, memory, 0);
        } else if (received == buffer.bytes) {
            received.release();
        } else {
            // From the encryption, or because the channel fell back to a buffer of its own.
            append(context, received);
        }
        connection.touched();
        deliver(context);
        connection.settle();
    }

    /**
     * Puts what was received behind what is there. There is room for the rest of a request of which a part is there, so that each byte is copied once; what
     * goes beyond it is the beginning of the next one and stays in its own buffer.
     */
    private void append(ChannelHandlerContext context, ByteBuf received) {
        int room = buffer.bytes.writableBytes();
        if (received.readableBytes() > room) {
            buffer.bytes.writeBytes(received, room);
            deliver(context);
            if (connection.isClosed()) {
                received.release();
                return;
            }
            if (buffer == null) {
                buffer = new ReceiveBuffer(received, memory, 0);
                return;
            }
            if (buffer.bytes.writableBytes() < received.readableBytes()) {
                // The connection takes no more requests now, or the request is so large that its room grows as it arrives.
                int readable = buffer.bytes.readableBytes();
                replaceBuffer(copy(context, Math.max(readable * 2, readable + received.readableBytes())));
            }
        }
        buffer.bytes.writeBytes(received);
        received.release();
    }

    /** Hands over whole requests until there is none left, the connection wants no more, or there is no memory for more. */
    void deliver(ChannelHandlerContext context) {
        while (buffer != null && wait == null && connection.wantsRequests()) {
            ByteBuf bytes = buffer.bytes;
            int readable = bytes.readableBytes();
            if (readable < LENGTH_BYTES) {
                makeRoom(context, LENGTH_BYTES);
                break;
            }
            int length = bytes.getInt(bytes.readerIndex());
            RequestLimits limits = connection.session().limits();
            if (length < limits.minRequestBytes() || length > limits.maxRequestBytes()) {
                connection.refuse(refusal(length, limits));
                return;
            }
            if (readable < LENGTH_BYTES + length) {
                makeRoom(context, LENGTH_BYTES + length);
                break;
            }
            MemoryPool usedUp = length < Short.BYTES ? null : connection.memoryMissing(bytes.getShort(bytes.readerIndex() + LENGTH_BYTES));
            if (usedUp != null) {
                await(context, usedUp, 0);
                continue;
            }
            handOver(length);
        }
        if (buffer != null) {
            settle(context);
        }
    }

    private static String refusal(int length, RequestLimits limits) {
        if (length >>> 16 == TLS_HANDSHAKE) {
            return "it began a TLS handshake, and this listener has no TLS: let the client use security.protocol=PLAINTEXT or SASL_PLAINTEXT, or another listener";
        }
        return "a request of " + length + " bytes was announced; the most that is taken is " + limits.maxRequestBytes()
                + " (socket.request.max.bytes, and less where memory is small or a client has not said who it is)";
    }

    private void handOver(int length) {
        ReceiveBuffer from = buffer;
        from.bytes.skipBytes(LENGTH_BYTES);
        ByteBuf frame = from.bytes.readSlice(length);
        from.takeOver(reservedBytes);
        reservedBytes = 0;
        holdingSinceMillis = -1;
        readBytes = Math.clamp(Integer.highestOneBit(LENGTH_BYTES + length) * 4L, MIN_READ_BYTES, MAX_READ_BYTES);
        from.use();
        if (!from.bytes.isReadable()) {
            dropBuffer();
        }
        connection.receive(frame, from);
        if (from != buffer) {
            // Whatever still uses it does so beyond this turn of the loop.
            from.settle();
        }
    }

    /** Waits for memory, without reading on. */
    private void await(ChannelHandlerContext context, MemoryPool pool, long bytes) {
        MemoryPool.Waiter[] self = new MemoryPool.Waiter[1];
        self[0] = new MemoryPool.Waiter(bytes, () -> context.executor().execute(() -> granted(context, self[0], pool, bytes)));
        wait = self[0];
        waitedFor = pool;
        if (pool.takeOrWait(self[0])) {
            wait = null;
            reservedBytes += bytes;
        }
    }

    private void granted(ChannelHandlerContext context, MemoryPool.Waiter waiter, MemoryPool pool, long bytes) {
        if (wait != waiter) {
            // The connection was closed in between.
            pool.give(bytes);
            return;
        }
        wait = null;
        reservedBytes += bytes;
        connection.touched();
        if (reservedBytes != 0) {
            holdingSinceMillis = connection.nowMillis();
        }
        deliver(context);
        connection.settle();
    }

    boolean waitsForMemory() {
        return wait != null;
    }

    /** Whether this connection has kept memory that others wait for longer than a request may take to arrive, however busily it sends. */
    boolean holdsSince(long millis) {
        return holdingSinceMillis >= 0 && wait == null && holdingSinceMillis <= millis;
    }

    /** Whether it holds anything that counts. */
    boolean holdsMemory() {
        return reservedBytes != 0 || buffer != null && buffer.isCounted();
    }

    /**
     * Sees to it that the next read finds room for more of a request of {@code frameBytes}: for all of it, once a part has come. The room of very
     * large ones grows as they arrive, for what is reserved is not yet taken from others' use by being touched.
     */
    private void makeRoom(ChannelHandlerContext context, int frameBytes) {
        ByteBuf bytes = buffer.bytes;
        int readable = bytes.readableBytes();
        boolean fits = bytes.capacity() - bytes.readerIndex() >= frameBytes;
        boolean begunOnly = readable < MIN_READ_BYTES && bytes.isWritable();
        if (fits || begunOnly) {
            return;
        }
        if (frameBytes <= MIN_READ_BYTES) {
            replaceBuffer(copy(context, MIN_READ_BYTES));
            return;
        }
        if (reservedBytes == 0) {
            await(context, memory, frameBytes);
            if (wait != null) {
                return;
            }
            holdingSinceMillis = connection.nowMillis();
        }
        if (frameBytes <= MAX_READ_BYTES) {
            replaceBuffer(copy(context, frameBytes));
        } else if (!bytes.isWritable() || bytes.capacity() < MAX_READ_BYTES) {
            replaceBuffer(copy(context, (int) Math.clamp(readable * 2L, MAX_READ_BYTES, frameBytes)));
        }
    }

    /** What is there when nothing more is handed over now is counted, or given up where it is only room and room is rare. */
    private void settle(ChannelHandlerContext context) {
        if (reservedBytes != 0) {
            return;
        }
        if (memory.isTight()) {
            trim(context);
        }
        buffer.settle();
        if (buffer.isCounted() && holdingSinceMillis < 0) {
            holdingSinceMillis = connection.nowMillis();
        }
    }

    /** Gives back the room of a buffer that was made for larger requests than the one that has begun in it. To be called now and then. */
    void trim(ChannelHandlerContext context) {
        if (buffer == null || reservedBytes != 0) {
            return;
        }
        int needed = Math.max(MIN_READ_BYTES, buffer.bytes.readableBytes());
        if (buffer.bytes.capacity() / 2 > needed) {
            replaceBuffer(copy(context, needed));
            readBytes = MIN_READ_BYTES;
        }
    }

    private ByteBuf copy(ChannelHandlerContext context, int capacity) {
        ByteBuf bytes = buffer.bytes;
        return context.alloc().directBuffer(capacity, capacity).writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
    }

    private void replaceBuffer(ByteBuf bytes) {
        buffer.release();
        buffer = new ReceiveBuffer(bytes, memory, 0);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        connection.readComplete();
    }

    /** Lets go of everything; the connection is closed. */
    void close() {
        dropBuffer();
        if (wait != null) {
            // If it has been given what it waits for, that is on its way here, and goes back when it comes.
            waitedFor.cancel(wait);
            wait = null;
        }
        memory.give(reservedBytes);
        reservedBytes = 0;
        holdingSinceMillis = -1;
    }

    private void dropBuffer() {
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
    }
}
