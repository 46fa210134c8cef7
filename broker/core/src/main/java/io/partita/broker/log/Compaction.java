package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.env.DiskFullException;
import io.partita.broker.record.BatchFormatException;
import io.partita.broker.record.BatchRewriter;
import io.partita.broker.record.BatchRules;
import io.partita.broker.record.DelayedBatch;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One round of compaction over one log, as Kafka does it:
 *
 * <ol>
 *   <li>The keys of the dirty part are read into a table, from the first dirty offset up to the end of what may be compacted. Aborted transactions do
 *       not count. When there are more keys than the table holds, {@link KeyRuns} finds what is replaced in the whole range, by way of a file. Where
 *       there is no room for that, the round goes up to where the table was full, and another one follows.
 *   <li>All segments up to there are written anew, several small ones into one, without the records that a later one of the same key has replaced,
 *       without aborted ones, and without tombstones and markers whose time has come. Offsets stay.
 * </ol>
 *
 * <p>A tombstone stays until the delete horizon its batch gets in the first round that sees it (KIP-534), a marker until the horizon it gets when no
 * batch of its transaction is left. The batch from which a producer's state follows stays without records. So does the last one, lest the log seem
 * to end before its end. Every checksum is checked: what the disk has spoilt must not get a new one.
 *
 * <p>Threads: one at a time, workers; the memory is that of the table, one batch opened, and two buffers.
 */
final class Compaction {

    private static final Logger LOG = LoggerFactory.getLogger(Compaction.class);

    /** Segments and what takes their place. */
    record Replacement(Segment[] sources, Segment cleaned) {}

    /** The log was cut, deleted or closed, or compaction was told to stop: nothing is wrong. */
    static final class Abandoned extends RuntimeException {
        Abandoned() {
            super("compaction was given up", null, false, false);
        }
    }

    private final PartitionLog log;
    private final LogConfig config;
    private final CleanableRange range;
    private final ProducerTails producers;
    private final CleanerConfig cleaner;
    private final KeyHash hash;
    private final CleanerMeter meter;
    private final long nowMillis;

    private final RecordReader reader = new RecordReader(BatchRules.DEFAULT_MAX_UNCOMPRESSED_BYTES);
    private final BatchRewriter rewriter = new BatchRewriter(BatchRules.DEFAULT_MAX_UNCOMPRESSED_BYTES);
    private final CleanedTransactions transactions = new CleanedTransactions();
    private ByteBuf out;

    /** Tells which records are replaced, unless {@link #replaced} does. */
    private KeyOffsets keys;
    /** The numbers of the records that are replaced, where the keys did not fit into memory; else {@code null}. */
    private BitSet replaced;
    /** The number of the record that comes next, of all in data batches from the first segment on. */
    private int record;
    /** All records below it are in the table of keys. */
    private long mappedEnd;
    /** Segments [0, segmentCount) are written anew: those before {@link #groupStart} have been, those before {@link #next} are. */
    private int segmentCount;
    private int groupStart;
    private int next;
    /** Whether the segments under way are not as they were; until then so many bytes of their beginning are not written. */
    private boolean changed;
    private int heldBack;
    private int recordsRead;
    private int recordsKept;
    private boolean unreadableReported;

    /** @param unreadableReported whether it was said of this log before that a batch cannot be opened */
    Compaction(PartitionLog log, CleanableRange range, ProducerTails producers, CleanerConfig cleaner, KeyHash hash,
            CleanerMeter meter, boolean unreadableReported) {
        this.log = log;
        this.config = log.config();
        this.range = range;
        this.producers = producers;
        this.cleaner = cleaner;
        this.hash = hash;
        this.meter = meter;
        this.keys = new KeyOffsets(cleaner.keyTableBytes() / cleaner.threads(), cleaner.keyTableLoadFactor(), hash);
        this.unreadableReported = unreadableReported;
        this.nowMillis = log.environment().clock().wallMillis();
    }

