package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.partita.broker.Invariant;
import io.partita.broker.log.AppendResult.Appended;
import io.partita.broker.log.AppendResult.Duplicate;
import io.partita.broker.log.AppendResult.Refused;
import io.partita.broker.env.DiskFullException;
import io.partita.broker.env.DiskWriteException;
import io.partita.broker.env.Workers;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.EndMarker;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.TimestampType;
import java.io.IOException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts batches into a log: checks them, gives them offsets, writes them, takes them into indexes, epochs and producer states, shows them. Begins
 * a new segment when one is full.
 *
 * <p>Threads: the log's owner.
 */
final class LogAppender {

    private static final Logger LOG = LoggerFactory.getLogger(LogAppender.class);

    private final LogState log;
    private final LogFlusher flusher;
    private final long jitterSeed;

    LogAppender(LogState log, LogFlusher flusher) {
        this.log = log;
        this.flusher = flusher;
        this.jitterSeed = log.directory.toString().hashCode() & Integer.MAX_VALUE;
    }

    /**
     * Appends the readable bytes: one or more whole batches of format v2. Offsets, leader epoch and (if the topic says so) timestamps are
     * patched in the buffer, then it is written in one piece. The buffer's indexes and reference count stay.
     *
     * @param leaderEpoch the epoch to write into the batches; ignored for {@link AppendOrigin#REPLICA}
     */
    AppendResult append(ByteBuf batches, AppendOrigin origin, int leaderEpoch) {
        if (log.closed || !log.environment.health().writable()) {
            return new Refused(ErrorCode.KAFKA_STORAGE_ERROR, log.closed ? "The log is closed" : log.environment.health().reason());
        }
        if (!origin.mayUseReserve() && log.environment.reserve().isUsed()) {
            return new Refused(ErrorCode.KAFKA_STORAGE_ERROR, log.environment.reserve().reason());
        }
        try {
            log.loaded();
            return switch (origin) {
                case CLIENT -> appendProduced(batches, leaderEpoch);
                case DELAYED -> appendDelayed(batches, leaderEpoch);
                case INTERNAL, RELEASED -> appendInternal(batches, leaderEpoch);
                case REPLICA -> appendReplicated(batches, log.config.compact());
                case REPLICA_WITH_GAPS -> appendReplicated(batches, true);
            };
        } catch (CorruptLogException e) {
            return new Refused(ErrorCode.KAFKA_STORAGE_ERROR, e.getMessage());
        } catch (IOException e) {
            log.environment.health().failed(log.directory, e);
            return new Refused(ErrorCode.KAFKA_STORAGE_ERROR, "The log could not be written: " + e.getMessage());
        }
    }

    private AppendResult appendProduced(ByteBuf batches, int leaderEpoch) throws IOException {
        long now = log.environment.clock().wallMillis();
        Refused refused = log.admission.checkProduced(batches, now);
        if (refused != null) {
            return refused;
        }
        AppendResult producerSays = checkProducer(batches, batches.readerIndex(), true);
        if (producerSays != null) {
            return producerSays;
        }
        return assignAndWrite(batches, leaderEpoch, log.config.timestampType() == TimestampType.LOG_APPEND_TIME ? now : -1);
    }

    private AppendResult appendDelayed(ByteBuf batches, int leaderEpoch) throws IOException {
        Refused refused = log.admission.checkTotal(batches);
        if (refused != null) {
            return refused;
        }
        AppendResult producerSays = checkProducer(batches, batches.readerIndex(), true);
        return producerSays != null ? producerSays : assignAndWrite(batches, leaderEpoch, -1);
    }

    private AppendResult appendInternal(ByteBuf batches, int leaderEpoch) throws IOException {
        Refused refused = log.admission.checkTotal(batches);
        if (refused != null) {
            return refused;
        }
        int limit = batches.writerIndex();
        for (int at = batches.readerIndex(); at < limit; at += RecordBatch.sizeInBytes(batches, at)) {
            AppendResult producerSays = RecordBatch.isControl(batches, at) ? checkMarker(batches, at) : checkProducer(batches, at, false);
            if (producerSays != null) {
                return producerSays;
            }
        }
        return assignAndWrite(batches, leaderEpoch, -1);
    }

