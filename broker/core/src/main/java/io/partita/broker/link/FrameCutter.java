package io.partita.broker.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.partita.broker.protocol.MalformedMessageException;

/**
 * Cuts what a connection receives into frames. The bytes of an unfinished frame are read straight behind those that are there, so that a large one is not copied
 * together; its memory grows as it arrives, whatever it announces. An idle connection holds none. Lives on its connection's event loop.
 */
final class FrameCutter extends ChannelInboundHandlerAdapter {

    /** Read at once, where no large frame is under way. */
    static final int READ_BYTES = 64 * 1024;
    /** So much is there for a large frame once it has begun, enough for an answer of replica.fetch.max.bytes as it is by default; then what is there doubles. */
    private static final int GROWTH_BYTES = 1024 * 1024 + 64 * 1024;
    private static final int LENGTH_BYTES = 4;
    /** What a TLS handshake begins with in place of a length: its record type and the major version. */
    private static final int TLS_HANDSHAKE = 0x1603;

    /** Takes the frames. */
    interface Receiver {

        /** Something was received. */
        void heard();

        /** Whether it takes a frame now. Once it does again, it says so with {@link FrameCutter#deliver}. */
        boolean takes();

        /** Most bytes that the content of such a frame may have now. */
        int contentBytesMax(FrameType type);

        /** A frame. The content is the caller's, and is gone afterwards where it is not retained. */
        void frame(FrameType type, ByteBuf content);

        /** What was received cannot be right: nothing more is to be had from this connection. */
        void damaged(String reason);
    }

    private final Receiver receiver;
    private ByteBuf buffer;
    private boolean delivering;
    private boolean closed;

    FrameCutter(Receiver receiver) {
        this.receiver = receiver;
    }

    /** Makes the channel read into {@link #buffer} while a frame is unfinished. */
    RecvByteBufAllocator receiveAllocator() {
        return new DefaultMaxMessagesRecvByteBufAllocator() {
            @Override
            public Handle newHandle() {
                return new MaxMessageHandle() {
                    @Override
                    public ByteBuf allocate(ByteBufAllocator allocator) {
                        return buffer != null && buffer.isWritable() ? buffer.retain() : allocator.directBuffer(READ_BYTES, READ_BYTES);
                    }

                    @Override
                    public int guess() {
                        return READ_BYTES;
                    }
                };
            }
        };
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf received = (ByteBuf) message;
        if (closed) {
            received.release();
            return;
        }
        if (buffer == null) {
            buffer = received;
        } else if (received == buffer) {
            received.release();
        } else {
            // From the encryption, or because the channel fell back to a buffer of its own.
            append(context.alloc(), received);
        }
        receiver.heard();
        deliver(context.alloc());
    }

    /**
     * Puts what was received behind what is there. There is room for more of a frame of which a part is there, so that each byte is copied once; what goes beyond it
     * is the beginning of the next one and stays in its own buffer.
     */
    private void append(ByteBufAllocator allocator, ByteBuf received) {
        int room = buffer.writableBytes();
        if (received.readableBytes() > room) {
            buffer.writeBytes(received, room);
            deliver(allocator);
            if (closed) {
                received.release();
                return;
            }
            if (buffer == null) {
                buffer = received;
                return;
            }
            if (buffer.writableBytes() < received.readableBytes()) {
                // No frame is taken now, or the frame is so large that its room grows as it arrives.
                int readable = buffer.readableBytes();
                int capacity = Math.max(readable * 2, readable + received.readableBytes());
                replace(allocator.directBuffer(capacity, capacity).writeBytes(buffer, buffer.readerIndex(), readable));
            }
        }
        buffer.writeBytes(received);
        received.release();
    }

    /** Hands over whole frames until there is none left, or no more are taken. */
    void deliver(ByteBufAllocator allocator) {
        if (delivering) {
            return;
        }
        delivering = true;
        try {
            while (!closed && buffer != null && receiver.takes() && next()) {
                continue;
            }
        } catch (MalformedMessageException | IndexOutOfBoundsException e) {
            receiver.damaged("a frame could not be read: " + e.getMessage());
        } finally {
            delivering = false;
        }
        if (!closed && buffer != null) {
            makeRoom(allocator);
        }
    }

    /** Hands over the next frame; false when there is no whole one. */
    private boolean next() {
        ByteBuf bytes = buffer;
        int start = bytes.readerIndex();
        if (bytes.readableBytes() < FrameType.HEADER_BYTES) {
            return false;
        }
        int length = bytes.getInt(start);
        FrameType type = FrameType.of(bytes.getUnsignedByte(start + LENGTH_BYTES));
        if (length >>> 16 == TLS_HANDSHAKE && type == null) {
            receiver.damaged("a TLS handshake came, and this broker does not encrypt here: the listener REPLICATION has to be SSL in"
                    + " listener.security.protocol.map of all brokers, or of none");
            return false;
        }
        if (type == null) {
            receiver.damaged("a frame of an unknown kind, " + bytes.getUnsignedByte(start + LENGTH_BYTES) + ", came");
            return false;
        }
        if (length < 1 || length - 1 > receiver.contentBytesMax(type)) {
            receiver.damaged("a frame " + type + " of " + length + " bytes was announced, where " + receiver.contentBytesMax(type) + " are taken");
            return false;
        }
        if (bytes.readableBytes() < LENGTH_BYTES + length) {
            return false;
        }
        bytes.skipBytes(LENGTH_BYTES + length);
        bytes.retain();
        try {
            receiver.frame(type, bytes.slice(start + FrameType.HEADER_BYTES, length - 1));
        } finally {
            bytes.release();
        }
        return true;
    }

    /** Sees to it that the next read finds room for the rest of the frame, or for more of it. */
    private void makeRoom(ByteBufAllocator allocator) {
        int readable = buffer.readableBytes();
        if (readable == 0) {
            drop();
            return;
        }
        int needed = readable < FrameType.HEADER_BYTES ? FrameType.HEADER_BYTES : LENGTH_BYTES + buffer.getInt(buffer.readerIndex());
        if (readable >= needed) {
            // It is not taken yet.
            return;
        }
        int wanted = needed <= READ_BYTES ? needed : Math.min(needed, Math.max(GROWTH_BYTES, readable * 2));
        if (buffer.capacity() - buffer.readerIndex() < wanted) {
            int capacity = Math.max(wanted, READ_BYTES);
            replace(allocator.directBuffer(capacity, capacity).writeBytes(buffer, buffer.readerIndex(), readable));
        }
    }

    private void replace(ByteBuf next) {
        buffer.release();
        buffer = next;
    }

    private void drop() {
        buffer.release();
        buffer = null;
    }

    /** Lets go of everything. */
    void close() {
        closed = true;
        if (buffer != null) {
            drop();
        }
    }
}
