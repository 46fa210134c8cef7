package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.partita.broker.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a log's files and what is kept in memory of them together, when the log is first used.
 *
 * <p>After a clean stop the last segment's size is what it was, its last index entry and the batches behind it say where the log ends, and
 * a snapshot of the producers is there for exactly that offset: a few small reads.
 *
 * <p>After anything else, everything below the <em>recovery point</em> was flushed and is taken as it is; what lies above is read and
 * checked batch by batch. At the first byte that is not a whole good batch, following the one before, the log is cut: that is where the
 * flush policy's promise ended. Index entries above the recovery point are made anew, and the producers follow from the last snapshot at or
 * below it. So the time taken grows with what was not flushed.
 */
final class LogLoader {

    private static final Logger LOG = LoggerFactory.getLogger(LogLoader.class);

    private final LogEnvironment environment;
    private final Path directory;
    private final LogConfig config;
    private final ProducerStates producers = new ProducerStates();
    private final EpochCache epochs;

    private long nextOffset;
    /** The epoch of the last batch seen, and the offset it begins at: not assigned before the next batch has confirmed it. */
    private int notedEpoch = EpochCache.UNDEFINED_EPOCH;
    private long notedEpochStart;
    private boolean damaged;
    /** The offset of the producer snapshot that was used; where there was none, of the first segment. */
    private long producersFrom;

    /** What is known about the files of a log before they are looked at. */
    enum Trust {
        /** The log was closed properly and ends at its recovery point. */
        CLOSED,
        /** Everything below the recovery point was flushed. */
        RECOVERY_POINT,
        /** Nothing: the checkpoint of the recovery points is gone. */
        NONE
    }

    /** What a log consists of, and whether all of it was found as it had been left. */
    record Loaded(SegmentList segments, long logStartOffset, long logEndOffset, ProducerStates producers, boolean asItWasClosed) {}

    LogLoader(LogEnvironment environment, Path directory, LogConfig config, EpochCache epochs) {
        this.environment = environment;
        this.directory = directory;
        this.config = config;
        this.epochs = epochs;
    }

    /**
     * Loads the log.
     *
     * @param startOffset where the log begins at least (it was moved there by retention or DeleteRecords)
     * @param recoveryPoint everything below was flushed
     */
    Loaded load(long startOffset, long recoveryPoint, Trust trust) throws IOException {
        List<String> names = environment.disk().list(directory);
        if (SegmentSwap.finishInterrupted(environment.disk(), directory, names)) {
            names = environment.disk().list(directory);
        }
        tidy(names);
        List<Segment> segments = existingSegments(names);
        dropBefore(segments, startOffset);
        if (segments.isEmpty()) {
            epochs.clear();
            long start = Math.max(startOffset, recoveryPoint);
            SegmentList empty = new SegmentList(Segment.create(environment, directory, start));
            return new Loaded(empty, start, start, producers, false);
        }
        boolean epochsKnown = loadEpochs();
        boolean asItWasClosed = false;
        if (trust != Trust.CLOSED || !openClosed(segments, recoveryPoint)) {
            recover(segments, names, recoveryPoint, epochsKnown, trust == Trust.NONE);
            // Nothing new was found, and all that is needed to find it again is there.
            asItWasClosed = epochsKnown && !damaged && nextOffset == recoveryPoint && producersFrom == nextOffset;
        } else {
            readEpochs(segments, nextOffset, epochsKnown);
            loadProducers(segments, names, nextOffset);
            asItWasClosed = epochsKnown && producersFrom == nextOffset;
        }
        Segment last = segments.getLast();
        last.becomeActive(nextOffset);
        last.resumeFromFile();
        epochs.truncateFromEnd(nextOffset);
        long logStartOffset = Math.min(nextOffset, Math.max(startOffset, segments.getFirst().baseOffset));
        epochs.truncateFromStart(logStartOffset);
        return new Loaded(new SegmentList(segments.toArray(new Segment[0])), logStartOffset, nextOffset, producers, asItWasClosed);
    }

    /** The segments of a log that is not in use, for a look at their sizes and ages; {@code null} when there is none. */
    SegmentList peek() throws IOException {
        List<Segment> segments = existingSegments(environment.disk().list(directory));
        return segments.isEmpty() ? null : new SegmentList(segments.toArray(new Segment[0]));
    }

