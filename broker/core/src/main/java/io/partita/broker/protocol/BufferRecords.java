package io.partita.broker.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Records in memory: the readable bytes of {@code buffer}. Read from a request they are a slice of its frame, valid as long as that is; nobody
 * is made to release it.
 */
public record BufferRecords(ByteBuf buffer) implements Records {

    /** No records at all, which differs from their absence (null) on the wire. */
    public static final BufferRecords EMPTY = new BufferRecords(Unpooled.EMPTY_BUFFER);

    @Override
    public int sizeInBytes() {
        return buffer.readableBytes();
    }
}
