package io.partita.broker.record;

import java.util.Objects;

/**
 * One header of a record. The value is not copied; treat it as immutable.
 *
 * @param value null is a value of its own, different from empty
 */
public record RecordHeader(String key, byte[] value) {
    public RecordHeader {
        Objects.requireNonNull(key, "header key");
    }
}
