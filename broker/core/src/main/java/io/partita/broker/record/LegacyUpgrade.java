package io.partita.broker.record;

import io.netty.buffer.ByteBuf;
import java.util.List;

/** One conversion of a produced message set v0 or v1 to a batch. */
final class LegacyUpgrade {
    private static final int TIMESTAMP_TYPE_FLAG = 0x08;

    private final ByteBuf set;
    private final int from;
    private final int to;
    private int uncompressedBytesLeft;
    private int messageCount;
    private long maxTimestamp = RecordBatch.NO_TIMESTAMP;

    LegacyUpgrade(ByteBuf set, int from, int to, int maxUncompressedBytes) {
        this.set = set;
        this.from = from;
        this.to = to;
        uncompressedBytesLeft = maxUncompressedBytes;
    }

    BatchCheck write(Compression codec, int level, ByteBuf out) {
        try {
            var batchCodec = codec != null ? codec : firstCodec();
            try (var batch = new BatchBuilder(out).compression(batchCodec, level)) {
                convertSet(batch);
                batch.finish();
            }
            return new BatchCheck.Valid(maxTimestamp);
        } catch (BatchFormatException e) {
            return new BatchCheck.Invalid(e.defect(), e.defect() == BatchDefect.CORRUPT ? -1 : messageCount, e.getMessage());
        }
    }

    /** The codec the producer used: that of the first message, as a producer compresses a set as a whole. */
    private Compression firstCodec() {
        var first = new LegacyCursor(set, from, to);
        require(first.next(), first);
        return codecOf(first);
    }

    private void convertSet(BatchBuilder batch) {
        var message = new LegacyCursor(set, from, to);
        while (!message.atEnd()) {
            require(message.next(), message);
            var codec = codecOf(message);
            if (codec == Compression.NONE) {
                append(batch, set, message);
            } else {
                convertWrapped(batch, message, codec);
            }
        }
    }

    /** Converts the message set that is the compressed value of {@code wrapper}. */
    private void convertWrapped(BatchBuilder batch, LegacyCursor wrapper, Compression codec) {
        if (wrapper.valueBytes < 0) {
            throw invalid("A compressed message has no value.");
        }
        var inner = codec.decompress(set, wrapper.valuePosition, wrapper.valueBytes, uncompressedBytesLeft);
        uncompressedBytesLeft -= inner.readableBytes();
        var message = new LegacyCursor(inner, 0, inner.readableBytes());
        if (message.atEnd()) {
            throw invalid("A compressed message is empty inside.");
        }
        while (!message.atEnd()) {
            require(message.next(), message);
            if (message.compressionId() != 0) {
                throw invalid("A compressed message holds another compressed message.");
            }
            if (message.magic != wrapper.magic) {
                throw invalid("A compressed message of format " + wrapper.magic + " holds one of format " + message.magic + ".");
            }
            append(batch, inner, message);
        }
    }

    private void append(BatchBuilder batch, ByteBuf bytes, LegacyCursor message) {
        batch.appendAt(
                messageCount,
                message.timestamp,
                message.keyBytes < 0 ? null : bytes.slice(message.keyPosition, message.keyBytes),
                message.valueBytes < 0 ? null : bytes.slice(message.valuePosition, message.valueBytes),
                List.of());
        maxTimestamp = Math.max(maxTimestamp, message.timestamp);
        messageCount++;
    }

    private Compression codecOf(LegacyCursor message) {
        if (message.magic == LegacyCursor.MAGIC_V1 && (message.attributes & TIMESTAMP_TYPE_FLAG) != 0) {
            throw new BatchFormatException(BatchDefect.INVALID_TIMESTAMP, "Producers may not set the timestamp type LogAppendTime.");
        }
        var codec = Compression.forId(message.compressionId());
        if (codec == null || codec == Compression.ZSTD) {
            throw new BatchFormatException(
                    BatchDefect.UNSUPPORTED_COMPRESSION, "Messages of format v0 and v1 cannot have codec " + message.compressionId() + ".");
        }
        return codec;
    }

    private static void require(boolean read, LegacyCursor message) {
        if (!read) {
            throw new BatchFormatException(message.defect(), message.problem());
        }
    }

    private static BatchFormatException invalid(String reason) {
        return new BatchFormatException(BatchDefect.INVALID_RECORD, reason);
    }
}
