package io.partita.broker.transaction;

import io.partita.broker.env.EventLoop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A transactional id as its shard has it: what the log has, and what is under way. Owned by the event loop of the shard. */
final class Transaction {

    /** A request that waits for the transaction under way to be complete. */
    static final class Waiting {
        final Runnable again;
        EventLoop.Timer timer;

        Waiting(Runnable again) {
            this.again = again;
        }
    }

    final String transactionalId;
    TransactionImage image;
    /** Runs while a transaction may take too long; null when none was begun lately. */
    EventLoop.Timer deadline;
    /** When {@link #deadline} is due, by the monotonic clock. */
    long deadlineAtMillis;
    /** When the transaction under way has taken too long, by the monotonic clock: the other one may be set while it is open. */
    long tooLongAtMillis;
    /** The partitions that have no marker yet, null while none are being written. */
    Set<TopicPartition> withoutMarker;
    /** Whether the log has a line about a marker of this transaction that could not be written; one is enough, for a partition that may be away for long. */
    boolean retryTold;
    /** Who waits, nobody as a rule. */
    private List<Waiting> waiting = List.of();

    Transaction(String transactionalId) {
        this.transactionalId = transactionalId;
    }

    void waits(Waiting one) {
        if (waiting.isEmpty()) {
            waiting = new ArrayList<>(1);
        }
        waiting.add(one);
    }

    /** Whether it has waited until now; it does not wait any more. */
    boolean waitsNoMore(Waiting one) {
        return !waiting.isEmpty() && waiting.remove(one);
    }

    /** Who has waited; nobody does any more. */
    List<Waiting> takeWaiting() {
        List<Waiting> all = waiting;
        waiting = List.of();
        return all;
    }

    /** What is part of the transaction under way; once its end is decided, what has no marker yet. */
    Set<TopicPartition> openPartitions() {
        if (!image.state().isPrepared()) {
            return image.partitions();
        }
        return withoutMarker == null ? image.partitions() : new HashSet<>(withoutMarker);
    }

    void stop() {
        if (deadline != null) {
            deadline.cancel();
            deadline = null;
        }
        for (Waiting one : waiting) {
            one.timer.cancel();
        }
    }
}
