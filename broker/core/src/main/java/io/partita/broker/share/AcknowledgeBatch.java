package io.partita.broker.share;

/**
 * What became of records.
 *
 * @param types one for all, or one for each offset
 */
public record AcknowledgeBatch(long firstOffset, long lastOffset, byte[] types) {

    /** There is no record. */
    public static final byte GAP = 0;
    public static final byte ACCEPT = 1;
    public static final byte RELEASE = 2;
    public static final byte REJECT = 3;
    /** The member needs longer (KIP-1222). */
    public static final byte RENEW = 4;

    byte type(long offset) {
        return types.length == 1 ? types[0] : types[(int) (offset - firstOffset)];
    }

    /** Null when it is in order. */
    public String problem(boolean mayRenew) {
        if (firstOffset < 0 || lastOffset < firstOffset) {
            return "a batch of acknowledgements ends before it begins";
        }
        long count = lastOffset - firstOffset + 1;
        if (types.length == 0 || types.length > 1 && types.length != count) {
            return "a batch of " + count + " acknowledgements has " + types.length + " types";
        }
        for (byte type : types) {
            if (type < GAP || type > (mayRenew ? RENEW : REJECT)) {
                return "there is no acknowledgement of type " + type;
            }
        }
        return null;
    }

    /** Whether the member needs longer for any of them. */
    public boolean renewsAny() {
        for (byte type : types) {
            if (type == RENEW) {
                return true;
            }
        }
        return false;
    }
}
