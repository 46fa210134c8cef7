package io.partita.broker.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The codecs of Kafka. The native libraries behind three of them are loaded when the first batch is really opened or packed. */
public enum Compression {
    NONE("none"),
    GZIP("gzip"),
    SNAPPY("snappy"),
    LZ4("lz4"),
    ZSTD("zstd");

    /** Stands for the level each codec has by default. */
    public static final int DEFAULT_LEVEL = Integer.MIN_VALUE;

    private static final Logger LOG = LoggerFactory.getLogger(Compression.class);

    private static final Compression[] BY_ID = values();

    private final String configName;
    /** Whether it was said that the library cannot be loaded. */
    private final AtomicBoolean told = new AtomicBoolean();

    Compression(String configName) {
        this.configName = configName;
    }

    /** The id in a batch's attributes. */
    public int id() {
        return ordinal();
    }

    /** The name used by {@code compression.type}. */
    public String configName() {
        return configName;
    }

    /** The codec of an id, or null when there is none. */
    public static Compression forId(int id) {
        return id >= 0 && id < BY_ID.length ? BY_ID[id] : null;
    }

    /** The codec of a {@code compression.type}, or null when there is none ({@code producer} and {@code uncompressed} are the caller's to know). */
    public static Compression forConfigName(String name) {
        for (var compression : BY_ID) {
            if (compression.configName.equals(name)) {
                return compression;
            }
        }
        return null;
    }

    /**
     * Packs the readable bytes of {@code in} behind the writer index of {@code out}; the indexes of {@code in} stay.
     *
     * @param level of the codec, {@link #DEFAULT_LEVEL} for its default; snappy has none
     * @throws BatchFormatException when the codec's library cannot be loaded on this machine
     */
    public void compress(ByteBuf in, int level, ByteBuf out) {
        var length = in.readableBytes();
        if (this == NONE) {
            out.writeBytes(in, in.readerIndex(), length);
            return;
        }
        try {
            if (in.hasArray()) {
                codec().compress(in.array(), in.arrayOffset() + in.readerIndex(), length, level, out);
            } else {
                codec().compress(ByteBufUtil.getBytes(in), 0, length, level, out);
            }
        } catch (LinkageError e) {
            throw notLoadable(e);
        }
    }

    /**
     * Opens {@code length} bytes from index {@code from} of {@code in}.
     *
     * @param maxBytes the most they may open to; what the data claims about its size is never believed beyond it
     * @return a buffer on the heap that needs no release; a slice of {@code in} for {@link #NONE}
     * @throws BatchFormatException when the data is not of this codec, is damaged, or opens to more than {@code maxBytes}; when the codec's library
     *     cannot be loaded on this machine
     */
    public ByteBuf decompress(ByteBuf in, int from, int length, int maxBytes) {
        if (this == NONE) {
            return in.slice(from, length);
        }
        var out = new BoundedBytes(maxBytes);
        try {
            if (in.hasArray()) {
                codec().decompress(in.array(), in.arrayOffset() + from, length, out);
            } else {
                codec().decompress(ByteBufUtil.getBytes(in, from, length), 0, length, out);
            }
        } catch (LinkageError e) {
            throw notLoadable(e);
        }
        return Unpooled.wrappedBuffer(out.array(), 0, out.length());
    }

    /**
     * As {@link #decompress}, for data that is to be stored: throws also for what this broker can open and some consumer in use cannot. The frame has
     * been {@link #checkFrame checked}.
     */
    ByteBuf decompressPortable(ByteBuf in, int from, int length, int maxBytes) {
        var opened = decompress(in, from, length, maxBytes);
        if (this == GZIP && !GzipCodec.isOneMember(in, from, length, opened.readableBytes())) {
            throw Codec.notPortable("gzip", "it is not one member alone, and librdkafka reads the first");
        }
        return opened;
    }

    /** Whether the data looks from outside like one frame of this codec that every consumer in use can read; throws when not. Opens nothing. */
    void checkFrame(ByteBuf in, int from, int length) {
        if (this != NONE) {
            codec().checkFrame(in, from, length);
        }
    }

    private BatchFormatException notLoadable(LinkageError e) {
        if (!told.getAndSet(true)) {
            // Later errors say only that there was a first one.
            LOG.error("The library for {} cannot be loaded on this machine, so its batches can be neither opened nor made. It is unpacked into {}, which"
                    + " must be writable and not mounted noexec; -Djava.io.tmpdir=DIRECTORY names another", configName, System.getProperty("java.io.tmpdir"),
                    e);
        }
        return new BatchFormatException(
                BatchDefect.UNSUPPORTED_COMPRESSION, "The library for " + configName + " cannot be loaded on the broker's machine; the broker's log says why.");
    }

    private Codec codec() {
        return switch (this) {
            case NONE -> throw new IllegalStateException("Uncompressed data has no codec.");
            case GZIP -> GzipCodec.INSTANCE;
            case SNAPPY -> SnappyCodec.INSTANCE;
            case LZ4 -> Lz4Codec.INSTANCE;
            case ZSTD -> ZstdCodec.INSTANCE;
        };
    }
}