    /** Removes what an interrupted deletion, compaction or replacement left behind. */
    private void tidy(List<String> names) throws IOException {
        Set<String> present = new HashSet<>(names);
        for (String name : names) {
            boolean leftover = name.endsWith(FileNames.DELETED) || name.endsWith(FileNames.CLEANED) || name.endsWith(FileNames.TEMPORARY);
            long offset = FileNames.offset(name);
            boolean orphan = offset >= 0 && !FileNames.suffix(name).equals(FileNames.LOG)
                    && !FileNames.suffix(name).equals(FileNames.PRODUCER_SNAPSHOT) && !present.contains(FileNames.of(offset, FileNames.LOG));
            if (leftover || orphan) {
                environment.disk().delete(directory.resolve(name));
            }
        }
    }

    private List<Segment> existingSegments(List<String> names) throws IOException {
        long[] offsets = offsets(names, FileNames.LOG);
        List<Segment> segments = new ArrayList<>(offsets.length);
        for (long offset : offsets) {
            long bytes = environment.disk().size(directory.resolve(FileNames.of(offset, FileNames.LOG)));
            if (bytes > Integer.MAX_VALUE) {
                throw new IOException("Segment " + FileNames.of(offset, FileNames.LOG) + " of " + directory + " has " + bytes + " bytes, more than 2 GB");
            }
            segments.add(Segment.existing(environment, directory, offset, (int) bytes));
        }
        return segments;
    }

    /** Finishes the deletion of segments that had been decided when the start was written down. */
    private static void dropBefore(List<Segment> segments, long startOffset) throws IOException {
        while (segments.size() > 1 && segments.get(1).baseOffset <= startOffset) {
            segments.removeFirst().delete();
        }
    }

    private static long[] offsets(List<String> names, String suffix) {
        long[] offsets = new long[names.size()];
        int count = 0;
        for (String name : names) {
            long offset = FileNames.offset(name);
            if (offset >= 0 && FileNames.suffix(name).equals(suffix)) {
                offsets[count++] = offset;
            }
        }
        offsets = Arrays.copyOf(offsets, count);
        Arrays.sort(offsets);
        return offsets;
    }

    /** Whether the epochs of what was flushed are known. */
    private boolean loadEpochs() throws IOException {
        byte[] content = environment.disk().readAll(directory.resolve(FileNames.LEADER_EPOCHS));
        if (content != null && epochs.parse(content)) {
            return true;
        }
        if (content != null) {
            LOG.warn("{} of {} is damaged; the leader epochs are read from the batches.", FileNames.LEADER_EPOCHS, directory);
        }
        epochs.clear();
        return false;
    }

    /**
     * Where the checkpoint of the epochs is missing, the headers of what lies below {@code endOffset} tell them. Epochs never fall, so one that is
     * higher than that of the next batch is a damaged header, which no checksum covers.
     */
    private void readEpochs(List<Segment> segments, long endOffset, boolean known) throws IOException {
        if (known) {
            return;
        }
        epochs.clear();
        replay(segments, segments.getFirst().baseOffset, endOffset, batches -> noteEpoch(batches.leaderEpoch(), batches.baseOffset()));
        assignNotedEpoch();
    }

    /** Notes the epoch of a batch, and assigns the one before unless this one shows that it cannot have been. */
    private void noteEpoch(int epoch, long baseOffset) {
        if (epoch >= notedEpoch) {
            assignNotedEpoch();
        }
        if (epoch != notedEpoch) {
            notedEpoch = epoch;
            notedEpochStart = baseOffset;
        }
    }

    private void assignNotedEpoch() {
        epochs.assign(notedEpoch, notedEpochStart);
    }

    // ---- after a clean stop ----

