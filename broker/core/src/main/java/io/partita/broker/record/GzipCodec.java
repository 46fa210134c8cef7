package io.partita.broker.record;

import io.netty.buffer.ByteBuf;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** GZIP members (RFC 1952), one written, any number read. */
final class GzipCodec implements Codec {
    static final GzipCodec INSTANCE = new GzipCodec();

    private static final int MAGIC_AND_METHOD = 0x1F8B08;
    private static final int HEADER_BYTES = 10;
    private static final int TRAILER_BYTES = 8;
    private static final int CHUNK_BYTES = 8192;
    private static final int FLAG_HEADER_CRC = 2;
    private static final int FLAG_EXTRA = 4;
    private static final int FLAG_NAME = 8;
    private static final int FLAG_COMMENT = 16;

    private GzipCodec() {}

    @Override
    public void compress(byte[] in, int from, int length, int level, ByteBuf out) {
        var deflater = new Deflater(level == Compression.DEFAULT_LEVEL ? Deflater.DEFAULT_COMPRESSION : level, true);
        try {
            out.writeByte(0x1F).writeByte(0x8B).writeByte(8).writeZero(HEADER_BYTES - 3);
            deflater.setInput(in, from, length);
            deflater.finish();
            var chunk = new byte[CHUNK_BYTES];
            while (!deflater.finished()) {
                out.writeBytes(chunk, 0, deflater.deflate(chunk));
            }
        } finally {
            deflater.end();
        }
        var crc = new CRC32();
        crc.update(in, from, length);
        out.writeIntLE((int) crc.getValue()).writeIntLE(length);
    }

    @Override
    public void decompress(byte[] in, int from, int length, BoundedBytes out) {
        var end = from + length;
        var next = openMember(in, from, end, out);
        // What follows a member is another one, or padding that every reader ignores.
        while (end - next >= HEADER_BYTES && isMember(in, next)) {
            next = openMember(in, next, end, out);
        }
    }

    @Override
    public void checkFrame(ByteBuf in, int from, int length) {
        if (length < HEADER_BYTES + TRAILER_BYTES || in.getUnsignedMedium(from) != MAGIC_AND_METHOD) {
            throw Codec.unreadable("gzip", "it has no gzip header");
        }
    }

    /** Whether data that opened to so many bytes is one member and nothing else: its last four bytes tell the size of the last member. */
    static boolean isOneMember(ByteBuf in, int from, int length, int openedBytes) {
        return in.getIntLE(from + length - Integer.BYTES) == openedBytes;
    }

    private static boolean isMember(byte[] in, int from) {
        return in[from] == 0x1F && in[from + 1] == (byte) 0x8B && in[from + 2] == 8;
    }

    /** Opens one member and returns the index behind it. */
    private static int openMember(byte[] in, int from, int end, BoundedBytes out) {
        var deflated = skipHeader(in, from, end);
        var start = out.length();
        var inflater = new Inflater(true);
        int trailer;
        try {
            inflater.setInput(in, deflated, end - deflated);
            inflate(inflater, out);
            trailer = end - inflater.getRemaining();
        } catch (DataFormatException e) {
            throw Codec.unreadable("gzip", "its deflated data is damaged");
        } finally {
            inflater.end();
        }
        if (end - trailer < TRAILER_BYTES) {
            throw Codec.unreadable("gzip", "it ends within the trailer");
        }
        var crc = new CRC32();
        crc.update(out.array(), start, out.length() - start);
        if (intLE(in, trailer) != (int) crc.getValue() || intLE(in, trailer + 4) != out.length() - start) {
            throw Codec.unreadable("gzip", "its checksum does not match");
        }
        return trailer + TRAILER_BYTES;
    }

    private static void inflate(Inflater inflater, BoundedBytes out) throws DataFormatException {
        while (!inflater.finished()) {
            if (out.room() == 0 && out.grow(CHUNK_BYTES) == 0) {
                // At the bound: right only if nothing more comes out.
                if (inflater.inflate(new byte[1]) > 0) {
                    throw out.overflow();
                }
                if (inflater.finished()) {
                    return;
                }
                throw Codec.unreadable("gzip", "it ends early");
            }
            var opened = inflater.inflate(out.array(), out.length(), out.room());
            out.advance(opened);
            if (opened == 0 && !inflater.finished()) {
                throw Codec.unreadable("gzip", "it ends early or wants a dictionary");
            }
        }
    }

    private static int skipHeader(byte[] in, int from, int end) {
        if (end - from < HEADER_BYTES || !isMember(in, from)) {
            throw Codec.unreadable("gzip", "it has no gzip header");
        }
        int flags = in[from + 3];
        var p = from + HEADER_BYTES;
        if ((flags & FLAG_EXTRA) != 0) {
            if (end - p < 2) {
                throw Codec.unreadable("gzip", "it ends within the header");
            }
            p += 2 + (in[p] & 0xFF | (in[p + 1] & 0xFF) << 8);
        }
        if ((flags & FLAG_NAME) != 0) {
            p = skipText(in, p, end);
        }
        if ((flags & FLAG_COMMENT) != 0) {
            p = skipText(in, p, end);
        }
        if ((flags & FLAG_HEADER_CRC) != 0) {
            p += 2;
        }
        if (p > end) {
            throw Codec.unreadable("gzip", "it ends within the header");
        }
        return p;
    }

    private static int skipText(byte[] in, int from, int end) {
        var p = from;
        while (p < end && in[p] != 0) {
            p++;
        }
        return p + 1;
    }

    private static int intLE(byte[] in, int at) {
        return in[at] & 0xFF | (in[at + 1] & 0xFF) << 8 | (in[at + 2] & 0xFF) << 16 | in[at + 3] << 24;
    }
}