    // ---- first pass: keys ----

    /** Reads the keys of the dirty part. */
    void readKeys() throws IOException {
        log.settle(range.decidedOffset());
        CleanedTransactions dirtyTransactions = new CleanedTransactions();
        SegmentList segments = range.segments();
        mappedEnd = range.firstDirtyOffset();
        segmentCount = segments.floor(range.endOffset());
        boolean room = true;
        int index = Math.max(0, segments.floor(mappedEnd));
        while (room && mappedEnd < range.endOffset()) {
            long end = segments.get(index + 1).baseOffset;
            room = readKeys(index, end, dirtyTransactions);
            if (room) {
                mappedEnd = end;
            }
            index++;
        }
        segmentCount = index;
        if (!room && !findReplaced()) {
            if (segments.get(index - 1).baseOffset >= mappedEnd) {
                segmentCount--; // none of its records is in the table
            }
            LOG.info("The keys of {} do not fit into memory at once: this round of compaction goes up to offset {} of {}.", log.directory(), mappedEnd,
                    range.endOffset());
        }
    }

    /** Whether there was room for all keys of the segment; else {@link #mappedEnd} is the first offset that is not in the table. */
    private boolean readKeys(int index, long end, CleanedTransactions dirtyTransactions) throws IOException {
        Segment segment = range.segments().get(index);
        Segment.BatchLocation first = segment.size() == 0 ? null : segment.locate(mappedEnd, segment.size());
        return first == null || visit(index, first.position(), Math.max(segment.baseOffset, mappedEnd), end, dirtyTransactions, (batch, aborted) -> {
            if (!aborted && !readKeys(batch)) {
                return false;
            }
            mappedEnd = Math.max(mappedEnd, batch.lastOffset() + 1);
            return true;
        });
    }

    private interface BatchVisitor {
        /** Looks at a batch, which may be of an aborted transaction or a control batch; false when no other is wanted. */
        boolean visit(BatchScanner batch, boolean aborted) throws IOException;
    }

    /** Shows the batches of a segment from {@code position} on; false when the visitor wanted no more. */
    private boolean visit(int index, int position, long fromOffset, long end, CleanedTransactions seen, BatchVisitor visitor) throws IOException {
        Segment segment = range.segments().get(index);
        // Those whose marker lies before are over: it will not be read.
        seen.expect(LogReader.abortedTransactions(range.segments(), fromOffset, end));
        LogFile.Handle file = segment.log.acquire();
        try {
            BatchScanner batches = BatchScanner.verifying(file, position, segment.size(), segment.baseOffset);
            while (nextOf(segment, batches, end)) {
                boolean aborted;
                if (RecordBatch.isDelayed(batches.buffer(), batches.at())) {
                    aborted = true;
                } else if (RecordBatch.isControl(batches.buffer(), batches.at())) {
                    seen.isSpent(batches.buffer(), batches.at());
                    aborted = true;
                } else {
                    aborted = seen.isAborted(batches.buffer(), batches.at());
                }
                if (!visitor.visit(batches, aborted)) {
                    return false;
                }
            }
        } finally {
            file.release();
        }
        return true;
    }

    private boolean readKeys(BatchScanner batch) {
        if (!canBeRead(batch)) {
            return true;
        }
        while (reader.next()) {
            if (reader.offset() >= mappedEnd && reader.keyBytes() >= 0 && !keys.put(reader.key(), reader.offset())) {
                mappedEnd = reader.offset();
                return false;
            }
        }
        return true;
    }

    /** Opens a batch; all or nothing: what cannot be read to its end stays, and replaces nothing. */
    private boolean canBeRead(BatchScanner batch) {
        try {
            reader.open(batch.buffer(), batch.at());
            while (reader.next()) {}
        } catch (BatchFormatException e) {
            reportUnreadable(batch, e);
            return false;
        }
        reader.rewind();
        return true;
    }

