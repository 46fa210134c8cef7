package io.partita.broker.log;

/**
 * A transaction that was aborted, as read_committed consumers are told of it.
 *
 * @param firstOffset offset of its first record
 * @param lastOffset offset of its abort marker
 * @param lastStableOffset the last stable offset when the marker was written
 */
public record AbortedTransaction(long producerId, long firstOffset, long lastOffset, long lastStableOffset) {}
