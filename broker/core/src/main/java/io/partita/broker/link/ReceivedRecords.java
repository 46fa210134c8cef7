package io.partita.broker.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.partita.broker.record.RecordBatch;

/** Batches as they came from a leader, in pooled memory. Whoever releases them, on any thread, lets {@link Held} know. */
final class ReceivedRecords extends UnpooledDirectByteBuf {

    /** Told of what is received, and of what is done with. */
    interface Held {

        /** So many bytes less are held. Any thread. */
        void released(int bytes);
    }

    private final ByteBuf memory;
    private final Held held;
    private final int bytes;

    private ReceivedRecords(ByteBufAllocator allocator, ByteBuf memory, int bytes, Held held) {
        super(allocator, memory.nioBuffer(memory.readerIndex(), bytes), bytes);
        this.memory = memory;
        this.bytes = bytes;
        this.held = held;
    }

    /**
     * Takes {@code bytes} bytes of what was received.
     *
     * @param copied whether they get memory of their own; else all that they were received with stays as long as they do
     */
    static ReceivedRecords of(ByteBufAllocator allocator, ByteBuf received, int bytes, boolean copied, Held held) {
        ByteBuf memory = copied ? allocator.directBuffer(bytes, bytes).writeBytes(received, received.readerIndex(), bytes) : received.retain();
        return new ReceivedRecords(allocator, memory, bytes, held);
    }

    /**
     * How many of the readable bytes are whole batches: a leader's piece of its file may end within one. What cannot be a batch at all is left to whoever appends
     * it, who says so.
     */
    static int wholeBatches(ByteBuf received) {
        int at = received.readerIndex();
        int end = received.writerIndex();
        while (end - at >= RecordBatch.LENGTH_OVERHEAD) {
            int size = RecordBatch.sizeInBytes(received, at);
            if (size < RecordBatch.HEADER_BYTES) {
                return end - received.readerIndex();
            }
            if (size > end - at) {
                break;
            }
            at += size;
        }
        return at - received.readerIndex();
    }

    @Override
    protected void deallocate() {
        super.deallocate();
        memory.release();
        held.released(bytes);
    }
}
