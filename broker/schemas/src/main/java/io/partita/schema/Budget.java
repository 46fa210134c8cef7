package io.partita.schema;

/**
 * What one payload may become. Schemas can make much of few bytes (a list of a million records without fields takes three bytes, a symbol of an enum may be as long as its schema), so each value
 * and each text is counted before it is made. For one payload.
 */
final class Budget {

    /** Largest payload that is looked at, in bytes. */
    static final int PAYLOAD_BYTES_MAX = 1024 * 1024;
    /** Of values within values. */
    static final int DEPTH_MAX = 64;
    private static final int VALUES_MAX = 200_000;
    private static final int CHARS_MAX = 4 * 1024 * 1024;

    private int values;
    private long chars;
    private int depth;

    /** A value is made, under a name of so many characters. */
    void value(int nameChars) {
        values++;
        chars(nameChars);
        if (values > VALUES_MAX) {
            throw new SchemaException("It has more than " + VALUES_MAX + " values.");
        }
    }

    void chars(int more) {
        chars += more;
        if (chars > CHARS_MAX) {
            throw new SchemaException("It would become longer than " + CHARS_MAX + " characters.");
        }
    }

    void enter() {
        depth++;
        if (depth > DEPTH_MAX) {
            throw new SchemaException("It has values within values, more than " + DEPTH_MAX + " deep.");
        }
    }

    void leave() {
        depth--;
    }
}
