package io.partita.broker.record;

import io.netty.buffer.ByteBuf;

/**
 * One compression format over arrays. Each lives in a class of its own, so that its library is loaded with the first batch that needs it.
 * Stateless and safe from any thread.
 */
interface Codec {

    /** Packs {@code in}[from, from + length) behind the target's writer index. */
    void compress(byte[] in, int from, int length, int level, ByteBuf out);

    /** Opens {@code in}[from, from + length) into {@code out}; throws {@link BatchFormatException} when it is not of this format or too much. */
    void decompress(byte[] in, int from, int length, BoundedBytes out);

    /**
     * Looks at {@code in}[from, from + length) from outside, at the header and the lengths of its parts, without opening it: whether it is one frame of
     * this format, and one that every consumer in use can read. Costs next to nothing.
     *
     * @throws BatchFormatException when it is not
     */
    void checkFrame(ByteBuf in, int from, int length);

    /** That the data is of this format, but not as all consumers read it. */
    static BatchFormatException notPortable(String format, String detail) {
        return new BatchFormatException(BatchDefect.UNREADABLE_COMPRESSION, "The " + format + " data cannot be read by every consumer: " + detail + ".");
    }

    /** That the data is not of this format. */
    static BatchFormatException unreadable(String format, String detail) {
        return new BatchFormatException(BatchDefect.UNREADABLE_COMPRESSION, "The " + format + " data cannot be opened: " + detail + ".");
    }
}
