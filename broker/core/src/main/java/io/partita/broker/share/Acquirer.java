package io.partita.broker.share;

import io.partita.broker.env.Clock;
import io.partita.broker.log.LogSlice;
import io.partita.broker.log.QueueConfig;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.replication.PartitionLeader;
import java.io.IOException;

/** Goes through pieces of the log and takes from them what a fetch is given, as the topic's {@code queue.} settings say. Owned by the partition's event loop. */
final class Acquirer {

    /** So much that others have may lie between the records that one fetch is given, beside as much as it is given. */
    private static final int BETWEEN_BYTES = 64 * 1024;

    private final PartitionLeader leader;
    private final Clock clock;
    private final Expiry expiry = new Expiry();
    private final Priorities priorities = new Priorities();

    Acquirer(PartitionLeader leader, Clock clock) {
        this.leader = leader;
        this.clock = clock;
    }

    private QueueConfig queue() {
        return leader.log().config().queue();
    }

    /** Which records are next; null when there are none, or nobody may have them. */
    Turn next(Deliveries deliveries, SharePartitionConfig config) {
        return queue().prioritises() ? priorities.next(deliveries, config.locksMax()) : deliveries.next(config.locksMax());
    }

    /** From where on the log is to be looked at before records are given out; −1 when it need not be. */
    long lookOffset(Deliveries deliveries) {
        QueueConfig queue = queue();
        return !queue.prioritises() || deliveries.hasLookedAtEnough(queue.lookAheadMax()) ? -1 : deliveries.lookedOffset();
    }

    /** Looks at a piece of the log. */
    void look(Deliveries deliveries, LogSlice slice, long from, long readEnd, SharePartitionConfig config) throws IOException {
        priorities.look(deliveries, slice, transactions(from, readEnd, config), queue().lookAheadMax());
    }

    /** Goes through the batches of a slice; null when nothing of it could be had. */
    Taken take(Deliveries deliveries, Taker taker, LogSlice slice, Turn turn, long readEnd, SharePartitionConfig config) throws IOException {
        // What is given out by class may be the last of the log with much before it: nobody waits for more then.
        if (!turn.lookedAt() && slice.sizeInBytes() < taker.bytesMin()) {
            return null;
        }
        var acquisition = deliveries.new Acquisition(taker.memberId(), clock.monotonicMillis() + config.lockMillis(), turn, taker.recordsMax(),
                taker.isStrict(), taker.batchSize(), config);
        Transactions transactions = transactions(turn.from(), readEnd, config);
        var piece = new Object() {
            int lastEnd;
            int before;
            int takenBytes;
            int betweenBytes;
        };
        QueueConfig queue = queue();
        Expiry expires = queue.expires() ? expiry.under(queue) : null;
        long wallMillis = clock.wallMillis();
        slice.forEachBatch((buffer, at, endPosition) -> {
            long first = RecordBatch.baseOffset(buffer, at);
            long last = RecordBatch.lastOffset(buffer, at);
            int bytes = endPosition - piece.before;
            if (Priorities.isEmpty(buffer, at, transactions)) {
                acquisition.skip(last);
            } else if (expires == null ? acquisition.take(first, last) : expires.take(acquisition, slice, piece.before, bytes, first, last, wallMillis)) {
                piece.takenBytes += bytes;
                piece.lastEnd = endPosition;
            } else if (piece.takenBytes > 0) {
                piece.betweenBytes += bytes;
            }
            piece.before = endPosition;
            return !acquisition.isFull() && piece.betweenBytes <= piece.takenBytes + BETWEEN_BYTES;
        });
        if (acquisition.acquired().isEmpty()) {
            return null;
        }
        priorities.given();
        slice.endAt(piece.lastEnd);
        return new Taken(slice, acquisition.acquired());
    }

    /** How many records were found past their time since this was asked last. */
    long takeExpired() {
        return expiry.takeExpired();
    }

    private Transactions transactions(long from, long readEnd, SharePartitionConfig config) throws IOException {
        return config.readCommitted() ? new Transactions(leader.log().abortedTransactions(from, readEnd)) : null;
    }
}
