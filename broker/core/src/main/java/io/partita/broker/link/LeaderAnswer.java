package io.partita.broker.link;

import io.partita.broker.control.PartitionKey;
import io.partita.broker.log.LogSlice;
import io.partita.broker.replication.ReplicaAnswer;
import io.partita.broker.replication.ReplicaFetch;
import io.partita.broker.replication.ReplicaFetchCallback;

/**
 * A follower's fetch from its arrival until its answer is sent. Until the answer is there it belongs to the partition's owner, from then on to the loop of the
 * connection.
 */
final class LeaderAnswer implements ReplicaFetchCallback {

    /** Whoever passes the answer on. */
    interface Sender {

        /** The answer is there. Any thread. */
        void answered(LeaderAnswer answer);

        /** Whether the follower can still be reached. Any thread. */
        boolean isOpen();
    }

    private final Sender sender;
    private final int id;
    private final PartitionKey partition;
    private final ReplicaFetch fetch;
    /** {@code null} for a refusal, and while it is {@link #isShed}. */
    private ReplicaAnswer<LogSlice> content;
    private boolean shed;
    private boolean askedAgain;

    LeaderAnswer(Sender sender, int id, PartitionKey partition, ReplicaFetch fetch) {
        this.sender = sender;
        this.id = id;
        this.partition = partition;
        this.fetch = fetch;
    }

    @Override
    public void answered(ReplicaAnswer<LogSlice> answer) {
        content = answer;
        sender.answered(this);
    }

    @Override
    public void refused() {
        content = null;
        sender.answered(this);
    }

    @Override
    public boolean isOpen() {
        return sender.isOpen();
    }

    int id() {
        return id;
    }

    PartitionKey partition() {
        return partition;
    }

    ReplicaFetch fetch() {
        return fetch;
    }

    ReplicaAnswer<LogSlice> content() {
        return content;
    }

    /** Bytes of records in it. */
    int recordBytes() {
        return content instanceof ReplicaAnswer.Records<LogSlice> found ? found.records().sizeInBytes() : 0;
    }

    /** Whether it keeps a file open. */
    boolean holdsFile() {
        return recordBytes() > 0;
    }

    /** Gives its records up. The leader is asked again when there is room for them: they are there, so it answers at once. */
    void shed() {
        release();
        shed = true;
    }

    boolean isShed() {
        return shed;
    }

    void askAgain() {
        shed = false;
        askedAgain = true;
    }

    boolean wasAskedAgain() {
        return askedAgain;
    }

    void release() {
        if (content instanceof ReplicaAnswer.Records<LogSlice> found) {
            found.records().release();
        }
        content = null;
    }
}
