package io.partita.broker.log;

/** A timestamp in milliseconds and the offset of a record that has it. */
public record TimestampOffset(long timestamp, long offset) {

    /** No record has one. */
    public static final TimestampOffset NONE = new TimestampOffset(-1, -1);
}
