package io.partita.broker.record;

import static io.partita.broker.record.RecordBatch.HEADER_BYTES;

import io.netty.buffer.ByteBuf;
import java.util.BitSet;

/**
 * Makes a stored batch anew: with only some of its records, or with another codec. Everything else about it stays: its offsets, its place in the
 * log, its producer and sequences, its leader epoch. One thread at a time; reusable.
 */
public final class BatchRewriter {

    /** Decides which records stay. Called once for each, in the order of their offsets. */
    @FunctionalInterface
    public interface RecordFilter {
        /** Whether the record the reader stands at stays. */
        boolean keeps(RecordReader record);
    }

    /**
     * How {@link #retain} treats a batch as a whole.
     *
     * @param deleteHorizonMillis the delete horizon a batch gets when it has none yet and keeps a tombstone (KIP-534)
     * @param horizonForMarker give it in any case: a control batch whose transaction has no records left
     * @param keepsEmpty keep the header when no record is left, for the producer state it carries
     */
    public record Retention(long deleteHorizonMillis, boolean horizonForMarker, boolean keepsEmpty) {}

    private final int maxUncompressedBytes;
    private final RecordReader reader;
    private final BitSet kept = new BitSet();

    /** {@code maxUncompressedBytes}: the most a compressed batch may open to. */
    public BatchRewriter(int maxUncompressedBytes) {
        this.maxUncompressedBytes = maxUncompressedBytes;
        reader = new RecordReader(maxUncompressedBytes);
    }

    /**
     * Appends to {@code out} what stays of the batch: the same bytes when all does, a smaller batch over the same offsets, an empty one, or nothing.
     *
     * @return bytes appended; 0 when the batch is gone
     * @throws BatchFormatException when the batch cannot be read; {@code out} is as before
     */
    public int retain(ByteBuf batch, int at, RecordFilter filter, Retention retention, ByteBuf out) {
        reader.open(batch, at);
        kept.clear();
        var count = 0;
        var tombstones = false;
        while (reader.next()) {
            if (filter.keeps(reader)) {
                kept.set(count);
                tombstones |= reader.valueBytes() < 0;
            }
            count++;
        }
        var keptCount = kept.cardinality();
        if (keptCount == 0) {
            return retention.keepsEmpty() ? writeEmpty(batch, at, out) : 0;
        }
        var horizon = RecordBatch.deleteHorizon(batch, at);
        var getsHorizon = !RecordBatch.hasDeleteHorizon(batch, at) && (tombstones || retention.horizonForMarker());
        if (keptCount == count && !getsHorizon) {
            var size = RecordBatch.sizeInBytes(batch, at);
            out.writeBytes(batch, at, size);
            return size;
        }
        return writeKept(batch, at, getsHorizon ? retention.deleteHorizonMillis() : horizon, out);
    }

    private int writeKept(ByteBuf batch, int at, long horizon, ByteBuf out) {
        try (var builder = builderLike(batch, at, out).compression(RecordBatch.compression(batch, at))) {
            if (RecordBatch.timestampType(batch, at) == TimestampType.LOG_APPEND_TIME) {
                builder.logAppendTime(RecordBatch.maxTimestamp(batch, at));
            }
            if (horizon != RecordBatch.NO_TIMESTAMP) {
                builder.deleteHorizon(horizon);
            }
            reader.rewind();
            for (var i = 0; reader.next(); i++) {
                if (kept.get(i)) {
                    builder.append(reader);
                }
            }
            return builder.lastOffset(RecordBatch.lastOffset(batch, at)).finish();
        }
    }

    private static int writeEmpty(ByteBuf batch, int at, ByteBuf out) {
        try (var builder = builderLike(batch, at, out)) {
            var maxTimestamp = RecordBatch.maxTimestamp(batch, at);
            if (RecordBatch.timestampType(batch, at) == TimestampType.LOG_APPEND_TIME) {
                builder.logAppendTime(maxTimestamp);
            }
            return builder.emptyMaxTimestamp(maxTimestamp).lastOffset(RecordBatch.lastOffset(batch, at)).finish();
        }
    }

    private static BatchBuilder builderLike(ByteBuf batch, int at, ByteBuf out) {
        var builder = new BatchBuilder(out)
                .baseOffset(RecordBatch.baseOffset(batch, at))
                .leaderEpoch(RecordBatch.leaderEpoch(batch, at))
                .producer(RecordBatch.producerId(batch, at), RecordBatch.producerEpoch(batch, at), RecordBatch.baseSequence(batch, at));
        if (RecordBatch.isTransactional(batch, at)) {
            builder.transactional();
        }
        if (RecordBatch.isControl(batch, at)) {
            builder.control();
        }
        return builder;
    }

    /**
     * Appends the batch to {@code out} with its records packed by another codec, or by none. The records themselves are not looked at; a produced
     * batch is checked before with {@link BatchRules#openCompressed}.
     *
     * @param level of the codec, {@link Compression#DEFAULT_LEVEL} for its default
     * @return bytes appended
     * @throws BatchFormatException when the batch cannot be opened; {@code out} is as before
     */
    public int recompress(ByteBuf batch, int at, Compression codec, int level, ByteBuf out) {
        var broken = BatchValidation.checkFrame(batch, at, batch.capacity());
        if (broken != null) {
            throw new BatchFormatException(broken.defect(), broken.reason());
        }
        var records = RecordBatch.compression(batch, at)
                .decompress(batch, at + HEADER_BYTES, RecordBatch.sizeInBytes(batch, at) - HEADER_BYTES, maxUncompressedBytes);
        var start = out.writerIndex();
        out.writeBytes(batch, at, HEADER_BYTES);
        codec.compress(records, level, out);
        var size = out.writerIndex() - start;
        out.setInt(start + RecordBatch.LENGTH_POSITION, size - RecordBatch.LENGTH_OVERHEAD);
        out.setShort(start + RecordBatch.ATTRIBUTES_POSITION, RecordBatch.attributes(batch, at) & ~RecordBatch.COMPRESSION_MASK | codec.id());
        RecordBatch.writeCrc(out, start);
        return size;
    }
}
