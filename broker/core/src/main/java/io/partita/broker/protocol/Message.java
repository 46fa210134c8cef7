package io.partita.broker.protocol;

import java.util.UUID;
import java.util.function.Consumer;

/**
 * A structure of the wire protocol, in all its versions at once: a request, a response, a header, a record of an internal topic, or a part of
 * one. The classes are generated at build time into {@code protocol.message}; their fields are public and mutable, and hold the definition's
 * defaults after construction.
 *
 * <p>A message belongs to whoever made it; it is not safe for use by several threads at once.
 */
public interface Message {

    /** How the protocol spells "no id". Compared by value. */
    UUID ZERO_UUID = new UUID(0, 0);

    /** The default of a bytes field. */
    byte[] NO_BYTES = new byte[0];

    /**
     * Fills this message, which must be newly made: fields that {@code version} lacks keep their defaults. The version must be one of the
     * definition's.
     *
     * @throws MalformedMessageException when the bytes are not such a message; what was read so far is then of no use
     */
    void read(MessageReader in, short version);

    /** Hands the records in this message, as far as there are any, to {@code visitor}. */
    default void forEachRecords(Consumer<Records> visitor) {}

    /** Says in a response for how many milliseconds its client is not read (KIP-219); nothing in responses that have no place for it. */
    default void throttle(int millis) {}

    /** Appends the fields that {@code version} has, and leaves out the others whatever they hold. The version must be one of the definition's. */
    void write(MessageWriter out, short version);
}
