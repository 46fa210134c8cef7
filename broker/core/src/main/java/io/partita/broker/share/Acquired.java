package io.partita.broker.share;

/** Records that a member was given, {@code deliveryCount} being the how-manieth time that is. Offsets are inclusive; there may be gaps. */
public record Acquired(long firstOffset, long lastOffset, short deliveryCount) {

    int count() {
        return (int) (lastOffset - firstOffset + 1);
    }
}
