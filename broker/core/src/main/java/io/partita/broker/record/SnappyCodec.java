package io.partita.broker.record;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.xerial.snappy.Snappy;

/**
 * Snappy in the two shapes Kafka clients send: the framing of snappy-java (a header, then blocks each with its length), which we write, and one
 * bare block, which librdkafka and others write.
 */
final class SnappyCodec implements Codec {
    static final SnappyCodec INSTANCE = new SnappyCodec();

    private static final byte[] MAGIC = {(byte) 0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
    private static final long MAGIC_NUMBER = 0x82534E4150505900L;
    /** How a second header begins, where the length of a block is expected. */
    private static final int MAGIC_BEGIN = 0x82534E41;
    /** Magic, then the version and the oldest compatible version. */
    private static final int HEADER_BYTES = MAGIC.length + 8;
    /** What snappy-java writes; readers take any size. */
    private static final int BLOCK_BYTES = 32 * 1024;

    private SnappyCodec() {}

    @Override
    public void compress(byte[] in, int from, int length, int level, ByteBuf out) {
        out.writeBytes(MAGIC).writeInt(1).writeInt(1);
        var packed = new byte[Snappy.maxCompressedLength(Math.min(BLOCK_BYTES, length))];
        try {
            for (var done = 0; done < length; done += BLOCK_BYTES) {
                var size = Snappy.compress(in, from + done, Math.min(BLOCK_BYTES, length - done), packed, 0);
                out.writeInt(size).writeBytes(packed, 0, size);
            }
        } catch (IOException e) {
            throw new IllegalStateException("Snappy cannot pack " + length + " bytes.", e);
        }
    }

    @Override
    public void decompress(byte[] in, int from, int length, BoundedBytes out) {
        var end = from + length;
        if (!isHeader(in, from, end)) {
            openBlock(in, from, length, out);
            return;
        }
        var p = from;
        while (p < end) {
            // A header may come again where streams were joined.
            if (isHeader(in, p, end)) {
                p += HEADER_BYTES;
                continue;
            }
            if (end - p < Integer.BYTES) {
                throw Codec.unreadable("snappy", "it ends within a block's length");
            }
            var size = in[p] << 24 | (in[p + 1] & 0xFF) << 16 | (in[p + 2] & 0xFF) << 8 | in[p + 3] & 0xFF;
            p += Integer.BYTES;
            if (size <= 0 || size > end - p) {
                throw Codec.unreadable("snappy", "a block claims " + size + " bytes where " + (end - p) + " are left");
            }
            openBlock(in, p, size, out);
            p += size;
        }
    }

    /** librdkafka reads one header; a bare block says no more of itself than its size. */
    @Override
    public void checkFrame(ByteBuf in, int from, int length) {
        if (length == 0) {
            throw Codec.unreadable("snappy", "it is empty");
        }
        if (length < HEADER_BYTES || in.getLong(from) != MAGIC_NUMBER) {
            return;
        }
        var end = from + length;
        var p = from + HEADER_BYTES;
        while (p < end) {
            var size = end - p < Integer.BYTES ? 0 : in.getInt(p);
            if (size == MAGIC_BEGIN) {
                throw Codec.notPortable("snappy", "it has a second header, and librdkafka reads one");
            }
            if (size <= 0 || size > end - p - Integer.BYTES) {
                throw Codec.unreadable("snappy", "a block goes beyond its end");
            }
            p += Integer.BYTES + size;
        }
    }

    private static boolean isHeader(byte[] in, int from, int end) {
        if (end - from < HEADER_BYTES) {
            return false;
        }
        for (var i = 0; i < MAGIC.length; i++) {
            if (in[from + i] != MAGIC[i]) {
                return false;
            }
        }
        return true;
    }

    private static void openBlock(byte[] in, int from, int length, BoundedBytes out) {
        var opened = openedBytes(in, from, from + length);
        // No element of the format makes more than 64 bytes out of two, so a larger claim is false, whatever the bound.
        if (opened > 32L * length) {
            throw Codec.unreadable("snappy", "a block of " + length + " bytes claims to open to " + opened);
        }
        if (out.grow(opened) < opened) {
            throw out.overflow();
        }
        try {
            if (Snappy.uncompress(in, from, length, out.array(), out.length()) != opened) {
                throw Codec.unreadable("snappy", "a block opens to another size than it claims");
            }
        } catch (IOException | RuntimeException e) {
            throw e instanceof BatchFormatException known ? known : Codec.unreadable("snappy", "a block is damaged");
        }
        out.advance((int) opened);
    }

    /** The length a block opens to, which it begins with (a plain varint of 32 bits). */
    private static long openedBytes(byte[] in, int from, int end) {
        var size = 0L;
        for (var i = 0; i < Varint.MAX_BYTES && from + i < end; i++) {
            var b = in[from + i];
            size |= (b & 0x7FL) << 7 * i;
            if (b >= 0) {
                return size;
            }
        }
        throw Codec.unreadable("snappy", "a block does not say its size");
    }
}
