package io.partita.broker.record;

import io.partita.broker.env.Clock;
import java.nio.charset.StandardCharsets;

/**
 * Headers by which a producer says of one record how it is to be queued. Values are decimal numbers in ASCII; the last header of a name counts, and one whose
 * value is no such number says nothing.
 */
public final class QueueHeaders {

    /** Milliseconds since 1970 from which on share groups do not give the record out. */
    public static final String EXPIRE_AT = "partita.expire.at";
    /** As {@link #EXPIRE_AT}, counted from the record's timestamp. */
    public static final String EXPIRE_AFTER = "partita.expire.after";

    /** Milliseconds since 1970 before which the record is not to be seen. */
    public static final String DELIVER_AT = "partita.deliver.at";
    /** As {@link #DELIVER_AT}, counted from when the broker gets the record. */
    public static final String DELIVER_AFTER = "partita.deliver.after";
    /** A record with this header is not delivered; those of its key that wait in its partition are not either. */
    public static final String DELIVER_CANCEL = "partita.deliver.cancel";

    /** From 0 to {@link #PRIORITY_MAX}: share groups give records of a higher class out first. */
    public static final String PRIORITY = "partita.priority";
    public static final byte PRIORITY_MAX = 9;
    /** The class of a record that does not say. */
    public static final byte PRIORITY_USUAL = 4;

    /** On a record that was released: its offset while it waited. */
    public static final String DELAYED_OFFSET = "partita.delayed.offset";
    /** On a record that was released: its timestamp while it waited. Its own is the time at which it was released. */
    public static final String DELAYED_TIMESTAMP = "partita.delayed.timestamp";

    /** What is later than all times. */
    public static final long NEVER = Long.MAX_VALUE;

    static final byte[] DELIVER_AT_NAME = name(DELIVER_AT);
    static final byte[] DELIVER_AFTER_NAME = name(DELIVER_AFTER);
    static final byte[] DELIVER_CANCEL_NAME = name(DELIVER_CANCEL);
    static final byte[] DELAYED_OFFSET_NAME = name(DELAYED_OFFSET);

    private static final byte[] EXPIRE_AT_NAME = name(EXPIRE_AT);
    private static final byte[] EXPIRE_AFTER_NAME = name(EXPIRE_AFTER);
    private static final byte[] PRIORITY_NAME = name(PRIORITY);
    private static final int DIGITS_MAX = 18;

    private QueueHeaders() {}

    static byte[] name(String header) {
        return header.getBytes(StandardCharsets.UTF_8);
    }

    /** When the record that the reader stands at is past its time, by its headers: the earlier where both are there; {@link #NEVER} where none is. */
    public static long expiry(RecordReader record) {
        if (record.headerCount() == 0) {
            return NEVER;
        }
        long at = number(record.header(EXPIRE_AT_NAME));
        long after = number(record.header(EXPIRE_AFTER_NAME));
        return Math.min(at < 0 ? NEVER : at, after < 0 ? NEVER : Clock.later(Math.max(0, record.timestamp()), after));
    }

    /** The class of the record that the reader stands at. */
    public static int priority(RecordReader record) {
        if (record.headerCount() == 0) {
            return PRIORITY_USUAL;
        }
        long said = number(record.header(PRIORITY_NAME));
        return said < 0 ? PRIORITY_USUAL : (int) Math.min(said, PRIORITY_MAX);
    }

    /** The number that a header's value is; −1 when it is none, or there is none. */
    static long number(byte[] value) {
        if (value == null || value.length == 0 || value.length > DIGITS_MAX) {
            return -1;
        }
        long number = 0;
        for (byte digit : value) {
            if (digit < '0' || digit > '9') {
                return -1;
            }
            number = number * 10 + digit - '0';
        }
        return number;
    }
}
