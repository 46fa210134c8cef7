package io.partita.broker.record;

import io.netty.buffer.ByteBuf;

/**
 * The message sets of format v0 and v1, which clients before Kafka 0.11 speak (Produce 0–2, Fetch 0–3). The log holds v2 only: sets are turned
 * into a batch on the way in, batches into sets on the way out. Stateless; bounded in memory as the callers say.
 */
public final class LegacyMessages {

    private LegacyMessages() {}

    /** Whether what starts at {@code at} is a message of v0 or v1 rather than a batch; false when too few bytes are there to tell. */
    public static boolean isLegacy(ByteBuf bytes, int at, int limit) {
        if (limit - at < RecordBatch.MAGIC_OVERHEAD) {
            return false;
        }
        var magic = RecordBatch.magic(bytes, at);
        return magic == LegacyCursor.MAGIC_V0 || magic == LegacyCursor.MAGIC_V1;
    }

    /** Whether the message that starts at {@code at}, which {@link #isLegacy}, wraps compressed ones; those behind it are like it. */
    public static boolean isCompressed(ByteBuf bytes, int at, int limit) {
        int attributes = at + RecordBatch.MAGIC_OVERHEAD;
        return attributes < limit && (bytes.getByte(attributes) & RecordBatch.COMPRESSION_MASK) != 0;
    }

    /**
     * Turns the produced message set in {@code set}[from, to) into one batch of format v2 behind the writer index of {@code out}. Compressed
     * messages are opened, checksums verified, offsets given anew from 0. The topic's own rules (keys, timestamps, size) are for
     * {@link BatchValidation#checkProduced} on the batch that comes out.
     *
     * @param codec the batch's codec; null to keep the one the producer used
     * @param level of the codec, {@link Compression#DEFAULT_LEVEL} for its default
     * @param maxUncompressedBytes the most all compressed messages together may open to
     * @return {@link BatchCheck.Valid} when the batch has been written; else {@code out} is as before
     */
    public static BatchCheck toBatch(ByteBuf set, int from, int to, Compression codec, int level, int maxUncompressedBytes, ByteBuf out) {
        if (from < 0 || to > set.capacity() || to <= from) {
            return new BatchCheck.Invalid(BatchDefect.INVALID_RECORD, -1, "The message set is empty.");
        }
        return new LegacyUpgrade(set, from, to, maxUncompressedBytes).write(codec, level, out);
    }

    /**
     * What {@link #toMessages} has written.
     *
     * @param messageCount messages written
     * @param nextOffset the first offset not looked at: when no message was written although batches were there (all control records, or all below
     *     the asked offset), the caller reads on from here
     */
    public record Downgraded(int messageCount, long nextOffset) {}

    /**
     * Writes the records of the batches in {@code batches}[from, to) as a message set of an old format behind the writer index of {@code out}:
     * uncompressed, since every client reads that; without headers, which the formats do not have, and without control records, which the
     * clients would take for data. A batch that is cut off at the end is left out.
     *
     * @param magic 0 or 1
     * @param firstOffset records below it are left out
     * @param maxBytes the most to write, except that the first message is written whatever its size
     * @param maxUncompressedBytes the most a compressed batch may open to
     * @throws BatchFormatException when the first batch cannot be read; one behind others merely ends the set
     */
    public static Downgraded toMessages(
            ByteBuf batches, int from, int to, byte magic, long firstOffset, int maxBytes, int maxUncompressedBytes, ByteBuf out) {
        return new LegacyDowngrade(magic, firstOffset, maxBytes, maxUncompressedBytes, out).write(batches, from, to);
    }
}
