package io.partita.broker.group;

/**
 * How far a group is behind in a partition.
 *
 * @param position what it has committed
 * @param endOffset the high watermark: where a consumer that has read everything is
 * @param behindMillis how long ago the first record was made that it has not consumed, by that batch's timestamp; 0 when it has all; {@link #UNKNOWN} when the record says no time or
 *        cannot be read
 */
public record GroupLag(CommittedPosition position, long endOffset, long behindMillis) {

    /** Stands for "nobody knows" in {@link #behindMillis}. */
    public static final long UNKNOWN = -1;

    /** Records that are still to be consumed, those that only end transactions and those that compaction removed included. Not negative. */
    public long records() {
        return Math.max(0, endOffset - position.offset());
    }
}
