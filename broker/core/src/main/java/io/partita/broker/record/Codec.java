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

    /** That the data is not of this format. */
    static BatchFormatException unreadable(String format, String detail) {
        return new BatchFormatException(BatchDefect.UNREADABLE_COMPRESSION, "The " + format + " data cannot be opened: " + detail + ".");
    }
}
