package io.partita.broker.record;

import java.nio.ByteBuffer;

/**
 * Walks over the uncompressed records of a batch and finds where their parts are. The one parser of records: what validates, reads and rewrites
 * batches stands on it. It trusts nothing and throws nothing: {@link #next} says no at the first byte that does not fit, {@link #problem} why.
 *
 * <p>Positions are indexes into the view given to {@link #reset}. One thread at a time; reusable.
 */
final class RecordCursor {
    private ByteBuffer view;
    private int position;
    /** Where reading must stop: the end of the record being read, else of the records. */
    private int limit;
    private boolean overrun;
    private String problem;

    long timestampDelta;
    int offsetDelta;
    int keyPosition;
    /** −1: null. */
    int keyBytes;
    int valuePosition;
    /** −1: null. */
    int valueBytes;
    /** Where the headers start, after their count. */
    int headersPosition;
    int headerCount;
    /** First byte of the record, which is of its length. */
    int recordStart;
    /** First byte after the record. */
    int recordEnd;

    void reset(ByteBuffer view, int from, int to) {
        this.view = view;
        position = from;
        limit = to;
        overrun = false;
        problem = null;
    }

    /** Whether all bytes have been read. */
    boolean atEnd() {
        return position == limit;
    }

    /** Why {@link #next} returned false. */
    String problem() {
        return problem;
    }

    /** Reads the next record; false when the bytes there are none. */
    boolean next() {
        var end = limit;
        recordStart = position;
        var length = readVarint();
        if (overrun || length < 0 || length > end - position) {
            return fail(end, "A record's length goes beyond the end of the batch or is negative.");
        }
        recordEnd = position + length;
        limit = recordEnd;
        // The record's own attributes have no meaning yet; every reader skips them.
        position++;
        timestampDelta = readVarlong();
        offsetDelta = readVarint();
        keyBytes = readVarint();
        keyPosition = skipNullable(keyBytes);
        valueBytes = readVarint();
        valuePosition = skipNullable(valueBytes);
        headerCount = readVarint();
        headersPosition = position;
        if (overrun) {
            return fail(end, "A record's key, value or length fields go beyond the end of the record.");
        }
        if (headerCount != 0 && !skipHeaders()) {
            return fail(end, "A record's headers go beyond the end of the record or have a null key.");
        }
        if (position != recordEnd) {
            return fail(end, "A record is shorter than its length says.");
        }
        limit = end;
        return true;
    }

    /** Starts over at the current record's headers, for {@link #nextHeader}; having read them all leads on to the next record. */
    void startHeaders() {
        position = headersPosition;
    }

    int headerKeyPosition;
    int headerKeyBytes;
    int headerValuePosition;
    /** −1: null. */
    int headerValueBytes;

    /** Reads one header; false when it does not fit into the record. */
    boolean nextHeader() {
        headerKeyBytes = readVarint();
        if (headerKeyBytes < 0) {
            return false;
        }
        headerKeyPosition = skipNullable(headerKeyBytes);
        headerValueBytes = readVarint();
        headerValuePosition = skipNullable(headerValueBytes);
        return !overrun;
    }

    private boolean skipHeaders() {
        // A header takes two bytes at least, which bounds the loop before it starts.
        if (headerCount < 0 || headerCount > (limit - position) / 2) {
            return false;
        }
        for (var i = 0; i < headerCount; i++) {
            if (!nextHeader()) {
                return false;
            }
        }
        return true;
    }

    private boolean fail(int end, String reason) {
        limit = end;
        overrun = true;
        problem = reason;
        return false;
    }

    /** Steps over {@code length} bytes (none for −1, null) and returns where they start. */
    private int skipNullable(int length) {
        var start = position;
        if (length > 0) {
            if (length > limit - start) {
                overrun = true;
            } else {
                position = start + length;
            }
        } else if (length < -1) {
            overrun = true;
        }
        return start;
    }

    private int readVarint() {
        var p = position;
        if (p < limit) {
            int b = view.get(p);
            if (b >= 0) {
                position = p + 1;
                return b >>> 1 ^ -(b & 1);
            }
        }
        return (int) readSlowly(Varint.MAX_BYTES);
    }

    private long readVarlong() {
        var p = position;
        if (p < limit) {
            int b = view.get(p);
            if (b >= 0) {
                position = p + 1;
                return b >>> 1 ^ -(b & 1);
            }
        }
        return readSlowly(Varint.MAX_LONG_BYTES);
    }

    private long readSlowly(int bytesMax) {
        var raw = 0L;
        var p = position;
        for (var i = 0; i < bytesMax && p < limit; i++) {
            var b = view.get(p++);
            raw |= (b & 0x7FL) << 7 * i;
            if (b >= 0) {
                position = p;
                if (bytesMax == Varint.MAX_BYTES) {
                    raw &= 0xFFFF_FFFFL;
                }
                return raw >>> 1 ^ -(raw & 1);
            }
        }
        overrun = true;
        return 0;
    }
}