    /**
     * Finds the end of the log from the last segment's last index entry on, which is where the log ended when it was closed. If it is not,
     * somebody changed the file since. All of it had been flushed, so nothing is cut: the segment is kept as it is, whoever reads its bad part
     * is told so, and the log goes on in a new segment. False when the log goes on properly beyond the offset: the checkpoint is an old one.
     */
    private boolean openClosed(List<Segment> segments, long expectedEnd) throws IOException {
        Segment last = segments.getLast();
        Tail tail = tailOf(last);
        if (tail.problem == null && tail.end == expectedEnd) {
            last.indexes.learnTail();
            nextOffset = expectedEnd;
            return true;
        }
        if (tail.problem == null && tail.end > expectedEnd && tail.dense || expectedEnd < last.baseOffset) {
            LOG.warn("{} was closed at offset {} but goes on to {}; it is checked from there.", directory, expectedEnd, tail.end);
            return false;
        }
        LOG.error("{} was closed at offset {} but its last segment ends at {} ({}). The segment stays as it is for repair; the log goes on "
                + "at offset {} in a new one.", directory, expectedEnd, tail.end, tail.problem == null ? "records are missing" : tail.problem,
                expectedEnd);
        if (expectedEnd == last.baseOffset) {
            last.truncate(0, last.baseOffset);
        } else {
            segments.add(Segment.create(environment, directory, expectedEnd));
        }
        nextOffset = expectedEnd;
        return true;
    }

    /** How a segment ends: the offset after its last good batch, whether all offsets before it are there, what follows if not the end. */
    private record Tail(long end, boolean dense, String problem) {}

    private static Tail tailOf(Segment segment) throws IOException {
        OffsetIndex.Entry entry = segment.indexes.offsets().lastEntry();
        long end = segment.baseOffset;
        boolean dense = true;
        LogFile.Handle open = segment.log.acquire();
        try {
            BatchScanner batches = segment.headers(open, entry.position());
            boolean first = true;
            while (batches.next()) {
                boolean indexed = first && entry != OffsetIndex.Entry.NONE;
                if (indexed && batches.lastOffset() != entry.offset()) {
                    return new Tail(end, false, "the batch at " + entry.position() + " is not the one in the index");
                }
                dense &= indexed || batches.baseOffset() == end;
                end = batches.lastOffset() + 1;
                first = false;
            }
            return new Tail(end, dense, batches.problem());
        } finally {
            open.release();
        }
    }

    // ---- after a crash ----

    private void recover(List<Segment> segments, List<String> names, long recoveryPoint, boolean epochsKnown, boolean holesAllowed)
            throws IOException {
        int first = 0;
        while (first + 1 < segments.size() && segments.get(first + 1).baseOffset <= recoveryPoint) {
            first++;
        }
        Start start = startOf(segments.get(first), recoveryPoint);
        nextOffset = start.offset;
        readEpochs(segments, start.offset, epochsKnown);
        epochs.truncateFromEnd(start.offset);
        loadProducers(segments, names, start.offset);
        for (int index = first; index < segments.size(); index++) {
            Segment segment = segments.get(index);
            // Where nothing is known about what was flushed, a bad place is cut only at the very end: the segments behind it may well be.
            if (damaged && holesAllowed) {
                damaged = false;
                nextOffset = segment.baseOffset;
            }
            // Above the recovery point one segment begins where the last ended (compaction, which makes holes, flushes what it makes).
            boolean hole = index > first && segment.baseOffset > nextOffset && !holesAllowed;
            if (damaged || hole || index > first && segment.baseOffset < nextOffset) {
                dropFrom(segments, index);
                break;
            }
            nextOffset = Math.max(nextOffset, segment.baseOffset);
            Start from = index == first ? start : new Start(0, segment.baseOffset, 0);
            recoverSegment(segment, from, holesAllowed, index == segments.size() - 1);
        }
        assignNotedEpoch();
    }

    /** Where the checking begins: a position, the offset there, and how far the last index entry before it is. */
    private record Start(int position, long offset, int bytesSinceEntry) {}

