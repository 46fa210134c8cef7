package io.partita.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.partita.broker.log.LogSlice;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.protocol.Records;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A response as Kafka frames it: length, header, body. Large pieces of a log are left in their file and sent from there
 * ({@code sendfile}); small ones are copied, which is cheaper than one more system call. To be sent or released, once.
 */
final class ResponseFrame {

    /** Log pieces up to this size are read into the response's buffer: about what a page cache copy costs against a call of sendfile. */
    private static final int COPIED_BYTES_MAX = 16 * 1024;
    /** Copies of log pieces that one response may hold. Those of thousands of partitions would take more memory than the requests of all clients. */
    private static final int ALL_COPIED_BYTES_MAX = 256 * 1024;
    private static final int INITIAL_BYTES = 256;

    private ByteBuf buffer;
    private final List<Cut> cuts;
    private final long size;

    private ResponseFrame(ByteBuf buffer, List<Cut> cuts, long size) {
        this.buffer = buffer;
        this.cuts = cuts;
        this.size = size;
    }

    /**
     * Writes {@code response} in the version of its request. Whatever the outcome, the log pieces of the response are not the caller's any more.
     *
     * @throws UncheckedIOException when a log piece cannot be read
     */
    static ResponseFrame of(ByteBufAllocator allocator, InFlightRequest request, Message response) {
        ByteBuf buffer = allocator.directBuffer(INITIAL_BYTES);
        Writer writer = new Writer(buffer);
        long size;
        try {
            short version = request.responseVersion();
            buffer.writeInt(0);
            buffer.writeInt(request.correlationId());
            // The response header of ApiVersions is never flexible: a client reads it before it knows what the broker speaks (KIP-511).
            if (request.apiKey().isFlexible(version) && request.apiKey() != ApiKey.API_VERSIONS) {
                buffer.writeByte(0);
            }
            response.write(writer, version);
            size = buffer.readableBytes() + writer.slicedBytes;
            buffer.setInt(0, Math.toIntExact(size - 4));
        } catch (RuntimeException | Error e) {
            buffer.release();
            release(response);
            throw e;
        }
        writer.releaseCopied();
        return new ResponseFrame(buffer, writer.cuts, size);
    }

    /** Lets go of the log pieces of a response that will not be sent. */
    static void release(Message response) {
        response.forEachRecords(ResponseFrame::release);
    }

    private static void release(Records records) {
        if (records instanceof LogSlice slice) {
            slice.release();
        }
    }

    /** In a buffer without much room to spare, because it is not sent at once. */
    ResponseFrame trimmed(ByteBufAllocator allocator) {
        int content = buffer.readableBytes();
        if (buffer.capacity() - content > content / 4 + INITIAL_BYTES) {
            ByteBuf exact = allocator.directBuffer(content, content).writeBytes(buffer, buffer.readerIndex(), content);
            buffer.release();
            buffer = exact;
        }
        return this;
    }

    long sizeInBytes() {
        return size;
    }

    /** What it takes in direct memory. */
    long memoryBytes() {
        return buffer.capacity();
    }

    /** It will not be sent. */
    void release() {
        buffer.release();
        if (cuts != null) {
            cuts.forEach(cut -> cut.slice().release());
        }
    }

    /** Hands the frame to the channel, without flushing. */
    void send(ChannelHandlerContext context) {
        if (cuts == null) {
            context.write(buffer, context.voidPromise());
            return;
        }
        for (Cut cut : cuts) {
            int before = cut.bufferPosition() - buffer.readerIndex();
            if (before > 0) {
                context.write(buffer.readRetainedSlice(before), context.voidPromise());
            }
            context.write(new SliceRegion(cut.slice()), context.voidPromise());
        }
        if (buffer.isReadable()) {
            context.write(buffer, context.voidPromise());
        } else {
            buffer.release();
        }
    }

    private record Cut(int bufferPosition, LogSlice slice) {}

    /** Puts everything into the buffer except large log pieces, of which it notes the place. */
    private static final class Writer extends MessageWriter {

        private List<Cut> cuts;
        private List<LogSlice> copied;
        private long copiedBytes;
        private long slicedBytes;

        Writer(ByteBuf buffer) {
            super(buffer);
        }

        @Override
        protected void writeRecords(Records records) {
            if (!(records instanceof LogSlice slice)) {
                super.writeRecords(records);
            } else if (slice.channel() == null || slice.sizeInBytes() <= COPIED_BYTES_MAX && copiedBytes < ALL_COPIED_BYTES_MAX) {
                copy(slice);
            } else {
                if (cuts == null) {
                    cuts = new ArrayList<>(4);
                }
                cuts.add(new Cut(buffer().writerIndex(), slice));
                slicedBytes += slice.sizeInBytes();
            }
        }

        private void copy(LogSlice slice) {
            try {
                slice.copyTo(buffer());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (copied == null) {
                copied = new ArrayList<>(4);
            }
            copied.add(slice);
            copiedBytes += slice.sizeInBytes();
        }

        /** Not before all is written: if that fails, all pieces of the response are released, and none may be twice. */
        void releaseCopied() {
            if (copied != null) {
                copied.forEach(LogSlice::release);
            }
        }
    }
}
