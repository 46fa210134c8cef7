package io.partita.broker.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Kafka's {@code .snapshot} files: the state of all producers of a log at the offset the file is named after.
 *
 * <pre>
 *   version int16 = 1 | crc uint32 (CRC32C of what follows) | count int32 | count × {
 *     producerId int64, epoch int16, lastSequence int32, lastOffset int64, offsetDelta int32, timestamp int64, coordinatorEpoch int32,
 *     currentTransactionFirstOffset int64 }
 * </pre>
 */
final class ProducerSnapshot {

    private static final short VERSION = 1;
    private static final int CRC_POSITION = 2;
    private static final int ENTRIES_POSITION = 6;
    private static final int HEADER_BYTES = 10;
    private static final int ENTRY_BYTES = 46;
    private static final int LAST_OFFSET_POSITION = 14;

    /** A file that is larger is not read: 1.4 million producers, far more than are kept. */
    static final int BYTES_MAX = 64 << 20;

    private ProducerSnapshot() {}

    static byte[] format(Collection<ProducerEntry> entries) {
        ByteBuffer buffer = ByteBuffer.allocate(HEADER_BYTES + entries.size() * ENTRY_BYTES);
        buffer.putShort(VERSION).putInt(0).putInt(entries.size());
        for (ProducerEntry entry : entries) {
            buffer.putLong(entry.producerId).putShort(entry.epoch).putInt(entry.lastSequence()).putLong(entry.lastOffset())
                    .putInt(entry.lastOffsetDelta()).putLong(entry.lastTimestamp).putInt(entry.coordinatorEpoch)
                    .putLong(entry.transactionFirstOffset);
        }
        buffer.putInt(CRC_POSITION, (int) crc(buffer.array()));
        return buffer.array();
    }

    /**
     * The entries of a snapshot, those heard of last at the end, or {@code null} when it is damaged or of another version.
     *
     * @param entriesMax what is given of them at most, besides those in a transaction: the ones with the largest offsets
     */
    static List<ProducerEntry> parse(byte[] content, int entriesMax) {
        if (content.length < HEADER_BYTES) {
            return null;
        }
        ByteBuffer buffer = ByteBuffer.wrap(content);
        if (buffer.getShort() != VERSION || buffer.getInt() != (int) crc(content)) {
            return null;
        }
        int count = buffer.getInt();
        if (count < 0 || buffer.remaining() != (long) count * ENTRY_BYTES) {
            return null;
        }
        long oldest = count <= entriesMax ? Long.MIN_VALUE : largest(content, count, entriesMax);
        List<ProducerEntry> entries = new ArrayList<>(Math.min(count, entriesMax));
        for (int i = 0; i < count; i++) {
            int next = buffer.position() + ENTRY_BYTES;
            boolean inTransaction = buffer.getLong(next - Long.BYTES) >= 0;
            if (!inTransaction && buffer.getLong(buffer.position() + LAST_OFFSET_POSITION) < oldest) {
                buffer.position(next);
                continue;
            }
            ProducerEntry entry = new ProducerEntry(buffer.getLong());
            short epoch = buffer.getShort();
            int lastSequence = buffer.getInt();
            long lastOffset = buffer.getLong();
            int offsetDelta = buffer.getInt();
            long timestamp = buffer.getLong();
            if (lastOffset >= 0) {
                entry.add(epoch, lastSequence, lastOffset, offsetDelta, timestamp);
            }
            entry.epoch = epoch;
            entry.fromSnapshot = true;
            entry.lastTimestamp = timestamp;
            entry.coordinatorEpoch = buffer.getInt();
            entry.transactionFirstOffset = buffer.getLong();
            entries.add(entry);
        }
        entries.sort(Comparator.comparingLong(ProducerEntry::lastOffset));
        return entries;
    }

    /** The smallest of the {@code wanted} largest last offsets. */
    private static long largest(byte[] content, int count, int wanted) {
        ByteBuffer buffer = ByteBuffer.wrap(content);
        long[] offsets = new long[count];
        for (int i = 0; i < count; i++) {
            offsets[i] = buffer.getLong(HEADER_BYTES + i * ENTRY_BYTES + LAST_OFFSET_POSITION);
        }
        Arrays.sort(offsets);
        return offsets[count - wanted];
    }

    private static long crc(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content, ENTRIES_POSITION, content.length - ENTRIES_POSITION);
        return crc.getValue();
    }
}
