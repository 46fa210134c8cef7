package io.partita.broker.log;

import io.partita.broker.env.Failures;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The offset and time index of one segment, loaded when first needed, and built anew from the batches' headers when they are missing or
 * cannot be right.
 *
 * <p>Threads: entries are added by the log's owner, for the last segment; any thread looks up.
 */
final class SegmentIndexes {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentIndexes.class);

    /** Kafka's distance between entries, for indexes built anew: what the topic's setting was does not matter to whoever looks up. */
    private static final int INTERVAL_BYTES = 4096;

    /** What may follow the last entry of a sealed segment's offset index before it is taken for cut: some batches of any size, and this. */
    private static final long UNINDEXED_BYTES_MAX = 4 << 20;
    private static final long USUAL_DISTANCES_MAX = 8;

    private final Segment segment;
    final LogFile offsetFile;
    final LogFile timeFile;
    private volatile OffsetIndex offsets;
    private volatile TimeIndex times;

    /** The largest timestamp and the last offset of the batch that has it; {@code null} until it was looked up. */
    private volatile TimestampOffset maxTimestamp;

    /** Whether the time index is known to end with the segment's largest timestamp, or is being written. */
    private volatile boolean timesComplete;

    /** Owner only: bytes since the last entry of the offset index. */
    private int bytesSinceEntry;

    SegmentIndexes(Segment segment, LogFile offsetFile, LogFile timeFile) {
        this.segment = segment;
        this.offsetFile = offsetFile;
        this.timeFile = timeFile;
    }

    /** Begins with empty files, which are made. */
    void create() throws IOException {
        Segment.makeEmpty(offsetFile);
        Segment.makeEmpty(timeFile);
        offsetFile.close();
        timeFile.close();
        offsets = new OffsetIndex(offsetFile, segment.baseOffset, 0);
        times = new TimeIndex(timeFile, segment.baseOffset, 0);
        maxTimestamp = TimestampOffset.NONE;
        timesComplete = true;
    }

    /** Whether look-ups find the indexes in memory, as far as they are kept there. */
    boolean areLoaded() {
        return offsets != null && times != null;
    }

    OffsetIndex offsets() throws IOException {
        OffsetIndex index = offsets;
        if (index == null) {
            load();
            index = offsets;
        }
        return index;
    }

    TimeIndex times() throws IOException {
        TimeIndex index = times;
        if (index == null) {
            load();
            index = times;
        }
        return index;
    }

    /**
     * The last entry of the time index with a timestamp ≤ {@code timestamp}, {@link TimestampOffset#NONE} when there is none. The entry is
     * compared with its batch; when it is of another one a sealed segment's indexes are built anew.
     */
    TimestampOffset timeBefore(long timestamp) throws IOException {
        completeTimes();
        TimestampOffset entry = times().floorEntry(timestamp);
        if (entry == TimestampOffset.NONE || isOfItsBatch(entry)) {
            return entry;
        }
        if (segment.isActive()) {
            return TimestampOffset.NONE; // its owner writes it; looking from the beginning is slow and right
        }
        LOG.warn("The time index of {} names offset {} for timestamp {}, which is not there; it is built anew.", segment.log.path(),
                entry.offset(), entry.timestamp());
        rebuild();
        return times().floorEntry(timestamp);
    }

    private boolean isOfItsBatch(TimestampOffset entry) throws IOException {
        Segment.BatchLocation batch = segment.locate(entry.offset(), segment.size());
        if (batch == null || batch.baseOffset() > entry.offset()) {
            return false;
        }
        LogFile.Handle open = segment.log.acquire();
        try {
            BatchScanner header = segment.headers(open, batch.position());
            return header.next() && header.newestTimestamp() == entry.timestamp();
        } finally {
            open.release();
        }
    }

    /**
     * Makes sure that a sealed segment's time index ends with the segment's largest timestamp: a file that was cut between two entries is
     * sound in itself, and look-ups would pass over records, and retention take the segment for older than it is.
     */
    private void completeTimes() throws IOException {
        if (timesComplete || segment.isActive()) {
            return;
        }
        times();
        if (!timesComplete) {
            synchronized (this) {
                if (!timesComplete && !times.lastEntry().equals(largestFrom(times.lastEntry()))) {
                    LOG.warn("The time index of {} lacks entries at its end and is built anew.", segment.log.path());
                    rebuild();
                }
                timesComplete = true;
            }
        }
    }

    /** The largest timestamp of the segment, {@link TimestampOffset#NONE} when no record has one. */
    TimestampOffset maxTimestamp() throws IOException {
        TimestampOffset max = maxTimestamp;
        if (max == null) {
            completeTimes();
            max = times().lastEntry(); // a sealed segment's time index ends with it
            maxTimestamp = max;
        }
        return max;
    }

    // ---- adding: the log's owner ----

    /** Notes a batch at {@code position}; adds entries when enough bytes have gone by. */
    void appended(int position, int bytes, long lastOffset, long batchMaxTimestamp, int intervalBytes) {
        if (batchMaxTimestamp > maxTimestamp.timestamp()) {
            maxTimestamp = new TimestampOffset(batchMaxTimestamp, lastOffset);
        }
        if (bytesSinceEntry > intervalBytes) {
            offsets.add(lastOffset, position);
            TimestampOffset max = maxTimestamp;
            times.add(max.timestamp(), max.offset());
            bytesSinceEntry = 0;
        }
        bytesSinceEntry += bytes;
    }

    /** Whether there is no space for one more entry when an index may have {@code bytesMax}. */
    boolean isFull(int bytesMax) {
        // One entry of the time index is kept for the last timestamp, which closes it.
        return offsets.entries() >= bytesMax / OffsetIndex.ENTRY_BYTES || times.entries() >= bytesMax / TimeIndex.ENTRY_BYTES - 1;
    }

    /** Ends the time index with the largest timestamp, as Kafka does when a segment is rolled or closed. */
    void close() {
        TimestampOffset max = maxTimestamp;
        if (times != null && max != null) {
            times.add(max.timestamp(), max.offset());
        }
    }

    /** Makes a sealed segment's indexes complete, in case the broker stopped before they were. */
    void sealAgain() throws IOException {
        learnTail();
        close();
        flush(true);
    }

    /** Writes entries that are in memory only; with {@code sealed} for good, and durably. */
    void flush(boolean sealed) throws IOException {
        if (offsets == null || times == null) {
            return; // not touched since the segment was sealed
        }
        if (sealed) {
            offsets.seal();
            times.seal();
            offsetFile.force();
            timeFile.force();
        } else {
            offsets.writeBehind();
            times.writeBehind();
        }
    }

    void closeFiles() {
        offsetFile.close();
        timeFile.close();
    }

    void delete() throws IOException {
        offsetFile.remove();
        timeFile.remove();
    }

    /** Drops the entries of {@code offset} and later, where the segment was cut, and learns anew what lies behind the last entry. */
    void truncateTo(long offset) throws IOException {
        offsets().truncateTo(offset);
        times().truncateTo(offset);
        learnTail();
    }

    /** The largest timestamp and the distance to the last entry, from the batches behind the last entries. */
    void learnTail() throws IOException {
        maxTimestamp = largestFrom(times().lastEntry());
        bytesSinceEntry = segment.size() - offsets().lastEntry().position();
        timesComplete = true;
    }

    /** The largest timestamp, when up to the batch of {@code known} none is larger than that. The two indexes may have lost different entries. */
    private TimestampOffset largestFrom(TimestampOffset known) throws IOException {
        TimestampOffset max = known;
        int from = known == TimestampOffset.NONE ? 0 : offsets().entryBefore(known.offset()).position();
        LogFile.Handle open = segment.log.acquire();
        try {
            BatchScanner batches = segment.headers(open, from);
            while (batches.next()) {
                if (batches.newestTimestamp() > max.timestamp()) {
                    max = new TimestampOffset(batches.newestTimestamp(), batches.lastOffset());
                }
            }
        } finally {
            open.release();
        }
        return max;
    }

    // ---- loading and building ----

    private synchronized void load() throws IOException {
        if (offsets != null && times != null) {
            return;
        }
        OffsetIndex existingOffsets = existingOffsets();
        TimeIndex existingTimes = existingOffsets == null ? null : existingTimes();
        if (existingTimes == null) {
            LOG.warn("The index of {} is missing or damaged and is built anew.", segment.log.path());
            rebuild();
        } else {
            times = existingTimes;
            offsets = existingOffsets;
        }
    }

    private OffsetIndex existingOffsets() throws IOException {
        int entries = entries(offsetFile, OffsetIndex.ENTRY_BYTES);
        if (entries < 0) {
            return null;
        }
        OffsetIndex index = new OffsetIndex(offsetFile, segment.baseOffset, entries);
        OffsetIndex.Entry last = index.lastEntry();
        boolean sound = entries == 0 || last.offset() >= segment.baseOffset && last.position() > 0 && last.position() < segment.size();
        return sound && !lacksEntries(entries, last.position()) ? index : null;
    }

    /** Whether much more follows the last entry than lies between two of them. A little more costs look-ups there a little time. */
    private boolean lacksEntries(int entries, int lastPosition) {
        long usual = entries == 0 ? 0 : lastPosition / entries;
        return !segment.isActive() && segment.size() - (long) lastPosition > USUAL_DISTANCES_MAX * usual + UNINDEXED_BYTES_MAX;
    }

    private TimeIndex existingTimes() throws IOException {
        int entries = entries(timeFile, TimeIndex.ENTRY_BYTES);
        if (entries < 0) {
            return null;
        }
        TimeIndex index = new TimeIndex(timeFile, segment.baseOffset, entries);
        boolean sound = entries == 0 || index.lastEntry().offset() >= segment.baseOffset && index.lastEntry().timestamp() >= 0;
        return sound ? index : null;
    }

    private static int entries(LogFile file, int entryBytes) throws IOException {
        long bytes = file.exists() ? file.size() : -1;
        return bytes < 0 || bytes % entryBytes != 0 || bytes > Integer.MAX_VALUE ? -1 : (int) (bytes / entryBytes);
    }

    /** Replaces both indexes by what the headers in the file say. */
    synchronized void rebuild() throws IOException {
        Build build = start();
        LogFile.Handle open = segment.log.acquire();
        try {
            BatchScanner batches = segment.headers(open, 0);
            while (batches.next()) {
                build.add(batches, INTERVAL_BYTES);
            }
        } finally {
            open.release();
        }
        build.finish();
    }

    /** Empties both indexes, to be filled by a scan from the start. */
    Build start() throws IOException {
        OffsetIndex emptyOffsets = new OffsetIndex(offsetFile, segment.baseOffset, 0);
        TimeIndex emptyTimes = new TimeIndex(timeFile, segment.baseOffset, 0);
        emptyOffsets.replaceFile();
        emptyTimes.replaceFile();
        return new Build(emptyOffsets, emptyTimes, TimestampOffset.NONE, 0);
    }

    /**
     * Keeps the entries of batches that end before {@code offset}, which begins a batch, to be continued by a scan from there;
     * {@code bytes} have gone by since the last entry, and {@code maxTimestamp} was the largest timestamp in them.
     */
    Build startFrom(long offset, int bytes, TimestampOffset maxTimestamp) throws IOException {
        OffsetIndex keptOffsets = offsets();
        TimeIndex keptTimes = times();
        keptOffsets.truncateTo(offset);
        keptTimes.truncateTo(offset);
        TimestampOffset indexed = keptTimes.lastEntry();
        return new Build(keptOffsets, keptTimes, maxTimestamp.timestamp() > indexed.timestamp() ? maxTimestamp : indexed, bytes);
    }

    /** Collects entries during a scan. */
    final class Build {
        private final OffsetIndex newOffsets;
        private final TimeIndex newTimes;
        private TimestampOffset max;
        private int sinceEntry;

        private Build(OffsetIndex newOffsets, TimeIndex newTimes, TimestampOffset max, int sinceEntry) {
            this.newOffsets = newOffsets;
            this.newTimes = newTimes;
            this.max = max;
            this.sinceEntry = sinceEntry;
        }

        /** Notes the batch the scanner stands at. */
        void add(BatchScanner batch, int intervalBytes) {
            add(batch.position(), batch.size(), batch.lastOffset(), batch.newestTimestamp(), intervalBytes);
        }

        /** Notes a batch, whose newest record has {@code timestamp}. */
        void add(int position, int bytes, long lastOffset, long timestamp, int intervalBytes) {
            if (timestamp > max.timestamp()) {
                max = new TimestampOffset(timestamp, lastOffset);
            }
            if (sinceEntry > intervalBytes) {
                newOffsets.add(lastOffset, position);
                newTimes.add(max.timestamp(), max.offset());
                sinceEntry = 0;
            }
            sinceEntry += bytes;
        }

        /** Puts the entries into use, and into the files if the disk takes them. */
        void finish() {
            newTimes.add(max.timestamp(), max.offset());
            try {
                newOffsets.writeBehind();
                newTimes.writeBehind();
            } catch (IOException e) {
                LOG.warn("The index of {} could not be written ({}); it is used from memory.", segment.log.path(), Failures.said(e));
            }
            maxTimestamp = max;
            timesComplete = true;
            bytesSinceEntry = sinceEntry;
            times = newTimes;
            offsets = newOffsets;
        }
    }
}
