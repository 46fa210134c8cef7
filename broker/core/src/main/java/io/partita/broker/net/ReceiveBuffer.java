package io.partita.broker.net;

import io.netty.buffer.ByteBuf;
import io.partita.broker.env.MemoryBudget;
import io.partita.broker.env.MemoryPool;

/**
 * A buffer that bytes of a connection are read into, used by the reader and by those requests whose records are slices of it. It is counted, with
 * all of its capacity, once it outlives the turn of the event loop that it was filled in: most never do, and cost the count nothing. Lives on its
 * connection's event loop.
 */
final class ReceiveBuffer {

    final ByteBuf bytes;
    private final MemoryPool memory;
    private int users = 1;
    private long countedBytes;

    /** @param countedBytes what has been taken from {@code memory} for it already */
    ReceiveBuffer(ByteBuf bytes, MemoryPool memory, long countedBytes) {
        this.bytes = bytes;
        this.memory = memory;
        this.countedBytes = countedBytes;
    }

    /** One more uses it, until {@link #release}. */
    ReceiveBuffer use() {
        users++;
        return this;
    }

    /** A user needs it no more. With the last one it goes. */
    void release() {
        users--;
        if (users == 0) {
            bytes.release();
            memory.give(countedBytes);
            countedBytes = 0;
        }
    }

    /** What was taken for its content before that was there counts for it now. */
    void takeOver(long reservedBytes) {
        countedBytes += reservedBytes;
    }

    /** Counts it if somebody still uses it and it is more than every connection may have. */
    void settle() {
        int capacity = bytes.capacity();
        if (users > 0 && countedBytes < capacity && capacity > MemoryBudget.CONNECTION_BYTES_FREE) {
            memory.take(capacity - countedBytes);
            countedBytes = capacity;
        }
    }

    boolean isCounted() {
        return countedBytes != 0;
    }
}
