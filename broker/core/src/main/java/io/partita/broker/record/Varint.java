package io.partita.broker.record;

import io.netty.buffer.ByteBuf;

/** Zig-zag variable-length integers, as the record format v2 has them: seven bits a byte, low bits first. */
final class Varint {
    static final int MAX_BYTES = 5;
    static final int MAX_LONG_BYTES = 10;

    private Varint() {}

    static void write(ByteBuf out, int value) {
        writeUnsigned(out, (value << 1 ^ value >> 31) & 0xFFFF_FFFFL);
    }

    static void writeLong(ByteBuf out, long value) {
        writeUnsigned(out, value << 1 ^ value >> 63);
    }

    static int size(int value) {
        return unsignedSize((value << 1 ^ value >> 31) & 0xFFFF_FFFFL);
    }

    static int sizeLong(long value) {
        return unsignedSize(value << 1 ^ value >> 63);
    }

    private static void writeUnsigned(ByteBuf out, long value) {
        var rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.writeByte((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out.writeByte((int) rest);
    }

    private static int unsignedSize(long value) {
        // Seven bits a byte; a zero still takes one.
        return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
    }
}
