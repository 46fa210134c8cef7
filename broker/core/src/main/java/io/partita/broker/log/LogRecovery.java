package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.partita.broker.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a log whole that was not closed. Everything below the <em>recovery point</em> was flushed and is taken as it is; what lies above is read
 * and checked batch by batch. At the first byte that is not a whole good batch, following the one before, the log is cut: that is where the flush
 * policy's promise ended. Index entries above the recovery point are made anew. So the time taken grows with what was not flushed.
 *
 * <p>Threads: whoever loads the log.
 */
final class LogRecovery {

    private static final Logger LOG = LoggerFactory.getLogger(LogRecovery.class);

    /** Brings what is known of the log below the place where the checking begins. */
    interface Below {
        void prepare(long endOffset) throws IOException;
    }

    private final LogEnvironment environment;
    private final Path directory;
    private final LogConfig config;
    private final ProducerStates producers;
    private final EpochCollector epochs;

    private long nextOffset;
    private boolean damaged;
    /** The entries of the transaction index of the segment being checked by their markers' offsets, as far as they are still there. */
    private Map<Long, AbortedTransaction> abortedOnDisk = Map.of();

    /** What is recovered goes to {@code producers} and {@code epochs}. */
    LogRecovery(LogEnvironment environment, Path directory, LogConfig config, ProducerStates producers, EpochCache epochs) {
        this.environment = environment;
        this.directory = directory;
        this.config = config;
        this.producers = producers;
        this.epochs = new EpochCollector(epochs);
    }

    /** Where the log ends. */
    long endOffset() {
        return nextOffset;
    }

    /** Whether something was cut or left damaged. */
    boolean foundDamage() {
        return damaged;
    }

    /**
     * Checks the log from {@code recoveryPoint} on; {@code segments} are those that are left afterwards.
     *
     * @param holesAllowed whether nothing is known about what was flushed, and so a gap between segments may be compaction's
     */
    void run(List<Segment> segments, long recoveryPoint, boolean holesAllowed, Below below) throws IOException {
        int first = 0;
        while (first + 1 < segments.size() && segments.get(first + 1).baseOffset <= recoveryPoint) {
            first++;
        }
        if (first > 0 && segments.get(first).baseOffset == recoveryPoint) {
            // It may have been sealed after it was flushed, which adds to its indexes.
            segments.get(first - 1).indexes.sealAgain();
        }
        Start start = startOf(segments.get(first), recoveryPoint);
        nextOffset = start.offset;
        below.prepare(start.offset);
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
            Start from = index == first ? start : new Start(0, segment.baseOffset, 0, TimestampOffset.NONE);
            recoverSegment(segment, from, holesAllowed, index == segments.size() - 1);
        }
        epochs.finish();
    }

    /** Where the checking begins: a position, the offset there, how far the last index entry before it is, the largest timestamp since then. */
    private record Start(int position, long offset, int bytesSinceEntry, TimestampOffset maxTimestamp) {}

    /** The first batch at or after the recovery point, found by the index if that is sound; else the segment's beginning. */
    private Start startOf(Segment segment, long recoveryPoint) throws IOException {
        Start fromBeginning = new Start(0, segment.baseOffset, 0, TimestampOffset.NONE);
        if (recoveryPoint <= segment.baseOffset || !isSound(segment, recoveryPoint)) {
            return fromBeginning;
        }
        try {
            int entryPosition = segment.indexes.offsets().entryBefore(recoveryPoint - 1).position();
            // A flush does not force the indexes, so the machine may have lost entries of either, and of the time index more.
            TimestampOffset max = segment.indexes.times().lastEntryBefore(recoveryPoint);
            int timesPosition = max == TimestampOffset.NONE ? 0 : segment.indexes.offsets().entryBefore(max.offset()).position();
            LogFile.Handle open = segment.log.acquire();
            try {
                BatchScanner batches = segment.headers(open, Math.min(entryPosition, timesPosition));
                long offset = -1;
                int position = entryPosition;
                while (offset < recoveryPoint && batches.next()) {
                    if (batches.baseOffset() >= recoveryPoint) {
                        break;
                    }
                    offset = batches.lastOffset() + 1;
                    position = batches.position() + batches.size();
                    if (batches.newestTimestamp() > max.timestamp()) {
                        max = new TimestampOffset(batches.newestTimestamp(), batches.lastOffset());
                    }
                }
                boolean there = offset == recoveryPoint;
                if (!there) {
                    LOG.warn("{} was flushed up to offset {} but has no batch that ends there; all of the segment is checked.",
                            segment.log.path(), recoveryPoint);
                }
                return there ? new Start(position, recoveryPoint, position - entryPosition, max) : fromBeginning;
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
                : segment.indexes.startFrom(start.offset, start.bytesSinceEntry, start.maxTimestamp);
        segment.transactionIndex.repair(segment.baseOffset);
        abortedOnDisk = new HashMap<>();
        segment.transactionIndex.all().forEach(aborted -> abortedOnDisk.put(aborted.lastOffset(), aborted));
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
        if (problem == null) {
            segment.transactionIndex.truncateTo(nextOffset); // entries for markers that are lost must not outlive them
        }
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
        epochs.note(RecordBatch.leaderEpoch(buffer, at), RecordBatch.baseOffset(buffer, at));
        if (RecordBatch.hasProducerId(buffer, at)) {
            ProducerStates.Completed completed = producers.appended(buffer, at);
            if (completed != null && completed.aborted()) {
                AbortedTransaction aborted = completed.toAborted(producers.lastStableOffsetAfter(completed));
                // An entry that is right stays untouched: it may lie below the recovery point, and a new one is not durable. Compaction may have
                // removed batches at the beginning of the transaction since it was made.
                AbortedTransaction known = abortedOnDisk.get(aborted.lastOffset());
                if (known == null || known.producerId() != aborted.producerId() || known.firstOffset() > aborted.firstOffset()) {
                    abortedOnDisk = Map.of();
                    segment.transactionIndex.truncateTo(completed.markerOffset());
                    segment.transactionIndex.add(aborted);
                }
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
}
