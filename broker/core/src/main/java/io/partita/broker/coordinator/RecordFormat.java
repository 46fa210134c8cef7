package io.partita.broker.coordinator;

import io.netty.buffer.ByteBuf;

/** How a coordinator's records look in the log. */
public interface RecordFormat<R> {

    /** Appends the key's bytes to {@code out}. Throws {@link IllegalArgumentException} when the format cannot hold the record. */
    void writeKey(R record, ByteBuf out);

    /** Appends the value's bytes to {@code out}, or returns false: the record deletes its key. */
    boolean writeValue(R record, ByteBuf out);

    /**
     * The record with these bytes; {@code value} is null when it deletes its key. Null when this is a record of some other kind. Throws
     * {@link io.partita.broker.protocol.MalformedMessageException} when the bytes are none.
     */
    R read(ByteBuf key, ByteBuf value);
}
