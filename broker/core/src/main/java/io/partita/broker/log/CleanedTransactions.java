package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.netty.util.collection.LongObjectHashMap;
import io.partita.broker.record.EndMarker;
import io.partita.broker.record.RecordBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Follows the transactions of a log while its batches go by in order: which batches were aborted, and which markers nobody needs any more
 * because no batch of their transaction is left. One thread; one pass over a log.
 */
final class CleanedTransactions {

    /** A transaction some of whose offsets have gone by. */
    private static final class Open {
        /** {@code null} for one that is not known to be aborted: it was, or will be, committed. */
        final AbortedTransaction aborted;
        boolean hasBatches;

        Open(AbortedTransaction aborted) {
            this.aborted = aborted;
        }
    }

    /** Aborted transactions ahead, in the order of their first offsets. */
    private final ArrayDeque<AbortedTransaction> ahead = new ArrayDeque<>();
    private final LongObjectHashMap<Open> open = new LongObjectHashMap<>();
    /** Aborted transactions whose marker has gone by and some of whose batches have too: the entries of the cleaned segment's index. */
    private final List<AbortedTransaction> entries = new ArrayList<>();

    /**
     * Makes known the aborted transactions that touch the next segment, except for those whose marker will not go by. Some may be known already,
     * as they reach into it from the one before.
     */
    void expect(List<AbortedTransaction> aborted) {
        List<AbortedTransaction> all = new ArrayList<>(aborted);
        all.addAll(ahead);
        all.sort((a, b) -> Long.compare(a.firstOffset(), b.firstOffset()));
        ahead.clear();
        for (AbortedTransaction transaction : all) {
            if (!transaction.equals(ahead.peekLast())) {
                ahead.add(transaction);
            }
        }
    }

    /** Takes in a data batch; returns whether it was aborted. */
    boolean isAborted(ByteBuf buffer, int at) {
        begin(RecordBatch.lastOffset(buffer, at));
        if (!RecordBatch.isTransactional(buffer, at)) {
            return false;
        }
        Open transaction = open.get(RecordBatch.producerId(buffer, at));
        if (transaction == null) {
            transaction = new Open(null);
            open.put(RecordBatch.producerId(buffer, at), transaction);
        }
        transaction.hasBatches = true;
        return transaction.aborted != null;
    }

    /** Takes in a control batch; returns whether nothing is left for which it would be needed. */
    boolean isSpent(ByteBuf buffer, int at) {
        begin(RecordBatch.lastOffset(buffer, at));
        if (RecordBatch.recordCount(buffer, at) == 0) {
            return true; // was emptied before
        }
        EndMarker marker = EndMarker.read(buffer, at);
        if (marker == null) {
            return false; // not the end of a transaction
        }
        Open ended = open.remove(RecordBatch.producerId(buffer, at));
        if (ended == null || !ended.hasBatches) {
            return true;
        }
        if (ended.aborted != null) {
            entries.add(ended.aborted);
        }
        return false;
    }

    /** The index entries of the transactions ended since the last call. */
    List<AbortedTransaction> takeEntries() {
        List<AbortedTransaction> taken = new ArrayList<>(entries);
        entries.clear();
        return taken;
    }

    private void begin(long offset) {
        while (!ahead.isEmpty() && ahead.peekFirst().firstOffset() <= offset) {
            AbortedTransaction aborted = ahead.removeFirst();
            Open known = open.get(aborted.producerId());
            if (known == null || known.aborted == null) {
                open.put(aborted.producerId(), new Open(aborted));
            }
        }
    }
}
