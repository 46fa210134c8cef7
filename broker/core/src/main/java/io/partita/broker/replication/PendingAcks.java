package io.partita.broker.replication;

import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.replication.PartitionLeader.AppendCallback;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who has appended and waits until enough is known of the records: until the leader has them itself, or all that are in sync. Threads: the partition's owner. */
final class PendingAcks {

    private static final Logger LOG = LoggerFactory.getLogger(PendingAcks.class);

    record Pending(long endOffset, AppendOrigin origin, AppendResult result, AppendCallback callback) {}

    private final String partition;
    private final ArrayDeque<Pending> ofLeader = new ArrayDeque<>();
    private final ArrayDeque<Pending> ofAll = new ArrayDeque<>();

    /** @param partition for the log's lines */
    PendingAcks(String partition) {
        this.partition = partition;
    }

    void add(boolean isOfAll, long endOffset, AppendOrigin origin, AppendResult result, AppendCallback callback) {
        (isOfAll ? ofAll : ofLeader).add(new Pending(endOffset, origin, result, callback));
    }

    /** The leader has everything below {@code end} itself. */
    void ownEnd(long end) {
        answerBelow(ofLeader, end);
    }

    /** Everything below is committed. */
    void committed(long highWatermark) {
        answerBelow(ofAll, highWatermark);
    }

    private void answerBelow(ArrayDeque<Pending> pending, long offset) {
        while (!pending.isEmpty() && pending.peek().endOffset <= offset) {
            Pending ack = pending.poll();
            complete(ack.callback, ack.result);
        }
    }

    /** Whether anybody waits for all that are in sync. */
    boolean isAnybodyWaitingForAll() {
        return !ofAll.isEmpty();
    }

    /** Answers some of those who wait that it will not be. */
    void fail(Predicate<Pending> which, AppendResult refused) {
        List<Pending> failed = new ArrayList<>();
        ofLeader.removeIf(ack -> which.test(ack) && failed.add(ack));
        ofAll.removeIf(ack -> which.test(ack) && failed.add(ack));
        failed.forEach(ack -> complete(ack.callback, refused));
    }

    /** As {@link #fail}, of those who wait for all that are in sync. */
    void failOfAll(Predicate<Pending> which, AppendResult refused) {
        List<Pending> failed = new ArrayList<>();
        ofAll.removeIf(ack -> which.test(ack) && failed.add(ack));
        failed.forEach(ack -> complete(ack.callback, refused));
    }

    /** Whoever is told has its own to answer to: what it throws is not the partition's. */
    void complete(AppendCallback callback, AppendResult result) {
        try {
            callback.completed(result);
        } catch (Throwable defect) {
            LOG.error("Whoever wrote to {} could not take the answer. This is a defect of the broker; please report it.", partition, defect);
        }
    }
}
