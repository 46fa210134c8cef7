package io.partita.broker.generator;

import java.util.Locale;

/**
 * The types a field may have. {@code method} names the pair of methods of MessageReader and MessageWriter.
 *
 * @param wireBytesMin the least a value takes on the wire, in any version
 * @param heapBytes what a field takes inside its object
 */
enum WireType {
    BOOL("boolean", "Boolean", 1, 1),
    INT8("byte", "Byte", 1, 1),
    INT16("short", "Short", 2, 2),
    UINT16("int", "Integer", 2, 4),
    INT32("int", "Integer", 4, 4),
    UINT32("long", "Long", 4, 8),
    INT64("long", "Long", 8, 8),
    FLOAT64("double", "Double", 8, 8),
    UUID("UUID", "UUID", 16, 4 + 32),
    STRING("String", "String", 1, 4),
    BYTES("byte[]", null, 1, 4),
    RECORDS("Records", null, 1, 4 + 64),
    STRUCT(null, null, 1, 4);

    final String javaType;
    final String elementType;
    final int wireBytesMin;
    final int heapBytes;

    WireType(String javaType, String elementType, int wireBytesMin, int heapBytes) {
        this.javaType = javaType;
        this.elementType = elementType;
        this.wireBytesMin = wireBytesMin;
        this.heapBytes = heapBytes;
    }

    /** The type a definition calls {@code name}; whatever is no other type is a structure's name. */
    static WireType named(String name) {
        for (WireType type : values()) {
            if (type != STRUCT && type.method().equals(name)) {
                return type;
            }
        }
        return STRUCT;
    }

    String method() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether its encoding differs between flexible versions and others. */
    boolean hasLength() {
        return this == STRING || this == BYTES || this == RECORDS;
    }
}
