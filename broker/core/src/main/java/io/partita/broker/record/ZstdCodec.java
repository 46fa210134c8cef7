package io.partita.broker.record;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.netty.buffer.ByteBuf;

/**
 * Zstandard frames without dictionary. Opened in one piece into the target and never as a stream: a stream's window, up to 128 MB, is memory that
 * the sender's header asks for.
 */
final class ZstdCodec implements Codec {
    static final ZstdCodec INSTANCE = new ZstdCodec();

    private static final int MAGIC = 0xFD2FB528;
    private static final int MAGIC_BYTES = 4;
    /** Flag of the byte behind the magic number. */
    private static final int SINGLE_SEGMENT = 0x20;
    private static final int WINDOW_POSITION = 5;
    private static final long WINDOW_BYTES_MAX = 1L << 27;
    private static final int DEFAULT_ZSTD_LEVEL = 3;
    /** First guess of how much larger the opened data is, when its size is not known or not believed. */
    private static final int RATIO_GUESS = 8;
    /** Claimed sizes are believed up to this ratio; beyond it memory is taken only as the data proves it. */
    private static final int RATIO_BELIEVED = 64;

    private ZstdCodec() {}

    @Override
    public void compress(byte[] in, int from, int length, int level, ByteBuf out) {
        var packed = new byte[(int) Zstd.compressBound(length)];
        var size = Zstd.compressByteArray(
                packed, 0, packed.length, in, from, length, level == Compression.DEFAULT_LEVEL ? DEFAULT_ZSTD_LEVEL : level);
        if (Zstd.isError(size)) {
            throw new IllegalStateException("Zstd cannot pack " + length + " bytes: " + Zstd.getErrorName(size) + ".");
        }
        out.writeBytes(packed, 0, (int) size);
    }

    @Override
    public void decompress(byte[] in, int from, int length, BoundedBytes out) {
        if (length == 0) {
            throw Codec.unreadable("zstd", "it is empty");
        }
        var claimed = claimedBytes(in, from, length);
        var guess = claimed > 0 && claimed <= (long) RATIO_BELIEVED * length ? claimed : (long) RATIO_GUESS * length;
        out.grow(guess);
        while (!tryOpen(in, from, length, out)) {
            if (out.atBound()) {
                throw out.overflow();
            }
            out.grow(2L * out.room() + 1);
        }
    }

    /** Consumers open frames as streams, for which they reserve a window; beyond 128 MB they refuse to. */
    @Override
    public void checkFrame(ByteBuf in, int from, int length) {
        if (length <= WINDOW_POSITION || in.getIntLE(from) != MAGIC) {
            throw Codec.unreadable("zstd", "it has no frame header");
        }
        // A frame of a single segment has no window but its content.
        if ((in.getByte(from + MAGIC_BYTES) & SINGLE_SEGMENT) == 0 && windowBytes(in.getByte(from + WINDOW_POSITION)) > WINDOW_BYTES_MAX) {
            throw Codec.notPortable("zstd", "its window is larger than 128 MB");
        }
    }

    /** RFC 8878, 3.1.1.1.2. */
    private static long windowBytes(byte descriptor) {
        var base = 1L << 10 + (descriptor >> 3 & 0x1F);
        return base + base / 8 * (descriptor & 0x07);
    }

    /** The size the first frame says it opens to; 0 when it does not say, as with every stream of the Java client. */
    private static long claimedBytes(byte[] in, int from, int length) {
        try {
            return Zstd.getFrameContentSize(in, from, length);
        } catch (ZstdException e) {
            return 0;
        }
    }

    /** False when the target has too little room. */
    private static boolean tryOpen(byte[] in, int from, int length, BoundedBytes out) {
        long opened;
        try {
            opened = Zstd.decompressByteArray(out.array(), out.length(), out.room(), in, from, length);
        } catch (ZstdException e) {
            if (e.getErrorCode() == Zstd.errDstSizeTooSmall()) {
                return false;
            }
            throw Codec.unreadable("zstd", e.getMessage());
        }
        if (Zstd.isError(opened)) {
            if (Zstd.getErrorCode(opened) == Zstd.errDstSizeTooSmall()) {
                return false;
            }
            throw Codec.unreadable("zstd", Zstd.getErrorName(opened));
        }
        out.advance((int) opened);
        return true;
    }
}
