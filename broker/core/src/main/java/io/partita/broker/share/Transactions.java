package io.partita.broker.share;

import io.netty.buffer.ByteBuf;
import io.partita.broker.log.AbortedTransaction;
import io.partita.broker.record.RecordBatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which batches of a piece of a log are part of aborted transactions. To be asked for one batch after the other. */
final class Transactions {

    private final List<AbortedTransaction> toCome;
    private final Set<Long> aborted = new HashSet<>();

    /** @param transactions those that were aborted and have records in the piece */
    Transactions(List<AbortedTransaction> transactions) {
        toCome = new ArrayList<>(transactions);
        toCome.sort(Comparator.comparingLong(AbortedTransaction::firstOffset).reversed());
    }

    boolean isAborted(ByteBuf buffer, int at) {
        if (!RecordBatch.isTransactional(buffer, at)) {
            return false;
        }
        long lastOffset = RecordBatch.lastOffset(buffer, at);
        while (!toCome.isEmpty() && toCome.getLast().firstOffset() <= lastOffset) {
            aborted.add(toCome.removeLast().producerId());
        }
        long producer = RecordBatch.producerId(buffer, at);
        if (RecordBatch.isControl(buffer, at)) {
            aborted.remove(producer);
            return true;
        }
        return aborted.contains(producer);
    }
}