    private AppendResult appendReplicated(ByteBuf batches, boolean gapsAllowed) throws IOException {
        long end = log.logEndOffset;
        Refused refused = log.admission.checkReplicated(batches, end, log.epochs.epochOf(end - 1), gapsAllowed);
        if (refused != null) {
            return refused;
        }
        if (batches.isReadable() && RecordBatch.leaderEpoch(batches, batches.readerIndex()) < log.latestEpoch) {
            // It began at the end and has no record: who led in it led in vain.
            log.epochs.truncateFromEnd(end);
            log.latestEpoch = log.epochs.latestEpoch();
            log.epochNoted = false;
            log.epochsDirty = true;
        }
        long baseOffset = RecordBatch.baseOffset(batches, batches.readerIndex());
        writeInPieces(batches, log.config.segmentBytes());
        return new Appended(baseOffset, log.logEndOffset - 1, -1, log.logStartOffset);
    }

    /** The leader's segments may be larger than ours, and a fetch has what one of them holds. A batch that is larger alone has a segment of its own. */
    private void writeInPieces(ByteBuf batches, int bytesMax) throws IOException {
        int limit = batches.writerIndex();
        int from = batches.readerIndex();
        int at = from;
        while (at < limit) {
            int size = RecordBatch.sizeInBytes(batches, at);
            if (at > from && at + size - from > bytesMax) {
                write(batches.slice(from, at - from));
                from = at;
            }
            at += size;
        }
        write(from == batches.readerIndex() ? batches : batches.slice(from, limit - from));
    }

    /** Null when the batch comes next, else what the producer is answered. */
    private AppendResult checkProducer(ByteBuf batches, int at, boolean sequences) throws IOException {
        if (!RecordBatch.hasProducerId(batches, at)) {
            return null;
        }
        ProducerStates.Verdict verdict = verdictOn(batches, at, sequences);
        if (verdict instanceof ProducerStates.Verdict.Wrong wrong && wrong.code() == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER) {
            ProducerEntry entry = log.producers.entry(RecordBatch.producerId(batches, at));
            if (entry != null && entry.mayRecall() && RecordBatch.producerEpoch(batches, at) == entry.epoch) {
                ProducerRecall.fill(log.producers.forChange(entry), log.segments);
                verdict = verdictOn(batches, at, sequences);
            }
        }
        return switch (verdict) {
            case ProducerStates.Verdict.InOrder inOrder -> null;
            case ProducerStates.Verdict.Repeated repeated -> new Duplicate(repeated.baseOffset(), repeated.lastOffset(),
                    log.config.timestampType() == TimestampType.LOG_APPEND_TIME ? repeated.timestamp() : -1, log.logStartOffset);
            case ProducerStates.Verdict.Wrong wrong -> new Refused(wrong.code(), wrong.reason());
        };
    }

    private ProducerStates.Verdict verdictOn(ByteBuf batches, int at, boolean sequences) {
        return log.producers.check(RecordBatch.producerId(batches, at), RecordBatch.producerEpoch(batches, at),
                RecordBatch.baseSequence(batches, at), RecordBatch.lastSequence(batches, at), RecordBatch.isTransactional(batches, at),
                sequences);
    }

    private AppendResult checkMarker(ByteBuf batches, int at) {
        ProducerEntry entry = log.producers.entry(RecordBatch.producerId(batches, at));
        if (entry == null) {
            return null;
        }
        if (RecordBatch.producerEpoch(batches, at) < entry.epoch) {
            return new Refused(ErrorCode.INVALID_PRODUCER_EPOCH, "The marker has producer epoch " + RecordBatch.producerEpoch(batches, at)
                    + ", the log has seen " + entry.epoch);
        }
        EndMarker marker = EndMarker.read(batches, at);
        if (marker != null && marker.coordinatorEpoch() < entry.coordinatorEpoch) {
            return new Refused(ErrorCode.TRANSACTION_COORDINATOR_FENCED, "The marker is of coordinator epoch " + marker.coordinatorEpoch()
                    + ", the log has seen " + entry.coordinatorEpoch);
        }
        return null;
    }

