package io.partita.cli.dump;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The small files beside a segment, entry by entry, each as its fields. */
final class IndexFiles {

    private static final int OFFSET_ENTRY_BYTES = 8;
    private static final int TIME_ENTRY_BYTES = 12;
    private static final int ABORTED_ENTRY_BYTES = 34;
    private static final int PRODUCER_ENTRY_BYTES = 46;

    private IndexFiles() {}

    /** Of {@code .index}: where in the segment an offset is. Room that was reserved and not used yet is left out. */
    static List<Map<String, Object>> offsets(Path file, long base) throws IOException {
        List<Map<String, Object>> entries = new ArrayList<>();
        for (ByteBuffer in = read(file); in.remaining() >= OFFSET_ENTRY_BYTES;) {
            int relative = in.getInt();
            int position = in.getInt();
            if (relative == 0 && position == 0) {
                continue;
            }
            entries.add(entry("offset", base + relative, "position", position));
        }
        return entries;
    }

    /** Of {@code .timeindex}: up to which offset there is nothing later than a time. */
    static List<Map<String, Object>> times(Path file, long base) throws IOException {
        List<Map<String, Object>> entries = new ArrayList<>();
        for (ByteBuffer in = read(file); in.remaining() >= TIME_ENTRY_BYTES;) {
            long timestamp = in.getLong();
            int relative = in.getInt();
            if (timestamp == 0 && relative == 0) {
                continue;
            }
            entries.add(entry("timestamp", timestamp, "offset", base + relative));
        }
        return entries;
    }

    /** Of {@code .txnindex}: the transactions that were aborted. */
    static List<Map<String, Object>> aborted(Path file) throws IOException {
        List<Map<String, Object>> entries = new ArrayList<>();
        for (ByteBuffer in = read(file); in.remaining() >= ABORTED_ENTRY_BYTES;) {
            in.getShort();
            entries.add(entry("producerId", in.getLong(), "firstOffset", in.getLong(), "lastOffset", in.getLong(), "lastStableOffset", in.getLong()));
        }
        return entries;
    }

    /** Of {@code .snapshot}: the producers that a log knew. */
    static List<Map<String, Object>> producers(Path file) throws IOException {
        ByteBuffer in = read(file);
        List<Map<String, Object>> entries = new ArrayList<>();
        if (in.remaining() < 10) {
            return entries;
        }
        // Version and checksum.
        in.position(6);
        int count = in.getInt();
        for (int i = 0; i < count && in.remaining() >= PRODUCER_ENTRY_BYTES; i++) {
            entries.add(
                    entry("producerId", in.getLong(), "producerEpoch", in.getShort(), "lastSequence", in.getInt(), "lastOffset", in.getLong(), "offsetDelta",
                            in.getInt(), "timestamp", in.getLong(), "coordinatorEpoch", in.getInt(), "transactionFirstOffset", in.getLong()));
        }
        return entries;
    }

    private static Map<String, Object> entry(Object... namesAndValues) {
        Map<String, Object> entry = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            entry.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return entry;
    }

    private static ByteBuffer read(Path file) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file));
    }
}
