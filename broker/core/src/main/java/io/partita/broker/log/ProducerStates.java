package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.EndMarker;
import io.partita.broker.record.RecordBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * What a log knows of its idempotent and transactional producers: which sequence comes next, which batch is a repetition, which transactions
 * are open and from where on a read_committed consumer must wait. Follows from the batches alone, so a scan of the log gives it again.
 *
 * <p>Threads: the log's owner; while a log is loaded, the loading thread.
 */
final class ProducerStates {

    /** What {@link #check} found. */
    sealed interface Verdict {
        /** The batch comes next. */
        record InOrder() implements Verdict {}

        /** The batch is in the log already. */
        record Repeated(long baseOffset, long lastOffset, long timestamp) implements Verdict {}

        /** The batch must not be appended. */
        record Wrong(ErrorCode code, String reason) implements Verdict {}

        Verdict IN_ORDER = new InOrder();
    }

    /** A transaction whose end marker is in the log. */
    record Completed(long producerId, long firstOffset, long markerOffset, boolean aborted) {

        AbortedTransaction toAborted(long lastStableOffset) {
            return new AbortedTransaction(producerId, firstOffset, markerOffset, lastStableOffset);
        }
    }

    /** Producers that {@link #expire} looks at in one call at most, and those among them that are found not to have expired. */
    private static final int EXPIRED_AT_ONCE = 10_000;
    private static final int UNEXPIRED_SEEN_MAX = 100;

    private final ProducerBudget budget;
    private final ProducerTable entries = new ProducerTable();
    /** First offsets of open transactions, to their producers. */
    private final TreeMap<Long, Long> openTransactions = new TreeMap<>();
    /** First offsets of completed transactions to their markers' offsets, while the marker is not below the high watermark. */
    private final TreeMap<Long, Long> unreplicatedTransactions = new TreeMap<>();

    /** The producer of the last batch is the producer of the next one, as a rule. */
    private ProducerEntry recent;
    private boolean discarded;

    ProducerStates(ProducerBudget budget) {
        this.budget = budget;
    }

    int size() {
        return entries.size();
    }

    Iterable<ProducerEntry> all() {
        return entries.all();
    }

    ProducerEntry entry(long producerId) {
        ProducerEntry last = recent;
        if (last != null && last.producerId == producerId) {
            return last;
        }
        last = entries.get(producerId);
        if (last != null) {
            recent = last;
        }
        return last;
    }

    void put(ProducerEntry entry) {
        add(entry);
        if (entry.transactionFirstOffset >= 0) {
            openTransactions.put(entry.transactionFirstOffset, entry.producerId);
        }
    }

    /** The entry of a producer that is known, to be changed. */
    ProducerEntry forChange(ProducerEntry entry) {
        ProducerEntry own = entries.forChange(entry);
        recent = own;
        return own;
    }

    private void add(ProducerEntry entry) {
        int before = entries.size();
        entries.put(entry);
        budget.add(entries.size() - before);
        makeRoom();
    }

    /** Forgets those that have been silent for longest while there are too many, save those in a transaction. */
    private void makeRoom() {
        ProducerEntry entry = entries.oldest();
        int seen = 0;
        while (entry != null && seen < UNEXPIRED_SEEN_MAX && budget.excess(entries.size()) > 0) {
            ProducerEntry next = entry.newer;
            if (entry.transactionFirstOffset < 0) {
                remove(entry);
            } else {
                entries.touch(entry);
                seen++;
            }
            entry = next;
        }
    }

    private void remove(ProducerEntry entry) {
        entries.remove(entry);
        budget.add(-1);
        if (recent == entry) {
            recent = null;
        }
    }

    /** Says that these states are no longer kept. */
    void discard() {
        if (!discarded) {
            discarded = true;
            budget.add(-entries.size());
        }
    }

    /**
     * Holds a data batch against what is known of its producer. Of a producer of which nothing is known any sequence is the first: its state has
     * expired, or its topic was deleted and made again, and refusing it would end the producer (KIP-360).
     *
     * @param sequences whether sequences are checked, not only epochs
     */
    Verdict check(long producerId, short epoch, int firstSequence, int lastSequence, boolean transactional, boolean sequences) {
        ProducerEntry entry = entry(producerId);
        if (entry == null) {
            return Verdict.IN_ORDER;
        }
        if (epoch < entry.epoch) {
            return new Verdict.Wrong(ErrorCode.INVALID_PRODUCER_EPOCH,
                    "Producer " + producerId + " has epoch " + entry.epoch + " by now, the batch has " + epoch + ".");
        }
        if (sequences) {
            Verdict verdict = checkSequence(entry, epoch, firstSequence, lastSequence);
            if (verdict != Verdict.IN_ORDER) {
                return verdict;
            }
        }
        // Of a later epoch as well: the marker that ends the transaction would be one of an earlier epoch then.
        if (!transactional && entry.transactionFirstOffset >= 0) {
            return new Verdict.Wrong(ErrorCode.INVALID_TXN_STATE,
                    "Producer " + producerId + " is in a transaction, the batch is not part of one.");
        }
        return Verdict.IN_ORDER;
    }

