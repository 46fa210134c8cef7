package io.partita.broker.share.state;

/**
 * Records that are in the same state. Offsets are inclusive.
 *
 * @param state one of Kafka's numbers, as below
 * @param deliveryCount how often they were given out
 */
public record StateBatch(long firstOffset, long lastOffset, byte state, short deliveryCount) {

    /** To be given out, perhaps once more. */
    public static final byte AVAILABLE = 0;
    /** Given out, and locked until the member says what became of them. Not stored. */
    public static final byte ACQUIRED = 1;
    /** Done with. */
    public static final byte ACKNOWLEDGED = 2;
    /** Not to be given out any more, and about to be written to the dead-letter topic. */
    public static final byte ARCHIVING = 3;
    /** Not to be given out any more: rejected, given out too often, or not there. */
    public static final byte ARCHIVED = 4;

    /** Whether nothing will happen to records in this state. */
    public static boolean isFinal(byte state) {
        return state == ACKNOWLEDGED || state == ARCHIVED;
    }

    StateBatch from(long offset) {
        return new StateBatch(offset, lastOffset, state, deliveryCount);
    }

    StateBatch upTo(long offset) {
        return new StateBatch(firstOffset, offset, state, deliveryCount);
    }

    boolean continues(StateBatch before) {
        return before.lastOffset + 1 == firstOffset && before.state == state && before.deliveryCount == deliveryCount;
    }
}