    private AppendResult assignAndWrite(ByteBuf batches, int leaderEpoch, long logAppendTimeMillis) throws IOException {
        long baseOffset = log.logEndOffset;
        long offset = baseOffset;
        int limit = batches.writerIndex();
        for (int at = batches.readerIndex(); at < limit; at += RecordBatch.sizeInBytes(batches, at)) {
            RecordBatch.setBaseOffset(batches, at, offset);
            RecordBatch.setLeaderEpoch(batches, at, leaderEpoch);
            offset += RecordBatch.lastOffsetDelta(batches, at) + 1L;
        }
        write(batches);
        return new Appended(baseOffset, offset - 1, logAppendTimeMillis, log.logStartOffset);
    }

    /** Writes batches that have their offsets, then takes them into the indexes and states, then shows them. */
    private void write(ByteBuf batches) throws IOException {
        int from = batches.readerIndex();
        int limit = batches.writerIndex();
        long lastOffset = -1;
        long maxTimestamp = RecordBatch.NO_TIMESTAMP;
        boolean aborts = false;
        for (int at = from; at < limit; at += RecordBatch.sizeInBytes(batches, at)) {
            Invariant.check(RecordBatch.baseOffset(batches, at) > lastOffset, "batch at %d after offset %d",
                    RecordBatch.baseOffset(batches, at), lastOffset);
            lastOffset = RecordBatch.lastOffset(batches, at);
            maxTimestamp = Math.max(maxTimestamp, RecordBatch.maxTimestamp(batches, at));
            aborts |= isAbort(batches, at);
        }
        LogConfig current = log.config;
        Segment active = log.segments.last();
        if (active.mustRollFor(limit - from, lastOffset, maxTimestamp, current, jitterMillis(current))) {
            active = rollFor(RecordBatch.baseOffset(batches, from), lastOffset);
        }
        if (!aborts) {
            active.write(batches);
            takeIn(active, batches, current);
            return;
        }
        // The entry of an aborted transaction must follow its marker, so its file is open before that is written.
        LogFile.Handle index = active.transactionIndex.file.acquire(true);
        try {
            active.write(batches);
            takeIn(active, batches, current);
        } finally {
            index.release();
        }
    }

    private static boolean isAbort(ByteBuf batches, int at) {
        boolean isMarker = RecordBatch.isControl(batches, at) && !RecordBatch.isDelayed(batches, at);
        EndMarker marker = isMarker ? EndMarker.read(batches, at) : null;
        return marker != null && !marker.commit();
    }

    private void takeIn(Segment active, ByteBuf batches, LogConfig current) {
        int from = batches.readerIndex();
        int limit = batches.writerIndex();
        long lastOffset = -1;
        int start = active.size();
        boolean transactions = false;
        for (int at = from; at < limit; at += RecordBatch.sizeInBytes(batches, at)) {
            active.appended(start + at - from, RecordBatch.sizeInBytes(batches, at), RecordBatch.lastOffset(batches, at),
                    RecordBatch.maxTimestamp(batches, at), current.indexIntervalBytes());
            noteEpoch(RecordBatch.leaderEpoch(batches, at), RecordBatch.baseOffset(batches, at));
            lastOffset = RecordBatch.lastOffset(batches, at);
            if (RecordBatch.hasProducerId(batches, at)) {
                noteProducer(active, batches, at);
                transactions |= RecordBatch.isTransactional(batches, at);
            }
        }
        active.publish(start + limit - from);
        log.appendedBytes += limit - from;
        if (transactions) {
            log.firstUnstableOffset = log.producers.firstUnstableOffset();
        }
        log.logEndOffset = lastOffset + 1;
        if (log.nextExpiryMillis == Long.MAX_VALUE) {
            log.nextExpiryMillis = Long.MIN_VALUE; // after the end, which who looks for expired batches compares
        }
    }