    /** The first batch at or after the recovery point, found by the index if that is sound; else the segment's beginning. */
    private Start startOf(Segment segment, long recoveryPoint) throws IOException {
        Start fromBeginning = new Start(0, segment.baseOffset, 0);
        if (recoveryPoint <= segment.baseOffset || !isSound(segment, recoveryPoint)) {
            return fromBeginning;
        }
        try {
            int entryPosition = segment.indexes.offsets().entryBefore(recoveryPoint - 1).position();
            LogFile.Handle open = segment.log.acquire();
            try {
                BatchScanner batches = segment.headers(open, entryPosition);
                long offset = -1;
                int position = entryPosition;
                while (offset < recoveryPoint && batches.next()) {
                    if (batches.baseOffset() >= recoveryPoint) {
                        break;
                    }
                    offset = batches.lastOffset() + 1;
                    position = batches.position() + batches.size();
                }
                boolean there = offset == recoveryPoint;
                if (!there) {
                    LOG.warn("{} was flushed up to offset {} but has no batch that ends there; all of the segment is checked.",
                            segment.log.path(), recoveryPoint);
                }
                return there ? new Start(position, recoveryPoint, position - entryPosition) : fromBeginning;
            } finally {
                open.release();
            }
        } catch (IOException e) {
            LOG.warn("{} cannot be entered at its recovery point {} ({}); all of the segment is checked.",
                    segment.log.path(), recoveryPoint, e.getMessage());
            return fromBeginning;
        }
    }

    /** Whether the offset index's entries below the recovery point rise in offset and position, as no lost or zeroed block does. */
    private boolean isSound(Segment segment, long recoveryPoint) throws IOException {
        byte[] content = environment.disk().readAll(segment.indexes.offsetFile.path());
        byte[] times = environment.disk().readAll(segment.indexes.timeFile.path());
        if (content == null || times == null) {
            return false;
        }
        ByteBuffer entries = ByteBuffer.wrap(content);
        int lastOffset = -1;
        int lastPosition = 0;
        while (entries.remaining() >= OffsetIndex.ENTRY_BYTES) {
            int offset = entries.getInt();
            int position = entries.getInt();
            if (offset <= lastOffset || position <= lastPosition || position >= segment.size()) {
                return false;
            }
            if (segment.baseOffset + offset >= recoveryPoint) {
                break;
            }
            lastOffset = offset;
            lastPosition = position;
        }
        return isSoundTimes(ByteBuffer.wrap(times), segment.baseOffset, recoveryPoint);
    }

    private static boolean isSoundTimes(ByteBuffer entries, long baseOffset, long recoveryPoint) {
        long lastTimestamp = -1;
        int lastOffset = -1;
        while (entries.remaining() >= TimeIndex.ENTRY_BYTES) {
            long timestamp = entries.getLong();
            int offset = entries.getInt();
            if (timestamp <= lastTimestamp || offset < lastOffset) {
                return false;
            }
            if (baseOffset + offset >= recoveryPoint) {
                break;
            }
            lastTimestamp = timestamp;
            lastOffset = offset;
        }
        return true;
    }

    /** Checks a segment's batches from {@code start} on, cuts it at the first bad one, and makes index entries for the good ones. */
    private void recoverSegment(Segment segment, Start start, boolean holesAllowed, boolean isLast) throws IOException {
        SegmentIndexes.Build build = start.position == 0
                ? segment.indexes.start()
                : segment.indexes.startFrom(start.offset, start.bytesSinceEntry);
        int end = start.position;
        String problem;
        LogFile.Handle open = segment.log.acquire();
        try {
            BatchScanner batches = BatchScanner.verifying(open, start.position, segment.size(), nextOffset);
            String outOfPlace = null;
            while (outOfPlace == null && batches.next()) {
                if (batches.lastOffset() - segment.baseOffset > Integer.MAX_VALUE) {
                    outOfPlace = "the batch there has offset " + batches.baseOffset() + " where " + nextOffset + " comes next";
                    continue;
                }
                build.add(batches, config.indexIntervalBytes());
                takeIn(segment, batches.buffer(), batches.at());
                nextOffset = batches.lastOffset() + 1;
                end = batches.position() + batches.size();
            }
            problem = outOfPlace != null ? outOfPlace : batches.problem();
        } finally {
            open.release();
        }
        build.finish();
        if (problem != null && holesAllowed && !isLast) {
            LOG.error("{} is damaged at position {}, offset {}: {}. As there is no checkpoint, the segments that follow are kept.",
                    segment.log.path(), end, nextOffset, problem);
            damaged = true;
        } else if (problem != null) {
            LOG.warn("{} is cut at position {}, offset {}: {}. What follows had not been flushed when the broker stopped.",
                    segment.log.path(), end, nextOffset, problem);
            damaged = true;
            segment.truncate(end, nextOffset);
        }
    }