    // ---- more keys than memory ----

    /** Finds by way of a file what is replaced in the whole range; false when that is too much, or there is no space for it. */
    private boolean findReplaced() throws IOException {
        int count = range.segments().floor(range.endOffset());
        long records = countRecords(count);
        long memory = cleaner.keyTableBytes() / cleaner.threads();
        if (records > KeyRuns.recordsMax(memory)) {
            return false;
        }
        Path path = log.directory().resolve(FileNames.of(range.segments().first().baseOffset, FileNames.KEYS));
        try (KeyRuns runs = new KeyRuns(new LogFile(log.environment().disk(), log.environment().openFiles(), path), records, memory, meter)) {
            readKeys(count, runs);
            keys = null;
            replaced = runs.replaced();
        } catch (DiskFullException e) {
            LOG.info("There is no space beside {} for the hashes of its keys ({}), so compaction takes more rounds.", log.directory(), e.getMessage());
            return false;
        }
        segmentCount = count;
        mappedEnd = range.endOffset();
        return true;
    }

    private long countRecords(int count) throws IOException {
        long records = 0;
        for (int index = 0; index < count; index++) {
            Segment segment = range.segments().get(index);
            if (segment.size() == 0) {
                continue;
            }
            LogFile.Handle file = segment.log.acquire();
            try {
                BatchScanner batches = BatchScanner.headers(file, 0, segment.size(), segment.baseOffset);
                while (batches.next()) {
                    records += recordCount(batches);
                }
            } finally {
                file.release();
            }
        }
        return records;
    }

    private void readKeys(int count, KeyRuns runs) throws IOException {
        CleanedTransactions all = new CleanedTransactions();
        for (int index = 0; index < count; index++) {
            Segment segment = range.segments().get(index);
            if (segment.size() > 0) {
                visit(index, 0, segment.baseOffset, range.segments().get(index + 1).baseOffset, all, (batch, aborted) -> {
                    if (!aborted && canBeRead(batch)) {
                        for (int number = record; reader.next(); number++) {
                            if (reader.keyBytes() >= 0) {
                                hash.compute(reader.key());
                                runs.add(hash, number);
                            }
                        }
                    }
                    record += recordCount(batch);
                    return true;
                });
            }
        }
        record = 0;
    }

    /** The records of a data batch, by which they are counted: as the header has it, whether they can be read or not. */
    private static int recordCount(BatchScanner batch) {
        return RecordBatch.isControl(batch.buffer(), batch.at()) ? 0 : RecordBatch.recordCount(batch.buffer(), batch.at());
    }

    // ---- second pass: segments ----

    /** Where the log is clean up to once all is done. */
    long cleanedEnd() {
        return mappedEnd;
    }

    boolean hasNext() {
        return next < segmentCount;
    }

    /**
     * Writes the next segment anew, or several into one. The result is complete but for its names; {@code null} when all stays as it is.
     */
    Replacement cleanNext() throws IOException {
        Segment[] sources = nextGroup();
        if (out == null) {
            out = Unpooled.buffer(cleaner.bufferBytes());
        }
        recordsRead = 0;
        recordsKept = 0;
        heldBack = 0;
        CleanedSegment cleaned = new CleanedSegment(log.environment(), sources, out.clear(), cleaner.bufferBytes(), config.indexIntervalBytes(), meter);
        boolean complete = false;
        try {
            changed = sources.length > 1;
            for (int i = 0; i < sources.length; i++) {
                clean(next - sources.length + i, cleaned);
            }
            List<AbortedTransaction> aborted = transactions.takeEntries();
            if (changed || aborted.size() != sources[0].transactionIndex.all().size()) {
                writeHeldBack(sources[0], cleaned);
                Segment segment = cleaned.finish(aborted);
                complete = true;
                meter.removed(recordsRead - recordsKept);
                return new Replacement(sources, segment);
            }
            return null;
        } finally {
            if (!complete) {
                cleaned.discard();
            }
        }
    }

