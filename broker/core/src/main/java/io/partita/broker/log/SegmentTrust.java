package io.partita.broker.log;

import io.partita.broker.env.Clock;

/**
 * Which bytes of a segment may be served without reading them first: what this process appended a short time ago, which is in memory for all
 * we know, and what was read and found good a short time ago. Everything else has been on the disk alone and may have rotted there.
 *
 * <p>Threads: any.
 */
final class SegmentTrust {

    /** How long what was appended or verified counts as good. Pages of a busy disk's cache live about as long. */
    static final long MILLIS = 10 * 60 * 1000L;

    /** A range keeps its age when its neighbour was verified at most this much later. */
    private static final long SAME_MILLIS = 60_000;

    private final Clock clock;
    private volatile int appendedFrom;
    private int appendedFromNext;
    private volatile VerifiedRanges verified = VerifiedRanges.NONE;

    /** Trusts what is written at or after {@code position}. */
    SegmentTrust(Clock clock, int position) {
        this.clock = clock;
        this.appendedFrom = position;
        this.appendedFromNext = position;
    }

    /** Whether the batches of [{@code position}, {@code end}) may be served; {@code position} begins a batch. */
    boolean covers(int position, int end) {
        return position >= appendedFrom || verified.covers(position, end, clock.monotonicMillis() - MILLIS);
    }

    /** Called every {@link #MILLIS} / 2 with the segment's size: what was there at the call before this one is no longer trusted. */
    synchronized void age(int size) {
        appendedFrom = Math.max(appendedFrom, appendedFromNext);
        appendedFromNext = size;
    }

    /** Notes that all whole batches of [{@code position}, {@code end}) were read and are good. */
    synchronized void verified(int position, int end) {
        verified = verified.with(position, end, clock.monotonicMillis(), SAME_MILLIS);
    }

    /** Notes that the segment was cut to {@code size}. */
    synchronized void cut(int size) {
        appendedFrom = Math.min(appendedFrom, size);
        appendedFromNext = Math.min(appendedFromNext, size);
        verified = VerifiedRanges.NONE;
    }
}
