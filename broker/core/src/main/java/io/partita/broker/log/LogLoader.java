package io.partita.broker.log;

import java.io.IOException;
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
 * <p>After anything else {@link LogRecovery} checks what had not been flushed. The producers follow from the last snapshot at or below the place
 * where that begins.
 */
final class LogLoader {

    private static final Logger LOG = LoggerFactory.getLogger(LogLoader.class);

    private final LogEnvironment environment;
    private final Path directory;
    private final LogConfig config;
    private final ProducerStates producers;
    private final EpochCache epochs;

    private long nextOffset;
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
        this.producers = new ProducerStates(environment.producers());
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
            long start = Math.max(startOffset, recoveryPoint);
            if (start > startOffset) {
                LOG.error("{} has no segment, though it ended at offset {} and began at {}: somebody removed its files. It goes on at its end.", directory,
                        start, startOffset);
            }
            loadEpochs();
            epochs.endAt(start);
            SegmentList empty = new SegmentList(Segment.create(environment, directory, start));
            return new Loaded(empty, start, start, producers, false);
        }
        repairTransactionIndexes(segments, names, recoveryPoint);
        boolean epochsKnown = loadEpochs();
        int latestEpoch = epochs.latestEpoch();
        long latestEpochStart = epochs.latestStartOffset();
        boolean asItWasClosed = false;
        if (trust != Trust.CLOSED || !openClosed(segments, recoveryPoint)) {
            LogRecovery recovery = new LogRecovery(environment, directory, config, producers, epochs);
            List<String> present = names;
            recovery.run(segments, recoveryPoint, trust == Trust.NONE, start -> {
                readEpochs(segments, start, epochsKnown);
                epochs.truncateFromEnd(start);
                loadProducers(segments, present, start);
            });
            nextOffset = recovery.endOffset();
            // Nothing new was found, and all that is needed to find it again is there.
            asItWasClosed = epochsKnown && !recovery.foundDamage() && nextOffset == recoveryPoint && producersFrom == nextOffset;
        } else {
            readEpochs(segments, nextOffset, epochsKnown);
            loadProducers(segments, names, nextOffset);
            asItWasClosed = epochsKnown && producersFrom == nextOffset;
        }
        Segment last = segments.getLast();
        last.becomeActive(nextOffset);
        last.resumeFromFile();
        epochs.endAt(nextOffset);
        if (latestEpochStart == nextOffset) {
            epochs.assign(latestEpoch, nextOffset); // recovery knows epochs from batches, and this one has none
        }
        long logStartOffset = Math.min(nextOffset, Math.max(startOffset, segments.getFirst().baseOffset));
        epochs.truncateFromStart(logStartOffset);
        return new Loaded(new SegmentList(segments.toArray(new Segment[0])), logStartOffset, nextOffset, producers, asItWasClosed);
    }

    /**
     * Makes transaction indexes that are damaged or gone anew from the batches, of those segments that recovery does not look at: an entry that is not there would have consumers
     * of committed records shown aborted ones.
     */
    private void repairTransactionIndexes(List<Segment> segments, List<String> names, long recoveryPoint) throws IOException {
        List<Segment> damaged = new ArrayList<>();
        Set<Long> noted = names.contains(AbortedSegments.FILE) ? AbortedSegments.read(environment.disk(), directory) : Set.of();
        for (int index = 0; index < segments.size(); index++) {
            Segment segment = segments.get(index);
            long end = index + 1 < segments.size() ? segments.get(index + 1).baseOffset : Long.MAX_VALUE;
            if (segment.baseOffset >= recoveryPoint) {
                continue;
            }
            boolean isThere = names.contains(FileNames.of(segment.baseOffset, FileNames.TRANSACTION_INDEX));
            if (isThere ? !segment.transactionIndex.isSound(segment.baseOffset, end) : noted.contains(segment.baseOffset)) {
                LOG.warn("{} is {}; it is made anew from the batches.", segment.transactionIndex.file.path(), isThere ? "damaged" : "gone");
                if (isThere) {
                    segment.transactionIndex.truncateTo(0);
                } else {
                    segment.transactionIndex.file.acquire(true).release();
                }
                damaged.add(segment);
            }
        }
        if (damaged.isEmpty()) {
            return;
        }
        ProducerStates states = new ProducerStates(environment.producers());
        try {
            BatchReplay.over(segments, segments.getFirst().baseOffset, recoveryPoint, batch -> {
                if (batch.hasProducerId()) {
                    batch.loadBodyOfControl();
                    ProducerStates.Completed completed = states.appended(batch.buffer(), batch.at());
                    Segment holder = completed == null || !completed.aborted() ? null : segmentOf(segments, completed.markerOffset());
                    if (holder != null && damaged.contains(holder)) {
                        holder.transactionIndex.add(completed.toAborted(states.lastStableOffsetAfter(completed)));
                    }
                }
            });
        } finally {
            states.discard();
        }
        for (Segment segment : damaged) {
            segment.transactionIndex.force();
        }
    }

    private static Segment segmentOf(List<Segment> segments, long offset) {
        Segment found = null;
        for (Segment segment : segments) {
            if (segment.baseOffset <= offset) {
                found = segment;
            }
        }
        return found;
    }

    /** Says that what was loaded so far, or could not be, is not used. */
    void discard() {
        producers.discard();
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
                throw new IOException(
                        "Segment " + FileNames.of(offset, FileNames.LOG) + " of " + directory + " has " + bytes + " bytes, more than 2 GB");
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

    /** Where the checkpoint of the epochs is missing, the headers of what lies below {@code endOffset} tell them. */
    private void readEpochs(List<Segment> segments, long endOffset, boolean known) throws IOException {
        if (known) {
            return;
        }
        epochs.clear();
        EpochCollector collector = new EpochCollector(epochs);
        BatchReplay.over(segments, segments.getFirst().baseOffset, endOffset,
                batch -> collector.note(batch.leaderEpoch(), batch.baseOffset()));
        collector.finish();
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
            byte[] content = environment.disk().size(file) > ProducerSnapshot.BYTES_MAX ? null : environment.disk().readAll(file);
            List<ProducerEntry> entries = content == null ? null : ProducerSnapshot.parse(content, environment.producers().entriesMax());
            if (entries != null) {
                entries.forEach(producers::put);
                from = snapshots[i];
                break;
            }
            LOG.warn("The producer snapshot {} is damaged or larger than {} MB and is not used.", file, ProducerSnapshot.BYTES_MAX >> 20);
            environment.disk().delete(file);
        }
        producersFrom = from;
        BatchReplay.over(segments, from, endOffset, batch -> {
            if (batch.hasProducerId()) {
                batch.loadBodyOfControl();
                producers.appended(batch.buffer(), batch.at());
            }
        });
        producers.expire(environment.clock().wallMillis(), config.producerExpirationMillis());
    }

    /** The producers a log has that was cut to {@code endOffset}; snapshots of later states are removed. */
    ProducerStates producersAt(SegmentList segments, long endOffset) throws IOException {
        loadProducers(Arrays.asList(segments.slice(0, segments.count())), environment.disk().list(directory), endOffset);
        return producers;
    }
}
