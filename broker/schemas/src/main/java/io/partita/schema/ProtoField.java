package io.partita.schema;

import java.util.Map;

/**
 * A field of a Protobuf message.
 *
 * @param json its name
 * @param hasDefault whether it has its type's zero where a payload says nothing of it (proto3, without {@code optional})
 * @param message of a group, or the entry of a map; else null
 * @param type name of a message; null for others
 * @param symbols of an enum
 */
record ProtoField(int number, String json, Kind kind, boolean isRepeated, boolean hasDefault, ProtoMessage message, String type, Map<Integer, String> symbols) {

    enum Kind {
        DOUBLE,
        FLOAT,
        INT32,
        INT64,
        UINT32,
        UINT64,
        SINT32,
        SINT64,
        FIXED32,
        FIXED64,
        SFIXED32,
        SFIXED64,
        BOOL,
        STRING,
        BYTES,
        ENUM,
        MESSAGE,
        GROUP,
        MAP;

        boolean isScalar() {
            return ordinal() < ENUM.ordinal();
        }

        /** Whether several may stand in one piece. */
        boolean mayBePacked() {
            return ordinal() <= BOOL.ordinal() || this == ENUM;
        }
    }

    /** What it is where nothing is said of it. */
    Object zero() {
        return switch (kind) {
            case DOUBLE, FLOAT -> 0.0;
            case BOOL -> false;
            case STRING, BYTES -> "";
            case ENUM -> symbols.getOrDefault(0, "0");
            case MESSAGE, GROUP, MAP -> null;
            default -> 0L;
        };
    }
}
