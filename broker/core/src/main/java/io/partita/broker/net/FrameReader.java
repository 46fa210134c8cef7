package io.partita.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;

/**
 * Cuts the byte stream into requests: a four byte length and so many bytes (Kafka's framing). It also tells the channel where to read to: the
 * bytes of an unfinished request are read straight behind those that are there, so a large request is never copied together. An idle
 * connection holds no buffer. Lives on its connection's event loop.
 */
final class FrameReader extends ChannelInboundHandlerAdapter {

    private static final int LENGTH_BYTES = 4;
    /** The shortest request header: key, version, correlation id, null client id. */
    private static final int MIN_REQUEST_BYTES = 10;

    private static final int MIN_READ_BYTES = 4 * 1024;
    private static final int MAX_READ_BYTES = 1024 * 1024;

    private final Connection connection;
    private final NetworkBounds bounds;
    private final RequestMemory memory;

    /** Bytes received and not handed over, and room behind them; null when there are none. */
    private ByteBuf buffer;
    /** What the next read into a new buffer asks for: about two requests like the last. */
    private int readBytes = MIN_READ_BYTES;
    /** Reserved in {@link #memory} for the request under way at the head of the buffer. */
    private int reservedBytes;
    /** When the memory was reserved. */
    private long reservedAtMillis;
    /** Called when memory is given back; null unless this reader waits for that. */
    private Runnable memoryRetry;

    FrameReader(Connection connection, NetworkBounds bounds, RequestMemory memory) {
        this.connection = connection;
        this.bounds = bounds;
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
                        return buffer != null && buffer.isWritable() ? buffer.retain() : allocator.directBuffer(readBytes, readBytes);
                    }

                    @Override
                    public int guess() {
                        return readBytes;
                    }
                };
            }
        };
    }

    /** Whether a request has arrived in part. */
    boolean midFrame() {
        return buffer != null && memoryRetry == null;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf received = (ByteBuf) message;
        if (received == buffer) {
            received.release();
        } else if (buffer == null) {
            buffer = received;
        } else {
            // The channel fell back to a buffer of its own: the old one was full.
            ByteBuf joined = context.alloc().directBuffer(buffer.readableBytes() + received.readableBytes());
            joined.writeBytes(buffer).writeBytes(received);
            buffer.release();
            received.release();
            buffer = joined;
        }
        connection.touched();
        deliver(context);
        connection.updateReading();
    }

    /** Hands over whole requests until there is none left or the connection wants no more. */
    void deliver(ChannelHandlerContext context) {
        while (buffer != null && connection.wantsRequests()) {
            int readable = buffer.readableBytes();
            if (readable < LENGTH_BYTES) {
                makeRoom(context, LENGTH_BYTES);
                break;
            }
            int length = buffer.getInt(buffer.readerIndex());
            if (length < MIN_REQUEST_BYTES || length > bounds.maxRequestBytes()) {
                connection.refuse("a request of " + length + " bytes was announced; socket.request.max.bytes is " + bounds.maxRequestBytes());
                return;
            }
            if (!reserve(context, length)) {
                return;
            }
            if (readable < LENGTH_BYTES + length) {
                makeRoom(context, LENGTH_BYTES + length);
                break;
            }
            buffer.skipBytes(LENGTH_BYTES);
            ByteBuf frame = buffer.readRetainedSlice(length);
            int reserved = reservedBytes;
            reservedBytes = 0;
            readBytes = Math.clamp(Integer.highestOneBit(LENGTH_BYTES + length) * 4L, MIN_READ_BYTES, MAX_READ_BYTES);
            if (!buffer.isReadable()) {
                dropBuffer();
            }
            connection.receive(frame, reserved);
        }
    }

    private boolean reserve(ChannelHandlerContext context, int length) {
        if (length <= NetworkBounds.SMALL_REQUEST_BYTES || reservedBytes != 0) {
            return true;
        }
        Runnable retry = () -> context.executor().execute(() -> memoryFreed(context));
        if (!memory.reserve(length, retry)) {
            memoryRetry = retry;
            connection.updateReading();
            return false;
        }
        reservedBytes = length;
        reservedAtMillis = connection.nowMillis();
        return true;
    }

    private void memoryFreed(ChannelHandlerContext context) {
        if (memoryRetry != null) {
            memoryRetry = null;
            connection.touched();
            deliver(context);
            connection.updateReading();
        }
    }

    boolean waitsForMemory() {
        return memoryRetry != null;
    }

    /** Whether this connection has kept memory that others wait for longer than a request may take to arrive, however busily it sends. */
    boolean holdsUpOthers(long nowMillis) {
        return reservedBytes != 0 && nowMillis - reservedAtMillis >= bounds.stalledFrameMillis() && memory.isContested();
    }

    /**
     * Sees to it that the next read finds room for more of a request of {@code frameBytes}. The room grows as bytes arrive, so that an announced
     * size alone takes no memory; only where memory was reserved, and up to 1 MiB, it is for all of the request at once.
     */
    private void makeRoom(ChannelHandlerContext context, int frameBytes) {
        boolean fits = buffer.capacity() - buffer.readerIndex() >= frameBytes;
        boolean growsLater = (frameBytes > MAX_READ_BYTES || frameBytes <= NetworkBounds.SMALL_REQUEST_BYTES) && buffer.isWritable();
        if (fits || growsLater) {
            return;
        }
        int readable = buffer.readableBytes();
        int capacity;
        if (frameBytes > MAX_READ_BYTES) {
            capacity = (int) Math.clamp(readable * 2L, MAX_READ_BYTES, frameBytes);
        } else if (frameBytes > NetworkBounds.SMALL_REQUEST_BYTES) {
            capacity = frameBytes;
        } else {
            capacity = Math.max(MIN_READ_BYTES, Math.min(readable * 4, frameBytes));
        }
        replaceBuffer(context, capacity);
    }

    /** Gives back the room of a buffer that was made for larger requests than the one that has begun in it. To be called now and then. */
    void trim(ChannelHandlerContext context) {
        if (buffer == null || reservedBytes != 0) {
            return;
        }
        int needed = Math.max(MIN_READ_BYTES, buffer.readableBytes() * 2);
        if (buffer.capacity() > NetworkBounds.SMALL_REQUEST_BYTES && buffer.capacity() / 4 > needed) {
            replaceBuffer(context, needed);
            readBytes = MIN_READ_BYTES;
        }
    }

    private void replaceBuffer(ChannelHandlerContext context, int capacity) {
        int readable = buffer.readableBytes();
        ByteBuf larger = context.alloc().directBuffer(capacity, capacity);
        larger.writeBytes(buffer, buffer.readerIndex(), readable);
        buffer.release();
        buffer = larger;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        connection.readComplete();
    }

    /** Lets go of everything; the connection is closed. */
    void close() {
        dropBuffer();
        if (memoryRetry != null) {
            memory.cancel(memoryRetry);
            memoryRetry = null;
        }
        if (reservedBytes != 0) {
            memory.release(reservedBytes);
            reservedBytes = 0;
        }
    }

    private void dropBuffer() {
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
    }
}
