package io.partita.broker.record;

import io.netty.buffer.ByteBuf;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;

/**
 * LZ4 frames. Written as every client reads them: independent blocks of 64 KB, no checksums but the header's. Read with whatever the frame format
 * allows except dictionaries, including blocks that refer to those before them (some clients' default), which lz4-java cannot open; hence the
 * block decoder of our own.
 */
final class Lz4Codec implements Codec {
    static final Lz4Codec INSTANCE = new Lz4Codec();

    private static final int MAGIC = 0x184D2204;
    private static final int VERSION = 0x40;
    private static final int VERSION_MASK = 0xC0;
    private static final int INDEPENDENT_BLOCKS = 0x20;
    private static final int BLOCK_CHECKSUM = 0x10;
    private static final int CONTENT_SIZE = 0x08;
    private static final int CONTENT_CHECKSUM = 0x04;
    private static final int RESERVED_OR_DICTIONARY = 0x03;
    /** Magic, descriptor of two bytes, its checksum, end mark. */
    private static final int FRAME_BYTES_MIN = 11;
    private static final int BLOCK_SIZE_64_KB = 4;
    private static final int BLOCK_BYTES = 64 * 1024;
    private static final int STORED_BLOCK = 0x8000_0000;
    /** Kafka's name for the plain, fast compressor; other levels are the high-compression ones. */
    private static final int FAST_LEVEL = 9;

    private final XXHash32 hash = XXHashFactory.safeInstance().hash32();

    private Lz4Codec() {}

    @Override
    public void compress(byte[] in, int from, int length, int level, ByteBuf out) {
        var descriptor = new byte[] {VERSION | INDEPENDENT_BLOCKS, BLOCK_SIZE_64_KB << 4};
        out.writeIntLE(MAGIC).writeBytes(descriptor).writeByte(hash.hash(descriptor, 0, descriptor.length, 0) >> 8);
        var compressor = compressor(level);
        var packed = new byte[compressor.maxCompressedLength(Math.min(BLOCK_BYTES, length))];
        for (var done = 0; done < length; done += BLOCK_BYTES) {
            var block = Math.min(BLOCK_BYTES, length - done);
            var size = compressor.compress(in, from + done, block, packed, 0, packed.length);
            if (size < block) {
                out.writeIntLE(size).writeBytes(packed, 0, size);
            } else {
                out.writeIntLE(block | STORED_BLOCK).writeBytes(in, from + done, block);
            }
        }
        out.writeIntLE(0);
    }

    private static LZ4Compressor compressor(int level) {
        var factory = LZ4Factory.fastestInstance();
        return level == Compression.DEFAULT_LEVEL || level == FAST_LEVEL ? factory.fastCompressor() : factory.highCompressor(level);
    }

    @Override
    public void decompress(byte[] in, int from, int length, BoundedBytes out) {
        var end = from + length;
        if (length < 7 || intLE(in, from) != MAGIC) {
            throw Codec.unreadable("lz4", "it has no frame header");
        }
        int flags = in[from + 4];
        int blockSizeId = in[from + 5] >> 4 & 0x07;
        if ((flags & VERSION_MASK) != VERSION || (flags & RESERVED_OR_DICTIONARY) != 0 || blockSizeId < BLOCK_SIZE_64_KB) {
            throw Codec.unreadable("lz4", "its frame header names a version or feature that is not supported");
        }
        var p = from + 6 + ((flags & CONTENT_SIZE) != 0 ? Long.BYTES : 0);
        if (p >= end) {
            throw Codec.unreadable("lz4", "it ends within the frame header");
        }
        checkHeader(in, from, p);
        openBlocks(in, p + 1, end, flags, 1 << 8 + 2 * blockSizeId, out);
    }