    /** Copies the beginning of a segment that stays as it is, which was not written as long as all of it might. */
    private void writeHeldBack(Segment segment, CleanedSegment cleaned) throws IOException {
        if (heldBack == 0) {
            return;
        }
        LogFile.Handle file = segment.log.acquire();
        try {
            BatchScanner batches = BatchScanner.verifying(file, 0, heldBack, segment.baseOffset);
            while (nextOf(segment, batches, Long.MAX_VALUE)) {
                int at = cleaned.out().writerIndex();
                copy(batches, cleaned.out());
                cleaned.added(at);
            }
        } finally {
            file.release();
        }
        heldBack = 0;
    }

    /** As many segments as may become one: by size, and by the offsets an index can tell apart. */
    private Segment[] nextGroup() {
        SegmentList segments = range.segments();
        groupStart = next;
        long bytes = 0;
        do {
            bytes += segments.get(next).size();
            next++;
        } while (next < segmentCount
                && bytes + segments.get(next).size() <= config.segmentBytes()
                && segments.get(next + 1).baseOffset - 1 - segments.get(groupStart).baseOffset <= Integer.MAX_VALUE);
        return segments.slice(groupStart, next);
    }

    /** Copies what stays of a segment; of one that stays as it is nothing is written. */
    private void clean(int index, CleanedSegment cleaned) throws IOException {
        Segment segment = range.segments().get(index);
        if (segment.size() == 0) {
            return;
        }
        long end = range.segments().get(index + 1).baseOffset;
        transactions.expect(LogReader.abortedTransactions(range.segments(), segment.baseOffset, end));
        boolean lastSegment = index == segmentCount - 1;
        LogFile.Handle file = segment.log.acquire();
        try {
            BatchScanner batches = BatchScanner.verifying(file, 0, segment.size(), segment.baseOffset);
            while (nextOf(segment, batches, end)) {
                boolean last = lastSegment && batches.position() + batches.size() == segment.size();
                ByteBuf target = cleaned.out();
                int at = target.writerIndex();
                int following = record + recordCount(batches);
                int bytes = retain(batches, last, target);
                record = following;
                recordsRead += RecordBatch.recordCount(batches.buffer(), batches.at());
                recordsKept += bytes == 0 ? 0 : RecordBatch.recordCount(target, at);
                boolean isSame = bytes == batches.size() && ByteBufUtil.equals(batches.buffer(), batches.at(), target, at, bytes);
                if (!changed && isSame) {
                    target.writerIndex(at);
                    heldBack = batches.position() + batches.size();
                    continue;
                }
                if (!changed) {
                    changed = true;
                    ByteBuf first = target.copy(at, bytes);
                    target.writerIndex(at);
                    writeHeldBack(segment, cleaned);
                    at = cleaned.out().writerIndex();
                    cleaned.out().writeBytes(first);
                }
                if (bytes > 0) {
                    cleaned.added(at);
                }
            }
        } finally {
            file.release();
        }
    }

