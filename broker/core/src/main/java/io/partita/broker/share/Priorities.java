package io.partita.broker.share;

import io.netty.buffer.ByteBuf;
import io.partita.broker.log.LogSlice;
import io.partita.broker.record.BatchFormatException;
import io.partita.broker.record.QueueHeaders;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import java.io.IOException;

/**
 * In what order records are given out where a topic has {@code queue.priority.enable}: those of the highest class that are known first, and in one turn of
 * {@link #OLDEST_EVERY} the oldest, so that none waits for ever. Which class records are of is found out by going through the log ahead of what is given out.
 *
 * <p>Owned by the partition's event loop.
 */
final class Priorities {

    /** Of so many fetches that are given something one is given the oldest there is. */
    static final int OLDEST_EVERY = 8;

    private final BatchOpener opener = new BatchOpener();
    private int turn;

    /** Null when there is nothing that anybody may have. */
    Turn next(Deliveries deliveries, int locksMax) {
        return deliveries.nextByPriority(locksMax, turn == OLDEST_EVERY - 1);
    }

    /** Somebody was given something. */
    void given() {
        turn = (turn + 1) % OLDEST_EVERY;
    }

    /** Finds out of which class the records of a slice are, batch by batch, until there are enough to choose from. */
    void look(Deliveries deliveries, LogSlice slice, Transactions transactions, int recordsMax) throws IOException {
        var place = new Object() {
            int position;
        };
        slice.forEachBatch((buffer, at, endPosition) -> {
            long last = RecordBatch.lastOffset(buffer, at);
            if (isEmpty(buffer, at, transactions)) {
                deliveries.pass(last);
            } else {
                look(deliveries, slice, place.position, endPosition - place.position, RecordBatch.baseOffset(buffer, at), last);
            }
            place.position = endPosition;
            return !deliveries.hasLookedAtEnough(recordsMax);
        });
    }

    /** Whether there is nothing in a batch that could be given out. */
    static boolean isEmpty(ByteBuf buffer, int at, Transactions transactions) {
        boolean isAborted = transactions != null && transactions.isAborted(buffer, at);
        return isAborted || RecordBatch.isControl(buffer, at) || RecordBatch.recordCount(buffer, at) == 0;
    }

    private void look(Deliveries deliveries, LogSlice slice, int position, int bytes, long first, long last) {
        long from = first;
        int priority = -1;
        try {
            RecordReader record = opener.open(slice, position, bytes);
            while (record.next()) {
                int its = QueueHeaders.priority(record);
                // Offsets between records go with the record before.
                if (its != priority && priority >= 0) {
                    deliveries.look(from, record.offset() - 1, priority);
                    from = record.offset();
                }
                priority = its;
            }
        } catch (BatchFormatException e) {
            // Whoever is given it is told by its client what is wrong with it.
            priority = QueueHeaders.PRIORITY_USUAL;
        }
        deliveries.look(from, last, priority < 0 ? QueueHeaders.PRIORITY_USUAL : priority);
    }
}