    private static Verdict checkSequence(ProducerEntry entry, short epoch, int firstSequence, int lastSequence) {
        if (epoch > entry.epoch) {
            return firstSequence == 0 || entry.epoch == ProducerEntry.NO_EPOCH
                    ? Verdict.IN_ORDER
                    : new Verdict.Wrong(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, "Producer " + entry.producerId + " begins its epoch " + epoch
                            + " with sequence " + firstSequence + " instead of 0.");
        }
        if (!entry.hasBatches()) {
            // The epoch is known from a transaction marker alone.
            return firstSequence == 0 ? Verdict.IN_ORDER : outOfOrder(entry, firstSequence);
        }
        int last = entry.lastSequence();
        if (firstSequence == (last + 1 & Integer.MAX_VALUE)) {
            return Verdict.IN_ORDER;
        }
        int slot = entry.find(firstSequence, lastSequence);
        return slot >= 0
                ? new Verdict.Repeated(entry.baseOffset(slot), entry.lastOffset(slot), entry.timestamp(slot))
                : outOfOrder(entry, firstSequence);
    }

    private static Verdict outOfOrder(ProducerEntry entry, int firstSequence) {
        return new Verdict.Wrong(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, "Producer " + entry.producerId + " sent sequence " + firstSequence
                + ", the last one appended is " + entry.lastSequence() + ".");
    }

    /** Takes in a batch with a producer id that is in the log. Returns the transaction it ends, else {@code null}. */
    Completed appended(ByteBuf buffer, int at) {
        long producerId = RecordBatch.producerId(buffer, at);
        long baseOffset = RecordBatch.baseOffset(buffer, at);
        ProducerEntry entry = entry(producerId);
        if (entry == null) {
            entry = new ProducerEntry(producerId);
            add(entry);
            recent = entry;
        } else {
            entry = forChange(entry);
            entries.touch(entry);
        }
        short epoch = RecordBatch.producerEpoch(buffer, at);
        if (RecordBatch.isControl(buffer, at) && !RecordBatch.isDelayed(buffer, at)) {
            return endTransaction(entry, epoch, buffer, at);
        }
        entry.add(epoch, RecordBatch.lastSequence(buffer, at), RecordBatch.lastOffset(buffer, at), RecordBatch.lastOffsetDelta(buffer, at),
                RecordBatch.maxTimestamp(buffer, at));
        if (entry.transactionFirstOffset < 0 && RecordBatch.isTransactional(buffer, at)) {
            entry.transactionFirstOffset = baseOffset;
            openTransactions.put(baseOffset, producerId);
        }
        return null;
    }

    private Completed endTransaction(ProducerEntry entry, short epoch, ByteBuf buffer, int at) {
        EndMarker marker = EndMarker.read(buffer, at);
        if (marker == null) {
            return null;
        }
        long markerOffset = RecordBatch.baseOffset(buffer, at);
        entry.setEpoch(epoch);
        entry.coordinatorEpoch = marker.coordinatorEpoch();
        entry.lastMarkerOffset = markerOffset;
        entry.lastTimestamp = RecordBatch.maxTimestamp(buffer, at);
        long firstOffset = entry.transactionFirstOffset;
        if (firstOffset < 0) {
            return null; // nothing of the transaction is in this log
        }
        entry.transactionFirstOffset = ProducerEntry.NO_OFFSET;
        openTransactions.remove(firstOffset);
        unreplicatedTransactions.put(firstOffset, markerOffset);
        return new Completed(entry.producerId, firstOffset, markerOffset, !marker.commit());
    }

    /** What the last stable offset will be once {@code completed} counts as ended: kept with an aborted transaction. */
    long lastStableOffsetAfter(Completed completed) {
        return openTransactions.isEmpty() ? completed.markerOffset() + 1 : Math.min(openTransactions.firstKey(), completed.markerOffset() + 1);
    }

    /** The first offset of a transaction that is open, or ended by a marker that may yet be lost; -1 when there is none. */
    long firstUnstableOffset() {
        long open = openTransactions.isEmpty() ? Long.MAX_VALUE : openTransactions.firstKey();
        long unreplicated = unreplicatedTransactions.isEmpty() ? Long.MAX_VALUE : unreplicatedTransactions.firstKey();
        long first = Math.min(open, unreplicated);
        return first == Long.MAX_VALUE ? -1 : first;
    }

    /** Markers below {@code highWatermark} cannot be lost any more. Returns whether that changed anything. */
    boolean highWatermarkMoved(long highWatermark) {
        return !unreplicatedTransactions.isEmpty() && unreplicatedTransactions.values().removeIf(marker -> marker < highWatermark);
    }

    /**
     * Forgets producers silent since before {@code nowMillis - expirationMillis}, save those in a transaction, beginning with those last heard of
     * longest ago. Returns how many; where there are very many the next call goes on.
     */
    int expire(long nowMillis, long expirationMillis) {
        int removed = 0;
        int kept = 0;
        ProducerEntry entry = entries.oldest();
        while (entry != null && removed < EXPIRED_AT_ONCE && kept < UNEXPIRED_SEEN_MAX) {
            ProducerEntry next = entry.newer;
            if (entry.transactionFirstOffset < 0 && nowMillis - entry.lastTimestamp >= expirationMillis) {
                remove(entry);
                removed++;
            } else {
                kept++;
            }
            entry = next;
        }
        makeRoom();
        return removed;
    }

    /** The open transactions, first offset to producer id, in order. */
    List<Map.Entry<Long, Long>> openTransactions() {
        return new ArrayList<>(openTransactions.entrySet());
    }

    /** The content of a snapshot as of now, to be made by another thread. */
    Supplier<byte[]> snapshot() {
        ProducerTable.Frozen now = entries.freeze();
        return () -> ProducerSnapshot.format(now.entries());
    }

    /** The producers as they are now, to be read by another thread. */
    ProducerTable.Frozen freeze() {
        return entries.freeze();
    }
}
