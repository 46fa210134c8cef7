package io.partita.broker.api;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.BatchErrors;
import io.partita.broker.log.LogConfig;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchCheck;
import io.partita.broker.record.BatchFormatException;
import io.partita.broker.record.BatchRewriter;
import io.partita.broker.record.BatchRules;
import io.partita.broker.record.BatchValidation;
import io.partita.broker.record.Compression;
import io.partita.broker.record.DelayedBatch;
import io.partita.broker.record.LegacyMessages;
import io.partita.broker.record.RecordBatch;
import java.util.List;

/**
 * Brings produced records into the form a log takes: one batch of format v2 in the topic's codec. What comes as such, which is nearly everything,
 * is passed on as it is. Converted are the message sets of Produce 0–2, and batches in another codec than the topic's {@code compression.type}.
 */
final class ProducedRecords {

    /** The most that a batch to be converted may open to. */
    private static final int CONVERTED_BYTES_MAX = 64 * 1024 * 1024;

    private static final short FIRST_VERSION_WITH_BATCHES = 3;
    private static final short FIRST_VERSION_WITH_ZSTD = 7;
    private static final byte BATCH_MAGIC = 2;

    /** What to append, or why not. */
    sealed interface Prepared {}

    /** One v2 batch, to be appended as of this origin; the receiver releases the buffer. */
    record Ready(ByteBuf batch, AppendOrigin origin) implements Prepared {
        private Ready(ByteBuf batch) {
            this(batch, AppendOrigin.CLIENT);
        }
    }

    record Refused(AppendResult.Refused why) implements Prepared {
        private Refused(ErrorCode code, String reason) {
            this(new AppendResult.Refused(code, reason));
        }
    }

    private ProducedRecords() {}

    /** Whether {@link #prepare} has to make a batch anew, which takes time and memory: on a worker. */
    static boolean isConverted(ByteBuf received, short version, LogConfig config) {
        int at = received.readerIndex();
        if (version < FIRST_VERSION_WITH_BATCHES && LegacyMessages.isLegacy(received, at, received.writerIndex())) {
            return true;
        }
        boolean isBatch = received.readableBytes() >= RecordBatch.HEADER_BYTES && RecordBatch.magic(received, at) == BATCH_MAGIC;
        if (isBatch && config.queue().delays() && DelayedBatch.mayAsk(received, at, received.writerIndex())) {
            return true;
        }
        return config.compression() != null && isBatch
                && RecordBatch.compressionId(received, at) != config.compression().id();
    }

    /** Bytes of heap that converting all of these, one after the other, takes at most. */
    static long conversionBytes(List<ByteBuf> all) {
        long most = 0;
        for (ByteBuf received : all) {
            most = Math.max(most, isCompressed(received) ? CONVERTED_BYTES_MAX : 2L * received.readableBytes());
        }
        return most;
    }

    private static boolean isCompressed(ByteBuf received) {
        int at = received.readerIndex();
        return LegacyMessages.isLegacy(received, at, received.writerIndex())
                ? LegacyMessages.isCompressed(received, at, received.writerIndex())
                : RecordBatch.compressionId(received, at) != Compression.NONE.id();
    }

    /**
     * @param received the records of one partition, owned by the request
     * @param version of the Produce request
     * @param nowMillis the time, which bounds the timestamps of records
     */
    static Prepared prepare(ByteBuf received, short version, LogConfig config, long nowMillis) {
        int at = received.readerIndex();
        int size = received.readableBytes();
        if (version < FIRST_VERSION_WITH_BATCHES && LegacyMessages.isLegacy(received, at, received.writerIndex())) {
            return upgraded(received, config);
        }
        if (size < RecordBatch.HEADER_BYTES) {
            return new Refused(ErrorCode.CORRUPT_MESSAGE, "A batch of " + size + " bytes is shorter than its header.");
        }
        if (RecordBatch.magic(received, at) != BATCH_MAGIC) {
            return new Refused(ErrorCode.INVALID_RECORD, "Produce v" + version + " takes record batches of format v2 only.");
        }
        if (RecordBatch.sizeInBytes(received, at) != size) {
            return new Refused(ErrorCode.INVALID_RECORD, "A Produce request carries exactly one record batch for each partition.");
        }
        if (version < FIRST_VERSION_WITH_ZSTD && RecordBatch.compressionId(received, at) == Compression.ZSTD.id()) {
            return new Refused(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, "zstd needs Produce v7 or newer.");
        }
        if (config.queue().delays() && DelayedBatch.mayAsk(received, at, received.writerIndex())) {
            Prepared delayed = delayed(received, config, nowMillis);
            if (delayed != null) {
                return delayed;
            }
        }
        boolean otherCodec = config.compression() != null && RecordBatch.compressionId(received, at) != config.compression().id();
        return otherCodec ? recompressed(received, config, nowMillis) : new Ready(received.retain());
    }