    private void noteEpoch(int epoch, long baseOffset) {
        if (epoch == log.latestEpoch) {
            if (log.epochNoted) {
                log.epochNoted = false;
                log.epochsDirty = true;
            }
            return;
        }
        if (epoch < log.latestEpoch) {
            LOG.warn("{} had leader epoch {}, though its leader is of epoch {} only: a damaged checkpoint or batch header said so.",
                    log.directory, log.latestEpoch, epoch);
            log.epochs.dropAbove(epoch);
        }
        log.epochs.assign(epoch, baseOffset);
        log.latestEpoch = log.epochs.latestEpoch();
        log.epochNoted = false;
        log.epochsDirty = true;
    }

    private void noteProducer(Segment active, ByteBuf batches, int at) {
        ProducerStates.Completed completed = log.producers.appended(batches, at);
        if (completed != null && completed.aborted()) {
            try {
                active.transactionIndex.add(completed.toAborted(log.producers.lastStableOffsetAfter(completed)));
                log.directoryDirty = true; // the first entry makes the file
            } catch (DiskFullException full) {
                // It is written with the next one, or before what is here counts as flushed, and read from memory until then.
                log.environment.health().failed(active.transactionIndex.file.path(), full);
            } catch (IOException e) {
                // The marker is in the log, so the transaction has ended. Without its entry consumers would be shown aborted records:
                // nothing more is written here, and recovery makes the entry from the marker.
                log.environment.health().failed(active.transactionIndex.file.path(), new DiskWriteException("The transaction index lost an entry", e));
            }
        }
    }

    private long jitterMillis(LogConfig current) {
        long jitter = Math.min(current.segmentJitterMillis(), current.segmentMillis());
        return jitter <= 0 ? 0 : jitterSeed % jitter;
    }

    // ---- rolling ----

    /** Begins a new segment at the end of the log, unless the last one is empty. What was written goes to the disk on a worker thread. */
    void roll() throws IOException {
        if (log.loaded().last().size() > 0) {
            rollTo(log.logEndOffset);
        }
    }

    /**
     * The segment for batches of the offsets given. It begins where the last one ended, so that recovery can tell a lost segment from offsets
     * that compaction removed; unless these are too far away for a segment's indexes.
     */
    private Segment rollFor(long baseOffset, long lastOffset) throws IOException {
        long begin = lastOffset - log.logEndOffset > Integer.MAX_VALUE ? baseOffset : log.logEndOffset;
        SegmentList current = log.segments;
        Segment last = current.last();
        if (last.size() > 0) {
            return rollTo(begin);
        }
        Segment replacement = Segment.create(log.environment, log.directory, begin);
        log.segments = current.replaced(current.count() - 1, current.count(), replacement);
        last.delete();
        return replacement;
    }

    Segment rollTo(long baseOffset) throws IOException {
        SegmentList current = log.segments;
        Segment full = current.last();
        Segment next = Segment.create(log.environment, log.directory, baseOffset);
        Supplier<byte[]> snapshot = log.producers.snapshot();
        long replaced = log.snapshotOffset;
        log.snapshotOffset = baseOffset;
        log.directoryDirty = true;
        // Closed first: as soon as the next one is there a flush may write this one's indexes for good.
        full.becomeSealed();
        log.segments = current.with(next);
        int history = log.truncations;
        log.environment.workers().of(Workers.Kind.BACKGROUND_FLUSH).execute(() -> sealOnDisk(full, baseOffset, snapshot, replaced, history));
        return next;
    }

    private void sealOnDisk(Segment full, long endOffset, Supplier<byte[]> snapshot, long replaced, int history) {
        try {
            flusher.writeSnapshot(endOffset, snapshot.get(), history);
            flusher.deleteSnapshot(replaced);
            flusher.flushTo(endOffset);
        } catch (IOException e) {
            if (!log.closed) {
                log.environment.health().failed(full.log.path(), e);
            }
        }
    }
}
