package io.partita.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Stands before the encryption, which takes bytes and no files: reads pieces of logs chunk by chunk, no more than is on its way at once, however large the
 * piece. What is to be sent behind a piece waits for it here. Lives on its connection's event loop.
 */
public final class SliceChunks extends ChannelOutboundHandlerAdapter {

    /** Whose connection it is. */
    public interface Owner {

        /** A piece of a log that is being sent cannot be read any more. */
        void unreadable(IOException failure);

        /** A part of a piece of a log has left. @param isLast whether nothing waits behind it */
        void sliceSent(boolean isLast);
    }

    /** A multiple of what a TLS record holds. */
    private static final int CHUNK_BYTES = 64 * 1024;
    /** Chunks that were handed on and have not left yet. */
    private static final int CHUNKS_MAX = 4;

    private final Owner owner;
    private final ArrayDeque<Object> waiting = new ArrayDeque<>();
    private final ChannelFutureListener sent = this::sent;
    private ChannelHandlerContext context;
    /** Of the piece at the head of the queue. */
    private int readBytes;
    private int chunksUnderWay;
    private boolean pumping;
    private boolean closed;
    /** Of what waits, but for pieces of logs. */
    private long waitingBytes;

    public SliceChunks(Owner owner) {
        this.owner = owner;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (closed) {
            ReferenceCountUtil.release(message);
        } else if (waiting.isEmpty() && message instanceof ByteBuf) {
            context.write(message, promise);
        } else {
            waitingBytes += message instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
            waiting.add(promise.isVoid() ? message : new Awaited((ByteBuf) message, promise));
        }
    }

    private record Awaited(ByteBuf bytes, ChannelPromise promise) {}

    @Override
    public void flush(ChannelHandlerContext context) {
        pump();
        context.flush();
    }

    /** Whether something waits for the pieces before it, or is one. */
    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** What waits for pieces of logs before it, in memory. */
    public long waitingBytes() {
        return waitingBytes;
    }

    private void pump() {
        if (pumping || closed) {
            return;
        }
        pumping = true;
        try {
            while (!waiting.isEmpty() && !closed) {
                Object head = waiting.peek();
                if (head instanceof SliceRegion region) {
                    if (chunksUnderWay >= CHUNKS_MAX) {
                        break;
                    }
                    writeChunk(region);
                } else {
                    waiting.poll();
                    if (head instanceof Awaited awaited) {
                        waitingBytes -= awaited.bytes.readableBytes();
                        context.write(awaited.bytes, awaited.promise);
                    } else {
                        waitingBytes -= ((ByteBuf) head).readableBytes();
                        context.write(head, context.voidPromise());
                    }
                }
            }
        } finally {
            pumping = false;
        }
    }

    private void writeChunk(SliceRegion region) {
        int size = (int) region.count();
        int bytes = Math.min(CHUNK_BYTES, size - readBytes);
        ByteBuf chunk = context.alloc().directBuffer(bytes, bytes);
        try {
            ByteBuffer target = chunk.nioBuffer(0, bytes);
            int count = region.slice().read(target, readBytes);
            if (count < bytes) {
                throw new IOException("the segment ends before what was to be sent of it");
            }
            chunk.writerIndex(bytes);
        } catch (IOException e) {
            chunk.release();
            owner.unreadable(e);
            return;
        }
        readBytes += bytes;
        if (readBytes == size) {
            waiting.poll();
            readBytes = 0;
            region.release();
        }
        chunksUnderWay++;
        context.write(chunk).addListener(sent);
    }

    private void sent(ChannelFuture chunk) {
        chunksUnderWay--;
        if (!closed && !waiting.isEmpty() && chunksUnderWay <= CHUNKS_MAX / 2) {
            // Not from within the flush that has sent it.
            context.executor().execute(() -> {
                if (!closed) {
                    pump();
                    context.flush();
                    owner.sliceSent(waiting.isEmpty());
                }
            });
        }
    }

    /** Lets go of what will not be sent. */
    public void close() {
        closed = true;
        waitingBytes = 0;
        while (!waiting.isEmpty()) {
            Object head = waiting.poll();
            ReferenceCountUtil.release(head instanceof Awaited awaited ? awaited.bytes : head);
        }
    }
}