    private static Prepared upgraded(ByteBuf set, LogConfig config) {
        ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer(set.readableBytes() + RecordBatch.HEADER_BYTES);
        BatchCheck check = LegacyMessages.toBatch(
                set, set.readerIndex(), set.writerIndex(), config.compression(), level(config), CONVERTED_BYTES_MAX, out);
        if (check instanceof BatchCheck.Invalid invalid) {
            out.release();
            return refused(invalid);
        }
        return new Ready(out);
    }

    /** In the form in which records wait until they are due; null when none of the batch asks for that. */
    private static Prepared delayed(ByteBuf batch, LogConfig config, long nowMillis) {
        int at = batch.readerIndex();
        BatchRules opened = new BatchRules(config.maxMessageBytes(), config.compact(), config.timestampType(), config.timestampBeforeMaxMillis(),
                config.timestampAfterMaxMillis(), true, CONVERTED_BYTES_MAX, config.maxRecordBytes());
        if (BatchValidation.checkProduced(batch, at, batch.writerIndex(), opened, nowMillis) instanceof BatchCheck.Invalid invalid) {
            return refused(invalid);
        }
        ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer(batch.readableBytes());
        BatchCheck converted = null;
        try {
            converted = DelayedBatch.convert(batch, at, nowMillis, CONVERTED_BYTES_MAX, out);
        } catch (BatchFormatException e) {
            return new Refused(BatchErrors.of(e.defect()), e.getMessage());
        } finally {
            if (!(converted instanceof BatchCheck.Valid)) {
                out.release();
            }
        }
        return switch (converted) {
            case null -> null;
            case BatchCheck.Invalid invalid -> refused(invalid);
            case BatchCheck.Valid valid -> new Ready(out, AppendOrigin.DELAYED);
        };
    }

    private static Prepared recompressed(ByteBuf batch, LogConfig config, long nowMillis) {
        // Checked before it is opened; the log checks what comes out, as it does with every batch. Only where it does not look inside is that done here.
        int at = batch.readerIndex();
        boolean looksInside = !config.checksCompressed();
        BatchRules opened = new BatchRules(
                config.maxMessageBytes(),
                false,
                config.timestampType(),
                looksInside ? config.timestampBeforeMaxMillis() : Long.MAX_VALUE,
                looksInside ? config.timestampAfterMaxMillis() : Long.MAX_VALUE,
                looksInside,
                CONVERTED_BYTES_MAX,
                config.maxRecordBytes());
        BatchCheck check = BatchValidation.checkProduced(batch, at, batch.writerIndex(), opened, nowMillis);
        if (check instanceof BatchCheck.Invalid invalid) {
            return refused(invalid);
        }
        ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer(batch.readableBytes());
        try {
            new BatchRewriter(CONVERTED_BYTES_MAX).recompress(batch, at, config.compression(), level(config), out);
        } catch (BatchFormatException e) {
            out.release();
            return new Refused(BatchErrors.of(e.defect()), e.getMessage());
        }
        return new Ready(out);
    }

    private static int level(LogConfig config) {
        return config.compression() == null ? Compression.DEFAULT_LEVEL : config.compressionLevel(config.compression());
    }

    private static Refused refused(BatchCheck.Invalid invalid) {
        return new Refused(BatchErrors.refused(invalid));
    }
}
