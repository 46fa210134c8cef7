package io.partita.broker.generator;

import io.partita.broker.generator.Definitions.Field;
import io.partita.broker.generator.Definitions.MessageDefinition;
import io.partita.broker.generator.Definitions.Struct;

/** What structures take: at least on the wire, and about in memory. Readers use both to refuse arrays that cannot be or must not be. */
final class Sizes {

    private static final int OBJECT_HEADER_BYTES = 12;
    private static final int EMPTY_LIST_BYTES = 24;

    private final MessageDefinition message;

    Sizes(MessageDefinition message) {
        this.message = message;
    }

    /** The least a structure takes in any version in which it occurs. */
    int wireBytesMin(String structName) {
        Struct struct = message.structs().get(structName);
        int min = Integer.MAX_VALUE;
        for (int version = struct.versions().lowest(); version <= struct.versions().highest(); version++) {
            min = Math.min(min, wireBytesMin(struct, version));
        }
        return Math.max(min, 1);
    }

    private int wireBytesMin(Struct struct, int version) {
        var only = new Versions(version, version);
        boolean flexible = message.flexible().contains(only);
        int bytes = flexible ? 1 : 0;
        for (Field field : struct.fields()) {
            if (field.untagged().contains(only)) {
                bytes += wireBytesMin(field, version, field.flexible().contains(only));
            }
        }
        return bytes;
    }

    private int wireBytesMin(Field field, int version, boolean flexible) {
        if (field.array()) {
            return flexible ? 1 : 4;
        }
        return switch (field.type()) {
            case STRUCT -> field.nullable().isEmpty() ? wireBytesMin(message.structs().get(field.struct()), version) : 1;
            case STRING -> flexible ? 1 : 2;
            case BYTES, RECORDS -> flexible ? 1 : 4;
            default -> field.type().wireBytesMin;
        };
    }

    /** What a new structure takes, strings and the content of lists not counted. */
    int heapBytes(String structName) {
        int bytes = OBJECT_HEADER_BYTES;
        for (Field field : message.structs().get(structName).fields()) {
            if (field.array()) {
                bytes += 4 + EMPTY_LIST_BYTES;
            } else {
                bytes += field.type().heapBytes;
                if (field.type() == WireType.STRUCT && !field.nullByDefault()) {
                    bytes += heapBytes(field.struct());
                }
            }
        }
        return bytes + 7 & ~7;
    }
}