    private void takeIn(Segment segment, ByteBuf buffer, int at) throws IOException {
        noteEpoch(RecordBatch.leaderEpoch(buffer, at), RecordBatch.baseOffset(buffer, at));
        if (RecordBatch.hasProducerId(buffer, at)) {
            ProducerStates.Completed completed = producers.appended(buffer, at);
            if (completed != null && completed.aborted()) {
                segment.transactionIndex.truncateTo(completed.markerOffset());
                segment.transactionIndex.add(completed.toAborted(producers.lastStableOffsetAfter(completed)));
            }
        }
    }

    private void dropFrom(List<Segment> segments, int index) throws IOException {
        LOG.warn("{} segments of {} from offset {} on are removed: they follow the place where the log was cut.",
                segments.size() - index, directory, segments.get(index).baseOffset);
        // The last one first: should this be interrupted, what is left has no hole.
        for (int last = segments.size() - 1; last >= index; last--) {
            Segment segment = segments.remove(last);
            segment.delete();
        }
        // They must not come back after another crash, beside what is written in their place.
        environment.disk().syncDirectory(directory);
    }

    // ---- producers ----

    /** Takes the last good snapshot at or below {@code endOffset} and the batches between it and there; drops later snapshots. */
    private void loadProducers(List<Segment> segments, List<String> names, long endOffset) throws IOException {
        long[] snapshots = offsets(names, FileNames.PRODUCER_SNAPSHOT);
        long from = segments.getFirst().baseOffset;
        for (int i = snapshots.length - 1; i >= 0; i--) {
            Path file = directory.resolve(FileNames.of(snapshots[i], FileNames.PRODUCER_SNAPSHOT));
            if (snapshots[i] > endOffset) {
                environment.disk().delete(file);
                continue;
            }
            byte[] content = environment.disk().readAll(file);
            List<ProducerEntry> entries = content == null ? null : ProducerSnapshot.parse(content);
            if (entries != null) {
                entries.forEach(producers::put);
                from = snapshots[i];
                break;
            }
            LOG.warn("The producer snapshot {} is damaged and is not used.", file);
            environment.disk().delete(file);
        }
        producersFrom = from;
        replay(segments, from, endOffset, batches -> {
            if (batches.hasProducerId()) {
                batches.loadBodyOfControl();
                producers.appended(batches.buffer(), batches.at());
            }
        });
        producers.expire(environment.clock().wallMillis(), config.producerExpirationMillis());
    }

    /** Hands the headers of the batches of [{@code from}, {@code endOffset}) to {@code taker} in order. */
    private static void replay(List<Segment> segments, long from, long endOffset, BatchTaker taker) throws IOException {
        for (int index = 0; index < segments.size(); index++) {
            Segment segment = segments.get(index);
            long segmentEnd = index + 1 < segments.size() ? segments.get(index + 1).baseOffset : Long.MAX_VALUE;
            if (segmentEnd <= from || segment.baseOffset >= endOffset || from >= endOffset || segment.size() == 0) {
                continue;
            }
            try {
                replay(segment, from, endOffset, taker);
            } catch (CorruptLogException e) {
                LOG.warn("What is kept of the producers and leader epochs of {} may lack something: {}.", segment.log.path(), e.getMessage());
            }
        }
    }

    private static void replay(Segment segment, long from, long endOffset, BatchTaker taker) throws IOException {
        Segment.BatchLocation first = segment.locate(from, segment.size());
        if (first == null) {
            return;
        }
        LogFile.Handle open = segment.log.acquire();
        try {
            BatchScanner batches = segment.headers(open, first.position());
            while (batches.next() && batches.baseOffset() < endOffset) {
                taker.take(batches);
            }
            if (batches.problem() != null) {
                throw segment.corrupt(batches.position(), batches.problem());
            }
        } finally {
            open.release();
        }
    }

    private interface BatchTaker {
        void take(BatchScanner batches) throws IOException;
    }

    /** The producers a log has that was cut to {@code endOffset}; snapshots of later states are removed. */
    ProducerStates producersAt(SegmentList segments, long endOffset) throws IOException {
        loadProducers(Arrays.asList(segments.slice(0, segments.count())), environment.disk().list(directory), endOffset);
        return producers;
    }
}
