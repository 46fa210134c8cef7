package io.partita.broker.replication;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/** What clients have written to and read from one partition since it is led here, in bytes of batches, and what share groups did not give out. Any thread. */
public final class PartitionTraffic {

    private static final AtomicLongFieldUpdater<PartitionTraffic> READ = AtomicLongFieldUpdater.newUpdater(PartitionTraffic.class, "bytesRead");

    /** Written by the partition's owner alone. */
    private volatile long bytesWritten;

    /** Added to by the event loop of every connection that reads. */
    private volatile long bytesRead;

    /** Written by the partition's owner alone. */
    private volatile long recordsExpired;

    /** On the partition's owner. */
    void written(long bytes) {
        bytesWritten += bytes;
    }

    /** A response with this many bytes of the partition goes to a client. */
    public void read(long bytes) {
        READ.addAndGet(this, bytes);
    }

    /** A share group archives so many records that are past their time. On the partition's owner. */
    public void expired(long records) {
        recordsExpired += records;
    }

    public long recordsExpired() {
        return recordsExpired;
    }

    public long bytesWritten() {
        return bytesWritten;
    }

    public long bytesRead() {
        return bytesRead;
    }
}
