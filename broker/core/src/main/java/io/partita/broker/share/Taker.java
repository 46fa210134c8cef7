package io.partita.broker.share;

import io.partita.broker.protocol.ErrorCode;

/** A fetch that wants records of share-partitions, perhaps of several, and takes those of whichever has some. Its methods may be called on any thread. */
public interface Taker {

    String memberId();

    /** After so many records no other batch is given. */
    int recordsMax();

    /** Whether it is never given more than that. */
    boolean isStrict();

    /** About how many records are to be acknowledged as one. */
    int batchSize();

    /** Bytes of records at most; a first batch that is larger comes whole. */
    int bytesMax();

    /** With fewer bytes it rather waits. */
    int bytesMin();

    /** Whether it still wants records. */
    boolean isOpen();

    /** Is given records, on the loop of their partition. Whether it takes them: it may have been given others meanwhile. */
    boolean give(SharePartition from, Taken taken);

    /** A share-partition that it waits for has ended, for this reason. On the loop of the partition. */
    void ended(SharePartition from, ErrorCode why);
}
