package io.partita.broker.replication;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/** Bytes of record batches that clients have written to and read from one partition since it is led here. Any thread. */
public final class PartitionTraffic {

    private static final AtomicLongFieldUpdater<PartitionTraffic> READ = AtomicLongFieldUpdater.newUpdater(PartitionTraffic.class, "bytesRead");

    /** Written by the partition's owner alone. */
    private volatile long bytesWritten;

    /** Added to by the event loop of every connection that reads. */
    private volatile long bytesRead;

    /** On the partition's owner. */
    void written(long bytes) {
        bytesWritten += bytes;
    }

    /** A response with this many bytes of the partition goes to a client. */
    public void read(long bytes) {
        READ.addAndGet(this, bytes);
    }

    public long bytesWritten() {
        return bytesWritten;
    }

    public long bytesRead() {
        return bytesRead;
    }
}