    /** The Java client refuses linked blocks and passes over what follows the frame; librdkafka refuses what follows. */
    @Override
    public void checkFrame(ByteBuf in, int from, int length) {
        var end = from + length;
        if (length < FRAME_BYTES_MIN || in.getIntLE(from) != MAGIC) {
            throw Codec.unreadable("lz4", "it has no frame header");
        }
        int flags = in.getByte(from + 4);
        if ((flags & INDEPENDENT_BLOCKS) == 0) {
            throw Codec.notPortable("lz4",
                    "its blocks refer to those before them, which the Java client refuses; producers have a setting for independent ones");
        }
        var checksumBytes = (flags & BLOCK_CHECKSUM) != 0 ? Integer.BYTES : 0;
        var p = from + 7 + ((flags & CONTENT_SIZE) != 0 ? Long.BYTES : 0);
        var size = -1;
        while (size != 0) {
            if (end - p < Integer.BYTES) {
                throw Codec.unreadable("lz4", "it ends without an end mark");
            }
            size = in.getIntLE(p) & ~STORED_BLOCK;
            p += Integer.BYTES;
            if (size > 0 && size > end - p - checksumBytes) {
                throw Codec.unreadable("lz4", "a block claims " + size + " bytes where " + (end - p) + " are left");
            }
            p += size == 0 ? 0 : size + checksumBytes;
        }
        if (p + ((flags & CONTENT_CHECKSUM) != 0 ? Integer.BYTES : 0) != end) {
            throw Codec.notPortable("lz4", "the frame does not end where the data does");
        }
    }

    /**
     * The header's checksum covers the descriptor. Producers of message format v0 computed it over the magic number too (KAFKA-3160); what they
     * sent is still readable.
     */
    private void checkHeader(byte[] in, int from, int checksumAt) {
        var stored = in[checksumAt];
        if (stored != (byte) (hash.hash(in, from + 4, checksumAt - from - 4, 0) >> 8)
                && stored != (byte) (hash.hash(in, from, checksumAt - from, 0) >> 8)) {
            throw Codec.unreadable("lz4", "its frame header's checksum does not match");
        }
    }

    private void openBlocks(byte[] in, int from, int end, int flags, int blockBytesMax, BoundedBytes out) {
        var start = out.length();
        var p = from;
        while (true) {
            if (end - p < Integer.BYTES) {
                throw Codec.unreadable("lz4", "it ends without an end mark");
            }
            var header = intLE(in, p);
            p += Integer.BYTES;
            if (header == 0) {
                break;
            }
            var size = header & ~STORED_BLOCK;
            var checksumBytes = (flags & BLOCK_CHECKSUM) != 0 ? Integer.BYTES : 0;
            if (size > blockBytesMax || size + checksumBytes > end - p) {
                throw Codec.unreadable("lz4", "a block claims " + size + " bytes where " + (end - p) + " are left");
            }
            if (checksumBytes != 0 && hash.hash(in, p, size, 0) != intLE(in, p + size)) {
                throw Codec.unreadable("lz4", "a block's checksum does not match");
            }
            if ((header & STORED_BLOCK) != 0) {
                store(in, p, size, out);
            } else {
                var historyFrom = (flags & INDEPENDENT_BLOCKS) != 0 ? out.length() : start;
                Lz4Block.open(in, p, p + size, blockBytesMax, historyFrom, out);
            }
            p += size + checksumBytes;
        }
        if ((flags & CONTENT_CHECKSUM) != 0
                && (end - p < Integer.BYTES || hash.hash(out.array(), start, out.length() - start, 0) != intLE(in, p))) {
            throw Codec.unreadable("lz4", "the checksum of its content does not match");
        }
    }

    private static void store(byte[] in, int from, int size, BoundedBytes out) {
        if (out.grow(size) < size) {
            throw out.overflow();
        }
        System.arraycopy(in, from, out.array(), out.length(), size);
        out.advance(size);
    }

    private static int intLE(byte[] in, int at) {
        return in[at] & 0xFF | (in[at + 1] & 0xFF) << 8 | (in[at + 2] & 0xFF) << 16 | in[at + 3] << 24;
    }
}