    /** Appends what stays of a batch to {@code target} and returns how many bytes that is. */
    private int retain(BatchScanner batch, boolean last, ByteBuf target) {
        ByteBuf buffer = batch.buffer();
        int at = batch.at();
        boolean keepsEmpty = last || producers.needs(buffer, at);
        if (RecordBatch.isDelayed(buffer, at)) {
            return copy(batch, target); // from before the topic was compacted
        }
        if (RecordBatch.isControl(buffer, at)) {
            boolean spent = transactions.isSpent(buffer, at);
            boolean gone = spent && RecordBatch.hasDeleteHorizon(buffer, at) && RecordBatch.deleteHorizon(buffer, at) <= nowMillis;
            return retain(batch, record -> !gone, new BatchRewriter.Retention(horizonMillis(), spent, keepsEmpty), target);
        }
        if (transactions.isAborted(buffer, at)) {
            return keepsEmpty ? retain(batch, record -> false, new BatchRewriter.Retention(horizonMillis(), false, true), target) : 0;
        }
        if (batch.baseOffset() >= mappedEnd) {
            return copy(batch, target);
        }
        boolean tombstonesStay = !RecordBatch.hasDeleteHorizon(buffer, at) || nowMillis < RecordBatch.deleteHorizon(buffer, at);
        // The time of a tombstone begins to run when the values before it are gone.
        long horizon = batch.lastOffset() < mappedEnd ? horizonMillis() : RecordBatch.NO_TIMESTAMP;
        // Only by them it is known that what they hold was released: the form in which it waited stays, too.
        boolean released = DelayedBatch.isReleased(buffer, at);
        return retain(batch, record -> stays(record, tombstonesStay) || released && waitedHere(record), new BatchRewriter.Retention(horizon, false, keepsEmpty),
                target);
    }

    /** Whether a record stays; asked once for each of a batch, in their order. */
    private boolean stays(RecordReader candidate, boolean tombstonesStay) {
        int number = record++;
        if (candidate.offset() >= mappedEnd) {
            return true;
        }
        if (candidate.keyBytes() < 0) {
            return false; // from before the topic was compacted: nothing could ever replace it
        }
        boolean isReplaced = replaced == null ? candidate.offset() < keys.get(candidate.key()) : replaced.get(number);
        return !isReplaced && (tombstonesStay || candidate.valueBytes() >= 0);
    }

    /** Whether the record that was released lies in the log in the form in which it waited as well. */
    private boolean waitedHere(RecordReader released) {
        return DelayedBatch.waitedAt(released) >= range.segments().first().baseOffset;
    }

    private int retain(BatchScanner batch, BatchRewriter.RecordFilter filter, BatchRewriter.Retention retention, ByteBuf target) {
        try {
            return rewriter.retain(batch.buffer(), batch.at(), filter, retention, target);
        } catch (BatchFormatException e) {
            reportUnreadable(batch, e);
            return copy(batch, target);
        }
    }

    private static int copy(BatchScanner batch, ByteBuf target) {
        target.writeBytes(batch.buffer(), batch.at(), batch.size());
        return batch.size();
    }

    private long horizonMillis() {
        long horizon = nowMillis + config.deleteRetentionMillis();
        return horizon < nowMillis ? Long.MAX_VALUE : horizon;
    }

    // ---- both ----

    /** Whether the log has not been cut, closed or deleted since the round began. Any thread. */
    boolean isCurrent() {
        return !log.isClosed() && log.history() == range.history();
    }

    /** Whether the log still has the segments that are to be written anew; retention may have removed some. */
    boolean hasSources() throws IOException {
        return log.segments().indexOf(range.segments().slice(groupStart, segmentCount)) >= 0;
    }

    boolean unreadableReported() {
        return unreadableReported;
    }

    /** The next batch, unless it is damaged or there is a reason to stop. */
    private boolean nextOf(Segment segment, BatchScanner batches, long endOffset) throws IOException {
        if (meter.isStopped() || !isCurrent()) {
            throw new Abandoned();
        }
        if (batches.next()) {
            if (batches.lastOffset() >= endOffset) {
                throw segment.corrupt(batches.position(), "the batch has offset " + batches.baseOffset() + ", the segment ends at " + endOffset);
            }
            meter.read(batches.size());
            return true;
        }
        if (batches.problem() != null) {
            throw segment.corrupt(batches.position(), batches.problem());
        }
        return false;
    }

    private void reportUnreadable(BatchScanner batch, BatchFormatException cause) {
        if (!unreadableReported) {
            unreadableReported = true;
            LOG.warn("The batch of {} at offset {} cannot be opened and stays as it is: {} Compaction replaces none of its records.",
                    log.directory(), batch.baseOffset(), cause.getMessage());
        }
    }
}
