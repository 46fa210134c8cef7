package io.partita.schema;

import java.util.ArrayList;
import java.util.List;

/** A type of an Avro schema. Immutable once the schema is read. */
sealed interface AvroType {

    enum Kind {
        NULL,
        BOOLEAN,
        INT,
        LONG,
        FLOAT,
        DOUBLE,
        BYTES,
        STRING
    }

    /** @param logical what it stands for, as {@code timestamp-millis}; null for itself @param scale of a decimal */
    record Primitive(Kind kind, String logical, int scale) implements AvroType {}

    record Fixed(int size, String logical, int scale) implements AvroType {}

    record Enumeration(List<String> symbols) implements AvroType {}

    record ListOf(AvroType element) implements AvroType {}

    record MapOf(AvroType value) implements AvroType {}

    record Union(List<AvroType> branches) implements AvroType {}

    record Field(String name, AvroType type) {}

    /** Its fields come when it is known by its name, as they may be of itself. By identity, for the same reason. */
    final class Structure implements AvroType {
        private final List<Field> fields = new ArrayList<>();

        List<Field> fields() {
            return fields;
        }
    }
}
